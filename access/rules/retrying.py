"""How a delivery that has failed is taken up again, and what its steps know of what they did before."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.changing import entry, newer
from access.rules.delivery import AGAIN, EARLIER, WAS_THERE, earlier, steps_of
from access.rules.lifecycle import Event, after
from access.rules.model import (
    ERASED,
    ON_ACCOUNTS,
    Change,
    Failure,
    Job,
    JobStatus,
    Json,
    MailState,
    Named,
    ObjectId,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale, WillNotWork

_REDO: Mapping[str, StepKind] = {
    Cause.GUEST_GONE: StepKind.INVITE,
    Cause.NOT_PROVED: StepKind.GIVE,
}
"""Failures after which an earlier step must be done again, because what it did is no longer there."""

_OF_LISTS = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})
"""In which a list has what can be resumed or retried: rows, or mails."""
APPROVAL_LASTS = timedelta(days=30)
"""How long an approval is enough for a retry: later somebody has to look at it anew."""


def retry(
    actor: Named, approvers: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible | WillNotWork]:
    """Take a failed delivery up again under the approval it has; the requestor or an approver may.

    What it has given keeps its end: no retry moves that, and none comes after it.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | WillNotWork:
        request = record.request
        may = (request.requestor, *approvers)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if request.failure is None or request.address == ERASED:
            return NotPossible(request, request.state)
        if request.state not in {State.DELIVERY_FAILED, State.DELIVERED}:
            return NotPossible(request, request.state)
        if late := too_late(request, now):
            return WillNotWork(request, late)
        first = _first_again(record, request.failure)
        state = after(request.state, Event.DELIVERY_RETRIED) or request.state
        mail = MailState.QUEUED if request.mail is MailState.FAILED else request.mail
        changes: dict[str, object] = {"state": state, "failure": None, "waiting_for": "", "mail": mail}
        if first is StepKind.INVITE and request.state is State.DELIVERY_FAILED:
            changes |= {"guest_id": None, "awaits_acceptance": False, "accepted_at": None}
            changes["mail"] = MailState.NONE
        halted = request.halted  # by what is looked at anew from here on, or was no guest of this request
        changes["halted"] = None if "guest_id" in changes or not halted else replace(halted, deleted=False)
        again = newer(request, now, **changes)
        rows = (*_from(record, first, now), *jobs.show_again(record.jobs, again, now))
        stays: dict[str, Json] = {"delivered": True} if state is State.DELIVERED else {}
        fact = entry(again, "delivery.retried", {"step": first, **stays}, actor.object_id)
        return Change(request=again, jobs=rows, audit=(fact,))

    return transition


def too_late(request: Request, now: datetime, zone: ZoneInfo | None = None) -> Cause | None:
    """Return why nobody can take up a failed delivery, or a list, any more; None where that can be.

    By the last day alone, of which nothing was given yet, the `zone` tells.
    """
    if request.setup or request.guard or request.kind in ON_ACCOUNTS:
        return None
    if request.state is State.DELIVERY_FAILED and _is_over(request, now, zone):
        return Cause.TERM_OVER
    may_be = _OF_LISTS if request.bulk else {State.DELIVERY_FAILED}
    return Cause.APPROVAL_OLD if request.state in may_be and is_old(request, now) else None


def _is_over(request: Request, now: datetime, zone: ZoneInfo | None) -> bool:
    if request.failure is not None and request.failure.cause == Cause.TERM_OVER:
        return True
    if request.ends_at is None and zone is not None and request.extends is None:
        return request.term.ends_at(now, zone) <= now
    return request.ends_at is not None and request.ends_at <= now


def see_late(zone: ZoneInfo) -> Callable[[Record, datetime], Change | Stale]:
    """Draw the cards anew of what nobody can take up any more: they say what to do instead."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        seen_at = record.request.changed_at
        if too_late(record.request, now, zone) is None or too_late(record.request, seen_at, zone):
            return Stale()
        request = newer(record.request, now)
        return Change(request=request, jobs=jobs.show_again(record.jobs, request, now))

    return transition


def is_old(request: Request, now: datetime) -> bool:
    """Tell whether what approved a request is too long ago for its delivery to begin again."""
    approved = request.waived or request.review
    return approved is None or approved.at + APPROVAL_LASTS < now


def _first_again(record: Record, failure: Failure) -> StepKind:
    """Return the step to begin with: the failed one, or what it found undone, if the plan has that."""
    first = _REDO.get(failure.cause, failure.step)
    redo = record.request.state is State.DELIVERY_FAILED and first in {job.name for job in steps_of(record)}
    return first if redo else failure.step


def _from(record: Record, first: StepKind, now: datetime) -> tuple[Job, ...]:
    """Return the steps from `first` on; a mail sent is not sent again, a proof had is not had again."""
    steps = steps_of(record)
    start = next(job.position for job in steps if job.name == first)
    again = [job for job in steps if job.position >= start and not _mailed(job, first)]
    if record.request.state is State.DELIVERED:
        again = [job for job in again if job.name == first]
    return tuple(
        replace(
            job,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=now,
            started=0 if _known(job, first) else job.started,
            tries=0,
            body=_kept(job, record.request.guest_id),
            secret="" if first is StepKind.INVITE else job.secret,
        )
        for place, job in enumerate(again)
    )


def _known(job: Job, first: StepKind) -> bool:
    """Tell whether a step is known to be done or gone, or has begun for a guest who may be another now."""
    anew = first is StepKind.INVITE and job.name == StepKind.GIVE
    return anew or job.status is JobStatus.DONE


def _kept(job: Job, guest_id: ObjectId | None) -> dict[str, Json]:
    """Return what a step knows of itself when it is done again: what it has given a guest stays ours.

    The directory may have lagged behind, or an admin put back who was deleted. What others had given is
    found anew.
    """
    kept: dict[str, Json] = {AGAIN: job.body[AGAIN]} if AGAIN in job.body else {}
    guests = earlier(job)
    begun = job.status is JobStatus.DONE or job.started > 0
    if guest_id is not None and begun and not job.body.get(WAS_THERE) and guest_id not in guests:
        guests = (*guests, guest_id)
    return kept | ({EARLIER: [*guests]} if guests else {})


def _mailed(job: Job, first: StepKind) -> bool:
    """Tell whether this is a mail that went out, and whose link still holds."""
    return job.name == StepKind.MAIL and job.status is JobStatus.DONE and first is not StepKind.INVITE

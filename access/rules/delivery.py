"""What each step's outcome does to the journal, the request and its cards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs, lasting, unaccepted
from access.rules.assignments import ACTIVE
from access.rules.causes import Cause
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.failing import Failed, Stepping, failing, names_of
from access.rules.lifecycle import Event, after
from access.rules.model import (
    ERASED,
    Assignment,
    AssignmentState,
    AuditFact,
    Change,
    Failure,
    Job,
    JobKind,
    JobStatus,
    Json,
    Left,
    MailState,
    Named,
    ObjectId,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.redemption import acceptance
from access.rules.refusals import NotPossible, NotYours, Stale

AGAIN = "again"
"""On an invitation's row: the guest had been invited, and gets a new link, or has to accept anew."""

_LAST = frozenset({StepKind.PROVE, StepKind.EXTEND})  # with which a delivery has succeeded
WAS_THERE = "was_there"
"""In the audit and on the row of a step: what it was to give was there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step's success: what it found out, and Graph's request ids for the audit."""

    traces: Mapping[str, Json] = field(default_factory=dict)
    guest_id: ObjectId | None = None
    link: str = field(default="", repr=False)
    invited: bool = True
    """False where the guest had accepted already, so that there is no acceptance to wait for."""
    undoes: datetime | None = None
    """Since when the guest had accepted who is to accept anew."""
    left: Left | None = None
    """What an end comes to, where this step is its last."""
    group_id: ObjectId | None = None
    """The group that was made, or found to be made already."""
    by_hand: bool = False
    """Guestlist lacks the permission, so a person does it."""
    entry: str = ""
    """What the policy file is to hold."""


def steps_of(record: Record) -> list[Job]:
    """Return the steps of the current cycle in their order."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.STEP]
    return sorted(steps, key=lambda job: job.position)


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:
    """Finish a step: the next becomes ready, the cards move on, the proof ends the delivery."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        halted = record.request.halted
        if job.name == StepKind.PROVE and halted is not None and halted.deleted:
            trace = str(result.traces.get("request-id", ""))
            return fail(key, fence, Cause.GUEST_GONE, names_of(record.request), trace)(record, now)
        no_mail = record.request.mail is MailState.FAILED and job.name != StepKind.MAIL
        failure = record.request.failure if no_mail else None
        changes: dict[str, object] = {"waiting_for": "", "failure": failure}
        if result.guest_id is not None:
            changes["guest_id"] = result.guest_id
        if job.name == StepKind.INVITE and result.invited:
            changes["awaits_acceptance"] = True
        if job.body.get(AGAIN):
            changes |= _relinked(record, result)
        if job.name == StepKind.MAIL:
            changes["mail"] = MailState.SENT
        if job.name in _LAST:
            changes |= _delivered(record, now, zone)
        request = newer(record.request, now, **changes)
        found: dict[str, Json] = {WAS_THERE: True} if result.traces.get(WAS_THERE) else {}
        rows = [jobs.done(job, **found), *_next_steps(record, job, result, now)]
        rows += lasting.begun(request, now) if job.name == StepKind.PROVE else ()
        if job.name == StepKind.PROVE or job.body.get(AGAIN):
            rows += unaccepted.anew(request, record.jobs, now)
        rows += acceptance(record, request, now)
        only_progress = request.state is State.DELIVERING and not record.request.waiting_for
        patience = jobs.PROGRESS if only_progress else timedelta()
        rows += jobs.show_again(record.jobs, request, now, patience=patience)
        return Change(request=request, jobs=tuple(rows), audit=_audit_of(request, job, result))

    return transition


def _relinked(record: Record, result: StepDone) -> dict[str, object]:
    """Return what a new link changes: the guest is to accept, and without a mail of ours Microsoft's goes."""
    waits = any(job.name == StepKind.MAIL and job.status is JobStatus.WAITING for job in steps_of(record))
    changes: dict[str, object] = {} if waits else {"mail": MailState.BY_MICROSOFT}
    again = record.request.relinked
    if again is not None and result.undoes is not None:
        changes["relinked"] = replace(again, undoes=result.undoes)
    return changes | ({"accepted_at": None, "gone_at": None} if result.invited else {})


def _delivered(record: Record, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    request = record.request
    was_there = any(job.body.get(WAS_THERE) for job in steps_of(record))
    state = after(request.state, Event.DELIVERY_SUCCEEDED)
    if state is None:
        raise ValueError(f"a proof in {request.state}")
    if extends := request.extends:
        lengthens = Assignment(state=AssignmentState.LENGTHENS)
        return {"state": state, "delivered_at": now, "ends_at": extends.to, "assignment": lengthens}
    has_mail_step = request.plan is not None and StepKind.MAIL in request.plan.steps
    mail = request.mail
    if not has_mail_step:
        mail = MailState.BY_MICROSOFT if request.awaits_acceptance else MailState.NONE
    return {
        "state": state,
        "delivered_at": now,
        "ends_at": request.term.ends_at(now, zone),
        "assignment": replace(ACTIVE, was_there=was_there, halted=request.halted),
        "halted": None,
        "mail": MailState.QUEUED if has_mail_step and mail is MailState.NONE else mail,
    }


def _next_steps(record: Record, finished: Job, result: StepDone, now: datetime) -> list[Job]:
    """Wake the next waiting step; the redeem link travels to the mail's row and nowhere else."""
    rows: list[Job] = []
    woken = False
    for job in steps_of(record):
        if job.key == finished.key or job.status is not JobStatus.WAITING:
            continue
        changed = job
        if result.link and job.name == StepKind.MAIL:
            changed = replace(changed, secret=result.link)
        if not woken:
            changed = replace(changed, status=JobStatus.READY, due_at=now)
            woken = True
        if changed is not job:
            rows.append(changed)
    return rows


def _audit_of(request: Request, job: Job, result: StepDone) -> tuple[AuditFact, ...]:
    detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
    facts = [entry(request, "step.done", {**detail, "guest": request.guest_id})]
    if job.name in _LAST:
        ends = request.ends_at.isoformat() if request.ends_at else ""
        facts.append(entry(request, "request.delivered", {"guest": request.guest_id, "ends_at": ends}))
    return tuple(facts)


def wait(key: str, fence: int, cause: Cause, delay: timedelta, *, surely_not_done: bool) -> Stepping:
    """Put a step off; the request says what it waits for. A mail that waits lets the proof go ahead.

    Looks are counted for the directory's lag alone, and anew after a call whose outcome is unknown.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        put_off = jobs.later(job, now + delay, surely_not_done=surely_not_done)
        if cause is Cause.REPLICATING:
            put_off = replace(put_off, body={**job.body, jobs.LOOKS: jobs.looks(job) + 1})
        elif not surely_not_done:
            put_off = replace(put_off, body={**job.body, jobs.LOOKS: 0})
        rows: list[Job] = [put_off]
        if job.name == StepKind.MAIL:
            rows += _next_steps(record, job, StepDone(), now)
        request = record.request
        worth_saying = "" if cause is Cause.REPLICATING else cause  # the directory's lag is ordinary
        if request.waiting_for != worth_saying:
            request = newer(request, now, waiting_for=worth_saying)
            rows += jobs.show_again(record.jobs, request, now)
        return Change(request=request, jobs=tuple(rows))

    return transition


def _fail(record: Record, failed: Failed) -> tuple[Request, list[Job]]:
    """End the delivery; a mail is a lane of its own, and ends only itself."""
    job, now = failed.job, failed.at
    changes: dict[str, object] = {"failure": failed.failure, "waiting_for": ""}
    mail = job.name == StepKind.MAIL
    if mail:
        changes["mail"] = MailState.FAILED
    else:
        # What was delivered stays so, where a new link for it cannot be had.
        state = after(record.request.state, Event.DELIVERY_FAILED)
        changes |= {"state": state} if state else {"mail": MailState.FAILED}
    request = newer(record.request, now, **changes)
    rows = _next_steps(record, job, StepDone(), now) if mail else []
    rows += _parked(record, job) if request.state is State.DELIVERY_FAILED else []
    return request, [*rows, *tell_requestor(record, request, now)]


fail = failing(_fail)


def _parked(record: Record, failed: Job) -> list[Job]:
    """Return the other open steps, waiting: none may run in a failed delivery; a lease still counts."""
    others = (job for job in steps_of(record) if job.key != failed.key)
    return [replace(job, status=JobStatus.WAITING) for job in others if job.status is JobStatus.READY]


_REDO: Mapping[str, StepKind] = {
    Cause.GUEST_GONE: StepKind.INVITE,
    Cause.NOT_PROVED: StepKind.GIVE,
}
"""Failures after which an earlier step must be done again, because what it did is no longer there."""


def retry(
    actor: Named, approvers: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Take a failed delivery up again under the approval it has; the requestor or an approver may."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request = record.request
        may = (request.requestor, *approvers)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if request.failure is None or request.address == ERASED:
            return NotPossible(request, request.state)
        if request.state not in {State.DELIVERY_FAILED, State.DELIVERED}:
            return NotPossible(request, request.state)
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
            # What is done is known to be done, or known to be gone: nothing needs to be looked up first.
            started=0 if job.status is JobStatus.DONE else job.started,
            tries=0,
            body={AGAIN: job.body[AGAIN]} if AGAIN in job.body else {},
            secret="" if first is StepKind.INVITE else job.secret,
        )
        for place, job in enumerate(again)
    )


def _mailed(job: Job, first: StepKind) -> bool:
    """Tell whether this is a mail that went out, and whose link still holds."""
    return job.name == StepKind.MAIL and job.status is JobStatus.DONE and first is not StepKind.INVITE

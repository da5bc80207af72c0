"""A new link for a guest, or a redemption that begins again, under the approval that there is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules import jobs
from access.rules.addresses import are_same
from access.rules.changing import entry, newer
from access.rules.coaching import GuestFile
from access.rules.delivery import AGAIN, steps_of
from access.rules.model import (
    ERASED,
    AssignmentState,
    Change,
    Guest,
    Job,
    JobKind,
    JobStatus,
    MailState,
    Named,
    Record,
    Redemption,
    Relinked,
    Request,
    State,
    StepKind,
)

EVERY = timedelta(minutes=10)
"""A guest gets no more than one new link in so long, whoever asks for it."""
_OPEN = frozenset({JobStatus.READY, JobStatus.WAITING})


class WhyNoLink(StrEnum):
    """Why a guest gets no new link, or need not accept anew."""

    NOT_YOURS = "not-yours"
    NOT_DELIVERED = "not-delivered"
    UNDER_WAY = "under-way"
    TOO_SOON = "too-soon"
    ENDED = "ended"
    MOVED = "moved"
    """The directory has another address for the guest than the one that was approved."""
    GONE = "gone"
    DISABLED = "disabled"
    DOMAIN_DENIED = "domain-denied"
    ACCEPTED = "accepted"
    """There is nothing to accept; a reset could be what is wanted."""
    APP_GONE = "app-gone"
    """Nobody knows any more where its link would lead."""
    PENDING = "pending"
    """There is nothing to reset; a new link could be what is wanted."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of asking for a link: done, by whomever a moment ago, or why not; and how it stands."""

    file: GuestFile
    reset: bool
    done: Relinked | None = None
    refused: WhyNoLink | None = None


@dataclass(frozen=True, slots=True)
class NoLink:
    """Nothing was changed."""

    why: WhyNoLink


def unfit(request: Request, guest: Guest | None, *, barred: bool, reset: bool) -> WhyNoLink | None:
    """Return why the act would not help, as the directory and the policy stand."""
    if request.state is not State.DELIVERED:
        return WhyNoLink.NOT_DELIVERED
    if guest is None or guest.object_id != request.guest_id:
        return WhyNoLink.GONE
    if not guest.enabled:
        return WhyNoLink.DISABLED
    if barred:
        return WhyNoLink.DOMAIN_DENIED
    if not are_same(guest.address, request.address):
        return WhyNoLink.MOVED
    pending = guest.redemption is Redemption.PENDING
    if pending == reset:
        return WhyNoLink.PENDING if reset else WhyNoLink.ACCEPTED
    return None


def is_recent(relinked: Relinked | None, now: datetime) -> bool:
    """Tell whether there was a link a moment ago; a clock that was set back does not make one last."""
    return relinked is not None and abs(now - relinked.at) < EVERY


def is_over(request: Request, now: datetime) -> bool:
    """Tell whether the access has ended, or is being taken away."""
    given = request.assignment
    ends = given is not None and given.state is not AssignmentState.ACTIVE
    return ends or (request.ends_at is not None and request.ends_at <= now)


def relink(
    actor: Named, *, reset: bool, mailbox: bool, landing: str = "", accepted_at: datetime | None = None
) -> Callable[[Record, datetime], Change | NoLink]:
    """Begin an invitation and its mail anew for a delivered request; what was given stays as it is.

    Whether the actor may is known before, and since when the directory has the guest as accepted. The link
    leads to `landing` where an older version noted no place. A press that comes twice meets the first's mark.
    """

    def transition(record: Record, now: datetime) -> Change | NoLink:
        request = record.request
        if request.state is not State.DELIVERED or request.address == ERASED:
            return NoLink(WhyNoLink.NOT_DELIVERED)
        if is_over(request, now):
            return NoLink(WhyNoLink.ENDED)
        if is_recent(request.relinked, now):
            return NoLink(WhyNoLink.TOO_SOON)
        if _is_under_way(record):
            return NoLink(WhyNoLink.UNDER_WAY)
        mail = MailState.QUEUED if mailbox else MailState.NONE
        marked = Relinked(actor, now, reset, accepted_at if reset else None)
        leads = request.landing or landing
        again = newer(request, now, failure=None, waiting_for="", mail=mail, relinked=marked, landing=leads)
        again = replace(again, anew_at=now) if reset else again
        rows = (*_steps(record, now, reset=reset, mailbox=mailbox),)
        what = "redemption.reset" if reset else "link.renewed"
        fact = entry(again, what, {"guest": request.guest_id}, actor.object_id)
        shown = jobs.show_again(record.jobs, again, now)
        return Change(request=again, jobs=(*rows, *shown), audit=(fact,))

    return transition


def _is_under_way(record: Record) -> bool:
    """Tell whether a link is being made or mailed already; a failed one is begun anew."""
    if record.request.failure is not None:
        return False
    mine = [job for job in steps_of(record) if job.name in {StepKind.INVITE, StepKind.MAIL}]
    return any(job.status in _OPEN for job in mine)


def _steps(record: Record, now: datetime, *, reset: bool, mailbox: bool) -> list[Job]:
    """Return the invitation, ready, and the mail that waits for its link; a plan may have had neither."""
    known = {job.name: job for job in steps_of(record)}
    places = [job.position for job in known.values()] or [0]
    invite = known.get(StepKind.INVITE) or _row(record.request, StepKind.INVITE, min(places) - 1, now)
    body = {AGAIN: "reset" if reset else "resend"}
    rows = [replace(_anew(invite, now), status=JobStatus.READY, body=body)]
    if mailbox:
        mail = known.get(StepKind.MAIL) or _row(record.request, StepKind.MAIL, max(places) + 1, now)
        rows.append(_anew(mail, now))
    return rows


def _row(request: Request, kind: StepKind, position: int, now: datetime) -> Job:
    return Job(
        key=jobs.key_of(request.request_id, request.cycle, kind),
        request_id=request.request_id,
        kind=JobKind.STEP,
        name=kind,
        status=JobStatus.WAITING,
        due_at=now,
        position=position,
    )


def _anew(job: Job, now: datetime) -> Job:
    """Return a step as if it had never begun, but for its fence: whoever held it holds it no more."""
    return replace(
        job, status=JobStatus.WAITING, due_at=now, started=0, tries=0, lease_until=None, body={}, secret=""
    )

"""A delivery that failed half-way: what it has done by its journal, and how that is taken back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.rules import ending, jobs, lasting, removing, settingup
from access.rules.changing import entry, newer
from access.rules.delivery import WAS_THERE, earlier, has_found, steps_of
from access.rules.lifecycle import Event, after
from access.rules.model import (
    ON_ACCOUNTS,
    Assignment,
    AssignmentState,
    Change,
    End,
    EndCause,
    Job,
    JobStatus,
    Json,
    Kind,
    MailState,
    Named,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale
from access.rules.retrying import too_late


@dataclass(frozen=True, slots=True)
class Halfway:
    """What a failed delivery has done; what may have begun counts, for nobody knows better."""

    invited: bool = False
    perhaps_invited: bool = False
    """An invitation may have been sent, and what it made was never seen."""
    sponsored: bool = False
    gave: bool = False
    was_there: bool = False
    """Others had given the access."""
    mailed: bool = False


def is_halfway(request: Request) -> bool:
    """Tell whether a delivery failed of which something may be there."""
    about_an_app = request.kind not in ON_ACCOUNTS and not request.of_no_guest and request.extends is None
    return request.state is State.DELIVERY_FAILED and about_an_app


def done_by(record: Record) -> Halfway:
    """Read from the journal what a delivery has done, before a retry, too: for the guest whom it has now."""
    steps, guest_id = {job.name: job for job in steps_of(record)}, record.request.guest_id

    def over(step: StepKind, is_so: Callable[[Job], bool]) -> bool:
        job = steps.get(step)
        return job is not None and is_so(job)

    def once(job: Job) -> bool:
        return _is_done(job) or guest_id in earlier(job)

    found = has_found(record)
    invited = found or over(StepKind.INVITE, once)
    by_us = over(StepKind.MAIL, lambda _: True)
    mailed = record.request.mail is MailState.SENT or over(StepKind.MAIL, lambda job: bool(earlier(job)))
    return Halfway(
        invited=invited,
        perhaps_invited=not found and over(StepKind.INVITE, _perhaps),
        sponsored=over(StepKind.SPONSOR, lambda job: once(job) or _perhaps(job)),
        gave=over(StepKind.GIVE, lambda job: once(job) or _perhaps(job)),
        was_there=over(StepKind.GIVE, lambda job: bool(job.body.get(WAS_THERE))),
        mailed=mailed or (invited and not by_us),
    )


def has_access(record: Record) -> bool:
    """Tell whether a delivery has failed that has given an access, or may have, and has it to take away."""
    done = done_by(record)
    return is_halfway(record.request) and done.gave and not done.was_there


def may_have_mailed(record: Record) -> bool:
    """Tell whether a mail is being sent, or may have been: with the invitation, where Microsoft mails it."""
    steps = {job.name: job for job in steps_of(record)}
    mails = steps.get(StepKind.MAIL) or steps.get(StepKind.INVITE)
    return mails is not None and _perhaps(mails)


def _is_done(job: Job) -> bool:
    return job.status is JobStatus.DONE


def _perhaps(job: Job) -> bool:
    return job.status is not JobStatus.DONE and job.started > 0


def undo(actor: Named, seen: int, *, sponsor: bool = False) -> Callable[[Record, datetime], Change | Stale]:
    """Give a failed delivery up, and take away what it has given by then, as it was `seen`.

    Who presses retry at the same moment comes before it, and then it is stale, or after, and is refused.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        if request.version != seen or not is_halfway(request):
            return Stale()
        return _ended(record, End(EndCause.UNDONE, now, actor), now, sponsor=sponsor)

    return transition


def stands_aside(record: Record, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a row of a list failed that nobody can take up any more, and has given nothing.

    Another list may ask for its guest, and gives it up with that.
    """
    request = record.request
    may = request.listed is not None and is_halfway(request) and request.assignment is None
    return may and too_late(request, now, zone) is not None and not done_by(record).gave


def make_way(of: Request, zone: ZoneInfo) -> Callable[[Record, datetime], Change | Stale]:
    """Give up a row that stands aside, as the list of another asks for its guest anew."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        listed = record.request.listed
        own = listed is not None and listed.list_id == of.request_id
        if own or not stands_aside(record, now, zone):
            return Stale()
        return _ended(record, End(EndCause.REMOVED, now, of.requestor, of.label), now, made_for=of)

    return transition


def remove(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """End an access, or give up a delivery that failed and end what it had given, if it had.

    Its requestor and `others` may.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        if record.request.setup is not None:
            return settingup.give_up(actor, others)(record, now)
        if record.request.kind is Kind.REMOVE:
            return removing.give_up(actor, others)(record, now)
        may = {one.object_id for one in (record.request.requestor, *others)}
        if actor.object_id in may and is_halfway(record.request):
            return _ended(record, End(EndCause.REMOVED, now, actor), now)
        return ending.remove(actor, others)(record, now)

    return transition


def begin(record: Record, now: datetime) -> Change | Stale:
    """Have somebody look for what a delivery gave that failed under a version that did not look."""
    request, known = record.request, record.jobs
    if not is_halfway(request) or jobs.key_of(request.request_id, 0, lasting.NAME) in known:
        return Stale()
    return Change(request=request, jobs=(lasting.looked_at(request, known, now),))


def look(key: str, fence: int, facts: lasting.Facts, zone: ZoneInfo) -> jobs.Claim:
    """End what a failed delivery has given when its term is over, since it first failed; until then warn."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, request = jobs.held(record, key, fence), record.request
        if job is None:
            return Stale()
        if not has_access(record) or request.failure is None:  # retried since, or it gave nothing
            return Change(request=request, jobs=(jobs.done(job),))
        at = request.ends_at or request.term.ends_at(request.failure.at, zone)
        if at <= now:
            change = _ended(record, End(EndCause.TERM, now), now)
            return replace(change, jobs=(*change.jobs, jobs.done(job)))
        if request.ends_at == at:
            return ending.look(key, fence, facts)(record, now)
        known = newer(request, request.changed_at, ends_at=at)
        fact = entry(known, "assignment.noted", {"guest": known.guest_id, "ends_at": at.isoformat()})
        again = replace(jobs.later(job, now, surely_not_done=True), tries=0)
        return Change(request=known, jobs=(again, *jobs.show_again(record.jobs, known, now)), audit=(fact,))

    return transition


def _ended(
    record: Record, end: End, now: datetime, *, sponsor: bool = False, made_for: Request | None = None
) -> Change:
    """Give a failed delivery up, and end what it has given."""
    request, done = record.request, done_by(record)
    state = after(request.state, Event.CANCELED)
    if state is None:
        raise ValueError(f"an end in {request.state}")
    given = Assignment(state=AssignmentState.ACTIVE, was_there=done.was_there)
    halfway = replace(record, request=replace(request, state=state, assignment=given, halted=None))
    change = ending.begun(halfway, end, now, gave=done.gave, sponsor=sponsor)
    by = end.by.object_id if end.by else None
    asks: dict[str, Json] = {"by": made_for.request_id} if made_for else {}
    fact = entry(change.request, "request.canceled", {"why": end.why, **asks}, by)
    row = record.jobs.get(jobs.key_of(request.request_id, 0, lasting.NAME))
    dropped = (replace(row, status=JobStatus.DROPPED, lease_until=None),) if row and end.by else ()
    return replace(change, jobs=(*change.jobs, *dropped), audit=(fact, *change.audit))

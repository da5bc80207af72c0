"""Whether a request will work, looked at while it waits: when, what is kept of it, what it bars."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.because import Because
from access.rules.changing import newer
from access.rules.checked import Checked, WillFail
from access.rules.kinds import INTO_AN_APP
from access.rules.model import Change, Job, JobKind, JobStatus, ObjectId, Record, Request, State
from access.rules.readiness import Item, not_checked, will_fail
from access.rules.refusals import Stale, WouldFail

NAME = "check"
HOLDS = timedelta(hours=1)
"""How long what was found may let somebody approve unasked."""
OLD = timedelta(days=1)
"""After how long it is looked at again where an approver is reminded."""
MOST_TRIES = 5
WHAT_STANDS = frozenset({"*"})
"""What somebody approves all the same who has typed so: whatever is known by then."""
_OF_NOTE = frozenset({Because.NOT_REQUIRED})
_PARTLY = frozenset({Because.SIGN_IN_BLOCKED_SOMEWHERE, Because.SIGN_IN_UNSURE})


def concerns(request: Request) -> bool:
    """Tell whether anybody still decides by whether it will work."""
    return request.state is State.PENDING_APPROVAL and request.kind in INTO_AN_APP


def begun(sent: Change, *, looks: bool) -> Change:
    """Add the look to what sends a request: a row of its own, for which no card waits."""
    request = sent.request
    if not (looks and concerns(request)):
        return sent
    return replace(sent, jobs=(*sent.jobs, _row(request, request.submitted_at)))


def anew(request: Request, known: Mapping[str, Job], now: datetime) -> tuple[Job, ...]:
    """Look again at once, for something else is to be given."""
    row = _row(request, now)
    before = known.get(row.key)
    if not concerns(request) or (before is not None and before.lease_until is not None):
        return ()
    fence = before.fence if before else 0
    return (replace(row, fence=fence),)


def if_old(request: Request, known: Mapping[str, Job], now: datetime) -> tuple[Job, ...]:
    """Look again where what was found is old, or nothing was: somebody is reminded to decide by it."""
    if _row(request, now).key not in known:
        return ()  # sent by an older version: a press looks
    if request.checked is None or request.checked.away or now - request.checked.at >= OLD:
        return anew(request, known, now)
    return ()


def found(items: Iterable[Item], give: str, at: datetime) -> Checked:
    """Return what to keep of a look: codes, and no name."""
    seen = tuple(items)
    return Checked(
        at=at,
        give=give,
        fails=tuple(one.code for one in will_fail(seen)),
        partly=tuple(one.code for one in seen if one.because in _PARTLY),
        unread=len(not_checked(seen)),
    )


def notes(items: Iterable[Item]) -> tuple[str, ...]:
    """Return what whoever asks for an app should know of it, though nothing fails by it."""
    return tuple(one.code for one in items if one.because in _OF_NOTE)


def noted(key: str, fence: int, checked: Checked) -> jobs.Claim:
    """Keep what was found, and have whoever decides and whoever asked shown it; then the row is over."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        kept = keep(checked)(record, now)
        if isinstance(kept, Stale):
            return Change(request=record.request, jobs=(jobs.done(job),))
        other_access = kept.request.give.key != checked.give
        job = jobs.later(job, now, surely_not_done=True) if other_access else jobs.done(job)
        return replace(kept, jobs=(*kept.jobs, job))

    return transition


def over(key: str, fence: int) -> jobs.Claim:
    """End the row: nobody decides any more."""

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        job = jobs.held(record, key, fence)
        return Stale() if job is None else Change(request=record.request, jobs=(jobs.done(job),))

    return transition


def keep(checked: Checked, presser: ObjectId | None = None) -> Callable[[Record, datetime], Change | Stale]:
    """Keep what was found, unless that is older than what is known; nothing has happened, so no date moves.

    What everybody in the thread sees says nothing of it; the card of a `presser` shows the answer to them.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        before = record.request
        if not concerns(before) or (before.checked is not None and before.checked.at > checked.at):
            return Stale()
        request = newer(before, before.changed_at, checked=checked)
        not_theirs = {jobs.THREAD, f"{jobs.APPROVER}{presser}"}
        theirs = {key: job for key, job in record.jobs.items() if job.name not in not_theirs}
        return Change(request=request, jobs=jobs.show_again(theirs, request, now))

    return transition


def holds(request: Request, now: datetime) -> bool:
    """Tell whether what is known is of what would be given now, and young enough to decide by."""
    known = known_of(request)
    return known is not None and not known.away and abs(now - known.at) <= HOLDS


def known_of(request: Request) -> Checked | None:
    """Return what is known of what would be given now."""
    known = request.checked
    return known if known is not None and known.give == request.give.key else None


def fails(request: Request) -> tuple[str, ...]:
    """Return what will fail, as far as is known."""
    known = known_of(request)
    return known.fails if known else ()


def barred(request: Request, says: WillFail, shown: frozenset[str]) -> WouldFail | None:
    """Return that approving would lead to a failure of which the presser does not know, or may not know."""
    failing = fails(request)
    if not failing or says is WillFail.WARN or (says is WillFail.SECOND_PRESS and shown.issuperset(failing)):
        return None
    return WouldFail(request, may_go_on=says is WillFail.SECOND_PRESS)


def _row(request: Request, at: datetime) -> Job:
    return Job(
        key=jobs.key_of(request.request_id, 0, NAME),
        request_id=request.request_id,
        kind=JobKind.CHECK,
        name=NAME,
        status=JobStatus.READY,
        due_at=at,
    )

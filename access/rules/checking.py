"""Whether a request will work, looked at while it waits: when, what is kept of it, what it bars."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.addresses import domain_of
from access.rules.because import Because
from access.rules.bulk import Bulk
from access.rules.changing import newer
from access.rules.checked import Checked, WillFail
from access.rules.kinds import OF_GUESTS
from access.rules.model import Change, Job, JobKind, JobStatus, ObjectId, Record, Request, State
from access.rules.readiness import Item, Topic, not_checked, will_fail
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
OF = "@"
"""Stands in a code before the domain that it is about, of a list's."""
_OF_INVITING = frozenset({Topic.INVITES, Topic.DOMAIN_LIST, Topic.PROVIDER})
_OF_A_DOMAIN = frozenset(
    {Topic.ADDRESS, Topic.POLICY, Topic.DOMAIN_LIST, Topic.CROSS_TENANT, Topic.PROVIDER, Topic.SIGN_IN}
)


def concerns(request: Request) -> bool:
    """Tell whether anybody still decides by whether it will work."""
    return request.state is State.PENDING_APPROVAL and request.kind in OF_GUESTS


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


def of_accepted(items: Iterable[Item]) -> tuple[Item, ...]:
    """Leave out what is of inviting alone."""
    no_right = Because.NO_INVITE_RIGHT
    return tuple(one for one in items if one.topic not in _OF_INVITING and one.because is not no_right)


def found_of_list(looks: Mapping[str, Sequence[Item]], more: int, give: str, at: datetime) -> Checked:
    """Return what to keep of a look at each domain of a list, of which `more` were not looked at."""
    of_each = [found(items, give, at) for items in looks.values()]
    pairs = list(zip(looks, of_each, strict=True))
    fails = dict.fromkeys(_coded(code, domain) for domain, one in pairs for code in one.fails)
    partly = dict.fromkeys(_coded(code, domain) for domain, one in pairs for code in one.partly)
    unread = {one.code for items in looks.values() for one in not_checked(items)}
    return Checked(at=at, give=give, fails=tuple(fails), partly=tuple(partly), unread=len(unread) + more)


def _coded(code: str, domain: str) -> str:
    return f"{code}{OF}{domain}" if code.partition(":")[0] in _OF_A_DOMAIN else code


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
    if known is None or known.give != request.give.key:
        return None
    if request.bulk is None:
        return known
    fails, partly = (_still(codes, request.bulk) for codes in (known.fails, known.partly))
    return replace(known, fails=fails, partly=partly)


def _still(codes: Iterable[str], bulk: Bulk) -> tuple[str, ...]:
    """Return the codes but those of domains that were left out since."""
    there = {domain for domain, _ in bulk.domains}
    return tuple(one for one in codes if OF not in one or domain_of(one) in there)


def of_some(request: Request) -> bool:
    """Tell whether what will fail is about some domains of a list and not about others."""
    found = fails(request)
    meant = {domain_of(one) for one in found if OF in one}
    whole = any(OF not in one for one in found)
    return request.bulk is not None and not whole and len(meant) < len(request.bulk.domains)


def domain_to_tell(request: Request) -> str:
    """Return the domain that is told about in full: of a list's the first that will fail, or that may."""
    known = known_of(request)
    if request.bulk is None:
        return domain_of(request.address)
    meant = [domain_of(one) for one in (*known.fails, *known.partly) if OF in one] if known else []
    return (*meant, *(domain for domain, _ in request.bulk.domains), "")[0]


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

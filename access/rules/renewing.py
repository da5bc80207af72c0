"""Renewing an access: what the policy lets be asked for, and the end of the access that then moves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs, lapsing, lasting
from access.rules.causes import Cause
from access.rules.changing import entry, newer
from access.rules.model import (
    ERASED,
    Assignment,
    AssignmentState,
    Change,
    Extends,
    Json,
    Named,
    NotRenewed,
    ObjectId,
    Record,
    Request,
    State,
    Term,
)
from access.rules.policy import Rules
from access.rules.refusals import Field, NotPossible, NotYours, Problem, ProblemCode
from access.rules.renewals import Renewal
from access.rules.terms import length_of

NO_END = "none"
"""What a button carries in the place of an end that there is not yet."""


@dataclass(frozen=True, slots=True)
class NotRenewable:
    """An access cannot be renewed as was asked, for these reasons, by these rules."""

    request: Request
    problems: tuple[Problem, ...]
    rules: Rules


Lengthening = Callable[[Record, datetime], Change | Cause]


def active(request: Request) -> Assignment | None:
    """Return the access that a request gave and whose end may move, if it has one."""
    given = request.assignment
    stands = given is not None and given.state is AssignmentState.ACTIVE and request.ends_at is not None
    return given if stands and request.address != ERASED else None


def barred(request: Request, rules: Rules) -> Problem | None:
    """Return why an access cannot be renewed at all; None where only the term decides."""
    given = request.assignment
    if given is None and request.state is State.DELIVERY_FAILED:
        return Problem(Field.WHOLE, ProblemCode.ACCESS_FAILED, (request.label,))
    if given is None or given.state is not AssignmentState.ACTIVE or request.address == ERASED:
        return Problem(Field.WHOLE, ProblemCode.ACCESS_OVER, (request.guest_name, request.app.name))
    if request.ends_at is None:
        return Problem(Field.WHOLE, ProblemCode.ACCESS_ENDLESS, (request.guest_name, request.app.name))
    if given.halted is not None:
        return Problem(Field.WHOLE, ProblemCode.ACCESS_HALTED, (given.halted.label, request.guest_name))
    if rules.renewals_most == 0:
        return Problem(Field.WHOLE, ProblemCode.NOT_RENEWABLE, (request.app.name,))
    if rules.renewals_most is not None and len(given.renewals) >= rules.renewals_most:
        return Problem(Field.WHOLE, ProblemCode.RENEWALS_USED_UP, (str(rules.renewals_most),))
    return None


def extended(request: Request, term: Term, rules: Rules, now: datetime, zone: ZoneInfo) -> Extends | Problem:
    """Return which end an access would get that may be renewed, or what is wrong with the term.

    Days count from the present end, by the house's clock; a day is one of the calendar there.
    """
    was = request.ends_at
    assert was is not None
    to = _lengthened(was, timedelta(days=term.days), zone) if term.days else term.ends_at(now, zone)
    if was <= now:  # it is only not taken away yet
        return Problem(Field.WHOLE, ProblemCode.ACCESS_OVER, (request.guest_name, request.app.name))
    under = Field.UNTIL if term.until else Field.TERM
    if to <= now:
        return Problem(under, ProblemCode.TERM_PAST)
    if to <= was:
        return Problem(under, ProblemCode.RENEWAL_SHORTER, (_day(was, zone),))
    longest, total = _last(request, rules, zone)
    if _days(was, to, zone) > rules.renewed_by:
        hints = (str(rules.renewed_by.days), _day(longest, zone))
        return Problem(under, ProblemCode.RENEWAL_TOO_LONG, hints)
    if total is not None and _days(total, to, zone) > timedelta():
        whole = str(rules.renewals_total.days if rules.renewals_total else 0)
        return Problem(under, ProblemCode.RENEWAL_TOTAL, (whole, _day(total, zone)))
    return Extends(request.request_id, request.number, was, to)


def overtaken(first: Request, extends: Extends, rules: Rules, zone: ZoneInfo) -> Problem | None:
    """Return what has become of an access since its renewal was judged; None where it stands as it did."""
    if not active(first) or first.ends_at is None:
        return barred(first, rules)
    if first.ends_at == extends.was:
        return None
    return Problem(Field.WHOLE, ProblemCode.END_MOVED, (_day(first.ends_at, zone),))


def endless(request: Request) -> bool:
    """Tell whether an access that others gave, and somebody adopted, lasts until its end is set."""
    given = request.assignment
    stands = given is not None and given.state is AssignmentState.ACTIVE and request.address != ERASED
    return stands and request.adopted and request.ends_at is None


def set_end(
    actor: Named, term: Term, ends_at: datetime
) -> Callable[[Record, datetime], Change | NotPossible]:
    """Give an adopted access its first end, which only takes away, so that nobody approves it."""

    def transition(record: Record, now: datetime) -> Change | NotPossible:
        if not endless(record.request):
            return NotPossible(record.request, record.request.state)
        request = newer(record.request, now, ends_at=ends_at, term=term)
        detail: dict[str, Json] = {"ends_at": ends_at.isoformat(), "guest": request.guest_id}
        fact = entry(request, "assignment.end-set", detail, ObjectId(actor.object_id))
        rows = (*lasting.anew(request, record.jobs, now), *jobs.show_again(record.jobs, request, now))
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition


def same_again(request: Request, rules: Rules, zone: ZoneInfo) -> Term:
    """Return the term that an access had at first, or as much of it as the policy leaves."""
    given, was = request.assignment, request.ends_at
    assert given is not None
    assert was is not None
    first = given.renewals[0].was if given.renewals else was
    since = request.delivered_at or request.submitted_at
    days = timedelta(days=request.term.days) if request.term.days else _days(since, first, zone)
    longest, total = _last(request, rules, zone)
    left = min(days, _days(was, longest, zone), *([_days(was, total, zone)] if total else []))
    return Term(days=max(left.days, 1))


def lengthen(renewal: Request, rules: Rules) -> Lengthening:
    """Move the end of an access, once, and wake its row; it has to be as it was when that was asked.

    Whoever renews it keeps it, too, whatever was shown of it. Returns the cause where the access is not as
    it was: it has ended meanwhile, or its end has moved.
    """
    extends = renewal.extends
    assert extends is not None

    def transition(record: Record, now: datetime) -> Change | Cause:
        request, given = record.request, record.request.assignment
        if given is not None and any(one.request_id == renewal.request_id for one in given.renewals):
            return Change(request=request)
        if given is None or active(request) is None:
            return Cause.ACCESS_OVER
        if given.halted is not None:
            return Cause.BEING_REMOVED
        if request.ends_at != extends.was:
            return Cause.END_MOVED
        lifted = given.not_renewed
        made = Renewal(renewal.request_id, renewal.number, now, extends.was, extends.to, lifted)
        given = replace(given, renewals=(*given.renewals, made), not_renewed=None)
        marks = lapsing.resting(request, renewal.requestor, rules, now)
        lapses = lapsing.marked(request, marks)
        request = newer(request, now, ends_at=extends.to, assignment=given, lapses=lapses)
        detail: dict[str, Json] = {
            "by": renewal.request_id,
            "was": extends.was.isoformat(),
            "ends_at": extends.to.isoformat(),
            "guest": request.guest_id,
        }
        facts = [entry(request, "assignment.renewed", detail)]
        if marks:
            kept = {**lapsing.kept_detail(request, marks), "by": renewal.request_id}
            facts.append(entry(request, "assignment.kept", kept))
        awake = lasting.anew(request, record.jobs, now)
        shown = (*jobs.show_again(record.jobs, request, now), *lapsing.redrawn(record, marks, request, now))
        return Change(request=request, jobs=(*awake, *shown), audit=tuple(facts))

    return transition


def shorten(renewal: Request) -> Lengthening:
    """Move the end of an access back to where it was before a renewal, once, and wake its row.

    What is ending, or has ended, gets its old end too: with that it is given again. Returns the cause where
    it cannot: the access is erased, another renewal has moved the end since, or the old end has passed.
    """
    extends = renewal.extends
    assert extends is not None

    def transition(record: Record, now: datetime) -> Change | Cause:
        request, given = record.request, record.request.assignment
        if given is None or all(one.request_id != renewal.request_id for one in given.renewals):
            return Change(request=request)
        if request.address == ERASED:
            return Cause.ACCESS_OVER
        if not is_last(request, renewal):
            return Cause.END_MOVED
        if extends.was <= now:
            return Cause.TERM_OVER
        again = given.not_renewed or given.renewals[-1].lifted
        given = replace(given, renewals=given.renewals[:-1], not_renewed=again)
        request = newer(request, now, ends_at=extends.was, assignment=given)
        detail: dict[str, Json] = {
            "by": renewal.request_id,
            "was": extends.to.isoformat(),
            "ends_at": extends.was.isoformat(),
            "guest": request.guest_id,
        }
        fact = entry(request, "assignment.shortened", detail)
        awake = lasting.anew(request, record.jobs, now) if given.state in lasting.LASTS else ()
        rows = (*awake, *jobs.show_again(record.jobs, request, now))
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition


def is_last(first: Request, renewal: Request) -> bool:
    """Tell whether the end of an access is the one to which this renewal has moved it."""
    given, extends = first.assignment, renewal.extends
    last = given.renewals[-1].request_id if given is not None and given.renewals else None
    return extends is not None and last == renewal.request_id and first.ends_at == extends.to


def let_end(actor: Named, *, may: bool) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Note that an access is to end as it does: whoever asked for it is not warned of that any more.

    To say so twice is to say it once.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request = record.request
        if not may:
            return NotYours(request, (request.requestor,))
        given = active(request)
        if given is None:
            return NotPossible(request, request.state)
        if given.not_renewed is not None:
            return Change(request=request)
        request = newer(request, now, assignment=replace(given, not_renewed=NotRenewed(actor, now)))
        ends: dict[str, Json] = {"ends_at": request.ends_at.isoformat() if request.ends_at else ""}
        fact = entry(request, "assignment.not-renewed", ends, ObjectId(actor.object_id))
        return Change(request=request, jobs=jobs.show_again(record.jobs, request, now), audit=(fact,))

    return transition


def _last(request: Request, rules: Rules, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """Return the latest end that one renewal can give, and the latest that all together can."""
    was, since = request.ends_at, request.delivered_at or request.submitted_at
    assert was is not None
    total = _lengthened(since, rules.renewals_total, zone) if rules.renewals_total else None
    return _lengthened(was, rules.renewed_by, zone), total


def _lengthened(at: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """Return the same time of the day so many days later."""
    return (at.astimezone(zone) + by).astimezone(UTC)


def _days(since: datetime, to: datetime, zone: ZoneInfo) -> timedelta:
    return length_of(Term(until=to.astimezone(zone).date()), since, zone)


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()

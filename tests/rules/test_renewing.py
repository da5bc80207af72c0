"""Renewing an access: what the policy leaves, how its end moves, once, and that it may also just end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from access.rules import deciding, jobs, lasting, renewing, sending, waiving
from access.rules.assignments import Halted
from access.rules.causes import Cause
from access.rules.delivery import StepDone, fail, succeed
from access.rules.model import (
    ERASED,
    AssignmentState,
    Change,
    Extends,
    JobStatus,
    Kind,
    Record,
    RequestId,
    State,
    StepKind,
    Term,
)
from access.rules.plan import moved, plan_renewal
from access.rules.policy import Rules
from access.rules.refusals import NotPossible, NotYours, Problem, ProblemCode
from tests.rules.making import (
    ALEX,
    ANA,
    APP,
    GIVE,
    LEASE,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    ZONE,
    change_of,
    delivered,
    done,
    facts,
    job,
    names,
    written,
)
from tests.rules.test_ending import over, removed

DAY = timedelta(days=1)
END = NOW + 90 * DAY
RULES = Rules(name="defaults")


def first(**changes: Any) -> Record:
    record = delivered()
    return replace(record, request=replace(record.request, **changes)) if changes else record


def extends(days: int = 90, was: datetime = END) -> Extends:
    return Extends(RequestId("0" * 32), 1042, was, was + days * DAY)


def renewal(days: int = 90, number: int = 1050) -> Record:
    """Return a request that asks to renew what R-1042 gave."""
    asked, moving = delivered().request, extends(days)
    plan = plan_renewal(
        guest=ANA, app=APP, give=GIVE, extends=moving, term=Term(days=days), rule="defaults", landing=""
    )
    request = replace(
        asked,
        request_id=RequestId(f"{number:032d}"),
        number=number,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.EXTEND,
        guest_id=None,
        plan=plan,
        review=None,
        reviews=(),
        delivered_at=None,
        ends_at=None,
        assignment=None,
        awaits_acceptance=False,
        extends=moving,
    )
    change = sending.send(request, NOW, personal=False)
    return written(Record(request=change.request, jobs={}), change)


def approved() -> Record:
    waiting = renewal()
    return done(waiting, deciding.approve(ALEX, facts(now=waiting.request.plan), None))


def renewed(record: Record | None = None, by: Record | None = None, at: datetime = NOW) -> Record:
    return done(record or first(), renewing.lengthen((by or renewal()).request, RULES), at)


# --- an access without an end, and one that has moved -----------------------------------------------------


def adopted(**changes: Any) -> Record:
    return first(**{"adopted": True, "ends_at": None, "term": Term(), **changes})


def test_an_adopted_access_gets_its_first_end_once_and_its_row_wakes() -> None:
    ends_at = NOW + 30 * DAY
    change = change_of(adopted(), renewing.set_end(MEGAN, Term(days=30), ends_at), NOW)
    assert change.request.ends_at == ends_at
    [fact] = change.audit
    assert (fact.what, fact.actor, fact.detail["ends_at"]) == (
        "assignment.end-set",
        MEGAN.object_id,
        ends_at.isoformat(),
    )
    assert lasting.NAME in [one.name for one in change.jobs]
    again = renewing.set_end(MEGAN, Term(days=90), NOW + 90 * DAY)(written(adopted(), change), NOW)
    assert isinstance(again, NotPossible)
    assert again.request.ends_at == ends_at


@pytest.mark.parametrize("record", [first(), first(ends_at=None), adopted(address=ERASED), over(first())])
def test_no_other_access_has_an_end_to_set(record: Record) -> None:
    assert not renewing.endless(record.request)
    assert isinstance(renewing.set_end(MEGAN, Term(days=30), NOW + 30 * DAY)(record, NOW), NotPossible)


def test_a_renewal_is_overtaken_by_an_end_that_moved_or_came_since_it_was_judged() -> None:
    judged = extends()
    assert renewing.overtaken(first().request, judged, RULES, ZONE) is None
    assert code(renewing.overtaken(renewed().request, judged, RULES, ZONE)) is ProblemCode.END_MOVED
    assert code(renewing.overtaken(over(first()).request, judged, RULES, ZONE)) is ProblemCode.ACCESS_OVER


def test_an_access_whose_guest_is_being_removed_is_not_renewed() -> None:
    given = first().request.assignment
    assert given is not None
    halted = replace(given, halted=Halted(RequestId("9" * 32), "R-1060", NOW))
    found = renewing.barred(first(assignment=halted).request, RULES)
    assert code(found) is ProblemCode.ACCESS_HALTED
    assert found is not None
    assert found.hints[0] == "R-1060"


# --- what the policy leaves -----------------------------------------------------------------------------


def ask(term: Term, rules: Rules = RULES, record: Record | None = None, at: datetime = NOW) -> object:
    return renewing.extended((record or first()).request, term, rules, at, ZONE)


def code(found: object) -> ProblemCode:
    assert isinstance(found, Problem), found
    return found.code


def test_days_count_from_the_present_end_and_a_day_is_the_last() -> None:
    by_days, until = ask(Term(days=30)), ask(Term(until=date(2027, 4, 1)))
    assert isinstance(by_days, Extends)
    assert isinstance(until, Extends)
    assert (by_days.was, by_days.to) == (END, datetime(2027, 3, 21, 9, 0, tzinfo=UTC))
    assert until.to == datetime(2027, 4, 1, 21, 59, tzinfo=UTC)


def test_a_renewal_across_the_change_of_clocks_ends_at_the_same_time_of_the_day() -> None:
    found = ask(Term(days=90))
    assert isinstance(found, Extends)
    assert found.to.astimezone(ZONE).time() == END.astimezone(ZONE).time()


@pytest.mark.parametrize(
    ("term", "wrong"),
    [
        (Term(until=date(2026, 11, 1)), ProblemCode.TERM_PAST),
        (Term(until=date(2027, 2, 1)), ProblemCode.RENEWAL_SHORTER),
        (Term(days=91), ProblemCode.RENEWAL_TOO_LONG),
        (Term(until=date(2027, 5, 21)), ProblemCode.RENEWAL_TOO_LONG),
    ],
)
def test_what_is_over_shorter_or_too_long_is_refused(term: Term, wrong: ProblemCode) -> None:
    assert code(ask(term, replace(RULES, renewals_longest=90 * DAY))) is wrong


def test_a_renewal_is_never_longer_than_a_term_may_be() -> None:
    rules = replace(RULES, term_longest=30 * DAY, renewals_longest=90 * DAY)
    assert code(ask(Term(days=31), rules)) is ProblemCode.RENEWAL_TOO_LONG
    assert isinstance(ask(Term(days=30), rules), Extends)


def test_with_all_its_renewals_an_access_lasts_no_longer_than_the_policy_says() -> None:
    rules = replace(RULES, renewals_total=120 * DAY)
    found = ask(Term(days=31), rules)
    assert code(found) is ProblemCode.RENEWAL_TOTAL
    assert isinstance(found, Problem)
    assert found.hints == ("120", "2027-03-21")
    assert isinstance(ask(Term(days=30), rules), Extends)


@drawn(
    days=st.integers(1, 400),
    longest=st.integers(1, 400),
    total=st.one_of(st.none(), st.integers(1, 900)),
    until=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2029, 1, 1))),
)
def test_what_may_be_asked_for_never_passes_a_limit_and_always_ends_later(
    days: int, longest: int, total: int | None, until: date | None
) -> None:
    rules = replace(RULES, renewals_longest=longest * DAY, renewals_total=total * DAY if total else None)
    found = ask(Term(until=until) if until else Term(days=days), rules)
    if isinstance(found, Extends):
        to, was = (at.astimezone(ZONE).date() for at in (found.to, END))
        assert found.to > END
        assert to - was <= rules.renewed_by
        assert total is None or to - NOW.astimezone(ZONE).date() <= total * DAY


@drawn(longest=st.integers(1, 400), total=st.integers(91, 900))
def test_the_same_again_can_be_asked_for_wherever_anything_can(longest: int, total: int) -> None:
    rules = replace(RULES, renewals_longest=longest * DAY, renewals_total=total * DAY)
    term = renewing.same_again(first().request, rules, ZONE)
    found = ask(term, rules)
    assert isinstance(found, Extends)
    assert term.days == min(90, longest, total - 90)


def test_the_same_again_after_a_renewal_is_the_first_term() -> None:
    until = first(term=Term(until=date(2027, 2, 19)))
    assert renewing.same_again(renewed().request, RULES, ZONE) == Term(days=90)
    assert renewing.same_again(renewed(until).request, RULES, ZONE) == Term(days=90)


@pytest.mark.parametrize(
    ("record", "rules", "wrong"),
    [
        (over, RULES, ProblemCode.ACCESS_OVER),
        (lambda: first(address=ERASED), RULES, ProblemCode.ACCESS_OVER),
        (lambda: first(ends_at=None), RULES, ProblemCode.ACCESS_ENDLESS),
        (first, replace(RULES, renewals_most=0), ProblemCode.NOT_RENEWABLE),
        (renewed, replace(RULES, renewals_most=1), ProblemCode.RENEWALS_USED_UP),
    ],
)
def test_what_can_never_be_renewed_says_why(
    record: Callable[[], Record], rules: Rules, wrong: ProblemCode
) -> None:
    assert code(renewing.barred(record().request, rules)) is wrong


def test_as_many_renewals_as_the_policy_allows_can_be_asked_for() -> None:
    assert renewing.barred(renewed().request, replace(RULES, renewals_most=2)) is None
    assert renewing.barred(renewed().request, RULES) is None


# --- the renewal is a request ------------------------------------------------------------------------------


def test_its_plan_moves_with_the_end_that_it_moves() -> None:
    plan = partial(plan_renewal, guest=ANA, app=APP, give=GIVE, term=Term(days=90), rule="r", landing="")
    before, now = (plan(extends=one) for one in (extends(), extends(was=END + DAY)))
    assert moved(before, now) == ("end",)


def test_its_delivery_is_one_step_after_which_it_holds_no_access_of_its_own() -> None:
    record = approved()
    assert names(record, "ready") == [StepKind.EXTEND]
    step = job(record, StepKind.EXTEND)
    record = done(record, jobs.claim(step.key, LEASE))
    record = done(record, succeed(step.key, 1, StepDone(), ZONE))
    request = record.request
    assert (request.state, request.ends_at) == (State.DELIVERED, extends().to)
    assert request.assignment is not None
    assert request.assignment.state is AssignmentState.LENGTHENS
    assert not [one for one in record.jobs.values() if one.name == lasting.NAME]


def test_where_the_policy_waives_renewals_nobody_is_asked_and_the_rule_is_named() -> None:
    rules = replace(RULES, renewals_most=2, renewals_waiver="Renewed by its owner")
    request = replace(renewal().request, state=State.SUBMITTED, version=0)
    change = waiving.renew(request, renewed().request, rules, NOW, personal=False)
    assert change.request.state is State.DELIVERING
    assert change.request.waived is not None
    assert (change.request.waived.waiver, change.request.waived.count) == ("Renewed by its owner", 2)
    assert [fact.what for fact in change.audit] == ["request.submitted", "request.waived"]
    assert [one.name for one in change.jobs] == ["thread", StepKind.EXTEND]


def test_nobody_is_waived_for_what_benefits_themselves() -> None:
    rules = replace(RULES, renewals_most=2, renewals_waiver="Renewed by its owner")
    request = replace(
        renewal().request, state=State.SUBMITTED, version=0, requestor=replace(MEGAN, object_id=ANA)
    )
    assert waiving.renew(request, first().request, rules, NOW, personal=False).request.waived is None


def test_one_that_failed_has_changed_nothing_and_can_be_canceled_by_its_requestor() -> None:
    record = approved()
    step = job(record, StepKind.EXTEND)
    record = done(record, jobs.claim(step.key, LEASE))
    record = done(record, fail(step.key, 1, Cause.ACCESS_OVER, {}, "trace"))
    assert isinstance(deciding.cancel(ALEX.object_id)(record, NOW), NotYours)
    canceled = done(record, deciding.cancel(MEGAN.object_id))
    assert (canceled.request.state, canceled.request.failure) == (State.CANCELED, None)


def test_any_other_delivery_that_failed_cannot_be_canceled() -> None:
    record = approved()
    step = job(record, StepKind.EXTEND)
    record = done(record, jobs.claim(step.key, LEASE))
    record = done(record, fail(step.key, 1, Cause.REFUSED, {}, "trace"))
    other = replace(record, request=replace(record.request, extends=None))
    assert isinstance(deciding.cancel(MEGAN.object_id)(other, NOW), NotPossible)


# --- the end moves -----------------------------------------------------------------------------------------


def test_the_end_moves_once_under_an_entry_and_its_row_wakes() -> None:
    record = first()
    change = change_of(record, renewing.lengthen(renewal().request, RULES))
    assert change.request.ends_at == extends().to
    assert [fact.what for fact in change.audit] == ["assignment.renewed"]
    row = next(one for one in change.jobs if one.name == lasting.NAME)
    assert (row.status, row.due_at) == (JobStatus.READY, NOW)
    record = written(record, change)
    assert change_of(record, renewing.lengthen(renewal().request, RULES)) == Change(request=record.request)


def test_an_end_that_has_moved_meanwhile_or_come_is_not_moved() -> None:
    assert renewing.lengthen(renewal(number=1051).request, RULES)(renewed(), NOW) is Cause.END_MOVED
    for record in (over(), removed(), first(address=ERASED)):
        assert renewing.lengthen(renewal().request, RULES)(record, END) is Cause.ACCESS_OVER


def test_a_second_renewal_goes_on_from_the_first() -> None:
    record = renewed()
    again = replace(renewal(number=1051).request, extends=extends(was=extends().to))
    record = done(record, renewing.lengthen(again, RULES))
    assert record.request.assignment is not None
    assert [one.number for one in record.request.assignment.renewals] == [1050, 1051]
    assert record.request.ends_at == extends(was=extends().to).to


def test_a_renewed_access_does_not_end_at_its_first_end_but_at_its_new_one() -> None:
    calendar = lasting.calendar(renewed().request, replace(RULES, warn_before=()), ZONE)
    assert [one.at for one in calendar] == [extends().to]


# --- do not renew ------------------------------------------------------------------------------------------


def let_end(record: Record | None = None) -> Record:
    return done(record or first(), renewing.let_end(MEGAN, may=True))


def test_that_it_is_to_end_is_noted_once() -> None:
    change = change_of(first(), renewing.let_end(MEGAN, may=True))
    assert [(fact.what, fact.actor) for fact in change.audit] == [("assignment.not-renewed", MEGAN.object_id)]
    assert change.request.ends_at == END
    again = let_end()
    assert change_of(again, renewing.let_end(NIA, may=True)) == Change(request=again.request)


def test_who_may_not_and_what_has_ended_is_refused() -> None:
    assert isinstance(renewing.let_end(STRANGER, may=False)(first(), NOW), NotYours)
    assert isinstance(renewing.let_end(MEGAN, may=True)(over(), END), NotPossible)


def test_the_owner_is_not_warned_any_more_and_the_guest_is() -> None:
    record = let_end(first(awaits_acceptance=False))
    due = lasting.Due(NOW, 14)
    asked = lasting.Facts(RULES, ZONE, asked=True, to=(MEGAN.object_id,), mails=True)
    change = lasting.warned(record, due, asked, END - 14 * DAY)
    assert [one.name.rpartition("/")[2] for one in change.jobs] == [lasting.GUEST]
    [fact] = change.audit
    assert fact.detail["to"] == []


def test_a_warning_that_waits_for_the_morning_is_not_shown_to_whoever_has_answered_it() -> None:
    record = let_end()
    assert not lasting.concerns(record.request, "warning/20270219/14/approver/megan")
    assert lasting.concerns(record.request, f"warning/20270219/14/{lasting.GUEST}")
    assert lasting.concerns(first().request, "warning/20270219/14/approver/megan")


def test_a_renewal_takes_it_back() -> None:
    record = renewed(let_end())
    assert record.request.assignment is not None
    assert record.request.assignment.not_renewed is None

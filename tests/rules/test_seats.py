"""Seats: whoever delegates to whom, a seat and a person count once, and nobody decides for themselves."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from access.rules import deciding, jobs, seats, sending, watch
from access.rules.delegating import Delegation
from access.rules.model import AuditFact, Change, Named, ObjectId, Panel, Record, State
from access.rules.policy import Rules
from access.rules.refusals import AlreadyApproved
from access.rules.stages import approvals, most_approvals, short_of
from tests.rules.making import MEGAN, NOW, plan, request, written

PEOPLE = [Named(ObjectId(f"p{place}"), f"Person {place}") for place in range(5)] + [MEGAN]
PAIRS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)), max_size=6)
APPROVERS = st.sets(st.sampled_from(PEOPLE[:5]), min_size=1, max_size=4)


def holding(pairs: list[tuple[Named, Named]]) -> list[Delegation]:
    """Return what the store could hold: one for each approver, never to themselves."""
    last = {by: to for by, to in pairs if by != to}
    return [Delegation(by, to, NOW, NOW + timedelta(days=7), NOW) for by, to in last.items()]


def panel_of(approvers: set[Named], quorum: int, standing: list[Delegation]) -> Panel:
    people = tuple(sorted(approvers, key=lambda one: one.name))
    theirs = seats.for_request(standing, {None}, MEGAN.object_id)
    return seats.seated(Panel(people, quorum), theirs)


def sent(panel: Panel) -> Record:
    asked = replace(request(), stages=(panel,), approvers=panel.approvers)
    change = sending.send(asked, NOW, personal=False)
    return written(Record(request=change.request, jobs={}), change)


@given(PAIRS, APPROVERS, st.integers(1, 4), st.lists(st.sampled_from(PEOPLE), max_size=12))
def test_no_order_of_presses_counts_a_seat_or_a_person_twice(
    pairs: list[tuple[Named, Named]], approvers: set[Named], quorum: int, presses: list[Named]
) -> None:
    standing = holding(pairs)
    panel = panel_of(approvers, quorum, standing)
    record = sent(panel)
    for who in presses:
        facts = deciding.Facts((panel,), plan(), "defaults")
        result = deciding.approve(who, facts, None)(record, NOW + timedelta(minutes=1))
        if isinstance(result, Change):
            record = written(record, result)
    given_ = approvals(record.request)
    assert len({one.seat for one in given_}) == len(given_) == len({one.by for one in given_})
    assert {one.seat for one in given_} <= {one.object_id for one in approvers}
    assert MEGAN.object_id not in {one.by.object_id for one in given_}
    for one in given_:
        if one.for_whom:
            assert any((held.by, held.to) == (one.for_whom, one.by) for held in standing)
            assert one.by not in approvers
    if record.request.state is State.DELIVERING:
        assert len({one.seat for one in given_}) >= quorum


@given(PAIRS, APPROVERS, st.integers(1, 4), st.permutations(PEOPLE))
def test_a_quorum_of_those_who_press_is_reached_in_every_order(
    pairs: list[tuple[Named, Named]], approvers: set[Named], quorum: int, presses: list[Named]
) -> None:
    panel = panel_of(approvers, min(quorum, len(approvers)), holding(pairs))
    record = sent(panel)
    for place, who in enumerate(presses):
        could = most_approvals(panel, [one.object_id for one in presses[: place + 1]])
        facts = deciding.Facts((panel,), plan(), "defaults")
        result = deciding.approve(who, facts, None)(record, NOW + timedelta(minutes=1))
        if isinstance(result, Change):
            record = written(record, result)
        assert len(approvals(record.request)) == min(could, panel.quorum)
    assert record.request.state is State.DELIVERING


def test_an_approval_that_moves_keeps_to_those_for_whom_it_was_given() -> None:
    a, b, c, d = PEOPLE[:4]
    held = [Delegation(one, d, NOW, NOW + timedelta(days=7), NOW) for one in (a, b)]
    record = sent(panel := panel_of({a, b, c}, 3, held))
    moved: list[AuditFact] = []
    for who, now in ((d, panel), (a, panel_of({a, b, c}, 3, []))):
        result = deciding.approve(who, deciding.Facts((now,), plan(), "defaults"), None)(record, NOW)
        assert isinstance(result, Change)
        record = written(record, result)
        moved += [fact for fact in result.audit if fact.what == "approval.reseated"]
    assert [(one.by, one.for_whom, one.or_for) for one in approvals(record.request)] == [
        (d, b, (a,)),
        (a, None, ()),
    ]
    assert [fact.detail for fact in moved] == [{"stage": 1, "by": "p3", "on_behalf_of": "p1"}]
    again = deciding.approve(b, deciding.Facts((panel,), plan(), "defaults"), None)(record, NOW)
    assert isinstance(again, AlreadyApproved)
    assert again.spoken
    assert again.spoken.by == d


@given(PAIRS, APPROVERS, st.integers(1, 4))
def test_delegates_add_nobody_to_those_who_can_pass_a_stage(
    pairs: list[tuple[Named, Named]], approvers: set[Named], quorum: int
) -> None:
    panel = panel_of(approvers, quorum, holding(pairs))
    assert most_approvals(panel, [one.object_id for one in panel.approvers]) == len(approvers)
    assert panel.seats == tuple(sorted(approvers, key=lambda one: one.name))
    lacks = list(short_of(request(), (panel,)))
    assert lacks == ([(1, quorum - len(approvers))] if len(approvers) < quorum else [])


@given(PAIRS, APPROVERS)
def test_nobody_sits_on_a_seat_who_asks_or_acts_for_whoever_asks(
    pairs: list[tuple[Named, Named]], approvers: set[Named]
) -> None:
    standing = holding(pairs)
    panel = panel_of(approvers, 1, standing)
    theirs = {one.to for one in standing if one.by == MEGAN} | {MEGAN}
    assert theirs.isdisjoint({one.by for one in panel.delegated})
    assert {one.for_whom for one in panel.delegated} <= approvers


@given(PAIRS, PAIRS, APPROVERS)
def test_cards_name_the_delegates_of_now_whoever_it_was_before(
    before: list[tuple[Named, Named]], after: list[tuple[Named, Named]], approvers: set[Named]
) -> None:
    record = sent(panel_of(approvers, 1, holding(before)))
    facts = watch.Facts(Rules(name="defaults"), 1)
    result = seats.follow(holding(after), facts)(record, NOW + timedelta(hours=1))
    record = written(record, result) if isinstance(result, Change) else record
    assert record.request.stages == (panel_of(approvers, 1, holding(after)),)
    assert record.request.approvers == record.request.stages[0].approvers
    cards = {jobs.approver_of(one.name) for one in record.jobs.values()} - {None}
    assert {one.object_id for one in record.request.approvers} <= cards


def test_whoever_sits_only_beside_silent_approvers_is_silent() -> None:
    a, b, c = PEOPLE[:3]
    panel = Panel((a, b), silent=(b.object_id,))
    until: datetime = NOW + timedelta(days=1)
    for_b = Delegation(b, c, NOW, until, NOW)
    assert seats.seated(panel, [for_b]).asked == (a,)
    both = [for_b, Delegation(a, c, NOW, until, NOW)]
    assert seats.seated(panel, both).asked == (a, c)


def pressed(record: Record, who: Named, panel: Panel) -> Change:
    result = deciding.approve(who, deciding.Facts((panel,), plan(), "defaults"), None)(record, NOW)
    assert isinstance(result, Change), result
    return result


def test_an_approval_counts_in_their_own_right_once_a_delegate_is_an_approver() -> None:
    a, b, d = PEOPLE[0], PEOPLE[1], PEOPLE[3]
    held = [Delegation(a, d, NOW, NOW + timedelta(days=7), NOW)]
    record = sent(panel := panel_of({a, b}, 2, held))
    record = written(record, pressed(record, d, panel))
    now = panel_of({a, b, d}, 2, held)
    change = pressed(record, a, now)
    assert change.request.state is State.DELIVERING
    assert [(one.by, one.for_whom) for one in approvals(change.request)] == [(d, None), (a, None)]
    moved = [fact.detail for fact in change.audit if fact.what == "approval.reseated"]
    assert moved == [{"stage": 1, "by": "p3"}]
    again = deciding.approve(d, deciding.Facts((now,), plan(), "defaults"), None)(record, NOW)
    assert isinstance(again, AlreadyApproved), "and they count once"


def test_an_approval_stays_where_it_was_given_while_somebody_has_approved_in_the_own_seat() -> None:
    a, b, c, d, e = PEOPLE[:5]
    until = NOW + timedelta(days=7)
    record = sent(panel := panel_of({b, c, d}, 3, [Delegation(d, e, NOW, until, NOW)]))
    record = written(record, pressed(record, e, panel))
    for_a = [Delegation(a, d, NOW, until, NOW)]
    record = written(record, pressed(record, d, panel_of({a, b, c}, 3, for_a)))
    panel = panel_of({a, b, c, d}, 3, for_a)
    refused = deciding.approve(a, deciding.Facts((panel,), plan(), "defaults"), None)(record, NOW)
    assert isinstance(refused, AlreadyApproved)
    given_ = approvals(written(record, pressed(record, b, panel)).request)
    assert [one.seat for one in given_] == ["p3", "p0", "p1"]


@given(
    st.lists(
        st.tuples(PAIRS, APPROVERS, st.lists(st.sampled_from(PEOPLE), max_size=4)), min_size=1, max_size=4
    )
)
def test_whoever_becomes_what_between_presses_a_seat_and_a_person_count_once(
    days: list[tuple[list[tuple[Named, Named]], set[Named], list[Named]]],
) -> None:
    record = sent(panel_of(days[0][1], len(days[0][1]), holding(days[0][0])))
    for pairs, approvers, presses in days:
        panel = panel_of(approvers, min(3, len(approvers)), holding(pairs))
        for who in presses:
            result = deciding.approve(who, deciding.Facts((panel,), plan(), "defaults"), None)(record, NOW)
            record = written(record, result) if isinstance(result, Change) else record
    given_ = approvals(record.request)
    assert len({one.seat for one in given_}) == len(given_) == len({one.by for one in given_})

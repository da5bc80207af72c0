"""An amendment: shorter alone, by who may decide alone, and approved by a press of its own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from access.rules import amending, asking, deciding
from access.rules.lifecycle import Event, after
from access.rules.model import Change, Named, Panel, Record, State, Term
from access.rules.refusals import AlreadyDecided, NotLess, NotYours, OwnRequest, PlanMoved
from access.rules.stages import approvals, stage_now
from access.rules.standing import open_question
from tests.rules.making import ALEX, MEGAN, NIA, NOW, STRANGER, ZONE, done, pending, plan

SHORT = Term(days=30)


def facts(term: Term = SHORT, *panels: Panel) -> deciding.Facts:
    return deciding.Facts(panels or (Panel((ALEX, NIA)),), plan(term=term), "defaults")


def amended(record: Record | None = None, term: Term = SHORT, by: Named = ALEX) -> Record:
    return done(record or pending(), amending.amend(by, facts(term), term, ZONE))


def test_an_amendment_leaves_the_request_waiting_with_the_shorter_term() -> None:
    assert after(State.PENDING_APPROVAL, Event.AMENDED) is State.PENDING_APPROVAL
    request = amended().request
    assert (request.state, request.term) == (State.PENDING_APPROVAL, SHORT)
    assert [(one.by, one.was) for one in request.amendments] == [(ALEX, Term(days=90))]
    assert request.plan == plan(term=SHORT)


@pytest.mark.parametrize("days", [90, 91, 365])
def test_nobody_makes_it_more_or_as_much_as_was_asked(days: int) -> None:
    term = Term(days=days)
    assert isinstance(amending.amend(ALEX, facts(term), term, ZONE)(pending(), NOW), NotLess)


@pytest.mark.parametrize("until", [date(2026, 11, 20), date(2027, 2, 20)])
def test_a_day_that_is_over_or_later_than_what_was_asked_is_not_less(until: date) -> None:
    term = Term(until=until)
    assert isinstance(amending.amend(ALEX, facts(term), term, ZONE)(pending(), NOW), NotLess)
    assert amended(term=Term(until=date(2026, 12, 24))).request.term.until == date(2026, 12, 24)


def test_what_was_shortened_cannot_be_lengthened_again() -> None:
    term = Term(days=60)
    assert isinstance(amending.amend(NIA, facts(term), term, ZONE)(amended(), NOW), NotLess)


def test_days_which_begin_at_the_delivery_are_not_less_than_until_a_day() -> None:
    record = pending(term=Term(until=date(2027, 2, 19)))
    assert isinstance(amending.amend(ALEX, facts(), SHORT, ZONE)(record, NOW), NotLess)
    record = amended(term=Term(until=date(2026, 12, 24)))
    assert isinstance(amending.amend(NIA, facts(), Term(days=1), ZONE)(record, NOW), NotLess)


def test_an_amendment_is_less_than_what_was_asked_first_whatever_came_between() -> None:
    record = amended()
    first = replace(record.request.amendments[0], was=Term(until=date(2026, 11, 30)))
    record = replace(record, request=replace(record.request, amendments=(first,)))
    term = Term(until=date(2026, 12, 10))
    assert isinstance(amending.amend(NIA, facts(term), term, ZONE)(record, NOW), NotLess)


def test_days_typed_for_a_request_until_a_day_count_from_today() -> None:
    until = pending(term=Term(until=date(2027, 2, 19))).request
    assert amending.counted(SHORT, until, NOW, ZONE) == Term(until=date(2026, 12, 21))
    assert amending.counted(SHORT, pending().request, NOW, ZONE) == SHORT


@pytest.mark.parametrize(("who", "refusal"), [(STRANGER, NotYours), (MEGAN, OwnRequest)])
def test_who_may_not_decide_amends_nothing(who: Named, refusal: type) -> None:
    assert isinstance(amending.amend(who, facts(), SHORT, ZONE)(pending(), NOW), refusal)


def test_what_is_decided_is_amended_no_more() -> None:
    record = done(pending(), deciding.deny(NIA, facts().panels, "no"))
    assert isinstance(amending.amend(ALEX, facts(), SHORT, ZONE)(record, NOW), AlreadyDecided)


def test_earlier_votes_are_void_and_the_first_stage_comes_again() -> None:
    panels = (Panel((ALEX, STRANGER)), Panel((NIA,)))
    asked = deciding.Facts(panels, plan(term=Term(days=90)), "defaults")
    record = done(pending(), deciding.approve(ALEX, asked, None))
    assert stage_now(record.request) == 2
    change = amending.amend(NIA, facts(SHORT, *panels), SHORT, ZONE)(record, NOW)
    assert isinstance(change, Change)
    [fact] = change.audit
    assert (fact.what, fact.actor, fact.detail["void"]) == ("request.amended", NIA.object_id, ["alex"])
    record = done(record, amending.amend(NIA, facts(SHORT, *panels), SHORT, ZONE))
    assert approvals(record.request) == ()
    assert stage_now(record.request) == 1


def test_the_amender_approves_by_a_press_of_its_own_and_an_old_card_approves_nothing() -> None:
    record = amended()
    old = deciding.approve(NIA, facts(), plan(term=Term(days=90)).hash)(record, NOW)
    assert isinstance(old, PlanMoved)
    assert record.request.state is State.PENDING_APPROVAL
    record = done(record, deciding.approve(ALEX, facts(), plan(term=SHORT).hash))
    assert record.request.state is State.DELIVERING
    assert record.request.term == SHORT


def test_the_same_press_again_changes_nothing() -> None:
    assert amended(amended()) == amended()


def test_a_question_goes_on_waiting_when_somebody_amends() -> None:
    record = done(pending(), asking.ask(NIA, facts().panels, "Why so long?", None))
    record = amended(record)
    assert open_question(record.request) is not None
    record = done(record, asking.answer(MEGAN.object_id, "So", None), NOW + timedelta(hours=1))
    assert record.request.closes_at == pending().request.closes_at + timedelta(hours=1)

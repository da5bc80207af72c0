"""A question asked back: who may ask and answer, and a time to decide that stands still meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from access.rules import amending, asking, awaited, deciding, jobs, replanning, watch
from access.rules.lifecycle import Event, after
from access.rules.model import (
    Change,
    JobKind,
    JobStatus,
    Named,
    ObjectId,
    Panel,
    Record,
    StandIn,
    State,
    Term,
)
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    NoQuestion,
    NotYours,
    OwnRequest,
    QuestionOpen,
    Stale,
)
from access.rules.standing import open_question
from tests.rules.making import (
    ALEX,
    LEASE,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    ZONE,
    done,
    facts,
    guest,
    job,
    pending,
    plan,
)

LIDIA = Named(ObjectId("lidia"), "Lidia Holloway")
PANELS = (Panel((ALEX, NIA)),)
HOUR = timedelta(hours=1)
WHY = "Why Clinician and not Reader?"


def asked(record: Record | None = None, by: Named = ALEX, at: datetime = NOW + HOUR) -> Record:
    return done(record or pending(), asking.ask(by, PANELS, WHY, None), at)


def test_a_question_and_its_answer_leave_the_request_waiting() -> None:
    for event in (Event.QUESTION_ASKED, Event.ANSWERED):
        assert after(State.PENDING_APPROVAL, event) is State.PENDING_APPROVAL
    record = asked()
    assert record.request.state is State.PENDING_APPROVAL
    answered = done(record, asking.answer(MEGAN.object_id, "She corrects them", None), NOW + 2 * HOUR)
    assert answered.request.state is State.PENDING_APPROVAL
    [question] = answered.request.questions
    assert (question.by, question.text, question.answer) == (ALEX, WHY, "She corrects them")


def test_the_time_to_decide_goes_on_by_exactly_as_long_as_it_stood_still() -> None:
    before = pending()
    record = asked(before)
    assert job(record, jobs.CLOSES).status is JobStatus.WAITING
    record = done(record, asking.answer(MEGAN.object_id, "Yes", None), NOW + 26 * HOUR)
    stood = 25 * HOUR
    assert record.request.closes_at == before.request.closes_at + stood
    timer = job(record, jobs.CLOSES)
    assert (timer.status, timer.due_at) == (JobStatus.READY, record.request.closes_at)
    record = done(
        asked(record, NIA, NOW + 30 * HOUR), asking.answer(MEGAN.object_id, "No", 2), NOW + 31 * HOUR
    )
    assert record.request.closes_at == before.request.closes_at + stood + HOUR, "and again"


def test_nothing_closes_while_a_question_waits() -> None:
    record = asked()
    late = NOW + timedelta(days=100)
    assert isinstance(jobs.claim(job(record, jobs.CLOSES).key, LEASE)(record, late), Stale)


def test_a_timer_that_is_being_run_when_somebody_asks_closes_nothing() -> None:
    due = pending().request.closes_at
    record = done(pending(), jobs.claim(job(pending(), jobs.CLOSES).key, LEASE), due)
    fence = job(record, jobs.CLOSES).fence
    record = asked(record, at=due)
    assert isinstance(deciding.time_out(job(record, jobs.CLOSES).key, fence)(record, due), Stale)


def test_a_clock_that_was_set_back_takes_nothing_from_the_time_to_decide() -> None:
    record = done(asked(), asking.answer(MEGAN.object_id, "Yes", None), NOW)
    assert record.request.closes_at == pending().request.closes_at


@pytest.mark.parametrize(("who", "refusal"), [(STRANGER, NotYours), (MEGAN, OwnRequest)])
def test_who_may_not_decide_asks_nothing(who: Named, refusal: type) -> None:
    assert isinstance(asking.ask(who, PANELS, WHY, None)(pending(), NOW), refusal)


def test_whoever_has_approved_the_stage_asks_no_more() -> None:
    two = deciding.Facts((Panel((ALEX, NIA), quorum=2),), pending().request.plan, "defaults")
    record = done(pending(), deciding.approve(ALEX, two, None))
    assert isinstance(asking.ask(ALEX, two.panels, WHY, None)(record, NOW), AlreadyApproved)


@pytest.mark.parametrize("who", [ALEX, NIA, STRANGER])
def test_nobody_but_the_requestor_answers(who: Named) -> None:
    assert isinstance(asking.answer(who.object_id, "Yes", None)(asked(), NOW), NotYours)


def test_one_question_waits_at_a_time_and_the_next_may_follow() -> None:
    record = asked()
    assert isinstance(asking.ask(NIA, PANELS, "And why?", None)(record, NOW), QuestionOpen)
    record = done(record, asking.answer(MEGAN.object_id, "Yes", None))
    assert isinstance(asking.answer(MEGAN.object_id, "No", None)(record, NOW), NoQuestion)
    assert len(asked(record, NIA).request.questions) == 2


def test_a_question_ends_with_the_approval_that_finds_nobody_left_who_asked_it() -> None:
    record = asked()
    left = deciding.Facts((Panel((NIA, LIDIA), quorum=2),), record.request.plan, "defaults")
    record = done(record, deciding.approve(NIA, left, None), NOW + 2 * HOUR)
    assert record.request.state is State.PENDING_APPROVAL
    assert open_question(record.request) is None
    assert job(record, jobs.CLOSES).status is JobStatus.READY


def test_a_question_ahead_of_a_plan_that_comes_again_waits_for_nobody_who_decides_no_more() -> None:
    by_lidia, first = (Panel((LIDIA,)),), pending()
    record = done(first, asking.ask(LIDIA, by_lidia, WHY, None, rule="of admins"), NOW)
    assert open_question(record.request) is not None
    moved = plan(guest(), landing="https://elsewhere.example")
    record = done(record, replanning.replan(deciding.Facts(by_lidia, moved, "defaults")), NOW + HOUR)
    assert open_question(record.request) is not None
    back = deciding.Facts(PANELS, first.request.plan, "defaults")
    record = done(record, replanning.replan(back), NOW + 2 * HOUR)
    assert record.request.plan == first.request.plan
    assert open_question(record.request) is None


def test_the_same_press_again_asks_and_answers_nothing_twice() -> None:
    record = done(pending(), asking.ask(ALEX, PANELS, WHY, 0), NOW)
    for act in (asking.ask(ALEX, PANELS, WHY, 0), asking.ask(ALEX, PANELS, WHY, 0)):
        again = done(record, act)
        assert again == record
    record = done(record, asking.answer(MEGAN.object_id, "Yes", 1))
    assert done(record, asking.answer(MEGAN.object_id, "Yes", 1)) == record
    assert done(record, asking.ask(ALEX, PANELS, WHY, 0)) == record, "even after the answer"


def test_an_answer_on_an_old_card_answers_no_later_question() -> None:
    record = done(asked(), asking.answer(MEGAN.object_id, "Yes", 1))
    record = asked(record, NIA)
    assert isinstance(asking.answer(MEGAN.object_id, "No", 1)(record, NOW), NoQuestion)
    assert open_question(record.request) is not None


@pytest.mark.parametrize(
    "end",
    [
        deciding.approve(NIA, facts(), None),
        deciding.deny(NIA, PANELS, "no"),
        deciding.cancel(MEGAN.object_id),
    ],
)
def test_what_ends_the_request_ends_its_question_and_its_timer(end: Any) -> None:
    record = done(asked(), end)
    assert open_question(record.request) is None
    assert job(record, jobs.CLOSES).status is JobStatus.DROPPED
    assert isinstance(asking.answer(MEGAN.object_id, "Yes", None)(record, NOW), AlreadyDecided)
    assert isinstance(asking.ask(NIA, PANELS, WHY, None)(record, NOW), AlreadyDecided)


@pytest.mark.parametrize(("quorum", "by", "waits"), [(3, NIA, True), (3, ALEX, False), (1, NIA, False)])
def test_a_question_lasts_until_its_asker_has_approved_or_their_stage_is_over(
    quorum: int, by: Named, *, waits: bool
) -> None:
    first = Panel((ALEX, NIA, STRANGER), quorum)
    panels = deciding.Facts((first, Panel((STRANGER,))), pending().request.plan, "defaults")
    record = done(pending(), asking.ask(ALEX, panels.panels, WHY, None), NOW)
    record = done(record, deciding.approve(by, panels, None), NOW + HOUR)
    assert record.request.state is State.PENDING_APPROVAL
    assert (open_question(record.request) is not None) == waits
    assert (job(record, jobs.CLOSES).status is JobStatus.WAITING) == waits
    closes = pending().request.closes_at
    assert record.request.closes_at == (closes if waits else closes + HOUR)


def test_requestor_and_asker_are_told_once_of_each_question() -> None:
    record = pending()
    for _ in range(2):
        record = asked(record)
        record = done(record, asking.answer(MEGAN.object_id, "Yes", None))
    told = [one for one in record.jobs.values() if one.kind == "notice"]
    assert sorted(one.name for one in told) == ["answered/approver/alex"] * 2 + ["asked/requestor"] * 2


@pytest.mark.parametrize("personal", [False, True])
def test_the_question_stands_on_a_card_of_the_requestor_too_for_its_message_comes_at_most_once(
    *, personal: bool
) -> None:
    record = asked(pending(personal=personal))
    card = job(record, jobs.REQUESTOR)
    assert (card.kind, card.status) == (JobKind.CARD, JobStatus.READY)
    again = done(record, asking.answer(MEGAN.object_id, "Yes", None))
    again = asked(again)
    assert job(again, jobs.REQUESTOR).body[jobs.WANTED] == again.request.version


@pytest.mark.parametrize("asker_stays", [False, True])
@pytest.mark.parametrize("how", ["the plan moved", "amended"])
def test_where_a_new_plan_has_others_decide_the_question_of_who_does_no_more_is_over(
    how: str, *, asker_stays: bool
) -> None:
    moved = facts(*((ALEX, NIA) if asker_stays else (NIA,)), now=plan(guest()))
    less = amending.amend(NIA, moved, Term(days=30), ZONE)
    record = done(asked(), replanning.replan(moved) if how == "the plan moved" else less, NOW + 49 * HOUR)
    assert (open_question(record.request) is not None) == asker_stays
    timer, closes = job(record, jobs.CLOSES), pending().request.closes_at
    if asker_stays:
        assert (timer.status, record.request.closes_at) == (JobStatus.WAITING, closes)
        return
    assert (timer.status, timer.due_at) == (JobStatus.READY, record.request.closes_at)
    assert record.request.closes_at == closes + 48 * HOUR
    assert job(record, jobs.REQUESTOR).body[jobs.WANTED] == record.request.version
    answer = asking.answer(MEGAN.object_id, "Yes", None)(record, NOW + 50 * HOUR)
    assert isinstance(answer, NoQuestion)


def test_who_asked_of_a_later_stage_waits_for_the_answer_while_the_first_comes_again() -> None:
    panels = (Panel((ALEX,)), Panel((NIA,)))
    two = deciding.Facts(panels, pending().request.plan, "defaults")
    record = done(pending(), deciding.approve(ALEX, two, None))
    record = done(record, asking.ask(NIA, panels, WHY, None), NOW + HOUR)
    moved = replanning.replan(deciding.Facts(panels, plan(guest()), "defaults"))
    assert open_question(done(record, moved, NOW + 2 * HOUR).request) is not None


@pytest.mark.parametrize("who", [(ALEX, STRANGER), (STRANGER, ALEX)])
def test_a_question_is_over_once_the_seat_of_whoever_asked_has_approved(who: tuple[Named, Named]) -> None:
    seat = Panel((ALEX, NIA, STRANGER), 2, delegated=(StandIn(STRANGER, ALEX, NOW + 99 * HOUR),))
    known = deciding.Facts((seat,), pending().request.plan, "defaults")
    asker, approver = who
    record = done(pending(), asking.ask(asker, known.panels, WHY, None), NOW)
    record = done(record, deciding.approve(approver, known, None), NOW + HOUR)
    assert record.request.state is State.PENDING_APPROVAL
    assert open_question(record.request) is None
    assert job(record, jobs.CLOSES).status is JobStatus.READY


@pytest.mark.parametrize("by_another", [False, True])
def test_a_question_is_over_once_whoever_asked_for_one_has_approved_for_another(*, by_another: bool) -> None:
    until = NOW + 99 * HOUR
    both = (StandIn(STRANGER, ALEX, until), StandIn(STRANGER, NIA, until))
    panel = Panel((ALEX, NIA, LIDIA, STRANGER), 3, delegated=both)
    record = done(pending(), asking.ask(STRANGER, (panel,), WHY, None), NOW)
    assert record.request.questions[0].for_whom == ALEX
    # Nia's is the seat that is left to the delegate where Alex delegates to them no more.
    then = replace(panel, delegated=both[1:]) if by_another else panel
    known = deciding.Facts((then,), record.request.plan, "defaults")
    record = done(record, deciding.approve(STRANGER, known, None), NOW + HOUR)
    assert record.request.state is State.PENDING_APPROVAL
    assert open_question(record.request) is None


def told_of(record: Record) -> list[str]:
    return [one.name for one in record.jobs.values() if one.name.startswith(jobs.ANSWERED)]


def test_the_answer_reaches_who_became_an_approver_after_the_request_was_sent() -> None:
    now = (Panel((ALEX, NIA, STRANGER)),)
    record = done(pending(), asking.ask(STRANGER, now, WHY, None), NOW + HOUR)
    assert (record.request.stages, record.request.approvers) == (now, now[0].approvers)
    card = job(record, "approver/diego")
    assert (card.kind, card.body[jobs.WANTED]) == (JobKind.CARD, record.request.version)
    record = done(record, asking.answer(MEGAN.object_id, "Yes", None), NOW + 2 * HOUR)
    assert told_of(record) == ["answered/approver/diego"]


def test_where_nobody_else_decides_a_question_leaves_the_stages_and_cards_as_they_are() -> None:
    before = pending()
    record = done(before, asking.ask(ALEX, (Panel((ALEX, NIA)),), WHY, None), NOW + HOUR)
    assert record.request.stages == before.request.stages
    assert {one.name for one in record.jobs.values()} - {one.name for one in before.jobs.values()} == {
        "asked/requestor",
        jobs.REQUESTOR,
        awaited.NAME,
    }


def test_whoever_an_escalation_calls_in_by_now_is_asked_by_the_watch_after_the_question() -> None:
    now = (Panel((ALEX, NIA, STRANGER), escalated=(STRANGER.object_id,)),)
    record = done(pending(), asking.ask(ALEX, now, WHY, None), NOW + HOUR)
    assert "approver/diego" not in {one.name for one in record.jobs.values()}
    watches = job(record, watch.NAME)
    assert watches.status is JobStatus.WAITING
    record = done(record, asking.answer(MEGAN.object_id, "Yes", None), NOW + 2 * HOUR)
    watches = job(record, watch.NAME)
    assert (watches.status, watches.due_at) == (JobStatus.READY, NOW + 2 * HOUR)


def test_by_a_policy_that_has_changed_the_answer_reaches_whoever_asked_and_the_stages_stay() -> None:
    two = deciding.Facts((Panel((ALEX,)), Panel((NIA,))), pending().request.plan, "defaults")
    before = done(pending(), deciding.approve(ALEX, two, None))
    now = (Panel((STRANGER,)), Panel((NIA,)))
    record = done(before, asking.ask(STRANGER, now, WHY, None, "another"), NOW + HOUR)
    assert record.request.stages == two.panels
    answered = done(record, asking.answer(MEGAN.object_id, "Yes", None), NOW + 2 * HOUR)
    assert told_of(answered) == ["answered/approver/diego"]
    moved = replanning.replan(deciding.Facts((Panel((NIA,)),), plan(guest()), "defaults"))
    assert open_question(done(record, moved, NOW + 2 * HOUR).request) is None, (
        "who decides no more waits for none"
    )


def test_the_audit_says_who_asked_and_answered_and_no_word_of_it() -> None:
    change = asking.ask(ALEX, PANELS, WHY, None)(pending(), NOW)
    assert isinstance(change, Change)
    [fact] = change.audit
    assert (fact.what, fact.actor, fact.detail) == ("question.asked", ALEX.object_id, {"question": 1})
    record = asked()
    answer = asking.answer(MEGAN.object_id, "She corrects them", None)(record, NOW)
    assert isinstance(answer, Change)
    [fact] = answer.audit
    assert (fact.what, fact.actor, fact.detail) == ("question.answered", MEGAN.object_id, {"question": 1})

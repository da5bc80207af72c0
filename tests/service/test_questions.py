"""Asking back, over a store: who may is read of the directory, and races end in words."""

import asyncio
from datetime import timedelta

import pytest

from access.ports import Unknown
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delegating import Delegated, Period
from access.rules.model import JobStatus, ObjectId, Record, State, Term
from access.rules.refusals import (
    AlreadyDecided,
    NoQuestion,
    NotYours,
    OwnRequest,
    QuestionOpen,
    UnknownRequest,
    Unreadable,
)
from access.service.ask import Questions
from tests.service.house import ALEX, DIEGO, LEAVER, MEGAN, NIA, RECORDS, VISITOR, House

R1 = "R-1001"
WHY = "Why Clinician and not Reader?"


@pytest.mark.parametrize(
    ("who", "refusal"), [(MEGAN, OwnRequest), (DIEGO, NotYours), (LEAVER, NotYours), (VISITOR, NotYours)]
)
async def test_a_question_by_who_may_not_decide_is_refused_and_that_is_audited(
    house: House, who: ObjectId, refusal: type
) -> None:
    await house.sent()
    assert isinstance(await Questions(house.decisions).ask(R1, who, WHY, None), refusal)
    fact = (await house.audit())[-1].fact
    assert (fact.what, fact.actor, fact.detail["act"]) == ("act.refused", who, "ask")


async def test_what_does_not_exist_is_neither_asked_about_nor_answered(house: House) -> None:
    questions = Questions(house.decisions)
    assert await questions.ask("r-9999", ALEX, WHY, None) == UnknownRequest("R-9999")
    assert await questions.answer("r-9999", MEGAN, "Yes", None) == UnknownRequest("R-9999")


async def test_nothing_is_asked_where_the_directory_cannot_be_read(house: House) -> None:
    await house.sent()
    house.faults.down = Unknown(Cause.UNAVAILABLE, "away")
    assert isinstance(await Questions(house.decisions).ask(R1, ALEX, WHY, None), Unreadable)


async def test_of_many_questions_at_once_one_is_asked_and_the_others_are_told(house: House) -> None:
    await house.sent()
    questions = Questions(house.decisions)
    presses = [(who, f"{who} {number}") for who in (ALEX, NIA) for number in range(10)]
    results = await asyncio.gather(*(questions.ask(R1, who, text, 0) for who, text in presses))
    assert [type(one) for one in results].count(QuestionOpen) == 19
    [record] = [one for one in results if isinstance(one, Record)]
    assert len(record.request.questions) == 1


async def test_a_question_asked_while_somebody_approves_harms_no_delivery(house: House) -> None:
    record = await house.sent()
    questions = Questions(house.decisions)
    asked, approved = await asyncio.gather(
        questions.ask(R1, NIA, WHY, None), house.decisions.approve(R1, ALEX, None)
    )
    assert isinstance(asked, Record | AlreadyDecided)
    assert isinstance(approved, Record)
    await house.delivered(record)


async def test_a_request_waits_for_an_answer_for_as_long_as_it_takes(house: House) -> None:
    record = await house.sent()
    questions = Questions(house.decisions)
    await questions.ask(R1, ALEX, WHY, None)
    await house.settle()
    house.clock.time += timedelta(days=60)
    await house.run_due()
    answered = await questions.answer(R1, MEGAN, "She corrects them", None)
    assert isinstance(answered, Record)
    assert answered.request.state is State.PENDING_APPROVAL
    assert answered.request.closes_at - record.request.closes_at >= timedelta(days=60)
    house.clock.time = answered.request.closes_at
    await house.run_due()
    assert (await house.now(record)).request.state is State.EXPIRED
    assert isinstance(await questions.answer(R1, MEGAN, "Again", None), AlreadyDecided)


async def test_requestor_and_asker_are_told_and_nothing_of_it_is_in_the_audit(house: House) -> None:
    record = await house.sent()
    questions = Questions(house.decisions)
    await questions.ask(R1, ALEX, WHY, None)
    await house.settle()
    await questions.answer(R1, MEGAN, "She corrects them", None)
    await house.settle()
    assert isinstance(await questions.answer(R1, MEGAN, "Once more", None), NoQuestion)
    shown = [one for one in (await house.now(record)).jobs.values() if one.kind == "notice"]
    assert {one.name for one in shown} == {"asked/requestor", f"answered/{jobs.APPROVER}{ALEX}"}
    assert {one.status for one in shown} == {JobStatus.DONE}
    chain = str([entry.fact for entry in await house.audit()])
    assert "question.asked" in chain
    assert "question.answered" in chain
    assert "Clinician and" not in chain
    assert "corrects" not in chain


@pytest.mark.parametrize("ended", [False, True])
async def test_the_answer_to_a_delegate_reaches_the_approver_where_the_delegation_has_ended(
    house: House, *, ended: bool
) -> None:
    diego = house.tenant.people[DIEGO].mail
    assert isinstance(await house.delegates.make(ALEX, diego, Period(None, Term(days=7))), Delegated)
    record, questions = await house.sent(), Questions(house.decisions)
    assert isinstance(await questions.ask(R1, DIEGO, WHY, None), Record)
    if ended:
        await house.delegates.end(ALEX)
        await house.delegates.follow()
    assert isinstance(await questions.answer(R1, MEGAN, "She corrects them", None), Record)
    told = [one.name for one in (await house.now(record)).jobs.values() if one.name.startswith(jobs.ANSWERED)]
    assert told == [f"{jobs.ANSWERED}{jobs.APPROVER}{ALEX if ended else DIEGO}"]


async def test_the_answer_reaches_an_approver_whom_the_directory_has_since_the_request_was_sent(
    house: House,
) -> None:
    record, questions = await house.sent(), Questions(house.decisions)
    house.tenant.owners[RECORDS] = [*house.tenant.owners[RECORDS], DIEGO]
    assert isinstance(await questions.ask(R1, DIEGO, WHY, None), Record)
    assert isinstance(await questions.answer(R1, MEGAN, "She corrects them", None), Record)
    await house.settle()
    after = await house.now(record)
    assert [one.object_id for one in after.request.approvers] == [ALEX, DIEGO, NIA]
    shown = [audience for place, audience, _ in house.chat.posts if place == f"1:1/{DIEGO}"]
    assert sorted(shown) == [f"{jobs.ANSWERED}{jobs.APPROVER}{DIEGO}", f"{jobs.APPROVER}{DIEGO}"]

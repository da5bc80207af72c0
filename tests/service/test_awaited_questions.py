"""A question that waits for its answer ends by itself where whoever asked is to decide no more."""

from datetime import timedelta

import pytest

from access.ports import Unknown
from access.rules import awaited, jobs
from access.rules.causes import Cause
from access.rules.model import JobKind, JobStatus, ObjectId, Record, Request, Term
from access.rules.policy_reader import read_policy
from access.rules.standing import open_question
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from tests.service.house import ALEX, LIDIA, MEGAN, NIA, POLICY, RECORDS, House

R1 = "R-1001"
BY_ADMINS = POLICY.replace('["app-owners"]', '["role:admins"]')
A_LOOK = {"hours": awaited.EVERY.total_seconds() / 3600 + 0.1}


async def asked_by(house: House, who: ObjectId) -> Record:
    asked = await Questions(house.decisions).ask(R1, who, "Who pays?", None)
    assert isinstance(asked, Record)
    return asked


async def looked(house: House, record: Record) -> Record:
    """Let hours pass, and what is due by then happen."""
    house.clock.turn(**A_LOOK)
    while await house.run_due():
        pass
    return await house.now(record)


def closes(record: Record) -> tuple[JobStatus, object]:
    timer = next(job for job in record.jobs.values() if job.name == jobs.CLOSES)
    return timer.status, timer.due_at


async def ends(house: House) -> list[tuple[ObjectId | None, object]]:
    told = [entry.fact for entry in await house.audit() if entry.fact.what == "question.ended"]
    return [(fact.actor, fact.detail["question"]) for fact in told]


@pytest.fixture
async def first(house: House) -> Request:
    """Return a request that the owners are to decide on."""
    return (await house.sent()).request


async def test_a_question_ahead_of_a_policy_that_is_taken_back_ends_by_itself(
    house: House, first: Request
) -> None:
    house.policy.policy = read_policy(BY_ADMINS)
    record = await asked_by(house, LIDIA)
    assert open_question((await looked(house, record)).request), "the policy asks for Lidia"
    house.policy.policy = read_policy(POLICY)
    after = await looked(house, record)
    assert open_question(after.request) is None
    assert after.request.questions[0].answer == ""
    stood = after.request.closes_at - first.closes_at
    assert stood == 2 * timedelta(**A_LOOK)
    assert closes(after) == (JobStatus.READY, after.request.closes_at)
    assert await ends(house) == [(None, 1)]


async def test_a_question_of_somebody_who_is_no_owner_any_more_ends_by_itself(
    house: House, first: Request
) -> None:
    record = await asked_by(house, ALEX)
    house.tenant.owners[RECORDS].remove(ALEX)
    assert open_question((await looked(house, record)).request) is None
    assert await ends(house) == [(None, 1)]


async def test_a_question_of_somebody_who_still_decides_waits_on(house: House, first: Request) -> None:
    record = await asked_by(house, ALEX)
    for _ in range(4):
        after = await looked(house, record)
        assert open_question(after.request)
    assert closes(after)[0] is JobStatus.WAITING
    assert await ends(house) == []


async def test_a_question_is_not_ended_while_the_directory_cannot_be_read(
    house: House, first: Request
) -> None:
    record = await asked_by(house, ALEX)
    house.tenant.owners[RECORDS].remove(ALEX)
    house.faults.before["app_owners"] = [Unknown(Cause.UNAVAILABLE)]
    house.clock.turn(**A_LOOK)
    await house.run_due(JobKind.QUESTION)
    assert open_question((await house.now(record)).request)
    house.faults.before.clear()
    assert open_question((await looked(house, record)).request) is None


async def test_a_question_that_was_answered_is_looked_at_no_more(house: House, first: Request) -> None:
    record = await asked_by(house, ALEX)
    assert isinstance(await Questions(house.decisions).answer(R1, MEGAN, "We do", None), Record)
    house.tenant.owners[RECORDS].remove(ALEX)
    after = await looked(house, record)
    assert after.request.questions[0].answer == "We do"
    assert await ends(house) == []
    assert [job.status for job in after.jobs.values() if job.kind is JobKind.QUESTION] == [JobStatus.DONE]


async def test_the_next_question_is_looked_after_as_the_first_was(house: House, first: Request) -> None:
    record = await asked_by(house, ALEX)
    assert isinstance(await Questions(house.decisions).answer(R1, MEGAN, "We do", None), Record)
    await looked(house, record)
    await asked_by(house, NIA)
    house.tenant.owners[RECORDS].remove(NIA)
    assert open_question((await looked(house, record)).request) is None
    assert await ends(house) == [(None, 2)]


async def test_a_question_is_not_ended_by_a_policy_that_was_taken_back_while_it_was_read(
    house: House, first: Request
) -> None:
    record = await asked_by(house, ALEX)
    house.policy.policy = read_policy(BY_ADMINS)

    def take_back() -> None:
        house.faults.meanwhile.clear()
        house.policy.policy = read_policy(POLICY)

    house.faults.meanwhile["group_members"] = take_back
    after = await looked(house, record)
    assert house.faults.meanwhile == {}
    assert open_question(after.request)
    assert await ends(house) == []


async def test_whoever_looks_after_a_question_twice_ends_it_once(house: House, first: Request) -> None:
    record = await asked_by(house, ALEX)
    house.tenant.owners[RECORDS].remove(ALEX)
    house.clock.turn(**A_LOOK)
    (row,) = [job for job in await house.store.due(10) if job.kind is JobKind.QUESTION]
    for _ in range(2):
        await house.watches.run(row)
    assert open_question((await house.now(record)).request) is None
    assert await ends(house) == [(None, 1)]


async def test_after_a_question_that_ended_by_itself_others_decide(house: House, first: Request) -> None:
    record = await asked_by(house, ALEX)
    house.tenant.owners[RECORDS].remove(ALEX)
    await looked(house, record)
    less = await Amendments(house.decisions).amend(R1, NIA, Wanted(Term(days=30)))
    assert isinstance(less, Record)
    assert isinstance(await house.decisions.approve(R1, NIA, None), Record)

"""A policy that has other stages by now: who decides first acts at once, and not only after an Approve."""

from datetime import timedelta

import pytest

from access.rules import jobs
from access.rules.model import JobStatus, ObjectId, Person, Record, Redemption, Request, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import AlreadyApproved, NotYours, PlanMoved, QuestionOpen
from access.rules.stages import approvals
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from tests.service.house import ADMINS, ALEX, LIDIA, MEGAN, NIA, POLICY, House
from tests.service.test_delegations import TWO_OWNERS

R1 = "R-1001"
OFFICE = ObjectId("33333333-3333-4333-8333-333333333333")
JONI = ObjectId("joni")
ADMINS_THEN = f'[[defaults.stage]]\napprovers = ["group:{ADMINS}"]\n[domains]'
OFFICE_FIRST = (
    f'[[defaults.stage]]\napprovers = ["group:{OFFICE}"]\n[[defaults.stage]]\napprovers = ["app-owners"]\n'
)


@pytest.fixture
async def moved(house: House) -> House:
    """Have Alex approve at the first of two stages, after which the Privacy Office comes first."""
    house.tenant.people[JONI] = Person(JONI, "Joni", "joni@contoso-health.com")
    house.tenant.groups[OFFICE] = house.tenant.groups[ADMINS]
    house.tenant.members[OFFICE] = [JONI]
    house.policy.policy = read_policy(POLICY.replace("[domains]", ADMINS_THEN))
    await house.sent()
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    owners = '[[defaults.stage]]\napprovers = ["app-owners"]\n'
    assert owners in POLICY
    house.policy.policy = read_policy(POLICY.replace(owners, OFFICE_FIRST))
    return house


async def test_who_decides_first_by_now_denies_at_once(moved: House) -> None:
    denied = await moved.decisions.deny(R1, JONI, "Not like this")
    assert isinstance(denied, Record)
    assert denied.request.state is State.DENIED
    assert denied.request.review is not None
    assert denied.request.review.stage == 1


async def test_who_decides_first_by_now_asks_at_once_and_the_approval_stays_noted(moved: House) -> None:
    asked = await Questions(moved.decisions).ask(R1, JONI, "Who pays?", None)
    assert isinstance(asked, Record)
    assert [one.by.object_id for one in approvals(asked.request)] == [ALEX]


async def test_who_decides_first_by_now_is_told_the_answer(moved: House) -> None:
    questions = Questions(moved.decisions)
    assert isinstance(await questions.ask(R1, JONI, "Who pays?", None), Record)
    assert isinstance(await questions.answer(R1, MEGAN, "We do", None), Record)
    await moved.settle()
    assert (f"1:1/{JONI}", f"answered/approver/{JONI}") in [post[:2] for post in moved.chat.posts]


async def test_who_decides_first_by_now_amends_at_once(moved: House) -> None:
    amended = await Amendments(moved.decisions).amend(R1, JONI, Wanted(Term(days=30)))
    assert isinstance(amended, Record)
    assert approvals(amended.request) == ()


async def test_who_decides_second_goes_on_to_deny_and_who_decides_no_more_does_not(moved: House) -> None:
    assert isinstance(await moved.decisions.deny(R1, LIDIA, "No"), NotYours)
    denied = await moved.decisions.deny(R1, NIA, "No")
    assert isinstance(denied, Record)


async def test_under_the_same_policy_a_stage_that_is_over_denies_nothing(house: House) -> None:
    house.policy.policy = read_policy(POLICY.replace("[domains]", ADMINS_THEN))
    await house.sent()
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    assert isinstance(await house.decisions.deny(R1, NIA, "No"), NotYours)


async def test_a_question_ahead_of_a_policy_that_is_taken_back_keeps_nobody_from_asking(house: House) -> None:
    first = (await house.sent()).request
    house.policy.policy = read_policy(POLICY.replace('["app-owners"]', '["role:admins"]'))
    questions = Questions(house.decisions)
    assert isinstance(await questions.ask(R1, LIDIA, "Who pays?", None), Record)
    house.policy.policy = read_policy(POLICY)
    house.clock.turn(days=3)
    asked = await questions.ask(R1, ALEX, "For how long?", None)
    assert isinstance(asked, Record)
    assert [one.ended_at is None for one in asked.request.questions] == [False, True]
    assert asked.request.closes_at == first.closes_at + timedelta(days=3)
    house.clock.turn(days=2)
    assert isinstance(await questions.answer(R1, MEGAN, "A year", None), Record)
    after = await house.now(asked)
    assert after.request.closes_at == first.closes_at + timedelta(days=5)
    timer = next(job for job in after.jobs.values() if job.name == jobs.CLOSES)
    assert (timer.status, timer.due_at) == (JobStatus.READY, after.request.closes_at)


async def test_a_question_ahead_of_a_policy_that_stands_waits_for_its_answer(moved: House) -> None:
    questions = Questions(moved.decisions)
    assert isinstance(await questions.ask(R1, JONI, "Who pays?", None), Record)
    assert isinstance(await questions.ask(R1, NIA, "For how long?", None), QuestionOpen)


@pytest.fixture
async def widened(house: House) -> House:
    """Have Alex approve, one of two that are needed, after which the admins may decide as well."""
    house.policy.policy = read_policy(TWO_OWNERS)
    await house.sent()
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    may = 'quorum = 2\nmay_decide = ["role:admins"]'
    house.policy.policy = read_policy(TWO_OWNERS.replace("quorum = 2", may))
    return house


async def test_who_approved_under_the_policy_before_may_deny_by_the_present_one(widened: House) -> None:
    denied = await widened.decisions.deny(R1, ALEX, "Not like this")
    assert isinstance(denied, Record)
    assert denied.request.state is State.DENIED


async def test_who_approved_under_the_policy_before_may_ask_by_the_present_one(widened: House) -> None:
    asked = await Questions(widened.decisions).ask(R1, ALEX, "Who pays?", None)
    assert isinstance(asked, Record)
    assert [one.by.object_id for one in approvals(asked.request)] == [ALEX]


async def test_under_the_same_policy_who_has_approved_neither_denies_nor_asks(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await house.sent()
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    assert isinstance(await house.decisions.deny(R1, ALEX, "No"), AlreadyApproved)
    assert isinstance(await Questions(house.decisions).ask(R1, ALEX, "Who pays?", None), AlreadyApproved)


def escalating(whom: str, after: str, more: str = "") -> str:
    called = f'escalation = ["{whom}"]\nescalate_after = "{after}"\n{more}'
    assert 'fallback = ["role:admins"]' in POLICY
    return POLICY.replace('fallback = ["role:admins"]', called)


async def escalated(house: House, policy: str) -> Record:
    """Return a request of which Joni was called in after a day."""
    house.tenant.people[JONI] = Person(JONI, "Joni", "joni@contoso-health.com")
    house.tenant.groups[OFFICE] = house.tenant.groups[ADMINS]
    house.tenant.members[OFFICE] = [JONI]
    house.policy.policy = read_policy(policy)
    record = await house.sent()
    await house.settle()
    house.clock.turn(days=1, hours=1)
    await house.run_due()
    after = await house.now(record)
    assert JONI in {one.object_id for one in after.request.approvers}
    return after


async def due(house: House, record: Record) -> Request:
    while await house.run_due():
        pass
    return (await house.now(record)).request


def who(request: Request) -> set[ObjectId]:
    return {one.object_id for one in request.approvers}


async def test_a_policy_that_calls_others_in_later_has_them_decide_once_their_time_has_come(
    house: House,
) -> None:
    record = await escalated(house, escalating(f"group:{OFFICE}", "1d"))
    house.policy.policy = read_policy(escalating("role:admins", "5d"))
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), NotYours)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), PlanMoved)
    assert who(await due(house, record)) == {ALEX, NIA}
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), NotYours)
    house.clock.turn(days=4)
    after = await due(house, record)
    assert [[one.object_id for one in told.to] for told in after.escalations] == [[LIDIA]]
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), Record)


async def test_a_policy_that_calls_in_others_as_soon_has_that_told_and_in_the_audit(house: House) -> None:
    record = await escalated(house, escalating(f"group:{OFFICE}", "1d"))
    house.policy.policy = read_policy(escalating("role:admins", "1d"))
    assert isinstance(await house.decisions.approve(R1, ALEX, None), PlanMoved)
    after = await due(house, record)
    assert who(after) == {ALEX, NIA, LIDIA}
    assert [[one.object_id for one in told.to] for told in after.escalations] == [[LIDIA]]
    told = [one.fact.detail["to"] for one in await house.audit() if one.fact.what == "request.escalated"]
    assert told == [[JONI], [LIDIA]]


async def test_a_policy_that_has_changed_in_something_else_leaves_the_stage_escalated(house: House) -> None:
    record = await escalated(house, escalating(f"group:{OFFICE}", "1d"))
    house.policy.policy = read_policy(escalating(f"group:{OFFICE}", "1d", f'may_decide = ["group:{ADMINS}"]'))
    assert isinstance(await house.decisions.approve(R1, JONI, None), PlanMoved)
    assert isinstance(await house.decisions.approve(R1, JONI, None), Record)
    told = [one.fact.what for one in await house.audit() if one.fact.what == "request.escalated"]
    assert told == ["request.escalated"]
    assert (await house.now(record)).request.state is not State.PENDING_APPROVAL


@pytest.mark.parametrize("how", ["the plan moved", "amended"])
async def test_who_was_called_in_decides_on_a_first_stage_that_comes_again_once_it_has_waited(
    house: House, how: str
) -> None:
    record = await escalated(house, escalating(f"group:{OFFICE}", "1d", "quorum = 2"))
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    if how == "amended":
        amended = await Amendments(house.decisions).amend(R1, JONI, Wanted(Term(days=30)))
        assert isinstance(amended, Record)
    else:
        house.knows(Redemption.ACCEPTED)
        assert isinstance(await house.decisions.approve(R1, JONI, None), PlanMoved)
    after = await due(house, record)
    assert who(after) == {ALEX, NIA}
    assert isinstance(await house.decisions.approve(R1, JONI, None), NotYours)
    house.clock.turn(days=1, hours=1)
    assert who(await due(house, record)) == {ALEX, NIA, JONI}
    assert isinstance(await house.decisions.approve(R1, JONI, None), Record)

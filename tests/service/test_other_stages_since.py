"""A policy that has other stages by now: who decides first acts at once, and not only after an Approve."""

import pytest

from access.rules.model import ObjectId, Person, Record, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotYours
from access.rules.stages import approvals
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from tests.service.house import ADMINS, ALEX, LIDIA, NIA, POLICY, House

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

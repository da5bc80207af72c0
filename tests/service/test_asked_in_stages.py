"""Stages over the real store: who is asked, when, what everybody is told, and many presses at once."""

import asyncio
from dataclasses import replace

import pytest

from access.rules.model import JobKind, ObjectId, Person, PersonKind, Place, Record, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    Field,
    NotYet,
    NotYours,
    PlanMoved,
    Problem,
    ProblemCode,
    TooFewApprovers,
)
from access.rules.sight import Sight
from access.rules.stages import approvals, stage_now, void
from access.service.request import Returned
from access.service.sights import Sights
from tests.service.house import ADMINS, ALEX, DIEGO, LIDIA, MEGAN, NIA, POLICY, RECORDS, House, draft

R1 = "R-1001"
OFFICE = ObjectId("33333333-3333-4333-8333-333333333333")
JONI, ISAIAH = ObjectId("joni"), ObjectId("isaiah")
SECOND = f"""
[[defaults.stage]]
approvers = ["group:{OFFICE}"]
quorum = 2
"""
TWO = POLICY.replace("[domains]", f"{SECOND}[domains]")
STEPS_IN = f'[[defaults.stage]]\napprovers = ["group:{ADMINS}"]\n'
TWO_OF_OWNERS = POLICY.replace('["app-owners"]', '["app-owners"]\nquorum = 2')


@pytest.fixture
def staged(house: House) -> House:
    """Have owners decide first, then two of the Privacy Office."""
    for key, name in ((JONI, "Joni"), (ISAIAH, "Isaiah")):
        house.tenant.people[key] = Person(key, name, f"{key}@contoso-health.com")
    house.tenant.groups[OFFICE] = replace(house.tenant.groups[ADMINS], object_id=OFFICE)
    house.tenant.members[OFFICE] = [JONI, ISAIAH, LIDIA]
    house.policy.policy = read_policy(TWO)
    return house


async def _request(house: House) -> Record:
    record = await house.store.numbered(1001)
    assert record is not None
    return record


def _landing_elsewhere(policy: str) -> str:
    return policy.replace("[[defaults.stage]]", '[defaults]\nlanding = "my-apps"\n[[defaults.stage]]', 1)


def _asked(house: House) -> set[str]:
    return {audience for _, audience, _ in house.chat.posts if audience.startswith("approver/")}


async def _approve(house: House, *people: ObjectId) -> list[object]:
    return [await house.decisions.approve(R1, who, None) for who in people]


async def test_each_stage_gets_its_cards_when_its_turn_comes_and_all_see_the_outcome(staged: House) -> None:
    record = await staged.sent()
    await staged.run_due(JobKind.CARD)
    assert _asked(staged) == {"approver/alex", "approver/nia"}
    await _approve(staged, ALEX)
    await staged.settle()
    assert _asked(staged) == {f"approver/{one}" for one in (ALEX, NIA, JONI, ISAIAH, LIDIA)}
    await _approve(staged, JONI, LIDIA)
    assert (await staged.delivered(record)).request.state is State.DELIVERED
    version = (await staged.now(record)).request.version
    shown = {audience: seen for _, audience, seen in staged.chat.updates}
    assert {shown[f"approver/{one}"] for one in (ALEX, NIA, JONI, ISAIAH, LIDIA)} == {version}


async def test_nobody_is_posted_a_second_card_when_all_begins_again(staged: House) -> None:
    await staged.sent()
    await staged.run_due(JobKind.CARD)
    await _approve(staged, ALEX)
    await staged.settle()
    posted = len(staged.chat.posts)
    staged.policy.policy = read_policy(TWO.replace("quorum = 2", "quorum = 2\nmay_decide = ['manager']"))
    assert isinstance((await _approve(staged, JONI))[0], NotYet)
    await staged.settle()
    assert len(staged.chat.posts) == posted


async def test_when_the_plan_moves_the_approvals_are_void_and_the_presser_hears_whose_turn_it_is(
    staged: House,
) -> None:
    await staged.sent()
    await _approve(staged, ALEX, JONI)
    staged.policy.policy = read_policy(
        TWO.replace("[[defaults.stage]]", '[defaults]\nlanding = "my-apps"\n[[defaults.stage]]', 1)
    )
    assert isinstance((await _approve(staged, LIDIA))[0], NotYet)
    request = (await _request(staged)).request
    assert (stage_now(request), approvals(request), len(void(request))) == (1, (), 2)
    assert isinstance((await _approve(staged, ALEX))[0], Record), "the same person approves the new plan"
    assert (await _request(staged)).request.cycle == 2


async def test_an_approver_whose_own_vote_is_void_sees_what_is_new(house: House) -> None:
    house.policy.policy = read_policy(TWO_OF_OWNERS)
    await house.sent()
    await _approve(house, ALEX)
    moved = TWO_OF_OWNERS.replace(
        "[[defaults.stage]]", '[defaults]\nlanding = "my-apps"\n[[defaults.stage]]', 1
    )
    house.policy.policy = read_policy(moved)
    assert isinstance((await _approve(house, ALEX))[0], PlanMoved)
    assert [isinstance(one, Record) for one in await _approve(house, ALEX, NIA)] == [True, True]
    assert (await _request(house)).request.state is State.DELIVERING


async def test_the_same_person_is_told_what_is_still_needed_and_that_is_audited(house: House) -> None:
    house.policy.policy = read_policy(TWO_OF_OWNERS)
    await house.sent()
    first, second = await _approve(house, ALEX, ALEX)
    assert isinstance(first, Record)
    assert second == AlreadyApproved(first.request)
    assert (await house.audit())[-1].fact.detail["refused"] == "AlreadyApproved"


async def test_who_decides_next_hears_when_their_turn_is(staged: House) -> None:
    await staged.sent()
    (early,) = await _approve(staged, JONI)
    assert isinstance(early, NotYet)
    assert early.stage == 2
    assert isinstance(await staged.decisions.deny(R1, JONI, "no"), NotYet)


async def test_an_approver_who_left_became_a_guest_or_was_removed_between_two_votes_decides_nothing(
    staged: House,
) -> None:
    await staged.sent()
    await _approve(staged, ALEX)
    staged.tenant.members[OFFICE].append(DIEGO)
    staged.tenant.people[JONI] = replace(staged.tenant.people[JONI], enabled=False)
    assert isinstance((await _approve(staged, JONI))[0], NotYours)
    staged.tenant.people[JONI] = replace(staged.tenant.people[JONI], enabled=True, kind=PersonKind.GUEST)
    assert isinstance((await _approve(staged, JONI))[0], NotYours)
    staged.tenant.members[OFFICE].remove(LIDIA)
    assert isinstance((await _approve(staged, LIDIA))[0], NotYours)
    assert [isinstance(one, Record) for one in await _approve(staged, ISAIAH, DIEGO)] == [True, True]


async def test_a_quorum_larger_than_its_people_is_not_sent_and_says_how_many_are_missing(
    staged: House,
) -> None:
    staged.tenant.members[OFFICE] = [JONI]
    returned = await staged.send()
    assert isinstance(returned, Returned)
    hints = ("Health Records", "2", "1")
    assert returned.problems == (Problem(Field.WHOLE, ProblemCode.TOO_FEW_APPROVERS, hints),)


async def test_a_later_stage_without_anybody_is_not_sent(staged: House) -> None:
    staged.tenant.members[OFFICE] = []
    returned = await staged.send()
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.NO_APPROVER]


async def test_no_approval_is_taken_that_could_lead_nowhere(staged: House) -> None:
    await staged.sent()
    staged.tenant.members[OFFICE] = [JONI]
    (refused,) = await _approve(staged, ALEX)
    assert isinstance(refused, TooFewApprovers)
    assert (refused.stage, refused.lacks) == (2, 1)
    assert (await _request(staged)).request.reviews == ()


async def test_where_too_few_are_left_the_fallback_decides_with_them(house: House) -> None:
    house.policy.policy = read_policy(TWO_OF_OWNERS)
    house.tenant.owners[RECORDS] = [MEGAN, ALEX]
    request = (await house.sent()).request
    assert request.fallback_used
    assert {one.object_id for one in request.approvers} == {ALEX, LIDIA}
    assert [isinstance(one, Record) for one in await _approve(house, ALEX, LIDIA)] == [True, True]


async def test_who_may_decide_without_being_asked_gets_no_card_and_finds_it_in_their_list(
    house: House,
) -> None:
    text = POLICY.replace('["app-owners"]', f'["app-owners"]\nmay_decide = ["group:{ADMINS}"]')
    house.policy.policy = read_policy(text)
    await house.sent()
    await house.run_due(JobKind.CARD)
    assert "approver/lidia" not in _asked(house)
    assert len(await house.decisions.deciders.waiting_for(LIDIA)) == 1
    assert isinstance((await _approve(house, LIDIA))[0], Record)


async def test_a_list_holds_what_waits_for_somebody_now_and_not_what_they_have_approved(
    staged: House,
) -> None:
    await staged.sent()

    async def waits() -> list[ObjectId]:
        people = (ALEX, NIA, JONI, LIDIA)
        return [who for who in people if await staged.decisions.deciders.waiting_for(who)]

    assert await waits() == [ALEX, NIA]
    await _approve(staged, ALEX)
    assert await waits() == [JONI, LIDIA]
    await _approve(staged, JONI)
    assert await waits() == [LIDIA]


async def test_a_stage_sees_the_whole_request_from_its_turn_on_and_keeps_it(staged: House) -> None:
    sights = Sights(staged.decisions, staged.chat, staged.policy, staged.clock)
    elsewhere = Place("another chat")

    async def views() -> dict[ObjectId, Sight]:
        request = (await _request(staged)).request
        return {who: (await sights.of(request, who, elsewhere)).sight for who in (ALEX, NIA, JONI, DIEGO)}

    await staged.sent()
    before = {ALEX: Sight.APPROVER, NIA: Sight.APPROVER, JONI: Sight.ANYBODYS, DIEGO: Sight.NOTHING}
    assert await views() == before
    await _approve(staged, ALEX)
    assert await views() == {**before, JONI: Sight.APPROVER}
    await _approve(staged, JONI, LIDIA)
    assert await views() == {**before, JONI: Sight.APPROVER}


async def test_of_a_hundred_presses_as_many_count_as_are_needed_and_each_other_is_told_why(
    staged: House,
) -> None:
    crowd = [ObjectId(f"officer-{number}") for number in range(10)]
    for one in crowd:
        staged.tenant.people[one] = Person(one, one.title(), f"{one}@contoso-health.com")
    staged.tenant.members[OFFICE] = list(crowd)
    record = await staged.sent()
    await _approve(staged, ALEX)
    answers = await asyncio.gather(*(staged.decisions.approve(R1, one, None) for one in crowd * 10))
    assert sum(isinstance(one, Record) for one in answers) == 2
    others = [one for one in answers if not isinstance(one, Record)]
    assert all(isinstance(one, AlreadyApproved | AlreadyDecided) for one in others)
    request = (await staged.now(record)).request
    assert request.state is State.DELIVERING
    assert len({one.by.object_id for one in request.reviews}) == 3
    entries = [entry.fact.what for entry in await staged.audit()]
    assert (entries.count("stage.approved"), entries.count("request.approved")) == (2, 1)
    assert entries.count("act.refused") == 98


async def test_of_approvals_and_denials_at_once_one_denial_ends_it_or_all_have_approved(
    house: House,
) -> None:
    house.policy.policy = read_policy(TWO_OF_OWNERS)
    for number in range(20):
        record = await house.sent(draft(address=f"guest{number}@fabrikam.com"))
        label = record.request.label
        presses = [house.decisions.approve(label, who, None) for who in (ALEX, NIA)]
        denials = [house.decisions.deny(label, who, "no") for who in (NIA, ALEX)]
        order = [*presses, *denials] if number % 2 else [*denials, *presses]
        await asyncio.gather(*order)
        request = (await house.now(record)).request
        denied = [one for one in request.reviews if one.result == "Deny"]
        people = [one.by.object_id for one in request.reviews]
        assert len(people) == len(set(people)), "nobody decides twice"
        assert (request.state is State.DENIED) == bool(denied)
        assert request.state in {State.DENIED, State.DELIVERING}


async def test_after_a_stage_is_passed_its_people_may_take_a_failed_delivery_up_again(
    staged: House,
) -> None:
    await staged.sent()
    await _approve(staged, ALEX, JONI, LIDIA)
    for who in (ALEX, ISAIAH, MEGAN):
        assert not isinstance(await staged.decisions.retry(R1, who), NotYours)
    assert isinstance(await staged.decisions.retry(R1, DIEGO), NotYours)


async def test_a_policy_that_makes_two_stages_of_one_strands_nobody(house: House) -> None:
    house.policy.policy = read_policy(TWO_OF_OWNERS)
    await house.sent()
    await _approve(house, ALEX)
    house.policy.policy = read_policy(POLICY.replace("[domains]", f"{STEPS_IN}[domains]"))
    (refused,) = await _approve(house, NIA)
    assert isinstance(refused, PlanMoved)
    assert stage_now((await _request(house)).request) == 1
    first, second = await _approve(house, NIA, LIDIA)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert second.request.state is State.DELIVERING


async def test_a_denial_at_a_stage_that_the_policy_has_since_is_taken(house: House) -> None:
    house.policy.policy = read_policy(TWO_OF_OWNERS)
    await house.sent()
    await _approve(house, ALEX)
    house.policy.policy = read_policy(POLICY.replace("[domains]", f"{STEPS_IN}[domains]"))
    denied = await house.decisions.deny(R1, LIDIA, "not now")
    assert isinstance(denied, Record)
    assert denied.request.state is State.DENIED

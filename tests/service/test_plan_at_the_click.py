"""What would be done is read again at the click: it may lead nowhere, or be another than was shown."""

from dataclasses import replace

import pytest

from access.rules.causes import Cause
from access.rules.model import ObjectId, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    PlanMoved,
    WillNotWork,
)
from tests.service.house import (
    ALEX,
    DIEGO,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    RECORDS,
    House,
    draft,
)

R1 = "R-1001"
GUESTS_OF_PORTAL = draft(app="Patient Portal", access="Portal guests")


async def _state(house: House) -> State:
    record = await house.store.numbered(1001)
    assert record is not None
    return record.request.state


async def test_a_deleted_app_is_said_and_nothing_is_decided(house: House) -> None:
    await house.sent()
    del house.tenant.apps[RECORDS]
    refused = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APP_GONE
    assert await _state(house) is State.PENDING_APPROVAL


async def test_a_deleted_group_of_approvers_leaves_the_fallback(house: House) -> None:
    gone = "44444444-4444-4444-8444-444444444444"
    house.policy.policy = read_policy(POLICY.replace('["app-owners"]', f'["group:{gone}"]'))
    request = (await house.sent()).request
    assert (request.approvers[0].object_id, request.fallback_used) == (LIDIA, True)


async def _disable_app(house: House) -> None:
    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], enabled=False)


async def _lose_role(house: House) -> None:
    kept = replace(house.tenant.apps[RECORDS].roles[0], role_id=ObjectId("another"))
    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], roles=(kept,))


async def _leave(house: House) -> None:
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], enabled=False)


async def _hire(house: House) -> None:
    house.tenant.people[ObjectId("new")] = replace(
        house.tenant.people[DIEGO], object_id=ObjectId("new"), mail="ana@fabrikam.com"
    )


async def _let_time_pass(house: House) -> None:
    house.clock.turn(days=5)


@pytest.mark.parametrize(
    ("happens", "cause"),
    [
        (_disable_app, Cause.APP_DISABLED),
        (_lose_role, Cause.ROLE_GONE),
        (_leave, Cause.REQUESTOR_LEFT),
        (_hire, Cause.ADDRESS_TAKEN),
        (_let_time_pass, Cause.TERM_OVER),
    ],
)
async def test_what_would_lead_nowhere_is_not_approved_and_may_be_denied(
    house: House, happens: object, cause: Cause
) -> None:
    assert callable(happens)
    await house.sent(draft(term="until 2026-11-25"))
    await happens(house)
    refused = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is cause
    assert isinstance(await house.decisions.deny(R1, ALEX, "It leads nowhere"), Record)


@pytest.mark.parametrize(("closed", "cause"), [(True, Cause.GROUP_CLOSED), (False, Cause.GROUP_GONE)])
async def test_a_group_that_is_closed_or_gone_is_said(
    house: House,
    closed: bool,  # noqa: FBT001 - a row of the table
    cause: Cause,
) -> None:
    await house.sent(GUESTS_OF_PORTAL)
    group = house.tenant.groups.pop(ObjectId("guests"))
    if closed:
        house.tenant.groups[group.object_id] = replace(group, closed_because="dynamic")
    refused = await house.decisions.approve(R1, LIDIA, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is cause


async def test_a_guest_deleted_while_it_waited_is_shown_and_the_second_press_approves(house: House) -> None:
    ana = house.knows(Redemption.ACCEPTED)
    first = (await house.sent()).request
    assert first.plan is not None
    del house.tenant.guests[ana.object_id]
    moved = await house.decisions.approve(R1, ALEX, first.plan.hash)
    assert isinstance(moved, PlanMoved)
    assert set(moved.moved) == {"guest", "steps"}
    assert moved.request.plan is not None
    again = await house.decisions.approve(R1, NIA, first.plan.hash)
    assert isinstance(again, PlanMoved), "another approver with an old card sees it first, too"
    approved = await house.decisions.approve(R1, ALEX, moved.request.plan.hash)
    assert isinstance(approved, Record)
    assert approved.request.guest_id is None
    assert [entry.fact.what for entry in await house.audit()] == [
        "request.submitted",
        "plan.moved",
        "act.refused",
        "act.refused",
        "request.approved",
    ]


async def test_a_changed_policy_moves_the_plan_and_its_landing_page(house: House) -> None:
    await house.sent()
    text = POLICY.replace("[[defaults.stage]]", '[defaults]\nlanding = "my-apps"\n[[defaults.stage]]')
    house.policy.policy = read_policy(text)
    moved = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(moved, PlanMoved)
    assert moved.request.landing == "https://myapps.example"
    approved = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(approved, Record)


@pytest.mark.parametrize("seen", ["", "0" * 64], ids=["no plan", "another plan"])
async def test_a_press_that_does_not_say_the_plan_of_the_card_approves_nothing(
    house: House, seen: str
) -> None:
    await house.sent()
    assert isinstance(await house.decisions.approve(R1, ALEX, seen), PlanMoved)
    assert await _state(house) is State.PENDING_APPROVAL

"""The guest's sponsors as approvers: whom the directory names, and never whom the requestor chose."""

from dataclasses import replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import Guest, ObjectId, Panel, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotYours, PlanMoved, ProblemCode, Unreadable
from access.rules.sight import Sight
from access.service.request import Returned
from access.service.sights import Sights
from tests.service.house import (
    ADMINS,
    ALEX,
    ANA,
    DESK,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    THREAD,
    VISITOR,
    House,
    draft,
)

R1 = "R-1001"
ANA_ID, BO_ID = ObjectId("ana"), ObjectId("bo")
BO = "bo@fabrikam.com"
BY_SPONSORS = f"""
[roles]
admins = ["group:{ADMINS}"]
[defaults]
requestors = ["members"]
[[defaults.stage]]
approvers = ["guest-sponsors"]
fallback = ["role:admins"]
"""


@pytest.fixture
def sponsored(house: House) -> House:
    house.policy.policy = read_policy(BY_SPONSORS)
    return house


def known(house: House, *sponsors: ObjectId) -> None:
    """Put Ana into the directory, with these to stand for her."""
    house.knows(Redemption.ACCEPTED)
    house.tenant.sponsors += [(ANA_ID, one) for one in sponsors]


def deciding(record: Record) -> set[ObjectId]:
    return {one.object_id for panel in record.request.stages for one in panel.approvers}


async def test_the_sponsors_that_the_directory_names_decide(sponsored: House) -> None:
    known(sponsored, DIEGO, MEGAN)
    record = await sponsored.sent()
    assert deciding(record) == {DIEGO}, "and nobody for their own request"
    assert isinstance(await sponsored.decisions.approve(R1, LIDIA, None), NotYours)
    approved = await sponsored.decisions.approve(R1, DIEGO, None)
    assert isinstance(approved, Record)
    assert approved.request.state is State.DELIVERING


async def test_a_new_guest_has_no_sponsor_and_the_one_in_the_form_does_not_decide(sponsored: House) -> None:
    record = await sponsored.sent(draft(sponsor=DIEGO))
    assert deciding(record) == {LIDIA}
    assert record.request.fallback_used
    assert isinstance(await sponsored.decisions.approve(R1, DIEGO, None), NotYours)


async def test_where_nobody_stands_in_a_request_for_a_new_guest_is_not_sent(sponsored: House) -> None:
    sponsored.policy.policy = read_policy(BY_SPONSORS.replace('fallback = ["role:admins"]', ""))
    returned = await sponsored.send(draft(sponsor=DIEGO))
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.NO_APPROVER]


async def test_nobody_decides_for_a_guest_whom_the_requestor_made_sponsor_by_another_request(
    sponsored: House,
) -> None:
    first = await sponsored.sent(draft(app="Referral Desk", access="Writer", sponsor=DIEGO))
    waits = await sponsored.sent()
    assert isinstance(await sponsored.decisions.approve(first.request.label, LIDIA, None), Record)
    await sponsored.delivered(first)
    label = waits.request.label
    assert isinstance(await sponsored.decisions.approve(label, DIEGO, None), NotYours)
    assert deciding(await sponsored.sent(draft(app="Patient Portal", access="default access"))) == {LIDIA}
    sponsored.tenant.owners[GUESTS] = [MEGAN, ALEX]
    others = await sponsored.sent(draft(app="Patient Portal", access="Portal guests"), by=ALEX)
    assert deciding(others) == {DIEGO}, "whom another made it decides"
    moved = await sponsored.decisions.approve(label, LIDIA, None)
    assert isinstance(moved, PlanMoved), "the guest is known by now"
    approved = await sponsored.decisions.approve(label, LIDIA, None)
    assert isinstance(approved, Record)


async def test_another_address_of_the_guest_makes_nobody_an_approver_either(sponsored: House) -> None:
    first = await sponsored.sent(draft(app="Referral Desk", access="Writer", sponsor=DIEGO))
    assert isinstance(await sponsored.decisions.approve(first.request.label, LIDIA, None), Record)
    end = await sponsored.delivered(first)
    guest_id = end.request.guest_id
    assert guest_id is not None
    sponsored.tenant.guests[guest_id] = replace(
        sponsored.tenant.guests[guest_id], address="a.ruiz@fabrikam.com"
    )
    sponsored.tenant.sponsors.append((guest_id, DIEGO))
    assert deciding(await sponsored.sent(draft(address="a.ruiz@fabrikam.com"))) == {LIDIA}


async def test_a_sponsor_named_in_a_request_that_came_to_nothing_decides_as_ever(sponsored: House) -> None:
    known(sponsored, DIEGO)
    await sponsored.sent(draft(app="Referral Desk", access="Writer", sponsor=DIEGO))
    assert isinstance(await sponsored.decisions.deny(R1, DIEGO, "Not needed"), Record)
    assert deciding(await sponsored.sent()) == {DIEGO}


async def test_who_stands_for_the_guest_is_asked_at_the_click(sponsored: House) -> None:
    known(sponsored, DIEGO)
    await sponsored.sent()
    sponsored.tenant.sponsors[:] = [(ANA_ID, NIA)]
    assert isinstance(await sponsored.decisions.deny(R1, DIEGO, "No"), NotYours)
    del sponsored.tenant.guests[ANA_ID]
    assert isinstance(await sponsored.decisions.deny(R1, NIA, "No"), NotYours)
    assert isinstance(await sponsored.decisions.deny(R1, LIDIA, "She is gone"), Record)


@pytest.mark.parametrize("call", ["sponsors", "guest"])
async def test_a_directory_that_cannot_say_who_stands_for_the_guest_decides_nothing(
    sponsored: House, call: str
) -> None:
    known(sponsored, DIEGO)
    record = await sponsored.sent()
    sponsored.faults.before[call] = [Unknown(Cause.UNAVAILABLE)]
    assert isinstance(await sponsored.decisions.approve(R1, DIEGO, None), Unreadable)
    assert (await sponsored.now(record)).request.state is State.PENDING_APPROVAL


@pytest.mark.parametrize("nobody", [LEAVER, VISITOR, ANA_ID])
async def test_a_sponsor_who_left_and_one_who_is_a_guest_are_nobody(
    sponsored: House, nobody: ObjectId
) -> None:
    known(sponsored, nobody)
    assert deciding(await sponsored.sent()) == {LIDIA}


async def test_requests_for_other_guests_are_looked_at_by_themselves(sponsored: House) -> None:
    known(sponsored, DIEGO)
    sponsored.tenant.guests[BO_ID] = Guest(BO_ID, "Bo Lind", BO, Redemption.ACCEPTED)
    sponsored.tenant.sponsors.append((BO_ID, NIA))
    for_ana, for_bo = await sponsored.sent(), await sponsored.sent(draft(address=BO))
    for who, record in ((DIEGO, for_ana), (NIA, for_bo)):
        waiting = await sponsored.decisions.deciders.waiting_for(who)
        assert [one.request.label for one in waiting] == [record.request.label]
    sights = Sights(sponsored.decisions, sponsored.chat, sponsored.policy, sponsored.clock)
    seen = await sights.of(for_ana.request, DIEGO, THREAD, refresh=True)
    other = await sights.of(for_bo.request, DIEGO, THREAD, refresh=True)
    assert (seen.sight, other.sight) == (Sight.APPROVER, Sight.ANYBODYS)


async def test_a_policy_without_the_word_asks_the_directory_nothing_of_sponsors(house: House) -> None:
    known(house, DIEGO)
    record = await house.sent()
    assert isinstance(await house.decisions.deny(record.request.label, ALEX, "No"), Record)
    assert "sponsors" not in house.faults.calls
    assert "guest" not in house.faults.calls


async def test_sponsors_stand_in_and_are_called_in_like_others(house: House) -> None:
    """They may stand in every list of a stage."""
    known(house, DIEGO)
    stage = '[[defaults.stage]]\napprovers = ["person:{}"]\n'.format("2" * 8 + "-2222-4222-8222-222222222222")
    for word in ("fallback", "may_decide"):
        house.policy.policy = read_policy(
            f'[defaults]\nrequestors = ["members"]\n{stage}{word} = ["guest-sponsors"]\n'
        )
        known_guest = await house.requests.sponsored.of_draft(
            house.requests.rules_of(DESK), house.tenant.guests[ANA_ID], ANA, MEGAN
        )
        panels: tuple[Panel, ...] = await house.requests.roster.panels(
            house.policy.policy,
            house.requests.rules_of(DESK),
            app_id=DESK,
            give=None,
            requestor=MEGAN,
            guest=known_guest,
        )
        assert [one.object_id for one in panels[0].approvers] == [DIEGO]

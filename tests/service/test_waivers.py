"""What the policy waives is delivered without anybody being asked; everything else goes to its approvers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from access.rules.delivery import steps_of
from access.rules.model import App, Group, JobKind, Kind, ObjectId, PersonKind, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import AlreadyDecided, NotPossible, ProblemCode
from access.service.request import Returned
from tests.service.house import ALEX, ANA, DIEGO, LIDIA, MEGAN, POLICY, RECORDS, House, draft

FABRIKAM = """
[[defaults.waiver]]
name = "Fabrikam"
domains = ["fabrikam.com"]
longest = "30d"
most = 2
per = "1d"
"""
SHORT = {"term": "30d"}


def waive(house: House, waiver: str = FABRIKAM, before: str = "") -> None:
    house.policy.policy = read_policy(before + POLICY + waiver)


async def state(house: House, person: ObjectId = MEGAN, /, **answers: str) -> State:
    return (await house.sent(draft(**{**SHORT, **answers}), person)).request.state


async def test_a_waived_request_is_delivered_and_nobody_is_asked(house: House) -> None:
    waive(house)
    sent = await house.sent(draft(**SHORT))
    assert sent.request.state is State.DELIVERING
    end = await house.delivered(sent)
    assert end.request.waived is not None
    assert end.request.waived.waiver == "Fabrikam"
    assert (await house.decisions.deciders.waiting_for(ALEX)) == []
    cards = [one.name for one in end.jobs.values() if one.kind is JobKind.CARD]
    assert cards == ["thread"]
    assert house.tenant.guests


async def test_the_audit_says_submitted_then_waived_then_what_was_done(house: House) -> None:
    waive(house)
    await house.delivered(await house.sent(draft(**SHORT)))
    facts = [entry.fact for entry in await house.audit()]
    assert [one.what for one in facts[:3]] == ["request.submitted", "request.waived", "step.begun"]
    assert {one.detail["waiver"] for one in facts if one.what == "step.begun"} == {"Fabrikam"}


@pytest.mark.parametrize(
    "answers",
    [{"term": "31d"}, {"term": "until 2027-03-31"}, {"address": "ben@contoso.com"}],
)
async def test_what_a_waiver_is_not_for_goes_to_the_approvers(house: House, answers: dict[str, str]) -> None:
    waive(house)
    assert await state(house, **answers) is State.PENDING_APPROVAL


async def test_over_its_limit_people_decide_until_there_is_room_again(house: House) -> None:
    waive(house)
    assert await state(house, address="a@fabrikam.com") is State.DELIVERING
    assert await state(house, address="b@fabrikam.com") is State.DELIVERING
    third = (await house.sent(draft(address="c@fabrikam.com", **SHORT))).request
    assert third.state is State.PENDING_APPROVAL
    assert third.not_waived is not None
    assert (third.not_waived.waiver, third.not_waived.most, third.not_waived.days) == ("Fabrikam", 2, 1)
    assert [one.object_id for one in third.approvers] == [ALEX, ObjectId("nia")]
    house.clock.time += timedelta(days=1)
    assert await state(house, address="d@fabrikam.com") is State.DELIVERING


async def test_of_many_at_once_no_more_are_waived_than_the_limit_says(house: House) -> None:
    waive(house)
    states = await asyncio.gather(*(state(house, address=f"g{place}@fabrikam.com") for place in range(12)))
    assert states.count(State.DELIVERING) == 2


ONLY_ALEX = FABRIKAM.replace("most", 'requestors = ["group:33333333-3333-4333-8333-333333333333"]\nmost')
TEAM = ObjectId("33333333-3333-4333-8333-333333333333")


async def test_only_its_requestors_use_a_waiver(house: House) -> None:
    waive(house, ONLY_ALEX)
    house.tenant.members[TEAM] = [ALEX]
    house.tenant.groups[TEAM] = Group(TEAM, "Clinicians")
    assert await state(house) is State.PENDING_APPROVAL
    assert await state(house, ALEX, address="ben@fabrikam.com") is State.DELIVERING


async def test_a_waiver_lets_nobody_request_who_may_not(house: House) -> None:
    waive(house, FABRIKAM.replace("most", 'requestors = ["members"]\nmost'))
    returned = await house.send(draft(**SHORT), DIEGO)
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.NOT_ALLOWED]


@pytest.mark.parametrize("change", [{"enabled": False}, {"kind": PersonKind.GUEST}])
async def test_who_was_disabled_or_is_a_guest_is_waived_for_nothing(house: House, change: Any) -> None:
    waive(house)
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], **change)
    assert isinstance(await house.send(draft(**SHORT)), Returned)


async def test_a_denied_domain_is_denied_whatever_a_waiver_says(house: House) -> None:
    waive(house, FABRIKAM.replace("fabrikam.com", "mailinator.com"))
    returned = await house.send(draft(address="ana@mailinator.com", **SHORT))
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.DOMAIN_DENIED]


KNOWN = FABRIKAM.replace("most", 'guests = "known"\nmost')


async def test_a_waiver_for_known_guests_is_for_those_in_the_directory(house: House) -> None:
    waive(house, KNOWN)
    assert await state(house, address="new@fabrikam.com") is State.PENDING_APPROVAL
    house.knows(Redemption.ACCEPTED)
    record = await house.sent(draft(**SHORT))
    assert record.request.state is State.DELIVERING
    assert record.request.guest_id == "ana"
    await house.delivered(record)


async def test_a_request_that_nobody_could_decide_is_not_sent_though_it_would_be_waived(house: House) -> None:
    """Over the limit it would wait for nobody, so the policy has to be mended first."""
    waive(house)
    house.tenant.owners[RECORDS] = [MEGAN]
    house.tenant.members.clear()
    returned = await house.send(draft(**SHORT))
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.NO_APPROVER]


def taken_up_while_it_is_read(house: House, *policies: str) -> None:
    """Take up the next of these policies at each reading of the guest."""
    read = [read_policy(one) for one in policies]

    def take_up() -> None:
        house.policy.policy = read.pop(0) if len(read) > 1 else read[0]

    house.faults.meanwhile["find_by_address"] = take_up


async def test_a_waiver_that_is_withdrawn_while_a_request_is_read_waives_nothing(house: House) -> None:
    waive(house)
    taken_up_while_it_is_read(house, POLICY)
    sent = (await house.sent(draft(**SHORT))).request
    assert (sent.state, sent.waived) == (State.PENDING_APPROVAL, None)


async def test_a_domain_that_is_denied_while_a_request_is_read_is_denied(house: House) -> None:
    waive(house)
    denied = POLICY.replace("deny = [", 'deny = ["fabrikam.com", ')
    taken_up_while_it_is_read(house, denied + FABRIKAM)
    returned = await house.send(draft(**SHORT))
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.DOMAIN_DENIED]
    assert [entry.fact.what for entry in await house.audit()] == ["request.refused"]
    assert house.tenant.guests == {}


async def test_nothing_is_sent_by_a_policy_that_is_another_each_time_that_it_is_read(house: House) -> None:
    waive(house)
    taken_up_while_it_is_read(house, *(f"# {time}\n{POLICY}{FABRIKAM}" for time in range(100)))
    returned = await house.send(draft(**SHORT))
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.POLICY_CHANGING]


async def test_what_the_directory_said_too_long_ago_waives_nothing(house: House) -> None:
    waive(house)
    directory = house.directory

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(directory, name)

        async def find_by_address(self, address: str) -> Any:
            found = await directory.find_by_address(address)
            house.clock.time += timedelta(seconds=31)
            return found

    slow: Any = Slow()
    house.requests.check = replace(house.requests.check, directory=slow)
    assert await state(house) is State.PENDING_APPROVAL


async def test_nobody_decides_or_cancels_what_a_waiver_has_approved(house: House) -> None:
    waive(house)
    label = (await house.sent(draft(**SHORT))).request.label
    assert isinstance(await house.decisions.approve(label, ALEX, None), AlreadyDecided)
    assert isinstance(await house.decisions.deny(label, ALEX, "No"), AlreadyDecided)
    assert isinstance(await house.decisions.cancel(label, MEGAN), NotPossible)


async def test_an_assignment_is_waived_as_an_invitation_is(house: House) -> None:
    waive(house)
    house.knows(Redemption.ACCEPTED)
    wanted = replace(draft(**SHORT), kind=Kind.ASSIGN, address=ANA)
    record = await house.sent(wanted)
    assert record.request.state is State.DELIVERING
    assert "invite" not in [one.name for one in steps_of(record)]


async def test_an_app_with_stages_of_its_own_is_not_opened_by_the_defaults(house: House) -> None:
    text = POLICY + FABRIKAM
    uuid = "21d5256f-fe57-5ef2-a119-88667f4cf204"
    house.tenant.apps[ObjectId(uuid)] = App(ObjectId(uuid), "Strict")
    house.tenant.owners[ObjectId(uuid)] = [MEGAN, ALEX]
    house.policy.policy = read_policy(
        f'{text}[[app]]\nid = "{uuid}"\n[[app.stage]]\napprovers = ["role:admins"]\n'
    )
    record = await house.sent(draft(app="Strict", **SHORT))
    assert record.request.state is State.PENDING_APPROVAL
    assert [one.object_id for one in record.request.approvers] == [LIDIA]


async def test_what_waived_it_stays_whatever_becomes_of_the_policy(house: House) -> None:
    waive(house)
    sent = await house.sent(draft(**SHORT))
    house.policy.policy = read_policy(POLICY)
    assert (await house.delivered(sent)).request.waived is not None

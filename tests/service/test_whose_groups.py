"""Whose a group is: an owner can assign any group to their app, which gives them no say in it."""

from dataclasses import replace

import pytest

from access.rules.adopting import Adoptable, Adopting, NotAdopted, WhyNotAdopted
from access.rules.causes import Cause
from access.rules.departing import Asked, NotTheirs
from access.rules.lists import GuestList, NotSent
from access.rules.model import Group, Guest, JobKind, Named, ObjectId, Record, Redemption, State
from access.rules.policy import Source, SourceKind, Stage
from access.rules.policy_reader import read_policy
from access.rules.refusals import ProblemCode, WillNotWork
from access.rules.verdicts import Wanted as Row
from access.service.adopt import Adoptions
from access.service.bulk_requests import BulkRequests
from access.service.check import Wrong
from access.service.dry_runs import DryRuns
from access.service.request import Returned
from access.service.setups import Wanted
from cards import adopting, answers
from cards.bulk_sent import not_sent
from cards.look import Look
from cards.problems import sentence
from tests.service.house import (
    ALEX,
    DIEGO,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    PORTAL,
    RECORDS,
    THREAD,
    ZONE,
    House,
    draft,
)
from tests.service.test_delegations import delegated

BOARD = ObjectId("33333333-3333-4333-8333-333333333333")
"""A group of Alex's, which Megan has assigned to her Patient Portal."""
JO = "jo@adatum.com"
WANTED = Adopting(guest=JO, app="Patient Portal")


def in_a_group_of_others(house: House) -> ObjectId:
    """Return a guest who is in Alex's group alone, and has Megan's app by it."""
    jo = Guest(ObjectId("jo"), "Jo", JO, Redemption.ACCEPTED)
    house.tenant.guests[jo.object_id] = jo
    house.tenant.groups[BOARD] = Group(BOARD, "Board Papers")
    house.tenant.owners[BOARD] = [ALEX]
    house.tenant.of_app[PORTAL] = [*house.tenant.of_app[PORTAL], BOARD]
    house.tenant.access.add((jo.object_id, BOARD))
    return jo.object_id


def has_the_policy_name_it(house: House, text: str = 'give = "group:{group}"') -> None:
    app = ObjectId("44444444-4444-4444-8444-444444444444")
    said = read_policy(f'{POLICY}\n[[app]]\nid = "{app}"\n{text.format(group=BOARD)}\n')
    order = {PORTAL: said.least_first[app]} if said.least_first else {}
    house.policy.policy = replace(said, apps={PORTAL: said.apps[app]}, least_first=order)


@pytest.fixture
def adoptions(house: House) -> Adoptions:
    return Adoptions(house.lists, ZONE)


async def test_nobody_adopts_an_access_by_a_group_of_others_that_they_assigned_to_their_app(
    house: House, adoptions: Adoptions
) -> None:
    in_a_group_of_others(house)
    for wanted in (WANTED, replace(WANTED, access="board papers")):
        found = await adoptions.adopt(wanted, MEGAN)
        assert isinstance(found, NotAdopted), found
        assert found.why is WhyNotAdopted.OTHERS_GROUP
        assert found.owners == (Named(ALEX, "Alex"),)
        said = adopting.refused(found, Look(ZONE))
        assert "Ask Alex to make you an owner of it, or an admin to adopt it." in said
    house.tenant.owners[BOARD] = []
    found = await adoptions.adopt(WANTED, MEGAN)
    assert isinstance(found, NotAdopted)
    assert "nobody owns" in adopting.refused(found, Look(ZONE))


async def test_what_else_the_guest_has_of_the_app_is_adopted(house: House, adoptions: Adoptions) -> None:
    jo = in_a_group_of_others(house)
    house.tenant.access.add((jo, PORTAL))
    house.tenant.apps[PORTAL] = replace(house.tenant.apps[PORTAL], roles=house.tenant.apps[RECORDS].roles)
    found = await adoptions.look(WANTED, MEGAN)
    assert isinstance(found, Adoptable)
    assert [one.name for one in found.gives] == ["Reader"]


@pytest.mark.parametrize("way", ["owner", "admin", "policy", "order"])
async def test_who_owns_the_group_too_or_is_an_admin_adopts_and_so_does_who_has_it_by_the_policy(
    house: House, adoptions: Adoptions, way: str
) -> None:
    in_a_group_of_others(house)
    if way == "owner":
        house.tenant.owners[BOARD].append(MEGAN)
    elif way == "policy":
        has_the_policy_name_it(house)
    elif way == "order":
        has_the_policy_name_it(house, 'least_first = ["group:{group}", "Default access"]')
    made = await adoptions.adopt(WANTED, LIDIA if way == "admin" else MEGAN)
    assert isinstance(made, Record), made
    assert made.request.give.object_id == BOARD


async def test_nobody_removes_a_guest_from_the_directory_who_is_in_a_group_of_others(house: House) -> None:
    jo = in_a_group_of_others(house)
    assert isinstance(await house.acts.ask(jo, MEGAN), NotTheirs)
    assert not (await house.acts.seen(jo, MEGAN)).may_change
    assert isinstance(await house.acts.ask(jo, LIDIA), Asked)
    has_the_policy_name_it(house)
    assert isinstance(await house.acts.ask(jo, MEGAN), Asked)
    assert (await house.acts.seen(jo, MEGAN)).may_change


async def test_a_group_of_others_that_came_since_keeps_the_account_from_being_deleted(house: House) -> None:
    jo = in_a_group_of_others(house)
    house.tenant.access = {(jo, PORTAL)}
    record = await house.acts.remove(jo, MEGAN, "Over", THREAD, seen=None, personal=True)
    assert isinstance(record, Record), record
    await house.settle()
    house.tenant.access.add((jo, BOARD))
    house.clock.turn(days=8)
    await house.settle()
    assert jo in house.tenant.guests
    account = (await house.now(record)).request.account
    assert account is not None
    assert account.failure is not None
    assert account.failure.cause == Cause.HOLDS_MORE


async def test_a_set_up_that_was_approved_makes_a_group_the_apps_own(
    house: House, adoptions: Adoptions
) -> None:
    jo = Guest(ObjectId("jo"), "Jo", JO, Redemption.ACCEPTED)
    house.tenant.guests[jo.object_id] = jo
    wanted = Wanted(app="Patient Portal", makes=True)
    sent = await house.setups.send(wanted, MEGAN, THREAD, personal=False)
    assert isinstance(sent, Record)
    await house.decisions.approve(sent.request.label, LIDIA, None)
    while (await house.now(sent)).request.state is State.DELIVERING:
        if not await house.run_due(JobKind.SETUP):
            house.clock.turn(seconds=60)
    setup = (await house.now(sent)).request.setup
    assert setup is not None
    assert setup.group_id is not None
    house.tenant.owners[setup.group_id] = []
    house.tenant.access.add((jo.object_id, setup.group_id))
    made = await adoptions.adopt(WANTED, MEGAN)
    assert isinstance(made, Record), made
    assert made.request.give.object_id == setup.group_id


INVITE = draft(app="Patient Portal", access="Board Papers")


@pytest.fixture
def portal(house: House) -> House:
    """Return a house where Alex and Megan decide on Megan's portal, to which Lidia's group is assigned."""
    in_a_group_of_others(house)
    house.tenant.owners[PORTAL] = [MEGAN, NIA, ALEX]
    house.tenant.owners[BOARD] = [DIEGO]
    return house


async def test_nobody_asks_for_a_group_of_others_that_nobody_who_decides_owns(portal: House) -> None:
    found = await portal.send(INVITE)
    assert isinstance(found, Returned)
    [problem] = found.problems
    assert (problem.code, problem.hints) == (
        ProblemCode.OTHERS_GROUP,
        ("Board Papers", "Patient Portal", "Diego"),
    )
    assert "Ask Diego, or an admin, to send the request." in sentence(problem, Look(ZONE))
    [fact] = [one.fact for one in await portal.audit() if one.fact.what == "request.refused"]
    assert fact.detail == {"refused": ["others-group"]}


@pytest.mark.parametrize("way", ["requestor", "policy"])
async def test_whose_it_is_asks_as_ever_and_so_does_who_has_it_by_the_policy(portal: House, way: str) -> None:
    if way == "requestor":
        portal.tenant.owners[BOARD] = [MEGAN]
    else:
        has_the_policy_name_it(portal)
    sent = await portal.sent(INVITE)
    done = await portal.decisions.approve(sent.request.label, NIA, None)
    assert isinstance(done, Record), done


async def test_who_owns_the_group_approves_and_of_the_others_nobody_does_alone(portal: House) -> None:
    portal.tenant.owners[BOARD] = [ALEX]
    sent = await portal.sent(INVITE)
    refused = await portal.decisions.approve(sent.request.label, NIA, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.OTHERS_GROUP
    assert (await portal.now(sent)).request.state is State.PENDING_APPROVAL
    drawn = str(answers.refused(refused, "approve", Look(ZONE)))
    done = await portal.decisions.approve(sent.request.label, ALEX, None)
    assert isinstance(done, Record), done
    assert "Nobody who asks or approves owns it" in drawn


async def test_at_an_early_stage_anybody_approves_while_the_owner_can_at_a_later_one(portal: House) -> None:
    stages = Stage((Source(SourceKind.PERSON, NIA),)), Stage((Source(SourceKind.GROUP_OWNERS),))
    policy = portal.policy.current()
    portal.policy.policy = replace(policy, apps={PORTAL: replace(policy.defaults, stages=stages)})
    portal.tenant.owners[BOARD] = [ALEX]
    sent = await portal.sent(INVITE)
    first = await portal.decisions.approve(sent.request.label, NIA, None)
    assert isinstance(first, Record), first
    done = await portal.decisions.approve(sent.request.label, ALEX, None)
    assert isinstance(done, Record), done
    assert done.request.state is State.DELIVERING


async def test_no_waiver_gives_a_group_of_others(portal: House) -> None:
    waiver = '[[app.waiver]]\nname = "Adatum"\nmost = 3\nper = "1d"'
    has_the_policy_name_it(portal, waiver)
    portal.tenant.owners[BOARD] = [ALEX]
    assert (await portal.sent(INVITE)).request.state is State.PENDING_APPROVAL
    portal.tenant.owners[BOARD] = [MEGAN]
    again = await portal.sent(replace(INVITE, address="bo@adatum.com"))
    assert again.request.state is State.DELIVERING


async def test_a_list_for_a_group_of_others_is_neither_looked_at_nor_sent(portal: House) -> None:
    rows = [Row(2, "bo@adatum.com"), Row(3, "cy@adatum.com")]
    runs, asked = DryRuns(portal.requests, portal.app_guests), replace(INVITE, address="")
    looked = await runs.run(asked, rows, "partners.csv", MEGAN)
    assert isinstance(looked, Wrong)
    assert [one.code for one in looked.problems] == [ProblemCode.OTHERS_GROUP]
    portal.tenant.owners[BOARD] = [ALEX]
    made = await runs.run(asked, rows, "partners.csv", MEGAN)
    assert isinstance(made, GuestList), made
    lists = BulkRequests(portal.decisions)
    portal.tenant.owners[BOARD] = [DIEGO]
    sent = await lists.send(made.list_id, MEGAN, THREAD, personal=True)
    assert isinstance(sent, NotSent)
    assert "Nobody who asks or approves owns it." in not_sent(sent, made, Look(ZONE))
    portal.tenant.owners[BOARD] = [ALEX]
    record = await lists.send(made.list_id, MEGAN, THREAD, personal=True)
    assert isinstance(record, Record), record
    refused = await portal.decisions.approve(record.request.label, NIA, None)
    assert isinstance(refused, WillNotWork)
    assert isinstance(await portal.decisions.approve(record.request.label, ALEX, None), Record)


async def test_a_delegate_of_the_owner_approves_as_the_owner_does(portal: House) -> None:
    portal.tenant.owners[BOARD] = [ALEX]
    sent = await portal.sent(INVITE)
    await delegated(portal, ALEX, DIEGO)
    done = await portal.decisions.approve(sent.request.label, DIEGO, None)
    assert isinstance(done, Record), done
    assert done.request.state is State.DELIVERING

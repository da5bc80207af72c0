"""`/remove`: who may end an access, what the others hear, and that nobody learns of a guest by it."""

from datetime import timedelta

import pytest

from access.ports import NotDone
from access.rules.causes import Cause
from access.rules.model import Assignment, AssignmentState, EndCause, Left, ObjectId, Record
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    NoAccess,
    NoAppNamed,
    NotPossible,
    NotYours,
    SeveralAccesses,
    UnknownRequest,
    Unreadable,
)
from access.rules.undoing import NotUndone, Why
from access.service.remove import Removals
from access.service.undo import Undoing
from cards import answers
from tests.cards.gallery import LOOK
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    RECORDS,
    VISITOR,
    House,
    draft,
)
from tests.service.test_account_removals import deleted

APP = "health  RECORDS"
R1 = "R-1001"


def assignment(result: object) -> Assignment:
    assert isinstance(result, Record), result
    assert result.request.assignment is not None
    return result.request.assignment


async def given(house: House) -> Record:
    return await house.delivered(await house.approved())


DECIDED_BY_ADMINS = POLICY.replace('"app-owners"', '"role:admins"').replace(
    "[[defaults.stage]]", '[defaults]\nrequestors = ["members"]\n[[defaults.stage]]'
)


async def decided_by_admins(house: House) -> Record:
    """Give an access where the policy has the app's owners decide on nothing."""
    house.policy.policy = read_policy(DECIDED_BY_ADMINS)
    record = await house.sent()
    await house.decisions.approve(record.request.label, LIDIA, None)
    return await house.delivered(record)


@pytest.fixture
def removals(house: House) -> Removals:
    return Removals(house.decisions, house.policy)


async def refused(house: House) -> list[tuple[object, object, object]]:
    facts = [entry.fact for entry in await house.audit() if entry.fact.what == "act.refused"]
    return [(fact.detail["act"], fact.detail["refused"], fact.actor) for fact in facts]


@pytest.mark.parametrize("who", [MEGAN, ALEX, NIA, LIDIA])
async def test_the_requestor_an_approver_as_of_now_and_an_admin_may(
    house: House, removals: Removals, who: ObjectId
) -> None:
    record = await given(house)
    end = assignment(await removals.of_guest(ANA, APP, who)).end
    assert end is not None
    assert (end.why, end.by and end.by.object_id) == (EndCause.REMOVED, who)
    await house.settle()
    assert assignment(await house.now(record)).left is Left.NOTHING
    assert (ObjectId("guest-1"), RECORDS) not in house.tenant.access


async def test_an_owner_of_the_app_who_decides_nothing_may_keep_it_and_end_it(
    house: House, removals: Removals
) -> None:
    record = await decided_by_admins(house)
    assert isinstance(await removals.of_guest(ANA, "", NIA), NoAppNamed)
    assert isinstance(await removals.keep(R1, NIA), NotPossible), "nobody was asked about it yet"
    end = assignment(await removals.of_guest(ANA, APP, NIA)).end
    assert end is not None
    assert (end.why, end.by and end.by.object_id) == (EndCause.REMOVED, NIA)
    await house.settle()
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_who_owns_the_app_no_more_has_nothing_of_it_to_end(house: House, removals: Removals) -> None:
    await decided_by_admins(house)
    house.tenant.owners[RECORDS].remove(NIA)
    assert isinstance(await removals.of_request(R1, NIA), NotYours)
    assert isinstance(await removals.keep(R1, NIA), NotYours)
    assert isinstance(await removals.of_guest(ANA, APP, NIA), NoAccess)


async def test_what_an_owner_took_away_who_only_asked_does_not_get_back(
    house: House, removals: Removals
) -> None:
    record = await decided_by_admins(house)
    house.tenant.owners[RECORDS].remove(MEGAN)
    assignment(await removals.of_request(R1, NIA))
    await house.settle()
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    found = await undoing.undo(R1, MEGAN, seen=None)
    assert isinstance(found, NotUndone)
    assert found.why is Why.BY_ANOTHER
    assert assignment(await house.now(record)).state is AssignmentState.ENDED


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR])
async def test_nobody_else_may_and_by_the_address_they_learn_nothing(
    house: House, removals: Removals, who: ObjectId
) -> None:
    record = await given(house)
    unknown = await removals.of_guest("nobody@fabrikam.com", APP, who)
    assert await removals.of_guest(ANA, APP, who) == unknown == NoAccess()
    assert isinstance(await removals.of_request(R1, who), NotYours)
    assert await refused(house) == [
        ("remove", "NoAccess", who),
        ("remove", "NoAccess", who),
        ("remove", "NotYours", who),
    ]
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE


async def test_who_decided_and_may_not_decide_any_more_may_not_remove(
    house: House, removals: Removals
) -> None:
    await given(house)
    house.tenant.owners[RECORDS].remove(ALEX)
    assert isinstance(await removals.of_request(R1, ALEX), NotYours)


async def test_pressed_twice_and_after_the_end_the_answer_is_what_stands(
    house: House, removals: Removals
) -> None:
    await given(house)
    first = await removals.of_request(R1, MEGAN)
    known = len(await house.audit())
    assert assignment(await removals.of_request(R1, ALEX)) == assignment(first)
    await house.settle()
    ended = assignment(await removals.of_guest(ANA, APP, MEGAN))
    assert (ended.state, ended.end) == (AssignmentState.ENDED, assignment(first).end)
    whats = [entry.fact.what for entry in (await house.audit())[known:]]
    assert whats.count("assignment.ending") == 0


async def test_what_gave_no_access_has_none_to_remove(house: House, removals: Removals) -> None:
    await house.sent()
    assert isinstance(await removals.of_request(R1, MEGAN), NotPossible)
    assert isinstance(await removals.of_guest(ANA, APP, MEGAN), NoAccess)
    assert isinstance(await removals.of_request("R-4711", MEGAN), UnknownRequest)


async def test_of_several_accesses_one_has_to_be_named(house: House, removals: Removals) -> None:
    first = await given(house)
    house.tenant.access.clear()
    second = await given(house)
    found = await removals.of_guest(ANA, "", MEGAN)
    assert isinstance(found, SeveralAccesses)
    assert [one.label for one in found.requests] == [first.request.label, second.request.label]
    assignment(await removals.of_request(second.request.label, MEGAN))
    await house.settle()
    assert assignment(await house.now(first)).state is AssignmentState.ACTIVE


async def test_where_no_app_is_named_the_one_access_is_shown_and_stays(
    house: House, removals: Removals
) -> None:
    record = await given(house)
    for who in (MEGAN, ALEX, LIDIA):
        found = await removals.of_guest(ANA, "", who)
        assert isinstance(found, NoAppNamed)
        assert found.request.label == R1
    assert isinstance(await removals.of_guest(ANA, "", DIEGO), NoAccess)
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    ending = assignment(await removals.of_guest(ANA, APP, MEGAN))
    assert assignment(await removals.of_guest(ANA, "", ALEX)) == ending, "what ends already is said to"


async def test_of_another_app_nothing_is_removed(house: House, removals: Removals) -> None:
    await given(house)
    assert isinstance(await removals.of_guest(ANA, "Patient Portal", MEGAN), NoAccess)
    assert isinstance(await removals.of_guest(ANA, "Health", MEGAN), NoAccess)


async def test_where_the_directory_cannot_be_read_nothing_is_removed(
    house: House, removals: Removals
) -> None:
    record = await given(house)
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert isinstance(await removals.of_request(R1, MEGAN), Unreadable)
    assert isinstance(await removals.of_guest(ANA, APP, MEGAN), Unreadable)
    house.faults.down = None
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE


async def test_who_removes_an_access_before_its_term_leaves_nothing_for_the_end_of_it(
    house: House, removals: Removals
) -> None:
    await given(house)
    await removals.of_request(R1, MEGAN)
    await house.settle()
    house.clock.turn(days=91)
    await house.settle()
    assert house.faults.calls.count("take_away") == 1
    whats = [entry.fact.what for entry in await house.audit()]
    assert whats.count("assignment.ended") == 1


async def test_after_a_removal_the_same_can_be_asked_for_again(house: House, removals: Removals) -> None:
    await given(house)
    await removals.of_request(R1, MEGAN)
    await house.settle()
    again = await house.delivered(await house.approved(draft()))
    assert assignment(again).state is AssignmentState.ACTIVE
    house.clock.turn(days=89)
    await house.settle()
    assert (ObjectId("guest-1"), RECORDS) in house.tenant.access
    assert again.request.ends_at is not None
    assert again.request.ends_at - house.clock.now() < timedelta(days=2)


@pytest.mark.parametrize("by_guest", [True, False])
async def test_what_went_with_the_account_is_not_removed_and_the_answer_names_the_way_back(
    house: House, removals: Removals, *, by_guest: bool
) -> None:
    record = await given(house)
    removal = (await deleted(house)).request.label
    end = removals.of_guest(ANA, APP, MEGAN) if by_guest else removals.of_request(R1, MEGAN)
    found = await end
    assert isinstance(found, NotPossible)
    said = answers.refused_text(found, "remove", LOOK)
    assert f"{removal} deleted the account" in said
    assert f"To put the guest back, type /restore {removal}." in said
    assert assignment(await house.now(record)).state is AssignmentState.SUSPENDED
    assert await refused(house) == [("remove", "NotPossible", MEGAN)]

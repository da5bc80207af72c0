"""`/undo` of a change of a guest's details: what the change made is written back, and nothing of others'."""

from dataclasses import replace

import pytest

from access.rules.model import AccountState, Kind, Named, ObjectId, Record, Redemption, State
from access.rules.profiles import Detail, Typed
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.undoing import NotUndone, Stays, Undoable, Undoes, Why
from access.service.undo import Undoing
from cards import undo
from tests.cards.gallery import LOOK
from tests.service.house import ALEX, DIEGO, LEAVER, LIDIA, MEGAN, NIA, RECORDS, THREAD, House
from tests.service.test_guest_changes import ANAS, changed, details, given
from tests.service.test_undoing import DAY, why

R2, R3 = "R-1002", "R-1003"
KAI = Named(ObjectId("kai"), "Kai")


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


async def asked(undoing: Undoing, label: str = R2, who: ObjectId = MEGAN) -> Undoable:
    found = await undoing.ask(label, who)
    assert isinstance(found, Undoable), found
    return found


async def undone(
    house: House, undoing: Undoing, label: str = R2, who: ObjectId = MEGAN, seen: str | None = None
) -> Record:
    begun = await undoing.undo(label, who, seen)
    assert isinstance(begun, Record), begun
    return await house.delivered(begun)


async def listed(undoing: Undoing) -> list[str]:
    found = await undoing.mine(MEGAN)
    assert not isinstance(found, Unreadable)
    card = str(undo.listed(found, 1, LOOK))
    assert all(one.request.label in card for one in found)
    return [one.request.label for one in found]


def sponsors(house: House) -> set[ObjectId]:
    return {one.object_id for one in house.profiles.sponsors[ANAS]}


async def test_name_and_company_are_as_they_were_by_a_change_of_its_own(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    before = house.tenant.guests[ANAS].name
    await changed(house, Typed(name="Ana Sousa", company="Contoso Labs"))
    found = await asked(undoing)
    assert (found.doing.undoes, found.stays) == (Undoes.CHANGED, (Stays.AUDIT,))
    assert house.tenant.guests[ANAS].name == "Ana Sousa", "nothing is done by being shown"
    card = str(undo.asked(found, LOOK))
    assert f"Name: Ana Sousa → {before}" in card
    record = await undone(house, undoing, seen=found.hash)
    assert house.tenant.guests[ANAS].name == before
    assert house.profiles.companies[ANAS] == ""
    assert (record.request.kind, record.request.state) == (Kind.CHANGE, State.DELIVERED)
    assert record.request.justification == f"Undo of {R2}"
    assert (await details(house, record))["request.ordered"]["undoes"] == found.request.request_id


async def test_all_sponsors_whom_the_change_replaced_are_sponsors_again(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    house.tenant.people[KAI.object_id] = replace(
        house.tenant.people[DIEGO], object_id=KAI.object_id, name=KAI.name
    )
    five = [Named(one, one.title()) for one in (MEGAN, ALEX, NIA, LIDIA, KAI.object_id)]
    house.profiles.sponsors[ANAS] = [*five]
    await changed(house, Typed(sponsor="Diego"))
    assert sponsors(house) == {DIEGO}
    record = await undone(house, undoing)
    assert sponsors(house) == {one.object_id for one in five}
    told = (await details(house, record))["request.ordered"][Detail.SPONSOR]
    assert told == {"was": [DIEGO], "to": sorted(one.object_id for one in five)}
    back = await undone(house, undoing, R3)
    assert sponsors(house) == {DIEGO}, "the undo is a change, and so can be undone as well"
    assert (record.request.sponsor, back.request.sponsor) == (None, None), "chosen by nobody for it"


async def test_who_was_among_several_stays_when_they_come_back(house: House, undoing: Undoing) -> None:
    await given(house)
    house.profiles.sponsors[ANAS] = [Named(MEGAN, "Megan"), Named(ALEX, "Alex")]
    await changed(house, Typed(sponsor="Alex"))
    assert sponsors(house) == {ALEX}
    await undone(house, undoing)
    assert sponsors(house) == {MEGAN, ALEX}


async def test_what_others_changed_since_stays_and_is_said_first(house: House, undoing: Undoing) -> None:
    await given(house)
    await changed(house, Typed(name="Ana Sousa", company="Contoso Labs", sponsor="Alex"))
    house.tenant.guests[ANAS] = replace(house.tenant.guests[ANAS], name="Ana Silva")
    house.profiles.sponsors[ANAS].append(Named(NIA, "Nia"))
    found = await asked(undoing)
    assert found.stays == (Stays.NAME_SINCE, Stays.SPONSOR_SINCE, Stays.AUDIT)
    assert [one.what for one in found.back] == [Detail.COMPANY]
    await undone(house, undoing)
    assert house.tenant.guests[ANAS].name == "Ana Silva"
    assert (sponsors(house), house.profiles.companies[ANAS]) == ({ALEX, NIA}, "")
    house.profiles.companies[ANAS] = "Northwind"
    assert why(await undoing.ask(R2, MEGAN)) is Why.CHANGED_SINCE


async def test_what_moves_between_the_card_and_its_press_is_shown_again(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await changed(house, Typed(name="Ana Sousa", company="Contoso Labs"))
    seen = (await asked(undoing)).hash
    house.profiles.companies[ANAS] = "Northwind"
    again = await undoing.undo(R2, MEGAN, seen)
    assert isinstance(again, Undoable), again
    assert again.moved
    assert house.tenant.guests[ANAS].name == "Ana Sousa"


async def test_a_sponsor_who_has_left_and_none_at_all_do_not_come_back(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    house.profiles.sponsors[ANAS] = [KAI]
    await changed(house, Typed(name="Ana Sousa", sponsor="Alex"))
    found = await asked(undoing)
    assert found.stays == (Stays.SPONSOR_LEFT, Stays.SPONSOR_NOBODY, Stays.AUDIT)
    await undone(house, undoing)
    assert sponsors(house) == {ALEX}
    assert why(await undoing.ask(R2, MEGAN)) is Why.CHANGED


async def test_to_undo_twice_is_to_undo_once_and_the_list_has_it_no_more(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    house.clock.turn(minutes=1)
    await changed(house)
    assert await listed(undoing) == [R2, "R-1001"]
    house.clock.turn(minutes=1)
    await undone(house, undoing)
    writes = house.faults.calls.count("write")
    assert why(await undoing.undo(R2, MEGAN, None)) is Why.UNDONE
    assert house.faults.calls.count("write") == writes
    assert await listed(undoing) == [R3, "R-1001"]


@pytest.mark.parametrize(
    ("who", "may"), [(MEGAN, True), (NIA, True), (LIDIA, True), (DIEGO, False), (LEAVER, False)]
)
async def test_who_may_change_the_guest_now_undoes_it_and_for_others_there_is_no_such_number(
    house: House, undoing: Undoing, who: ObjectId, *, may: bool
) -> None:
    await given(house)
    await changed(house)
    found = await undoing.ask(R2, who)
    assert isinstance(found, Undoable if may else UnknownRequest), found


async def test_who_has_lost_the_app_since_undoes_nothing(house: House, undoing: Undoing) -> None:
    await given(house)
    await changed(house)
    house.tenant.owners[RECORDS].remove(MEGAN)
    assert isinstance(await undoing.ask(R2, MEGAN), UnknownRequest)


async def test_after_a_day_the_ordinary_command_is_named(house: House, undoing: Undoing) -> None:
    await given(house)
    await changed(house)
    house.clock.time += DAY
    found = await undoing.ask(R2, MEGAN)
    assert why(found) is Why.PAST
    assert isinstance(found, NotUndone)
    assert "/change " in str(undo.refused(found, LOOK))


async def test_whom_a_removal_keeps_out_is_not_changed_back(house: House, undoing: Undoing) -> None:
    await given(house)
    await changed(house)
    removal = await house.acts.remove(ANAS, LIDIA, "left", THREAD, seen=None, personal=False)
    assert isinstance(removal, Record)
    blocked = await house.delivered(removal)
    assert blocked.request.account is not None
    assert blocked.request.account.state is AccountState.BLOCKED
    assert why(await undoing.ask(R2, MEGAN)) is Why.CHANGED


async def test_what_stands_still_is_named_and_not_begun_twice(house: House, undoing: Undoing) -> None:
    await given(house)
    await changed(house)
    house.profiles.undone = True
    begun = await undoing.undo(R2, MEGAN, None)
    assert isinstance(begun, Record)
    await house.settle()
    failed = await house.now(begun)
    again = await undoing.undo(R2, MEGAN, None)
    assert isinstance(again, Record)
    assert again.request.request_id == failed.request.request_id


async def test_a_change_that_was_undone_keeps_no_sponsor_for_the_request_that_added_them(
    house: House, undoing: Undoing
) -> None:
    ana = house.knows(Redemption.ACCEPTED).object_id
    house.tenant.sponsors.append((ana, DIEGO))
    await given(house)
    house.profiles.sponsors[ana] = [Named(DIEGO, "Diego"), Named(MEGAN, "Megan")]
    typed = Typed(sponsor="Megan")
    change = await house.guest_changes.change(ana, MEGAN, typed, THREAD, seen=None, personal=True)
    assert isinstance(change, Record)
    await house.delivered(change)
    assert Stays.SPONSOR_NEEDED in (await asked(undoing, "R-1001")).stays
    await undone(house, undoing)
    found = await asked(undoing, "R-1001")
    assert found.sponsor is not None
    assert found.sponsor.object_id == MEGAN


async def test_whoever_made_a_change_is_told_where_another_undoes_it(house: House, undoing: Undoing) -> None:
    await given(house)
    await changed(house)
    house.chat.posts.clear()
    await undone(house, undoing, who=NIA)
    assert {(str(place), name) for place, name, _ in house.chat.posts} == {
        ("1:1/megan", "approver/megan"),
        ("1:1/nia", "requestor"),
    }
    house.chat.posts.clear()
    await undone(house, undoing, R3, who=NIA)
    assert {str(place) for place, _, _ in house.chat.posts} == {"1:1/nia"}, "it was Nia's own"


async def test_a_sponsor_whose_account_is_disabled_does_not_come_back(house: House, undoing: Undoing) -> None:
    await given(house)
    house.profiles.sponsors[ANAS] = [Named(LEAVER, "Debra")]
    await changed(house, Typed(name="Ana Sousa", sponsor="Alex"))
    assert Stays.SPONSOR_LEFT in (await asked(undoing)).stays
    await undone(house, undoing)
    assert sponsors(house) == {ALEX}


async def test_a_change_whose_undo_left_the_sponsor_names_them_still(house: House, undoing: Undoing) -> None:
    ana = house.knows(Redemption.ACCEPTED).object_id
    house.tenant.sponsors.append((ana, DIEGO))
    await given(house)
    house.profiles.sponsors[ana] = [Named(DIEGO, "Diego"), Named(MEGAN, "Megan")]
    typed = Typed(company="Contoso Labs", sponsor="Megan")
    change = await house.guest_changes.change(ana, NIA, typed, THREAD, seen=None, personal=True)
    assert isinstance(change, Record)
    await house.delivered(change)
    house.profiles.sponsors[ana].append(Named(ALEX, "Alex"))
    await undone(house, undoing)
    assert Stays.SPONSOR_NEEDED in (await asked(undoing, "R-1001")).stays


async def test_who_only_lists_what_can_be_undone_is_not_noted_as_refused(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await changed(house)
    house.tenant.guests.pop(ANAS)
    before = len(await house.audit())
    await undoing.mine(MEGAN)
    assert "act.refused" not in [one.fact.what for one in list(await house.audit())[before:]]

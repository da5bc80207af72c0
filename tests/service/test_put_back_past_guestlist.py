"""A guest whom an admin puts back past Guestlist keeps no access beyond its end."""

from dataclasses import replace

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AccountState, AssignmentState, Guest, Left, Record
from tests.service.house import House
from tests.service.test_account_removals import ANAS, account, deleted, whats
from tests.service.test_account_removals import given as held
from tests.service.test_after_thirty_days import drawn
from tests.service.test_clean_ups import assignment, days, given


async def ended_with_nobody(house: House) -> tuple[Record, Guest]:
    """Return an access that ended while its guest was deleted in the portal, and the guest."""
    record = await given(house, "10d")
    guest_id = record.request.guest_id
    assert guest_id is not None
    guest = house.tenant.guests.pop(guest_id)
    house.clock.turn(days=11)
    await house.settle()
    found = await assignment(house, record)
    assert (found.state, found.left) == (AssignmentState.ENDED, Left.GUEST_GONE)
    return record, guest


async def test_what_came_back_with_the_guest_is_taken_away_the_day_after(house: House) -> None:
    record, guest = await ended_with_nobody(house)
    house.tenant.guests[guest.object_id] = guest
    assert house.tenant.access
    await days(house, 1)
    found = await assignment(house, record)
    assert (found.state, found.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert not house.tenant.access
    whats = [entry.fact.what for entry in await house.audit()]
    await days(house, 2)
    assert [entry.fact.what for entry in await house.audit()] == whats, "once"


async def test_who_stays_away_is_looked_for_while_somebody_can_put_them_back(house: House) -> None:
    record, guest = await ended_with_nobody(house)
    await days(house, 29)
    assert (await assignment(house, record)).left is Left.GUEST_GONE
    house.clock.turn(days=2)
    house.tenant.guests[guest.object_id] = guest  # as nobody can
    await days(house, 1)
    assert (await assignment(house, record)).left is Left.GUEST_GONE


async def test_where_guests_cannot_be_read_the_rest_of_the_day_goes_on(house: House) -> None:
    record, guest = await ended_with_nobody(house)
    house.tenant.guests[guest.object_id] = guest
    house.faults.before["guests"] = [Refused(Cause.RIGHTS_MISSING)]
    await days(house, 1)
    assert (await assignment(house, record)).left is Left.GUEST_GONE
    await days(house, 1)
    assert (await assignment(house, record)).left is Left.NOTHING


def put_back(house: House) -> None:
    """Have an admin restore in the portal whom Guestlist has deleted."""
    guest, had = house.accounts.deleted.pop(ANAS)
    house.tenant.guests[ANAS] = replace(guest, enabled=True)
    house.tenant.access |= {(ANAS, one) for one in had}


async def test_what_a_removal_took_along_goes_on_with_its_end_when_others_restore_the_guest(
    house: House,
) -> None:
    access = await held(house)
    removal = await deleted(house)
    put_back(house)
    await days(house, 1)
    access, removal = await house.now(access), await house.now(removal)
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE
    assert account(removal).state is AccountState.RESTORED
    assert "assignment.resumed" in await whats(house, access)
    assert (await whats(house, removal)).count("account.restored") == 1
    assert "Somebody has restored Ana in the directory, past Guestlist." in drawn(removal)
    await days(house, 1)
    assert (await whats(house, access)).count("assignment.resumed") == 1
    ends_at = access.request.ends_at
    assert ends_at is not None
    house.clock.time = ends_at
    await days(house, 1)
    assert (await assignment(house, access)).left is Left.NOTHING
    assert not house.tenant.access
    assert house.alarms == []


async def test_an_end_that_passed_while_the_guest_was_deleted_comes_when_others_restore_the_guest(
    house: House,
) -> None:
    access = await held(house)
    house.clock.turn(days=70)
    removal = await deleted(house)
    house.clock.turn(days=25)
    await house.settle()
    assert (await assignment(house, access)).state is AssignmentState.SUSPENDED
    put_back(house)
    await days(house, 1)
    assert (await assignment(house, access)).left is Left.NOTHING
    assert not house.tenant.access
    assert account(await house.now(removal)).state is AccountState.RESTORED


async def test_a_copy_of_the_directory_that_still_shows_who_was_just_deleted_counts_for_nothing(
    house: House,
) -> None:
    access = await held(house)
    removal = await deleted(house)
    house.tenant.guests[ANAS] = house.accounts.deleted[ANAS][0]
    await house.clean_ups.daily()
    assert (await assignment(house, access)).state is AssignmentState.SUSPENDED
    assert account(await house.now(removal)).state is AccountState.DELETED


async def test_whom_the_last_look_for_a_deleted_account_finds_there_goes_on(house: House) -> None:
    access = await held(house)
    removal = await deleted(house)
    put_back(house)
    house.clock.turn(days=30, minutes=1)
    await house.settle()
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE
    assert account(await house.now(removal)).state is AccountState.RESTORED
    assert house.alarms == []


async def test_who_was_called_gone_for_good_and_is_there_all_the_same_goes_on(house: House) -> None:
    access = await held(house)
    removal = await deleted(house)
    kept = house.accounts.deleted.pop(ANAS)
    house.clock.turn(days=30, minutes=1)
    await house.settle()
    assert account(await house.now(removal)).state is AccountState.GONE
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    house.accounts.deleted[ANAS] = kept
    put_back(house)
    await days(house, 1)
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE
    assert account(await house.now(removal)).state is AccountState.RESTORED

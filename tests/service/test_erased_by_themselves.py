"""Whole lives of guests, up to the night in which they are erased by themselves."""

from zoneinfo import ZoneInfo

from access.rules.model import AccountState, AssignmentState, Record
from access.rules.profiles import Typed
from access.service.retention import Retention
from tests.service import test_account_removals as removals
from tests.service import test_guest_changes as changes
from tests.service.house import House

DAYS = 90


async def night(house: House, days: int = DAYS) -> None:
    await Retention(house.store, house.clock, days, ZoneInfo("UTC")).nightly()


async def later(house: House, days: int) -> None:
    for _ in range(0, days, 5):
        house.clock.turn(days=5)
        await house.settle()


async def address_of(house: House, record: Record) -> str:
    return (await house.now(record)).request.address


async def test_a_guest_who_was_removed_from_the_directory_is_erased_once_nobody_can_restore_them(
    house: House,
) -> None:
    first = await removals.given(house)
    record = await removals.deleted(house)
    house.clock.turn(days=31)
    house.accounts.deleted.clear()
    await house.settle()
    await later(house, 100)
    assert removals.account(await house.now(record)).state is AccountState.GONE
    await night(house)
    assert await address_of(house, first) == await address_of(house, record) == "(erased)"


async def test_a_guest_whose_name_was_changed_is_erased_once_their_access_has_ended(house: House) -> None:
    first = await changes.given(house)
    change = await changes.changed(house, Typed(name="Ana Sousa"))
    await night(house, 1)
    assert await address_of(house, first) != "(erased)"
    await later(house, 300)
    assert (await removals.assignment(house, first)).state is AssignmentState.ENDED
    await night(house)
    assert await address_of(house, first) == "(erased)"
    assert "Sousa" not in repr(await house.now(change))

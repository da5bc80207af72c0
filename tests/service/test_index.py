"""The index: what typeahead looks in comes from memory, as old as may be, and never from half a reading."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import App, Guest, ObjectId, Redemption
from access.service.index import OLDEST, PERIOD, Index
from tests.service.fakes import FakeDirectory
from tests.service.house import ANA, GUESTS, OLD, PORTAL, RECORDS, House

DOWN = Unknown(Cause.UNAVAILABLE)
LISTS = {"apps", "every_app", "every_guest", "guests_named", "groups_of_app"}


def listed(house: House) -> list[str]:
    """Return which lists were asked for since the last look."""
    found = [call for call in house.faults.calls if call in LISTS]
    house.faults.calls.clear()
    return found


async def names(house: House) -> list[str]:
    return [app.name for app in (await house.index.apps()).things]


async def test_what_was_read_is_searched_without_asking_the_directory(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.index.refresh()
    assert listed(house) == ["every_app", "every_guest"]

    assert await names(house) == ["Health Records", "Old Records", "Patient Portal", "Referral Desk"]
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    assert [one.name for one in await house.index.guests("fabrikam", 15)] == ["Ana Ruiz"]
    assert listed(house) == []


async def test_before_anything_was_read_the_directory_is_asked(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    assert "Health Records" in await names(house)
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    assert listed(house) == ["apps", "guests_named"]


async def test_what_is_new_renamed_switched_off_or_gone_shows_with_the_next_reading(house: House) -> None:
    await house.index.refresh()
    house.tenant.apps[PORTAL] = replace(house.tenant.apps[PORTAL], name="Zebra Portal", enabled=False)
    del house.tenant.apps[OLD]
    house.knows(Redemption.PENDING)
    assert await house.index.guests("ana", 15) == []

    await house.index.refresh()
    assert await names(house) == ["Health Records", "Referral Desk", "Zebra Portal"]
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    portal = await house.index.app(PORTAL)
    assert portal is not None
    assert not portal.enabled
    assert await house.index.app(OLD) is None


async def test_a_guest_who_is_switched_off_or_has_no_address_cannot_be_chosen(house: House) -> None:
    off = house.knows(Redemption.ACCEPTED, enabled=False)
    bare = Guest(ObjectId("bare"), "Ana Bare", "")
    house.tenant.guests[bare.object_id] = bare
    assert await house.index.guests("ana", 15) == []
    await house.index.refresh()
    assert await house.index.guests("ana", 15) == []
    house.tenant.guests[off.object_id] = replace(off, enabled=True)
    await house.index.refresh()
    assert len(await house.index.guests("ana", 15)) == 1


@pytest.mark.parametrize("what", ["every_app", "every_guest"])
async def test_a_reading_that_fails_leaves_what_was_read_before(house: House, what: str) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.index.refresh()
    house.faults.before[what] = [DOWN]
    with pytest.raises(Unknown):
        await house.index.refresh()
    listed(house)
    assert "Health Records" in await names(house)
    assert len(await house.index.guests("ana", 15)) == 1
    assert listed(house) == []


async def test_what_is_older_than_an_hour_is_not_searched(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.index.refresh()
    house.clock.time += OLDEST
    listed(house)
    await names(house)
    await house.index.guests("ana", 15)
    assert listed(house) == ["apps", "guests_named"]


async def test_an_apps_groups_are_read_when_somebody_looks_and_kept_as_long_as_the_rest(house: House) -> None:
    await house.index.refresh()
    listed(house)
    for _ in range(3):
        assert GUESTS in {group.object_id for group in await house.index.groups_of(PORTAL)}
    assert listed(house) == ["groups_of_app"]

    house.clock.time += PERIOD
    await house.index.groups_of(PORTAL)
    assert listed(house) == ["groups_of_app"]

    house.clock.time += PERIOD
    house.faults.before["groups_of_app"] = [DOWN, DOWN]
    assert GUESTS in {group.object_id for group in await house.index.groups_of(PORTAL)}
    with pytest.raises(Unknown):
        await house.index.groups_of(RECORDS)


async def test_a_reading_lets_others_have_their_turn(house: House) -> None:
    class Large(FakeDirectory):
        async def every_app(self) -> AsyncIterator[App]:
            for number in range(5_000):
                yield App(ObjectId(str(number)), f"App {number}")

    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await Index(Large(house.tenant, house.faults), house.clock).refresh()
    beside.cancel()
    assert turns >= 40

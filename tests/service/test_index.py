"""The index: what typeahead looks in comes from memory, as old as may be, and never from half a reading."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from access.ports import Missing, NotDone, Unknown
from access.rules.causes import Cause
from access.rules.model import App, Guest, ObjectId, Redemption
from access.service.index import OLDEST, PERIOD, WHOLE, Index
from tests.service.fakes import FakeDirectory
from tests.service.house import ANA, GUESTS, OLD, PORTAL, RECORDS, House

DOWN = Unknown(Cause.UNAVAILABLE)
LISTS = {"every_app", "every_guest", "guests_changed", "guests_named", "groups_of_app"}


def listed(house: House) -> list[str]:
    """Return which lists were asked for since the last look."""
    found = [call for call in house.faults.calls if call in LISTS]
    house.faults.calls.clear()
    return found


async def names(house: House) -> list[str]:
    return [app.name for app in (await house.index.apps()).names.things]


async def test_what_was_read_is_searched_without_asking_the_directory(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.index.refresh()
    assert sorted(listed(house)) == ["every_app", "every_guest", "guests_changed"]

    assert await names(house) == ["Health Records", "Old Records", "Patient Portal", "Referral Desk"]
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    assert [one.name for one in await house.index.guests("fabrikam", 15)] == ["Ana Ruiz"]
    assert listed(house) == []


async def test_before_anything_was_read_the_directory_is_asked(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    assert "Health Records" in await names(house)
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    assert listed(house) == ["every_app", "guests_named"]


async def test_what_is_new_renamed_switched_off_or_gone_shows_with_the_next_reading(house: House) -> None:
    await house.index.refresh()
    house.tenant.apps[PORTAL] = replace(house.tenant.apps[PORTAL], name="Zebra Portal", enabled=False)
    del house.tenant.apps[OLD]
    house.knows(Redemption.PENDING)
    assert await house.index.guests("ana", 15) == []

    await house.index.refresh()
    assert await names(house) == ["Health Records", "Referral Desk", "Zebra Portal"]
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    by_id = (await house.index.apps()).by_id
    assert not by_id[PORTAL].enabled
    assert OLD not in by_id


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


async def test_of_guests_only_those_who_changed_are_read_again(house: House) -> None:
    ana = house.knows(Redemption.ACCEPTED)
    zoe = house.tenant.guests[ObjectId("zoe")] = Guest(ObjectId("zoe"), "Zoe", "zoe@fabrikam.com")
    await house.index.refresh()
    house.tenant.guests[ana.object_id] = replace(ana, name="Beatriz Ruiz")
    house.tenant.guests[ObjectId("cem")] = Guest(ObjectId("cem"), "Cem", "cem@fabrikam.com")
    listed(house)
    await house.index.refresh()
    assert sorted(listed(house)) == ["every_app", "guests_changed"]
    there = await house.index.guests("fabrikam", 15)
    assert [one.name for one in there] == ["Beatriz Ruiz", "Cem", "Zoe"]
    assert there[-1] == zoe

    house.tenant.guests = {key: one for key, one in house.tenant.guests.items() if one.name != "Cem"}
    house.tenant.guests[zoe.object_id] = replace(zoe, enabled=False)
    await house.index.refresh()
    assert [one.name for one in await house.index.guests("", 15)] == ["Beatriz Ruiz"]


async def test_guests_are_found_by_each_of_their_addresses_as_they_are_now_and_not_one_by_one(
    house: House,
) -> None:
    ana = house.knows(Redemption.ACCEPTED)
    other = Guest(ObjectId("zoe"), "Zoe", "Zoe@Fabrikam.com", other_addresses=("z@fabrikam.com", ANA))
    off = Guest(ObjectId("off"), "Off", "off@fabrikam.com", enabled=False)
    house.tenant.guests |= {one.object_id: one for one in (other, off)}
    wanted = {ANA, "zoe@fabrikam.com", "z@fabrikam.com", "off@fabrikam.com", "new@fabrikam.com"}
    found = {ANA: ana, "zoe@fabrikam.com": other, "z@fabrikam.com": other, "off@fabrikam.com": off}
    assert await house.index.guests_at(wanted) == found
    assert sorted(listed(house)) == ["every_guest", "guests_changed"]

    new = house.tenant.guests[ObjectId("new")] = Guest(ObjectId("new"), "New", "new@fabrikam.com")
    on = house.tenant.guests[off.object_id] = replace(off, enabled=True)
    del house.tenant.guests[ana.object_id]
    now = found | {"new@fabrikam.com": new, "off@fabrikam.com": on, ANA: other}
    assert await house.index.guests_at(wanted) == now
    assert listed(house) == ["guests_changed"]
    assert [one.name for one in await house.index.guests("off", 15)] == ["Off"]

    house.faults.before["guests_changed"] = [Missing(Cause.REFUSED)]
    assert await house.index.guests_at({ANA}) == {ANA: other}
    assert "every_guest" in listed(house)
    house.faults.before["guests_changed"] = [DOWN]
    with pytest.raises(Unknown):
        await house.index.guests_at({ANA})


async def test_all_guests_are_read_again_once_a_day_and_where_the_changes_are_not_known(house: House) -> None:
    await house.index.refresh()
    house.knows(Redemption.ACCEPTED)
    house.faults.before["guests_changed"] = [Missing(Cause.REFUSED)]
    listed(house)
    await house.index.refresh()
    assert "every_guest" in listed(house)
    assert [one.address for one in await house.index.guests("ana", 15)] == [ANA]
    house.clock.time += WHOLE
    await house.index.refresh()
    assert "every_guest" in listed(house)


async def test_who_changes_while_all_are_read_is_read_again(house: House) -> None:
    ana = house.knows(Redemption.ACCEPTED)

    class Slow(FakeDirectory):
        async def every_guest(self) -> AsyncIterator[Guest]:
            async for one in super().every_guest():
                self.tenant.guests[one.object_id] = replace(one, name="Renamed")
                yield one

    index = Index(Slow(house.tenant, house.faults), house.clock)
    await index.refresh()
    assert [one.name for one in await index.guests("", 15)] == [ana.name]
    await index.refresh()
    assert [one.name for one in await index.guests("", 15)] == ["Renamed"]


@pytest.mark.parametrize("what", ["every_app", "guests_changed"])
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
    assert listed(house) == ["every_app", "guests_named"]


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


async def test_who_searches_before_anything_was_read_waits_for_one_reading_and_shares_its_failure(
    house: House,
) -> None:
    house.faults.before["every_app"] = [DOWN]
    met = await asyncio.gather(*(names(house) for _ in range(5)), return_exceptions=True)
    assert met == [DOWN] * 5
    assert listed(house) == ["every_app"]
    assert all(await asyncio.gather(*(names(house) for _ in range(5))))
    assert listed(house) == ["every_app"]
    assert await names(house)
    assert listed(house) == [], "what was waited for is kept"


async def test_what_several_people_ask_of_an_apps_groups_at_once_is_read_once(house: House) -> None:
    await asyncio.gather(*(house.index.groups_of(PORTAL) for _ in range(5)))
    assert listed(house) == ["groups_of_app"]


async def test_half_a_reading_counts_for_nothing(house: House) -> None:
    class Throttled(FakeDirectory):
        pages = 9

        async def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:  # noqa: ARG002 - all is at hand
            for number in range(2_000):
                if number // 200 == self.pages:
                    raise NotDone(Cause.THROTTLED, retry_after=7)
                yield App(ObjectId(str(number)), f"App {number}")

    directory = Throttled(house.tenant, house.faults)
    index = Index(directory, house.clock)
    directory.pages = 10
    await index.refresh()
    directory.pages = 3
    with pytest.raises(NotDone):
        await index.refresh()
    assert len((await index.apps()).by_id) == len((await index.apps()).names.things) == 2_000


async def test_guests_are_read_although_apps_cannot_be(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    house.faults.before["every_app"] = [DOWN]
    with pytest.raises(Unknown):
        await house.index.refresh()
    listed(house)
    assert len(await house.index.guests("ana", 15)) == 1
    assert listed(house) == []


async def test_an_older_reading_that_ends_later_does_not_take_the_place_of_a_newer_one(house: House) -> None:
    class Held(FakeDirectory):
        held = asyncio.Event()

        async def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:
            there = list(self.tenant.apps.values())
            if not waited_for:
                await self.held.wait()
            for app in there:
                yield app

    directory = Held(house.tenant, house.faults)
    index = Index(directory, house.clock)
    older = asyncio.create_task(index.refresh())
    await asyncio.sleep(0)
    house.clock.turn(seconds=1)
    del house.tenant.apps[OLD]
    assert OLD not in (await index.apps()).by_id
    directory.held.set()
    await older
    assert OLD not in (await index.apps()).by_id


async def test_a_reading_lets_others_have_their_turn(house: House) -> None:
    class Large(FakeDirectory):
        async def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:  # noqa: ARG002 - all is at hand
            for number in range(5_000):
                yield App(ObjectId(Noted(number)), f"App {number}")

    class Noted(str):
        """An id that notes in which thread it is put in order, which takes long where there are thousands."""

        __slots__ = ()

        def __lt__(self, other: str) -> bool:
            ordering.add(threading.get_ident())
            return super().__lt__(other)

    ordering, turns = set[int](), 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await Index(Large(house.tenant, house.faults), house.clock).refresh()
    beside.cancel()
    assert turns >= 40
    assert len(ordering) == 1
    assert threading.get_ident() not in ordering

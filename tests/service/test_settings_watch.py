"""The nightly look: once a night, told once whoever looks beside it, and told again after trouble."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from access.ports import NotDone, Refused
from access.rules.causes import Cause
from access.rules.changed_settings import Part
from access.rules.clues import Unread
from access.rules.conditional_access import Protection
from access.rules.model import ObjectId
from access.rules.snapshots import read
from access.rules.tenant_facts import InvitesFrom
from access.rules.watch_effects import Changed
from access.service.settings_effects import Effects
from access.service.settings_watch import MARK, SettingsWatch
from tests.rules.test_changed_settings import BLOCK
from tests.service.house import ZONE, House
from tests.service.protected import FakeProtection


class Told:
    """Where the card goes; it may be away."""

    def __init__(self) -> None:
        self.cards: list[Changed] = []
        self.away = 0

    async def __call__(self, changed: Changed, admins: Sequence[ObjectId]) -> None:
        assert admins, "the policy has some"
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise NotDone(Cause.UNAVAILABLE)
        self.cards.append(changed)


@pytest.fixture
def told() -> Told:
    return Told()


def watch_of(house: House, told: Told, reader: FakeProtection | None = None) -> SettingsWatch:
    reader = reader or FakeProtection(Protection(()))
    effects = Effects(house.store, house.directory, house.reads, reader)
    return SettingsWatch(house.decisions, effects, reader, told, ZONE)


def close(house: House) -> None:
    house.reads.guests = replace(house.reads.guests, invites=InvitesFrom.NONE)


async def test_a_change_is_told_the_next_night_and_once(house: House, told: Told) -> None:
    watch = watch_of(house, told)
    await watch.nightly()
    close(house)
    await watch.nightly()
    assert told.cards == [], "the night has been looked at"
    for _ in range(3):
        house.clock.turn(days=1)
        await watch.nightly()
    [card] = told.cards
    assert [one.part for one in card.differences] == [Part.INVITES]


async def test_of_two_that_look_at_once_one_tells(house: House, told: Told) -> None:
    await watch_of(house, told).nightly()
    close(house)
    house.clock.turn(days=1)
    await asyncio.gather(*(watch_of(house, told).nightly() for _ in range(2)))
    assert len(told.cards) == 1


async def test_what_could_not_be_told_is_told_at_the_next_try_and_no_change_is_lost(
    house: House, told: Told
) -> None:
    await watch_of(house, told).nightly()
    close(house)
    house.clock.turn(days=1)
    told.away = 1
    with pytest.raises(NotDone):
        await watch_of(house, told).nightly()
    kept = read(await house.store.note(MARK))
    assert kept is not None
    assert kept.teller, "somebody has begun to tell"
    await watch_of(house, told).nightly()
    await watch_of(house, told).nightly()
    assert len(told.cards) == 1


async def test_a_part_that_cannot_be_read_is_compared_with_when_it_was_read_last(
    house: House, told: Told
) -> None:
    reader = FakeProtection(Protection(()))
    await watch_of(house, told, reader).nightly()
    reader.refuses["protection"] = Refused(Cause.RIGHTS_MISSING)
    reader.demanded = Protection((BLOCK,))
    close(house)
    house.clock.turn(days=1)
    await watch_of(house, told, reader).nightly()
    assert told.cards[0].unread == (("protection", Unread.PERMISSION),)
    assert [one.part for one in told.cards[0].differences] == [Part.INVITES]
    reader.refuses.clear()
    house.clock.turn(days=1)
    await watch_of(house, told, reader).nightly()
    assert [one.part for one in told.cards[1].differences] == [Part.POLICY]


async def test_a_note_of_another_version_begins_anew(house: House, told: Told) -> None:
    await house.store.keep_note(MARK, '{"night": 1, "snapshot": {"guests": {"invites": "martians"}}}')
    await watch_of(house, told).nightly()
    assert told.cards == []
    close(house)
    house.clock.turn(days=1)
    await watch_of(house, told).nightly()
    assert len(told.cards) == 1

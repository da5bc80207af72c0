"""What is remembered of people and of the way to Teams, whatever the store does meanwhile."""

import asyncio
from contextlib import suppress

import pytest

from access.ports import NotDone
from access.rules.model import ObjectId, Place
from bot.teams.reference import Known, People
from tests.teams.conftest import KeptNotes

ANA = ObjectId("0b1c2d3e-0000-4000-8000-0000000000a1")
HERE = Place('{"conversation":"a:ana"}')
OLD = Place('{"conversation":"a:closed"}')
SERVICE = ("https://smba.example/emea/", "28:bot")


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("away", ["read", "write"])
async def test_how_teams_is_reached_is_written_again_until_it_is_kept(notes: KeptNotes, away: str) -> None:
    people = People(notes)
    notes.away = {away}
    for _ in range(2):
        with pytest.raises(NotDone):
            await people.heard(*SERVICE)
    notes.away = set()
    await people.heard(*SERVICE)
    assert await People(notes).service() == SERVICE


async def test_how_teams_is_reached_is_known_at_once_also_where_it_cannot_be_kept(notes: KeptNotes) -> None:
    people = People(notes)
    notes.away = {"read", "write"}
    with pytest.raises(NotDone):
        await people.heard(*SERVICE)
    assert await people.service() == SERVICE


async def test_a_turn_that_ends_before_it_was_kept_leaves_it_to_the_next(notes: KeptNotes) -> None:
    people = People(notes)
    notes.slow.append(asyncio.Event())
    turn = asyncio.create_task(people.heard(*SERVICE))
    await settle()
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    await people.heard(*SERVICE)
    assert await People(notes).service() == SERVICE


async def test_of_many_turns_at_once_one_keeps_how_teams_is_reached(notes: KeptNotes) -> None:
    people = People(notes)
    await asyncio.gather(*(people.heard(*SERVICE) for _ in range(5)))
    await people.heard("https://smba.example/amer/", "28:bot")
    assert (notes.reads, notes.writes) == (["teams/service"], ["teams/service"])


async def test_a_slow_reading_does_not_undo_what_was_learnt_meanwhile(notes: KeptNotes) -> None:
    await People(notes).met(ANA, user="29:ana", place=OLD)
    people, slow = People(notes), asyncio.Event()
    notes.slow.append(slow)
    reading = asyncio.create_task(people.known(ANA))
    await settle()
    await people.met(ANA, place=HERE)
    slow.set()
    assert await reading == await people.known(ANA) == Known("29:ana", HERE)


async def test_what_a_slow_change_found_as_it_should_be_does_not_undo_what_was_learnt_meanwhile(
    notes: KeptNotes,
) -> None:
    """A 1:1 is found closed of which another replica's note says so already, while it is opened anew."""
    people, slow = People(notes), asyncio.Event()
    await people.met(ANA, user="29:ana", place=OLD)
    await People(notes).moved(ANA)
    notes.slow.append(slow)
    changing = asyncio.create_task(people.moved(ANA))
    await settle()
    opening = asyncio.create_task(people.met(ANA, place=HERE))
    await settle()
    slow.set()
    await asyncio.gather(changing, opening)
    assert await people.known(ANA) == await People(notes).known(ANA) == Known("29:ana", HERE)

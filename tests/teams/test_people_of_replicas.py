"""Two replicas over one store meet the same people."""

import asyncio

from access.rules.model import ObjectId, Place
from bot.teams.reference import Known, People
from tests.teams.conftest import KeptNotes

ANA = ObjectId("0b1c2d3e-0000-4000-8000-0000000000a1")
HERE = Place('{"conversation":"a:ana"}')
CHANNEL = "19:general@thread.tacv2"


async def test_a_replica_learns_of_somebody_whom_another_met(notes: KeptNotes) -> None:
    one, other = People(notes), People(notes)
    assert await one.known(ANA) == Known()
    await other.met(ANA, user="29:ana", place=HERE)
    assert await one.known(ANA) == Known("29:ana", HERE)


async def test_what_a_replica_writes_loses_nothing_of_what_another_wrote(notes: KeptNotes) -> None:
    one, other = People(notes), People(notes)
    await one.met(ANA, user="29:ana")
    await other.met(ANA, place=HERE)
    await one.met(ANA, user="29:ana-anew")
    assert await People(notes).known(ANA) == Known("29:ana-anew", HERE)


async def test_what_is_learnt_of_somebody_at_the_same_time_is_kept_whole(notes: KeptNotes) -> None:
    """A card to the approver opens their 1:1 while a card to the channel asks for their id there."""
    one, other = People(notes), People(notes)
    await asyncio.gather(one.met(ANA, place=HERE), one.met(ANA, user="29:ana"))
    assert await one.known(ANA) == await People(notes).known(ANA) == Known("29:ana", HERE)

    there = Place("another")
    await asyncio.gather(one.met(ANA, place=there), other.met(ANA, user="29:ana-anew"))
    assert await People(notes).known(ANA) == Known("29:ana-anew", there)


async def test_a_chat_that_is_opened_anew_while_it_is_found_closed_is_not_forgotten(notes: KeptNotes) -> None:
    one, other = People(notes), People(notes)
    await one.met(ANA, user="29:ana", place=Place("closed"))
    await asyncio.gather(other.met(ANA, place=HERE), one.moved(ANA))
    assert await People(notes).known(ANA) == Known("29:ana", HERE)


async def test_a_chat_that_another_replica_opened_anew_is_not_forgotten(notes: KeptNotes) -> None:
    one, other = People(notes), People(notes)
    await one.met(ANA, user="29:ana", place=Place("closed"))
    await other.moved(ANA)
    await other.met(ANA, place=HERE)
    assert await one.moved(ANA), "one knew a chat that is closed"
    assert await one.known(ANA) == Known("29:ana", HERE)


async def test_of_two_replicas_that_are_told_of_an_addition_one_greets(notes: KeptNotes) -> None:
    one, other = People(notes), People(notes)
    assert [await one.greet(CHANNEL), await other.greet(CHANNEL), await one.greet(CHANNEL)] == [
        True,
        False,
        False,
    ]
    assert all(len(name) <= 64 for name in notes.leases)
    await one.left(CHANNEL)
    assert await other.greet(CHANNEL)

"""The bell between a notification and the reading of the delta: heard at once, and not all the time."""

import asyncio
from itertools import pairwise
from typing import cast

import pytest

from access.ports import NotKept, Store
from access.rules.causes import Cause
from bot.bell import Bell
from bot.readers import every

LEAST = 0.05


class Notes:
    """The notes of a store that replicas share."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.written = 0
        self.away = False

    async def note(self, key: str) -> str | None:
        return self.notes.get(key)

    async def keep_note(self, key: str, value: str) -> None:
        if self.away:
            raise NotKept(Cause.UNAVAILABLE)
        self.written += 1
        self.notes[key] = value


def bell(notes: Notes | None = None) -> Bell:
    return Bell(cast("Store", notes or Notes()), LEAST)


async def took(one: Bell, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await one.wait(seconds)
    return loop.time() - begun


async def test_who_waits_is_woken_by_one_that_rings_now_or_rang_meanwhile() -> None:
    one = bell()
    with one.heard_here():
        one.ring()
        assert LEAST <= await took(one, 60) < 30
        asyncio.get_running_loop().call_later(2 * LEAST, one.ring)
        assert 2 * LEAST - 0.01 <= await took(one, 60) < 30


async def test_without_a_ring_it_is_the_time_that_wakes() -> None:
    one = bell()
    with one.heard_here():
        assert 3 * LEAST - 0.01 <= await took(one, 3 * LEAST) < 30
        assert await took(one, 0) < 30


async def test_however_often_it_rings_what_is_woken_runs_once_at_a_time_and_once_after() -> None:
    one, runs = bell(), list[float]()
    loop = asyncio.get_running_loop()

    async def run() -> None:
        runs.append(loop.time())

    with one.heard_here():
        reading = asyncio.create_task(every(3600, run, "delta", one.wait))
        begun = loop.time()
        while (passed := loop.time() - begun) < 10 * LEAST:
            one.ring()
            await asyncio.sleep(0)
        await took(bell(), 4 * LEAST)
        reading.cancel()
    gaps = [later - earlier for earlier, later in pairwise(runs)]
    assert 2 <= len(runs) <= passed / LEAST + 3
    assert min(gaps) >= LEAST * 0.9
    assert runs[-1] >= begun + passed - LEAST, "the last ring is heard as well"


async def test_after_a_ring_it_is_read_once_more_for_the_delta_may_be_behind() -> None:
    one = Bell(cast("Store", Notes()), LEAST, echo=3 * LEAST)
    with one.heard_here():
        one.ring()
        assert await took(one, 60) < 30
        assert 3 * LEAST - 0.01 <= await took(one, 60) < 30
        assert await took(one, 6 * LEAST) >= 6 * LEAST - 0.01, "once"


async def test_one_that_rings_where_nobody_reads_is_heard_in_the_replica_that_does() -> None:
    notes = Notes()
    here, there = bell(notes), bell(notes)
    with there.heard_here():
        await there.look()
        await there.wait(0)
        for _ in range(100):
            here.ring()
        await here.carry()
        await here.carry()
        assert notes.written == 1
        await there.look()
        assert await took(there, 60) < 30
        await there.look()
        assert await took(there, 2 * LEAST) >= 2 * LEAST - 0.01, "it rings once"


async def test_what_cannot_be_noted_is_noted_later() -> None:
    notes = Notes()
    one = bell(notes)
    one.ring()
    notes.away = True
    with pytest.raises(NotKept):
        await one.carry()
    notes.away = False
    await one.carry()
    assert notes.written == 1


async def test_where_it_is_heard_here_nothing_is_written() -> None:
    notes = Notes()
    one = bell(notes)
    with one.heard_here():
        one.ring()
        await one.carry()
    assert notes.written == 0

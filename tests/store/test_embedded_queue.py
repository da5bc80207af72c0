import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.queue.embedded import EmbeddedQueue
from tests.clinic import PATIENCE

NEVER = 600.0
"""A sweep that no test waits for."""


class HostClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def soon(milliseconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=milliseconds)


@asynccontextmanager
async def taking(least: float) -> AsyncIterator[None]:
    """Judge how many seconds the block takes, the giving of a time in it."""
    begun = time.monotonic()
    yield
    assert least <= time.monotonic() - begun < PATIENCE


async def test_a_time_that_has_come_wakes_at_once() -> None:
    queue = EmbeddedQueue(HostClock(), NEVER)
    queue.wake(soon(-1000))
    async with taking(0):
        await queue.woken()


async def test_a_later_time_wakes_when_it_comes_and_not_before() -> None:
    queue = EmbeddedQueue(HostClock(), NEVER)
    async with taking(0.19):
        queue.wake(soon(200))
        await queue.woken()


async def test_a_sooner_time_beats_the_one_that_is_waited_for() -> None:
    queue = EmbeddedQueue(HostClock(), NEVER)
    queue.wake(soon(600_000))
    waiter = asyncio.create_task(queue.woken())
    await asyncio.sleep(0)
    queue.wake(soon(0))
    async with taking(0):
        await waiter


async def test_a_later_time_does_not_put_off_a_sooner_one() -> None:
    queue = EmbeddedQueue(HostClock(), NEVER)
    queue.wake(soon(0))
    queue.wake(soon(600_000))
    async with taking(0):
        await queue.woken()


async def test_two_wakes_for_one_time_wake_once() -> None:
    queue = EmbeddedQueue(HostClock(), 0.2)
    queue.wake(soon(-10))
    queue.wake(soon(-10))
    await queue.woken()
    async with taking(0.19):
        await queue.woken()


async def test_without_any_wake_the_sweep_looks_again_and_again() -> None:
    queue = EmbeddedQueue(HostClock(), 0.1)
    async with taking(0.19):
        await queue.woken()
        await queue.woken()


async def test_a_sweep_does_not_forget_the_time_that_is_still_to_come() -> None:
    queue = EmbeddedQueue(HostClock(), 0.1)
    async with taking(0.24):
        queue.wake(soon(250))
        await queue.woken()
        await queue.woken()
        await queue.woken()

"""Three replicas at full speed on one PostgreSQL stay below what they may use together."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from access.ports import AccessError, NotDone, Share, Turns
from bot.graph.limits import Limit
from bot.graph.pacer import KEPT, Kind, Pacer, Priority
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.wire import laid

LIMITS = {"units": Limit(2, 40), "writes": Limit(2, 10), "invitations": Limit(5, 19), "sends": Limit(1, 1)}
BUDGET = 10
"""Reads a second, which cost a unit each: few enough for a machine that has other things to do."""
SLOW = {**LIMITS, "units": Limit(2, BUDGET)}


@pytest.fixture
async def database() -> AsyncIterator[str]:
    url = await postgres.prepared_database()
    yield url
    await postgres.drop(url)


@pytest.fixture
async def stores(database: str) -> AsyncIterator[list[PostgresStore]]:
    opened = [await PostgresStore.open(database, lambda _: None) for _ in range(3)]
    yield opened
    for store in opened:
        await store.close()


@dataclass
class Double:
    """Stands for the service: counts when it is called, by whom."""

    heard: list[tuple[float, int]] = field(default_factory=list)

    async def call(self, pacer: Pacer, who: int, kind: Kind, priority: Priority = Priority.PERSON) -> None:
        async with pacer.slot(kind, priority):
            self.heard.append((time.monotonic(), who))

    def fullest(self, seconds: float) -> int:
        """Return how many calls the fullest window of this length holds."""
        times = sorted(at for at, _ in self.heard)
        return max(bisect_left(times, start + seconds) - at for at, start in enumerate(times))


@asynccontextmanager
async def lateness() -> AsyncIterator[list[float]]:
    """Note how many seconds the event loop comes late while others have the processor."""
    late = [0.0]

    async def tick() -> None:
        while True:
            due = time.monotonic() + 0.01
            await asyncio.sleep(0.01)
            late.append(time.monotonic() - due)

    ticking = asyncio.create_task(tick())
    yield late
    ticking.cancel()


async def at_full_speed(seconds: float, act: Callable[[], Awaitable[None]], workers: int = 12) -> None:
    """Have so many do it again and again; who gets no turn comes again."""
    end = time.monotonic() + seconds

    async def work() -> None:
        while time.monotonic() < end:
            try:
                await act()
            except NotDone as error:
                await asyncio.sleep(min(error.retry_after or 0.1, max(end - time.monotonic(), 0)))

    await asyncio.gather(*(work() for _ in range(workers)))


async def test_three_replicas_at_full_speed_use_their_budget_and_no_window_sees_more(
    stores: list[PostgresStore],
) -> None:
    double, pacers = Double(), [Pacer(store.budget, limits=SLOW) for store in stores]
    async with lateness() as late:
        await asyncio.gather(
            *(
                at_full_speed(2.5, partial(double.call, pacer, who, Kind.READ))
                for who, pacer in enumerate(pacers)
            )
        )
    assert len(double.heard) >= 0.75 * BUDGET * 2.5, "the budget is used"
    assert {who for _, who in double.heard} == {0, 1, 2}, "nobody starves"
    for seconds in (0.5, 1.0, 2.0):
        # The bucket's two, and what is brought closer together on the way.
        assert double.fullest(seconds) <= BUDGET * (seconds + max(late)) + 2 + 4


async def test_a_retry_after_that_one_replica_meets_stops_the_others(stores: list[PostgresStore]) -> None:
    double, pacers = Double(), [Pacer(store.budget, limits=LIMITS) for store in stores]

    others = [
        asyncio.create_task(at_full_speed(8, partial(double.call, pacers[who], who, Kind.READ), 4))
        for who in (1, 2)
    ]
    await asyncio.sleep(0.5)
    await pacers[0].throttled(Kind.WRITE, 6.0)
    told = time.monotonic()
    await asyncio.gather(*others)
    during = [at - told for at, _ in double.heard if told + KEPT + 2 < at < told + 5.9]
    after = [at for at, _ in double.heard if at > told + 6]
    assert (during, bool(after)) == ([], True)


async def test_a_person_of_one_replica_waits_for_no_bulk_of_another(stores: list[PostgresStore]) -> None:
    double, pacers = Double(), [Pacer(store.budget, limits=LIMITS) for store in stores]
    bulk = asyncio.create_task(
        at_full_speed(
            2.0, lambda: double.call(pacers[0], 0, Kind.INVITATION, Priority.BACKGROUND), workers=20
        )
    )
    await asyncio.sleep(1.0)
    waits = []
    while not bulk.done():
        begun = time.monotonic()
        await double.call(pacers[1], 1, Kind.READ)
        waits.append(time.monotonic() - begun)
        await asyncio.sleep(0.05)
    assert min(waits) < 0.2, "whoever comes after the bulk waits every time, and longer"
    await bulk


async def test_turns_that_are_taken_at_the_same_time_are_never_had_twice(stores: list[PostgresStore]) -> None:
    share = [Share("never refilled", 100, 0.001, 1), Share("nor this", 1000, 0.001, 1)]

    async def take(store: PostgresStore) -> int:
        return sum([(await store.budget.take("service", share, 3)).count for _ in range(15)])

    had = await asyncio.gather(*(take(store) for store in stores for _ in range(4)))
    assert sum(had) == 100
    refused = await stores[0].budget.take("service", share, 1)
    assert (refused.count, 900 < refused.wait <= 1000) == (0, True)


async def test_a_hold_is_everybody_s_and_a_shorter_one_shortens_nothing(stores: list[PostgresStore]) -> None:
    await stores[0].budget.hold("service", 60)
    await stores[1].budget.hold("service", 1)
    held: Sequence[Turns] = [await store.budget.take("service", [], 5) for store in stores]
    assert [turns.count for turns in held] == [0, 0, 0]
    assert all(50 < turns.wait <= 60 for turns in held)
    assert await stores[2].budget.take("another", [], 5) == Turns(5)


async def test_a_budget_that_cannot_be_reached_says_so_and_answers_again_later(database: str) -> None:
    async with laid(database) as wire:
        store = await PostgresStore.open(wire.url, lambda _: None)
        wire.refusing = True
        wire.cut()
        with pytest.raises(AccessError):
            await store.budget.take("service", [], 1)
        with pytest.raises(AccessError):
            await store.budget.hold("service", 1)
        wire.refusing = False
        assert await store.budget.take("service", [], 1) == Turns(1)
        await store.close()

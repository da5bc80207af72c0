"""PgQueuer between replicas: what it promises, and what happens where it cannot keep it."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from access.rules.model import State
from bot.queue.shared import SharedQueue, Together
from bot.store.postgres import PostgresStore
from bot.store.trouble import TROUBLE
from tests import postgres
from tests.clinic import PATIENCE, until
from tests.store.making import OMAR, added, cancel

NEVER = 600.0
"""A sweep that no test waits for."""
QUEUED = "pgqueuer_log WHERE status = 'queued'"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'guestlist queue'"


class HostClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@asynccontextmanager
async def replicas(url: str, count: int, **more: Any) -> AsyncIterator[list[SharedQueue]]:
    """Yield the queues of so many replicas, all of them listening; started at once on what is there."""
    queues = [
        SharedQueue(HostClock(), url, **{"sweep": NEVER, "together": 0.0, "calm": 0.0, **more})
        for _ in range(count)
    ]
    tasks = [asyncio.create_task(queue.listen()) for queue in queues]
    for queue in queues:
        await until(listens(queue), "a queue listens")
    try:
        yield queues
    finally:
        for queue in queues:
            await queue.close()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)


def listens(queue: SharedQueue) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return queue._listener is not None

    return look


@asynccontextmanager
async def change(url: str, queue: SharedQueue, *due: datetime) -> AsyncIterator[None]:
    """Make jobs due in a transaction of the store's; the block may break it."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await queue.enqueue(connection, due)
            yield
    finally:
        await connection.close()


async def anybody_woken(queues: list[SharedQueue], seconds: float = PATIENCE) -> bool:
    waiting = [asyncio.create_task(queue.woken()) for queue in queues]
    done, rest = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in rest:
        one.cancel()
    return bool(done)


async def count(url: str, table: str) -> int:
    (row,) = await postgres.run(url, f"SELECT count(*) FROM {table}")
    return int(row["count"])


async def test_what_one_replica_makes_due_wakes_another(database: str) -> None:
    async with replicas(database, 2) as (mine, other):
        await mine.close()
        async with change(database, mine, soon(0)):
            pass
        assert await anybody_woken([other])


async def test_a_wake_up_is_taken_by_one_replica_alone_and_leaves_nothing_behind(database: str) -> None:
    async with replicas(database, 3) as queues:
        async with change(database, queues[0], soon(0)):
            pass
        assert await anybody_woken(queues)
        assert sum([await anybody_woken([queue], 0.2) for queue in queues]) == 0

        async def gone() -> bool:
            return await count(database, "pgqueuer") == 0

        await until(gone, "the wake-up is used up")


async def test_a_rollback_leaves_no_wake_up(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        with pytest.raises(ZeroDivisionError):
            async with change(database, queue, soon(0)):
                raise ZeroDivisionError
        assert not await anybody_woken([queue], 0.3)
        assert await count(database, "pgqueuer") == 0


async def test_a_wake_up_outside_a_transaction_is_refused(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        connection = await asyncpg.connect(database)
        with pytest.raises(ValueError, match="outlive its rollback"):
            await queue.enqueue(connection, [soon(0)])
        await connection.close()


async def test_who_is_woken_may_make_the_same_due_again(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        for _ in range(3):
            async with change(database, queue, soon(0)):
                pass
            assert await anybody_woken([queue])


async def test_an_earlier_time_beats_a_later_one_that_was_asked_for_before(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        for due in (soon(40), soon(0)):
            async with change(database, queue, due):
                pass
        assert await anybody_woken([queue])


async def test_what_is_due_in_weeks_leaves_no_row_that_every_look_would_read(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        async with change(database, queue, soon(14 * 86_400)):
            pass
        assert await count(database, "pgqueuer") == 0


async def test_a_busy_replica_writes_one_wake_up_for_many(database: str) -> None:
    async with replicas(database, 1, together=30) as (queue,):
        for _ in range(20):
            async with change(database, queue, soon(0)):
                pass
        assert await count(database, QUEUED) == 1


def test_a_replica_that_stays_busy_writes_ever_fewer_wake_ups_and_a_quiet_one_writes_at_once() -> None:
    together = Together(least=0.2, most=0.8)

    def written(*times: float) -> list[float]:
        return [time for time in times if not together.stands_for(time)]

    busy = [number / 16 for number in range(160, 192)]
    assert written(*busy) == [10.0, 10.25, 10.6875, 11.5]
    assert written(13.5, 13.75, 14.0) == [13.5, 13.75, 14.0]
    assert written(14.0625, 14.1875, 14.25) == [14.25]


async def test_what_pgqueuer_writes_down_does_not_grow_for_ever(database: str) -> None:
    async with replicas(database, 1, pruned=0.1) as (queue,):
        async with change(database, queue, soon(0)):
            pass
        assert await anybody_woken([queue])

        async def empty() -> bool:
            tables = ("pgqueuer", "pgqueuer_log", "pgqueuer_statistics", "pgqueuer_schedules")
            return sum([await count(database, table) for table in tables]) == 0

        await until(empty, "PgQueuer's tables are empty again")


async def test_replicas_that_start_at_once_install_the_tables_once(database: str) -> None:
    async with replicas(database, 5) as queues:
        async with change(database, queues[0], soon(0)):
            pass
        assert await anybody_woken(queues)


async def test_connections_that_are_cut_are_opened_again_and_it_is_said_once(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.queue")
    async with replicas(database, 2) as queues:
        for _ in range(2):
            before = [queue._listener for queue in queues]
            await postgres.run(database, CUT)

            async def back(before: list[Any] = before) -> bool:
                return all(one._listener not in (None, old) for one, old in zip(queues, before, strict=True))

            await until(back, "both listen again")
        async with change(database, queues[0], soon(0)):
            pass
        assert await anybody_woken(queues)
    assert len(caplog.records) <= 4


async def noted(store: PostgresStore) -> float:
    """Add a request and give it up, each of which makes cards due; return the seconds it took."""
    begun = time.monotonic()
    await store.change((await added(store)).request.request_id, cancel)
    (left,) = await store.requested_by(OMAR.object_id, 9)
    assert left.request.state is State.CANCELED
    return time.monotonic() - begun


def woken_again(url: str, queue: SharedQueue) -> Callable[[], Awaitable[bool]]:
    async def back() -> bool:
        async with change(url, queue, soon(0)):
            pass
        return await anybody_woken([queue], 0.2)

    return back


async def test_tables_that_are_taken_away_fail_no_change_are_spoken_of_once_and_come_back(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.queue")
    async with replicas(database, 1) as (queue,):
        store = await PostgresStore.open(database, lambda _: None, queue.enqueue)
        await postgres.run(database, "DROP TABLE pgqueuer CASCADE")
        await noted(store)
        await until(woken_again(database, queue), "wake-ups arrive again")
        await store.close()
    assert [record.getMessage() for record in caplog.records] == ["PgQueuer is away; the sweep goes on"]


async def test_tables_that_somebody_has_locked_hold_no_change_up(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.queue")
    async with replicas(database, 1) as (queue,):
        store = await PostgresStore.open(database, lambda _: None, queue.enqueue)
        holder = await asyncpg.connect(database)
        async with holder.transaction():
            await holder.execute("LOCK TABLE pgqueuer IN ACCESS EXCLUSIVE MODE")
            assert await noted(store) < 8  # seconds; the lock is never given back
            assert len(caplog.records) == 1
        await holder.close()
        await until(woken_again(database, queue), "wake-ups arrive again")
        await store.close()


async def test_a_wake_up_gives_back_the_patience_that_its_transaction_had(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        connection = await asyncpg.connect(database, server_settings={"lock_timeout": "7s"})
        async with connection.transaction():
            await queue.enqueue(connection, [soon(0)])
            assert await connection.fetchval("SHOW lock_timeout") == "7s"
        async with connection.transaction():
            await postgres.run(database, "DROP TABLE pgqueuer CASCADE")
            await queue.enqueue(connection, [soon(0)])
            assert await connection.fetchval("SHOW lock_timeout") == "7s"
        await connection.close()


async def test_a_connection_that_ends_under_a_wake_up_ends_its_transaction_too(database: str) -> None:
    async with replicas(database, 1) as (queue,):
        connection = await asyncpg.connect(database)
        transaction = connection.transaction()
        await transaction.start()
        await postgres.run(database, f"SELECT pg_terminate_backend({connection.get_server_pid()})")
        with pytest.raises(TROUBLE):
            await queue.enqueue(connection, [soon(0)])
        assert connection.is_closed()


@pytest.mark.skipif(
    bool(os.environ.get("GUESTLIST_TEST_DATABASE_URL")), reason="somebody else's server is not restarted"
)
async def test_a_restart_of_postgresql_is_survived(database: str) -> None:
    async with replicas(database, 2) as queues:
        before = [queue._listener for queue in queues]
        await asyncio.to_thread(postgres.server().control, "restart", "-m", "immediate")

        async def back() -> bool:
            return all(one._listener not in (None, old) for one, old in zip(queues, before, strict=True))

        await until(back, "both listen again")
        async with change(database, queues[0], soon(0)):
            pass
        assert await anybody_woken(queues)

"""The worker: what it starts, what it leaves to others, and what it says when its store is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from access.ports import Store
from access.rules import jobs
from access.rules.model import Job, JobKind
from bot.clock import SteadyClock
from bot.queue.embedded import EmbeddedQueue
from bot.store import SqliteStore, StoreError
from bot.worker import AT_ONCE, Worker
from tests.clinic import until
from tests.store.making import added


@dataclass(slots=True)
class Hanging:
    """Claims its job as every use case does, then gets no answer; if `stubborn`, no cancel ends it."""

    store: Store
    stubborn: bool = False
    ran: list[Job] = field(default_factory=list)

    async def run(self, job: Job) -> None:
        await self.store.change(job.request_id, jobs.claim(job.key, timedelta(seconds=60)))
        self.ran.append(job)
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise
                self.stubborn = False


class Away:
    """The real store, but for when it is away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = self.full = False
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def next_due_at(self) -> datetime | None:
        self.asked += 1
        if self.away:
            raise StoreError("The database cannot be reached.")
        at: datetime | None = await self._store.next_due_at()
        return at

    async def keep_note(self, key: str, value: str) -> None:
        if self.full:
            raise StoreError("The disk with the database is full; nothing was written.")
        await self._store.keep_note(key, value)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[SqliteStore, EmbeddedQueue, SteadyClock]]:
    clock = SteadyClock()
    queue = EmbeddedQueue(clock, sweep=0.05)
    store = await SqliteStore.open(folder / "guestlist.db", clock, queue.wake)
    try:
        yield store, queue, clock
    finally:
        await store.close()


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.work())
    try:
        yield
    finally:
        await worker.stop(0)
        await asyncio.wait_for(task, 2)


def many(ran: list[Job], count: int) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return len(ran) >= count

    return look


async def test_a_job_that_is_cut_off_is_put_up_for_others_at_once_as_one_that_may_have_acted(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        await added(store)
        hanging = Hanging(store)
        worker = Worker(store, queue, clock, dict.fromkeys(JobKind, hanging.run))
        async with working(worker):
            await until(many(hanging.ran, 1), "a job hangs")
            assert await store.due(AT_ONCE) == []
            await worker.stop(0.05)
            again = await store.due(AT_ONCE)
        assert {job.key for job in again} == {job.key for job in hanging.ran}
        assert all(job.started == 1 for job in again)


async def test_a_job_that_cannot_even_be_cut_off_keeps_its_lease(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        await added(store)
        hanging = Hanging(store, stubborn=True)
        worker = Worker(store, queue, clock, dict.fromkeys(JobKind, hanging.run))
        async with working(worker):
            await until(many(hanging.ran, 1), "a job hangs")
            stubborn = hanging.ran[0].key
            await worker.stop(0.05)
            assert stubborn not in {job.key for job in await store.due(AT_ONCE)}


async def test_nothing_new_is_begun_after_the_stop(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        hanging = Hanging(store)
        worker = Worker(store, queue, clock, dict.fromkeys(JobKind, hanging.run))
        task = asyncio.create_task(worker.work())
        await worker.stop(0.05)
        await added(store)
        await asyncio.wait_for(task, 2)
        assert (hanging.ran, bool(await store.due(1))) == ([], True)


async def test_no_more_run_at_once_than_the_limit(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        for number in range(AT_ONCE + 4):
            await added(store, f"guest{number}@fabrikam.com")
        hanging = Hanging(store)
        async with working(Worker(store, queue, clock, dict.fromkeys(JobKind, hanging.run))):
            await until(many(hanging.ran, AT_ONCE), "all places are taken")
            assert len(await store.due(100)) >= 4
        assert len(hanging.ran) == AT_ONCE


async def test_two_replicas_that_look_at_the_same_rows_choose_differently(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        for number in range(4 * AT_ONCE):
            await added(store, f"guest{number}@fabrikam.com")
        chosen: list[set[str]] = []
        for _ in range(2):
            looked: list[Job] = []

            async def look(job: Job, looked: list[Job] = looked) -> None:
                looked.append(job)
                await asyncio.Event().wait()

            async with working(Worker(store, queue, clock, dict.fromkeys(JobKind, look), shared=True)):
                await until(many(looked, AT_ONCE), "all places are taken")
            chosen.append({job.key for job in looked})
        assert len(chosen[0] & chosen[1]) < AT_ONCE * 3 // 4  # four are expected, twelve not in a lifetime


async def test_an_outage_of_the_store_is_told_once_and_work_goes_on_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.worker")
    async with opened(tmp_path) as (store, queue, clock):
        between, hanging = Away(store), Hanging(store)
        worker = Worker(between, queue, clock, dict.fromkeys(JobKind, hanging.run))
        async with working(worker):

            async def asked_thrice() -> bool:
                return between.asked - before >= 3

            between.away, before = True, between.asked
            await until(asked_thrice, "it asks again and again")
            silent = worker.silence
            await added(store)
            between.away = False
            await until(many(hanging.ran, 1), "work goes on")
            assert worker.silence < silent
    assert [record.message for record in caplog.records[:2]] == [
        "The store does not answer; trying again",
        "The store answers again",
    ]
    assert not any(record.exc_info for record in caplog.records)


async def test_a_store_that_can_only_be_read_counts_as_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        between = Away(store)
        between.full = True
        worker = Worker(between, queue, clock, {})
        async with working(worker):

            async def asked_often() -> bool:
                return between.asked >= 3

            await until(asked_often, "it reads")
            assert worker.silence == float("inf")
            between.full = False

            async def heard() -> bool:
                return worker.silence < 1

            await until(heard, "it can write again")

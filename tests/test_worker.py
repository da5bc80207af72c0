"""The worker: what it starts, what it leaves to others, and what it says when its store is away."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from access.ports import Clock, Store
from access.rules import jobs
from access.rules.claims import ClaimOne, ClaimShows
from access.rules.model import Job, JobKind
from access.service.holding import claimed, keeping
from bot.agenda import Agenda
from bot.clock import SteadyClock
from bot.queue.embedded import EmbeddedQueue
from bot.store import SqliteStore, StoreError
from bot.worker import ALONE, AT_ONCE, SHOWS_AT_ONCE, SWEEP, Run, Worker
from tests.clinic import PATIENCE, until
from tests.store.making import TurnedClock, added, approve


@dataclass(slots=True)
class Hanging:
    """Claims its job as every use case does, then gets no answer; if `stubborn`, no cancel ends it."""

    store: Store
    stubborn: bool = False
    ran: list[Job] = field(default_factory=list)

    async def run(self, job: Job) -> None:
        claiming, lease = ClaimOne(job.key, timedelta(seconds=60)), timedelta(seconds=60)
        for held in await claimed(self.store, job.request_id, claiming, lease):
            self.ran.append(job)
            async with keeping(self.store, [held], lease):
                await self._hang()

    async def _hang(self) -> None:
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
        self.looked: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def next_due_at(self) -> datetime | None:
        self.asked += 1
        if self.away:
            raise StoreError("The database cannot be reached.")
        at: datetime | None = await self._store.next_due_at()
        return at

    async def due(self, limit: int) -> Sequence[Job]:
        self.looked.append(time.monotonic())
        return await self._store.due(limit)

    async def keep_note(self, key: str, value: str) -> None:
        if self.full:
            raise StoreError("The disk with the database is full; nothing was written.")
        await self._store.keep_note(key, value)


@asynccontextmanager
async def opened(
    folder: Path, turned: TurnedClock | None = None
) -> AsyncIterator[tuple[SqliteStore, EmbeddedQueue, Clock]]:
    clock: Clock = turned or SteadyClock()
    queue = EmbeddedQueue(clock, sweep=0.05)
    store = await SqliteStore.open(folder / "guestlist.db", clock, lambda _: None)
    try:
        yield store, queue, clock
    finally:
        await store.close()


async def _nothing(_: Job) -> None:
    """Run nothing."""


def made(
    store: Any, queue: EmbeddedQueue, clock: Clock, run: Run = _nothing, *, shared: bool = False
) -> Worker:
    """Return a worker that finds in the store whatever it runs."""
    return Worker(store, queue, clock, dict.fromkeys(JobKind, run), Agenda(queue.wake, clock.now), shared)


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.work())
    try:
        yield
    finally:
        await worker.stop(0)
        await asyncio.wait_for(task, PATIENCE)


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
        worker = made(store, queue, clock, hanging.run)
        async with working(worker):
            await until(many(hanging.ran, 1), "a job hangs")
            (mine,) = hanging.ran
            assert mine.key not in {job.key for job in await store.due(AT_ONCE)}
            await worker.stop(0.05)
            started = {job.key: job.started for job in await store.due(AT_ONCE)}
        assert started[mine.key] == 1


async def test_a_job_that_cannot_even_be_cut_off_keeps_its_lease(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        await added(store)
        hanging = Hanging(store, stubborn=True)
        worker = made(store, queue, clock, hanging.run)
        async with working(worker):
            await until(many(hanging.ran, 1), "a job hangs")
            stubborn = hanging.ran[0].key
            await worker.stop(0.05)
            assert stubborn not in {job.key for job in await store.due(AT_ONCE)}


async def test_nothing_new_is_begun_after_the_stop(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        hanging = Hanging(store)
        worker = made(store, queue, clock, hanging.run)
        task = asyncio.create_task(worker.work())
        await worker.stop(0.05)
        await added(store)
        await asyncio.wait_for(task, PATIENCE)
        assert (hanging.ran, bool(await store.due(1))) == ([], True)


async def test_no_more_run_at_once_than_the_limit_and_cards_leave_room_for_steps(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        requests = [await added(store, f"guest{number}@fabrikam.com") for number in range(AT_ONCE)]
        hanging = Hanging(store)
        async with working(made(store, queue, clock, hanging.run)):
            await until(many(hanging.ran, SHOWS_AT_ONCE), "cards have all the places that they may have")
            for record in requests[: AT_ONCE - SHOWS_AT_ONCE + 1]:
                await store.change(record.request.request_id, approve())
            await until(many(hanging.ran, AT_ONCE), "steps have the others")
            assert len(await store.due(100)) >= AT_ONCE - SHOWS_AT_ONCE + 1
        kinds = Counter(job.kind for job in hanging.ran)
        assert kinds == {JobKind.CARD: SHOWS_AT_ONCE, JobKind.STEP: AT_ONCE - SHOWS_AT_ONCE}


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

            async with working(made(store, queue, clock, look, shared=True)):
                await until(many(looked, SHOWS_AT_ONCE), "all places are taken")
            chosen.append({job.key for job in looked})
        assert (
            len(chosen[0] & chosen[1]) < SHOWS_AT_ONCE * 3 // 4
        )  # three are expected, twelve not in a lifetime


async def test_an_outage_of_the_store_is_told_once_and_work_goes_on_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.worker")
    async with opened(tmp_path) as (store, queue, clock):
        between, hanging = Away(store), Hanging(store)
        worker = made(between, queue, clock, hanging.run)
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
        worker = made(between, queue, clock)
        async with working(worker):

            async def asked_often() -> bool:
                return between.asked >= 3

            await until(asked_often, "it reads")
            assert worker.silence == float("inf")
            between.full = False

            async def heard() -> bool:
                return worker.silence < 1

            await until(heard, "it can write again")


async def test_what_this_process_made_due_it_runs_without_asking_the_store(tmp_path: Path) -> None:
    clock = SteadyClock()
    queue = EmbeddedQueue(clock)
    agenda = Agenda(queue.wake, clock.now)
    store = await SqliteStore.open(tmp_path / "guestlist.db", clock, agenda.made)
    hanging, between = Hanging(store), Away(store)
    worker = Worker(between, queue, clock, dict.fromkeys(JobKind, hanging.run), agenda, shared=True)
    async with working(worker):

        async def looked() -> bool:
            return worker.silence < SWEEP

        await until(looked, "it has looked into the store")
        asked = between.asked
        await added(store)
        await until(many(hanging.ran, 1), "it runs")
        assert between.asked <= asked + 1
    await store.close()


async def test_a_replica_leaves_to_its_maker_what_has_just_become_due(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        hanging = Hanging(store)
        async with working(made(store, queue, clock, hanging.run, shared=True)):
            await added(store)
            (due_at,) = {job.due_at for job in await store.due(AT_ONCE)}
            await until(many(hanging.ran, 1), "its maker does not run it, so this one does")
            assert clock.now() - due_at >= timedelta(seconds=0.5)


async def test_a_replica_that_is_asked_for_help_does_not_wait(tmp_path: Path) -> None:
    async with opened(tmp_path, TurnedClock()) as (store, queue, clock):
        hanging = Hanging(store)
        async with working(made(store, queue, clock, hanging.run, shared=True)):
            await added(store)
            queue.help()
            await until(many(hanging.ran, 1), "it looks before any time has passed")


async def test_a_long_backlog_is_worked_off_without_waiting_for_the_sweep(tmp_path: Path) -> None:
    async with opened(tmp_path) as (store, queue, clock):
        requests = 6 * AT_ONCE
        for number in range(requests):
            await added(store, f"guest{number}@fabrikam.com")
        between, ran = Away(store), list[Job]()

        async def claim(job: Job) -> None:
            await store.change(job.request_id, ClaimShows(timedelta(minutes=1)))
            ran.append(job)

        async with working(made(between, queue, clock, claim)):
            await until(many(ran, requests), "all of it has run")
        gaps = [later - earlier for earlier, later in pairwise(between.looked)]
        assert len(gaps) >= 2
        assert median(gaps) < ALONE, "it looks again as soon as it has room"


async def test_a_run_may_put_its_own_job_off_and_is_run_again(tmp_path: Path) -> None:
    clock = SteadyClock()
    queue = EmbeddedQueue(clock)
    agenda = Agenda(queue.wake, clock.now)
    store = await SqliteStore.open(tmp_path / "guestlist.db", clock, agenda.made)
    tries: list[int] = []

    async def run(job: Job) -> None:
        lease = timedelta(seconds=60)
        for held in await claimed(store, job.request_id, ClaimOne(job.key, lease), lease):
            if job.name == jobs.THREAD:
                tries.append(held.job.tries)
                again = jobs.put_off(job.key, held.job.fence, timedelta(seconds=0.05), surely_not_done=True)
                await store.change(job.request_id, again)

    async with working(Worker(store, queue, clock, dict.fromkeys(JobKind, run), agenda)):
        await added(store)

        async def thrice() -> bool:
            return len(tries) >= 3

        await until(thrice, "it has run three times")
    assert tries[:3] == [1, 2, 3]
    await store.close()

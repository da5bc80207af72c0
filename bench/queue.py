"""PgQueuer against the sweep alone: what waiting costs, how late a wake-up is, how many jobs run in a second.

`python -m bench.queue` prints the table of ADR 0009 in a quarter of an hour. Its replicas are processes with
the store, the queue and the worker of Guestlist, and their jobs do nothing but be claimed and finished.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import quantiles
from typing import Any

import psutil

from access.rules import jobs, unshown
from access.rules.model import Job, JobKind, Record
from bench.load import server_cpu
from bench.processes import ROOT, cpu_of
from bot.agenda import Agenda
from bot.queue.embedded import EmbeddedQueue
from bot.queue.shared import TOGETHER, SharedQueue
from bot.store.postgres import PostgresStore
from bot.worker import Worker
from tests import postgres
from tests.store.making import added, asking

KINDS = {"sweep": "the sweep alone", "pgqueuer": "PgQueuer", "each": "PgQueuer, a wake-up for each commit"}
WAITING, CHAINS = 10_000, 200
WARM, IDLE, RUNNING, ROUNDS = 5.0, 60.0, 10.0, 3
SAMPLES = 250
BETWEEN = 0.13
"""Seconds between two wake-ups that are measured: longer than those in which one stands for all."""


@dataclass(slots=True)
class Replica:
    """The part of Guestlist that runs jobs; `again`: whatever is finished is due again at once."""

    again: bool
    started: dict[str, float] = field(default_factory=dict)
    finished: int = 0
    store: Any = None

    async def run(self, job: Job) -> None:
        self.started.setdefault(job.request_id, time.monotonic())
        claimed = await self.store.change(job.request_id, jobs.claim(job.key, timedelta(seconds=15)))
        if isinstance(claimed, Record):
            fence = claimed.jobs[job.key].fence
            finish = jobs.put_off(job.key, fence, timedelta(), surely_not_done=True)
            await self.store.change(job.request_id, finish if self.again else unshown.drop(job.key, fence))
            self.finished += 1

    async def serve(self, url: str, kind: str) -> None:
        """Run jobs until standard input ends, then say what was done."""
        self.store, queue = await opened(url, kind)
        clock, runs = self.store.clock, dict.fromkeys(JobKind, self.run)
        worker = Worker(self.store, queue, clock, runs, Agenda(queue.wake, clock.now), shared=True)
        background = [asyncio.create_task(queue.listen()), asyncio.create_task(worker.work())]
        await asyncio.sleep(WARM)
        before = self.finished
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        finished = self.finished - before
        await queue.close()
        await worker.stop(5)
        await asyncio.gather(*background)
        await self.store.close()
        print(json.dumps({"started": self.started, "finished": finished}), flush=True)


async def opened(url: str, kind: str) -> tuple[PostgresStore, EmbeddedQueue]:
    """Open a store that tells nobody here what it has made due, so that others have to find it."""
    if kind == "sweep":
        store = await PostgresStore.open(url, lambda _: None)
        return store, EmbeddedQueue(store.clock)
    shared: SharedQueue
    store = await PostgresStore.open(
        url,
        lambda _: None,
        lambda connection, times: shared.enqueue(connection, times),  # noqa: PLW0108 - it is made below
    )
    shared = SharedQueue(store.clock, url, together=0.0 if kind == "each" else TOGETHER)
    return store, shared


@dataclass(slots=True)
class Fleet:
    children: list[asyncio.subprocess.Process]
    report: list[dict[str, Any]] = field(default_factory=list)

    def cpu(self) -> float:
        return sum(cpu_of(psutil.Process(child.pid)) for child in self.children)

    async def stop(self) -> None:
        """End the replicas and keep what they say."""
        said = await asyncio.gather(*(child.communicate(b"") for child in self.children))
        self.report = [json.loads(out) for out, _ in said]


@asynccontextmanager
async def replicas(url: str, kind: str, count: int, *, again: bool = False) -> AsyncIterator[Fleet]:
    pipe = asyncio.subprocess.PIPE
    words = [sys.executable, "-m", "bench.queue", url, kind, "again" if again else "once"]
    starting = [
        asyncio.create_subprocess_exec(*words, cwd=ROOT, stdin=pipe, stdout=pipe) for _ in range(count)
    ]
    fleet = Fleet(list(await asyncio.gather(*starting)))
    for child in fleet.children:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
    yield fleet
    if not fleet.report:
        await fleet.stop()


async def filled(url: str, count: int, *, waiting: bool) -> None:
    """Write so many requests, of which nothing but a timer of two weeks is left if `waiting`."""
    store = await PostgresStore.open(url, lambda _: None)
    at_once = asyncio.Semaphore(16)

    async def add(number: int) -> None:
        async with at_once:
            await store.add(await asking(store, f"guest{number}@fabrikam.com"))

    await asyncio.gather(*map(add, range(count)))
    await store.close()
    kinds = "kind <> 'timer'" if waiting else "kind = 'timer' OR name <> 'thread'"
    await postgres.run(url, f"UPDATE jobs SET status = 'done', claimable_at = NULL WHERE {kinds}", "ANALYZE")  # noqa: S608 - constants


async def idle(url: str, kind: str, count: int) -> tuple[float, float]:
    """Return the shares of a core that replicas and server take while everything waits."""
    async with replicas(url, kind, count) as fleet:
        await asyncio.sleep(WARM)
        begun, ours, theirs = time.monotonic(), fleet.cpu(), server_cpu()
        await asyncio.sleep(IDLE)
        seconds = time.monotonic() - begun
        return (fleet.cpu() - ours) / seconds, (server_cpu() - theirs) / seconds


async def latency(url: str, kind: str) -> list[float]:
    """Return the seconds from a commit here until another replica has begun the job."""
    store, queue = await opened(url, kind)
    async with AsyncExitStack() as stack:
        listening = asyncio.create_task(queue.listen())
        await asyncio.sleep(WARM)
        await queue.close()  # the tables are there; from now on, others alone are woken
        await listening
        fleet = await stack.enter_async_context(replicas(url, kind, 1))
        committed: dict[str, float] = {}
        for number in range(SAMPLES):
            record = await added(store, f"{kind}{number}@fabrikam.com")
            committed[record.request.request_id] = time.monotonic()
            await asyncio.sleep(BETWEEN)
        await asyncio.sleep(2)
        await fleet.stop()
        await store.close()
    begun = fleet.report[0]["started"]
    return [max(0.0, begun[key] - at) for key, at in committed.items()]


async def throughput(kind: str, count: int) -> tuple[float, float, float]:
    """Return jobs a second, and the CPU milliseconds a job of replicas and server."""
    url = await postgres.new_database()
    await filled(url, CHAINS, waiting=False)
    async with replicas(url, kind, count, again=True) as fleet:
        begun, ours, theirs = time.monotonic(), fleet.cpu(), server_cpu()
        await asyncio.sleep(RUNNING)
        seconds, ours, theirs = time.monotonic() - begun, fleet.cpu() - ours, server_cpu() - theirs
        await fleet.stop()
    await postgres.drop(url)
    done = sum(one["finished"] for one in fleet.report)
    return done / seconds, ours * 1000 / done, theirs * 1000 / done


def row(what: str, cells: Sequence[str]) -> None:
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


async def compare() -> None:
    row("what", list(KINDS.values()))
    row("---", ["---"] * len(KINDS))
    url = await postgres.new_database()
    await filled(url, WAITING, waiting=True)
    for count in (1, 3):
        shares = [await idle(url, kind, count) for kind in KINDS]
        what = f"10,000 waiting, {count} replica(s): CPU of replicas + server"
        row(what, [f"{ours:.2%} + {theirs:.2%}" for ours, theirs in shares])
    marks = [quantiles(await latency(url, kind), n=100) for kind in KINDS]
    row(
        "another replica begins, p50 / p99",
        [f"{one[49] * 1000:.0f} / {one[98] * 1000:.0f} ms" for one in marks],
    )
    for count in (1, 3):
        # By turns, and the median: whatever else the machine does meets all of them.
        runs = [{kind: await throughput(kind, count) for kind in KINDS} for _ in range(ROUNDS)]
        cells = []
        for kind in KINDS:
            rate, ours, theirs = sorted(run[kind] for run in runs)[ROUNDS // 2]
            cells.append(f"{rate:.0f} ({ours:.1f} + {theirs:.1f} ms)")
        row(f"{count} replica(s): jobs a second (CPU a job, replicas + server)", cells)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(Replica(again=sys.argv[3] == "again").serve(sys.argv[1], sys.argv[2]))
    else:
        asyncio.run(compare())

"""Runs what is due: woken by the queue, bounded, each job at most once at a time in this process."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from access.ports import AccessError, Clock, Queue, Store
from access.rules import jobs
from access.rules.model import Job, JobKind

log = logging.getLogger(__name__)

Run = Callable[[Job], Awaitable[None]]
AT_ONCE = 24
"""So that a few of the calls to Graph that may be under way are left to people who wait for an answer."""
_IN_SIGHT = 4
"""Replicas look at so many times more rows than they take, and take them at random: few claims collide."""
_AFTER_TROUBLE = 1.0
_NO_SOONER = timedelta(milliseconds=50)
_WRITTEN = 15.0
"""Seconds between two notes that only show that the store can be written to."""
_PATIENCE = 10.0
"""Seconds after which a store that does not answer counts as away."""


@dataclass(slots=True)
class Worker:
    """Takes due jobs from the store; claims decide who runs them, so many workers may look at once."""

    store: Store
    queue: Queue
    clock: Clock
    runs: Mapping[JobKind, Run]
    shared: bool = False
    """Whether other replicas take from the same rows."""
    _jobs: dict[str, Job] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: bool = False
    _answered_at: float = float("-inf")
    _wrote_at: float = float("-inf")
    _away: bool = False
    _failing: bool = False

    @property
    def silence(self) -> float:
        """Return the seconds since the store has answered; it is asked about every second, in writing too."""
        return time.monotonic() - self._answered_at

    async def work(self) -> None:
        """Look for due jobs and start them, until stopped; an outage of the store is logged once."""
        while not self._stopping:
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._look()
                    await self._write_now_and_then()
            except (AccessError, TimeoutError) as error:
                if not self._away:
                    log.warning("The store does not answer; trying again", extra={"error": str(error)})
                self._away = True
            else:
                if self._away:
                    log.info("The store answers again")
                self._away, self._answered_at = False, time.monotonic()
            await self.queue.woken()

    async def stop(self, grace: float) -> None:
        """Start nothing new; what still runs after `grace` seconds is let go of, for another replica.

        Takes at most three seconds longer, whatever hangs.
        """
        self._stopping = True
        self.queue.wake(self.clock.now())
        if not self._tasks:
            return
        await asyncio.wait(self._tasks.values(), timeout=grace)
        late, held = list(self._tasks.values()), dict(self._jobs)
        for task in late:
            task.cancel()
        if late:
            log.warning("Jobs were cut off by the stop", extra={"count": len(late)})
            await asyncio.wait(late, timeout=1)
            # One that cannot even be cancelled may still act, so its lease holds others off it.
            ended = [job for key, job in held.items() if key not in self._tasks]
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*map(self._let_go, ended)), 2)

    async def _let_go(self, job: Job) -> None:
        """Put a job that was cut off up for others at once; whether it had acted is unknown."""
        with suppress(AccessError):
            mine = job.fence + 1
            put_off = jobs.put_off(job.key, mine, timedelta(), surely_not_done=False)
            await self.store.change(job.request_id, put_off)

    async def _look(self) -> None:
        """Start due jobs; where there are none, ask to be woken at the next time.

        While nothing runs, the time alone is asked for; while everything is full, it is asked for all the
        same, since readiness rests on the answer.
        """
        busy, free = bool(self._tasks), AT_ONCE - len(self._tasks)
        if busy and free > 0 and await self._start_due(free):
            return
        at = await self.store.next_due_at()
        if at is None or free <= 0:
            return
        now = self.clock.now()
        if busy or at > now or not await self._start_due(free):
            # What is due and runs here already must not be looked for at once.
            self.queue.wake(max(at, now + _NO_SOONER))

    async def _write_now_and_then(self) -> None:
        """Find out that the store can be written to: a full disk, or a standby, answers whoever reads."""
        if time.monotonic() - self._wrote_at >= _WRITTEN:
            await self.store.keep_note("worker/alive", self.clock.now().isoformat())
            self._wrote_at = time.monotonic()

    async def _start_due(self, free: int) -> int:
        due = await self.store.due(AT_ONCE * _IN_SIGHT if self.shared else AT_ONCE + free)
        fresh = [job for job in due if job.key not in self._tasks]
        if self.shared:
            random.shuffle(fresh)
        if self._stopping:
            return 0
        for job in fresh[:free]:
            task = asyncio.create_task(self._run(job), name=f"job {job.name}")
            self._tasks[job.key], self._jobs[job.key] = task, job
            task.add_done_callback(lambda done, key=job.key: self._ended(key, done))  # type: ignore[misc]  # a default binds the key
        return len(fresh)

    async def _run(self, job: Job) -> None:
        """Run a job; where the store itself fails, the job keeps its place here a while, so nothing spins."""
        try:
            await self.runs[job.kind](job)
        except AccessError as error:
            if not self._failing:
                log.warning("Jobs meet trouble outside a step", extra={"job": job.name, "error": str(error)})
            self._failing = True
            await asyncio.sleep(_AFTER_TROUBLE)
        else:
            self._failing = False

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        """Look again for work; a bug is logged here, and its job comes back when its lease ends."""
        del self._tasks[key], self._jobs[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A job failed by a bug", exc_info=error, extra={"job": task.get_name()})
        self.queue.wake(self.clock.now())

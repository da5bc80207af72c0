"""Runs what is due: woken by the queue, bounded, each job at most once at a time in this process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from access.ports import AccessError, Clock, Queue, Store
from access.rules.model import Job, JobKind

log = logging.getLogger(__name__)

Run = Callable[[Job], Awaitable[None]]
AT_ONCE = 16
_AFTER_TROUBLE = timedelta(seconds=1)
_NO_SOONER = timedelta(milliseconds=50)


@dataclass(slots=True)
class Worker:
    """Takes due jobs from the store; claims decide who runs them, so many workers may look at once."""

    store: Store
    queue: Queue
    clock: Clock
    runs: Mapping[JobKind, Run]
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: bool = False

    async def work(self) -> None:
        """Work until stopped; what runs then is finished first."""
        while not self._stopping:
            try:
                if len(self._tasks) < AT_ONCE and not await self._start_due():
                    await self._ask_to_be_woken()
            except AccessError:
                log.exception("The store could not be read; trying again")
                self.queue.wake(self.clock.now() + _AFTER_TROUBLE)
            await self.queue.woken()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Start nothing new and wait for what runs."""
        self._stopping = True
        self.queue.wake(self.clock.now())

    async def _start_due(self) -> int:
        free = AT_ONCE - len(self._tasks)
        due = await self.store.due(AT_ONCE + free)
        fresh = [job for job in due if job.key not in self._tasks][:free]
        for job in fresh:
            task = asyncio.create_task(self._run(job), name=f"job {job.name}")
            self._tasks[job.key] = task
            task.add_done_callback(lambda done, key=job.key: self._ended(key, done))  # type: ignore[misc]  # a default binds the key
        return len(fresh)

    async def _run(self, job: Job) -> None:
        """Run a job; where the store itself fails, the job keeps its place here a while, so nothing spins."""
        try:
            await self.runs[job.kind](job)
        except AccessError as error:
            log.warning("A job met trouble outside a step", extra={"job": job.name, "cause": error.cause})
            await asyncio.sleep(_AFTER_TROUBLE.total_seconds())

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        """Look again for work; a bug is logged here, and its job comes back when its lease ends."""
        del self._tasks[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A job failed by a bug", exc_info=error, extra={"job": task.get_name()})
        self.queue.wake(self.clock.now())

    async def _ask_to_be_woken(self) -> None:
        """Ask for the next due time; what is due and runs here already must not be looked for at once."""
        at = await self.store.next_due_at()
        if at is not None:
            self.queue.wake(max(at, self.clock.now() + _NO_SOONER))


async def every(
    seconds: float, act: Callable[[], Awaitable[None]], what: str, stopping: asyncio.Event
) -> None:
    """Do something now and then until stopping; trouble is logged, and it is done again next time."""
    while not stopping.is_set():
        try:
            await act()
        except AccessError as error:
            log.warning("A periodic task met trouble", extra={"task": what, "cause": error.cause})
        try:
            await asyncio.wait_for(stopping.wait(), seconds)
        except TimeoutError:
            continue

"""Runs what is due: woken by the queue, and bounded."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from access.ports import AccessError, Clock, Queue, Store
from access.rules.jobs import SHOWS
from access.rules.model import Job, JobKind, StepKind
from bot.agenda import Agenda

log = logging.getLogger(__name__)

Run = Callable[[Job], Awaitable[None]]
AT_ONCE = 24
"""So that a few of the calls to Graph that may be under way are left to people who wait for an answer."""
SHOWS_AT_ONCE = 16
"""So that a channel that does not answer holds up no delivery."""
ROWS_AT_ONCE = 160
"""Steps of the rows of lists, which wait for Graph most of their time, and are paced there."""
MAILS_AT_ONCE = 8
"""Mails of rows: a mailbox sends thirty a minute, so that more would only wait, in the way of access."""
_IN_SIGHT = 4
"""A look brings so many times more rows than run; replicas take them at random, so few claims collide."""
SWEEP, ALONE = 1.0, 2.0
"""Seconds between two looks into the store, at the most; alone, since nobody else makes anything due."""
_ITS_MAKERS = timedelta(seconds=0.5)
"""How long a due job is left to the replica that made it due, and runs it unasked."""
_AFTER_TROUBLE = 1.0
_WRITTEN = 15.0
"""Seconds between two notes that only show that the store can be written to."""
_LETTING_GO = 3.0
_PATIENCE = 10.0
"""Seconds after which a store that does not answer counts as away."""


@dataclass(slots=True)
class Worker:
    """Takes due jobs from the store; claims decide who runs them, so many workers may look at once."""

    store: Store
    queue: Queue
    clock: Clock
    runs: Mapping[JobKind, Run]
    agenda: Agenda
    shared: bool = False
    """Whether other replicas take from the same rows."""
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the stop."""
    _look_at: float = 0.0
    _more: bool = False
    """Whether more was due in the store than one look brought."""
    _helping: bool = False
    """Whether a replica that has its hands full has asked others to look."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _shows: set[asyncio.Task[None]] = field(default_factory=set)
    """Those of the tasks that show cards."""
    _rows: set[asyncio.Task[None]] = field(default_factory=set)
    """Those that deliver rows of lists."""
    _mails: set[asyncio.Task[None]] = field(default_factory=set)
    """Those that mail their guests."""
    _answered_at: float = float("-inf")
    _wrote_at: float = float("-inf")
    _away: bool = False
    _failing: bool = False
    late_by: float = 0.0
    """Seconds by which the soonest due job of the store was late at the last look."""
    begun_at: float = field(default_factory=time.monotonic)
    """When a job was begun last."""

    @property
    def crowded(self) -> bool:
        """Whether jobs that become due here have to wait, or are left to others."""
        return self.leaving.is_set() or self._room <= 0

    @property
    def silence(self) -> float:
        """Return the seconds since the store has answered; it is asked every other second, in writing too."""
        return time.monotonic() - self._answered_at

    @property
    def _room(self) -> int:
        return AT_ONCE - (len(self._tasks) - len(self._rows) - len(self._mails))

    @property
    def _room_for_rows(self) -> int:
        return ROWS_AT_ONCE - len(self._rows)

    @property
    def _room_for_mails(self) -> int:
        return MAILS_AT_ONCE - len(self._mails)

    @property
    def _room_for_shows(self) -> int:
        return SHOWS_AT_ONCE - len(self._shows)

    def stands_still(self, seconds: float) -> bool:
        """Tell whether jobs have been due for so long, and none of any was begun here."""
        return self.late_by > seconds < time.monotonic() - self.begun_at

    async def work(self) -> None:
        """Look for due jobs and start them, until stopped; an outage of the store is logged once."""
        while not self.leaving.is_set():
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
            self._helping |= await self.queue.woken()

    async def stop(self, grace: float) -> None:
        """Start nothing new; what still runs after `grace` seconds is cut off, and lets go of its jobs.

        Takes at most three seconds longer, whatever hangs.
        """
        self.leaving.set()
        self.queue.wake(self.clock.now())
        if not self._tasks:
            return
        await asyncio.wait(self._tasks, timeout=grace)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        if late:
            log.warning("Jobs were cut off by the stop", extra={"count": len(late)})
            # One that cannot even be cancelled may still act, so its lease holds others off it.
            await asyncio.wait(late, timeout=_LETTING_GO)

    async def _look(self) -> None:
        """Start what is due here; ask the store now and then, or at once where others ask for help."""
        self._start()
        if self.agenda.asked() or self._helping or time.monotonic() >= self._look_at:
            await self._find()
            self._start()
        if self.crowded:
            return
        now, at = self.clock.now(), self.agenda.next_at(shows=True)
        if at is not None and at <= now:
            rows, mails = self._room_for_rows > 0, self._room_for_mails > 0
            at = self.agenda.next_at(shows=self._room_for_shows > 0, rows=rows, mails=mails)
        elif self._more:
            self._look_at, at = 0.0, now
        look_at = now + timedelta(seconds=max(self._look_at - time.monotonic(), 0))
        self.queue.wake(min(at or look_at, look_at))

    async def _find(self) -> None:
        """Note what is due in the store. Replicas leave what has just become due to whoever made it due.

        The store is asked even while everything is full, since readiness rests on the answer, and what is
        oldest may stand there alone.
        """
        at, now = await self.store.next_due_at(), self.clock.now()
        self.late_by = max((now - at).total_seconds(), 0.0) if at else 0.0
        left = _ITS_MAKERS if self.shared and not self._helping else timedelta()
        self._look_at, self._more = time.monotonic() + (SWEEP if self.shared else ALONE), False
        if at is None:
            self._helping = False
            return
        if (wait := at + left - now) > timedelta():
            self._look_at = min(self._look_at, time.monotonic() + wait.total_seconds())
            return
        most = AT_ONCE * _IN_SIGHT
        due = await self.store.due(most)
        found = [job for job in due if max(job.due_at, job.lease_until or job.due_at) + left <= now]
        if self.shared:
            random.shuffle(found)
            del found[AT_ONCE:]
        news = [self.agenda.note(job) for job in found]
        self._helping, self._more = False, len(due) == most and any(news)

    def _start(self) -> None:
        if self.leaving.is_set():
            return
        rows = self.agenda.take_rows(self._room_for_rows, self._room_for_mails)
        for job in (*self.agenda.take(self._room, self._room_for_shows), *rows):
            self.begun_at = time.monotonic()
            task = asyncio.create_task(self._run(job), name=f"job {job.name}")
            self._tasks.add(task)
            if job.kind in SHOWS:
                self._shows.add(task)
            elif job.kind is JobKind.ROW:
                (self._mails if job.name == StepKind.MAIL else self._rows).add(task)
            task.add_done_callback(self._ended)

    async def _write_now_and_then(self) -> None:
        """Find out that the store can be written to: a full disk, or a standby, answers whoever reads."""
        if time.monotonic() - self._wrote_at >= _WRITTEN:
            await self.store.keep_note("worker/alive", self.clock.now().isoformat())
            self._wrote_at = time.monotonic()

    async def _run(self, job: Job) -> None:
        """Run a job; where the store itself fails, the job keeps its place here a while, so nothing spins."""
        try:
            await self.runs[job.kind](job)
        except AccessError as error:
            if not self._failing and (task := asyncio.current_task()) is not None:
                told = {"job": task.get_name(), "error": str(error)}
                log.warning("Jobs meet trouble outside a step", extra=told)
            self._failing = True
            await asyncio.sleep(_AFTER_TROUBLE)
        else:
            self._failing = False

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Look again for work; a bug is logged here, and its job comes back when its lease ends."""
        self._tasks.discard(task)
        self._shows.discard(task)
        self._rows.discard(task)
        self._mails.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A job failed by a bug", exc_info=error, extra={"job": task.get_name()})
        self.queue.wake(self.clock.now())

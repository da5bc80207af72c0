"""Telemetry where some is asked for: what is composed around ports and endpoints to measure them."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from opentelemetry.trace import SpanKind

from access.ports import AccessError
from access.rules.model import Job, JobKind
from access.service.daily import MAILS, Daily
from bot.graph.limits import LIMITS, SHARED, shared_out
from bot.measuring.calls import CountedCalls
from bot.measuring.instruments import Instruments
from bot.measuring.ports import WatchedChat, WatchedStore, step_of
from bot.measuring.stretches import Stretch, Stretches, stretch_now
from bot.measuring.watch import Labels, Telemetry
from bot.overrides import Overrides
from bot.readers import every
from dialogs.turn import Consented, Reply, Turn

if TYPE_CHECKING:
    from bot.measuring.scraped import Scraped
    from bot.process import Guestlist

Run = Callable[[Job], Awaitable[None]]
_READ, _BEAT = 15.0, 1.0
"""Seconds between two readings of the store, and between two looks at the clock."""
_STATM, _DESCRIPTORS = Path("/proc/self/statm"), Path("/proc/self/fd")
Ends = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Readings:
    """What was read last; whoever collects asks for it from another thread."""

    values: dict[str, list[tuple[float, Labels]]] = field(default_factory=dict)
    head_at: datetime | None = None
    beat_at: float = field(default_factory=time.monotonic)

    def of(self, name: str) -> list[tuple[float, Labels]]:
        return self.values.get(name, [])


class Running(Telemetry):
    """Measures, and tells it to whoever the settings name."""

    is_on = True

    def __init__(
        self, instruments: Instruments, stretches: Stretches, ends: Ends, scraped: "Scraped | None" = None
    ) -> None:
        self._instruments = instruments
        self._stretches = stretches
        self._ends = ends
        self.scraped = scraped
        self._readings = Readings()
        self.watch: CountedCalls = CountedCalls(instruments, stretches)
        self.http = (self.watch.session(),)

    def between(self, overrides: Overrides) -> Overrides:
        store, chat, how = overrides.store, overrides.chat, (self._instruments, self._stretches)
        return replace(
            overrides,
            store=lambda inner: WatchedStore(store(inner), *how),
            chat=lambda inner: WatchedChat(chat(inner), *how),
            runs=self._timed_runs,
        )

    def flows(self, flows: Any) -> Any:
        return _NamedTurns(flows, self._stretches, self._counted)

    def _timed_runs(self, runs: Mapping[JobKind, Run]) -> Mapping[JobKind, Run]:
        return {kind: self._timed(run) for kind, run in runs.items()}

    def middlewares(self) -> list[Middleware]:
        return [self._turn()]

    async def open(self) -> None:
        if self.scraped is not None:
            await self.scraped.open()

    async def close(self) -> None:
        if self.scraped is not None:
            await self.scraped.close()
        await self._ends()

    def _timed(self, run: Run) -> Run:
        async def timed(job: Job) -> None:
            begun, outcome = time.monotonic(), "bug"
            with self._stretches.stretch(f"job {job.kind}", SpanKind.CONSUMER, job.request_id) as mine:
                mine.labels |= {"guestlist.job.kind": job.kind.value, "guestlist.attempt": job.started + 1}
                if step := step_of(job):
                    mine.labels["guestlist.step"] = step
                try:
                    await run(job)
                    outcome = "ran"
                except AccessError as error:
                    outcome, mine.error = "trouble", error.cause.value
                    raise
                except asyncio.CancelledError:
                    outcome = "cut off"
                    raise
                finally:
                    mine.error = mine.error or ("" if outcome == "ran" else outcome)
                    told = {"kind": job.kind.value, "outcome": outcome}
                    self._instruments.took("guestlist.job.duration", time.monotonic() - begun, told)

        return timed

    def _turn(self) -> Middleware:
        @web.middleware
        async def turn(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path != "/api/messages":
                return await handler(request)
            begun, status = time.monotonic(), 0
            with self._stretches.stretch("turn", SpanKind.SERVER) as mine:
                try:
                    answer = await handler(request)
                    status = answer.status
                except web.HTTPException as refused:
                    status = refused.status
                    raise
                finally:
                    self._over(mine, status, time.monotonic() - begun)
            return answer

        return turn

    def _over(self, turn: Stretch, status: int, took: float) -> None:
        """Tell a turn, whose flow has said by now what it was, and whether a bug ended it."""
        turn.labels["http.response.status_code"] = status
        self._counted(turn, turn.error or _outcome(status), took)

    def _counted(self, turn: Stretch, outcome: str, took: float) -> None:
        turn.error = "" if outcome == "answered" else outcome
        told = {"kind": turn.labels.get("guestlist.turn.kind", "other"), "outcome": outcome}
        self._instruments.took("guestlist.turn.duration", took, told)

    async def read(self, guestlist: "Guestlist") -> None:
        """Read, until canceled, what has to be asked for to be told."""
        self._watch_gauges(guestlist)
        quotas = _quotas(guestlist)

        async def ask() -> None:
            head = await guestlist.store.audit_head()
            if head is not None:
                self._readings.values["guestlist.audit.head"] = [(head.seq, {})]
                self._readings.head_at = head.at
            used = [(float(await one.used()), {"quota": one.name}) for one in quotas]
            self._readings.values["guestlist.quota.used"] = list(used)

        async with asyncio.TaskGroup() as reading:
            reading.create_task(every(_READ, ask, "telemetry"))
            reading.create_task(self._beat())

    def _age_of_head(self, guestlist: "Guestlist") -> float | None:
        at = self._readings.head_at
        return None if at is None else (guestlist.worker.clock.now() - at).total_seconds()

    async def _beat(self) -> None:
        while True:
            self._readings.beat_at = time.monotonic()
            await asyncio.sleep(_BEAT)

    def _watch_gauges(self, guestlist: "Guestlist") -> None:
        read, watch = self._readings, self._instruments.watch
        worker, readers, settings = guestlist.worker, guestlist.readers, guestlist.settings
        born = time.monotonic()
        limits = shared_out(SHARED if worker.shared else LIMITS, settings.graph_share / 100)
        for name in ("guestlist.audit.head", "guestlist.quota.used"):
            watch(name, partial(read.of, name))
        watch("guestlist.audit.age", lambda: _one(self._age_of_head(guestlist)))
        watch(
            "guestlist.quota.limit", lambda: [(one.most, {"quota": one.name}) for one in _quotas(guestlist)]
        )
        watch("guestlist.graph.limit", lambda: [(one.rate, {"bucket": name}) for name, one in limits.items()])
        watch("guestlist.graph.waiting", lambda: _one(self.watch.waiting))
        watch("guestlist.queue.age", lambda: _one(worker.late_by))
        watch("guestlist.database.silence", lambda: _one(_of_database(worker.silence, born)))
        watch("guestlist.delta.age", lambda: _one(readers.unread_for))
        watch("guestlist.loop.lag", lambda: _one(max(time.monotonic() - read.beat_at - _BEAT, 0.0)))
        watch("guestlist.process.memory", lambda: _one(_memory()))
        watch("guestlist.process.descriptors", lambda: _one(_descriptors()))


@dataclass(frozen=True, slots=True)
class _NamedTurns:
    """Says in a turn's span what it asked for, and whether a bug has ended it."""

    flows: Any
    stretches: Stretches
    counted: Callable[[Stretch, str, float], None]

    async def answer(self, turn: Turn) -> Reply:
        if (mine := stretch_now()) is None:
            answer: Reply = await self.flows.answer(turn)
            return answer
        if not (mine.over or isinstance(turn, Consented)):
            return await self._named(turn, mine)
        # Beside the call that brought it, which has had its answer.
        begun = time.monotonic()
        with self.stretches.stretch("turn") as own:
            try:
                return await self._named(turn, own)
            finally:
                self.counted(own, own.error or "answered", time.monotonic() - begun)

    async def _named(self, turn: Turn, mine: Stretch) -> Reply:
        kind, word = type(turn).__name__.lower(), self.flows.name_of(turn)
        mine.name = f"turn {kind} {word}".rstrip()
        mine.labels |= {"guestlist.turn.kind": kind, "guestlist.turn.word": word}
        mine.error = "bug"
        try:
            answer: Reply = await self.flows.answer(turn)
        except asyncio.CancelledError:
            mine.error = "cut off"
            raise
        mine.error = ""
        return answer


def _quotas(guestlist: "Guestlist") -> list[Daily]:
    most, counted = guestlist.settings.graph_daily_cap, (guestlist.store, guestlist.worker.clock)
    capped = [Daily(*counted, "invitations", most)] if most else []
    return [*capped, *([Daily(*counted, "mails", MAILS)] if guestlist.settings.mailbox else [])]


def _of_database(silence: float, born: float) -> float:
    """Return for how long it has been silent; one that has never answered is from the beginning."""
    return silence if silence < float("inf") else time.monotonic() - born


def _one(value: float | None) -> list[tuple[float, Labels]]:
    return [] if value is None else [(value, {})]


def _outcome(status: int) -> str:
    if not status:
        return "cut off"
    return "answered" if status < 400 else "turned away" if status < 500 else "failed"  # noqa: PLR2004 - classes of HTTP


def _memory() -> float | None:
    try:
        return float(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # which is no Linux
        return None


def _descriptors() -> float | None:
    try:
        return float(sum(1 for _ in _DESCRIPTORS.iterdir()))
    except OSError:
        return None

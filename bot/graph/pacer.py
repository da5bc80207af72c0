"""One pacer for the tenant: knows the documented limits, obeys Retry-After, lets people overtake bulk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from itertools import count
from typing import Protocol

from access.ports import NotDone
from access.rules.causes import Cause

AT_ONCE = 32
"""Calls in flight; without a bound the SDK starves its own event loop."""
KEPT_FOR_PEOPLE = 8
PATIENCE = 5.0
"""Seconds a call waits for its turn before it is handed back, surely not done, to be tried later."""
LONGEST_BACK_OFF = 60.0
LONGEST_HOLD = 3600.0
"""A date in Retry-After that lies years ahead must not silence Guestlist for years."""


class Kind(StrEnum):
    """What a call costs and which of Graph's services refuses it when there are too many."""

    READ = "read"
    WRITE = "write"
    INVITATION = "invitation"
    MAIL = "mail"
    SENDING = "sending"


class Priority(IntEnum):
    PERSON = 0
    """Somebody waits for the answer: a press, a single request's delivery."""
    BACKGROUND = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of `burst` that refills at `rate` a second."""

    burst: float
    rate: float


# Microsoft Graph throttling limits (learn.microsoft.com/graph/throttling-limits) and Exchange Online
# limits. Where a limit is "n in t seconds", burst + rate * t stays at n, so that it holds for any window.
LIMITS: Mapping[str, Limit] = {
    "units": Limit(1000, 250),  # 3,500 resource units in 10 s for an app in a small tenant
    "writes": Limit(3000, 20),  # 3,000 identity writes in 150 s, documented as a token bucket
    "invitations": Limit(5, 29),  # 150 in 5 s for the whole tenant
    "sends": Limit(3, 0.45),  # 30 messages a minute from a mailbox
}
# An invitation is charged as a write too: whether it is one is undocumented.
CHARGES: Mapping[Kind, Mapping[str, float]] = {
    Kind.READ: {"units": 2},
    Kind.WRITE: {"units": 1, "writes": 1},
    Kind.INVITATION: {"units": 1, "writes": 1, "invitations": 1},
    Kind.MAIL: {},
    Kind.SENDING: {"sends": 1},
}
# Who throttles: a mailbox that asks to wait says nothing about the directory.
_SERVICE: Mapping[Kind, str] = {
    Kind.READ: "directory",
    Kind.WRITE: "directory",
    Kind.INVITATION: "directory",
    Kind.MAIL: "mailbox",
    Kind.SENDING: "mailbox",
}


class Timer(Protocol):
    """The part of an event loop that a pacer needs, so that a test can turn the clock."""

    def time(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> asyncio.TimerHandle | object: ...


@dataclass(slots=True)
class _Bucket:
    limit: Limit
    level: float
    at: float

    def wait(self, cost: float, now: float) -> float:
        """Return the seconds until `cost` can be taken."""
        self.level = min(self.limit.burst, self.level + (now - self.at) * self.limit.rate)
        self.at = now
        return max(0.0, (cost - self.level) / self.limit.rate)


@dataclass(slots=True, order=True)
class _Waiter:
    priority: Priority
    number: int
    kind: Kind = field(compare=False)
    turn: "asyncio.Future[None]" = field(compare=False)


class Pacer:
    """Hands out turns to call Graph."""

    def __init__(self, timer: Timer | None = None) -> None:
        self._timer = timer or asyncio.get_running_loop()
        now = self._timer.time()
        self._buckets = {name: _Bucket(limit, limit.burst, now) for name, limit in LIMITS.items()}
        self._held_until: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self._waiting: list[_Waiter] = []
        self._numbers = count()
        self._running = 0
        self._alarm_at = 0.0

    @asynccontextmanager
    async def slot(self, kind: Kind, priority: Priority) -> AsyncIterator[None]:
        """Wait for a turn; raises `NotDone` (throttled) when it would not come soon."""
        await self._enter(kind, priority)
        try:
            yield
        finally:
            self._running -= 1
            self._pump()

    def throttled(self, kind: Kind, retry_after: float | None) -> float:
        """Stop every call to the service until it may be asked again; return how long that is."""
        service = _SERVICE[kind]
        strikes = self._strikes[service] = self._strikes.get(service, 0) + 1
        pause = min(2.0 ** min(strikes - 1, 10), LONGEST_BACK_OFF)
        if retry_after is not None:
            pause = min(retry_after, LONGEST_HOLD)
        until = self._timer.time() + pause
        self._held_until[service] = max(until, self._held_until.get(service, 0.0))
        return pause

    def answered(self, kind: Kind) -> None:
        """Note that the service answers, so that the next back-off starts small again."""
        self._strikes.pop(_SERVICE[kind], None)

    async def _enter(self, kind: Kind, priority: Priority) -> None:
        held = self._held_until.get(_SERVICE[kind], 0.0) - self._timer.time()
        if held > PATIENCE:
            raise NotDone(Cause.THROTTLED, "Graph asked everybody to wait", retry_after=held)
        waiter = _Waiter(priority, next(self._numbers), kind, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._pump()
        if not waiter.turn.done():
            self._timer.call_later(PATIENCE, lambda: self._give_up(waiter))
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif waiter.turn.exception() is None:
                self._running -= 1
                self._pump()
            raise

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter in self._waiting and not waiter.turn.done():
            self._waiting.remove(waiter)
            pause = max(1.0, self._wait(waiter.kind, self._timer.time()))
            late = NotDone(Cause.THROTTLED, "No turn to call Graph came up", retry_after=pause)
            waiter.turn.set_exception(late)

    def _wait(self, kind: Kind, now: float) -> float:
        waits = [self._buckets[name].wait(cost, now) for name, cost in CHARGES[kind].items()]
        return max([self._held_until.get(_SERVICE[kind], 0.0) - now, 0.0, *waits])

    def _pump(self) -> None:
        """Give turns to whom the limits allow, people first; who lacks a bucket keeps others from it."""
        now = self._timer.time()
        lacking: set[str] = set()
        soonest = float("inf")
        for waiter in sorted(self._waiting):
            if waiter.turn.done():  # canceled, and not gone yet
                continue
            free = AT_ONCE if waiter.priority is Priority.PERSON else AT_ONCE - KEPT_FOR_PEOPLE
            if self._running >= free:
                break
            charges = CHARGES[waiter.kind]
            wait = self._wait(waiter.kind, now)
            if wait > 0 or lacking & charges.keys():
                soonest = min(soonest, wait) if wait > 0 else soonest
                lacking |= {name for name, cost in charges.items() if self._buckets[name].level < cost}
                continue
            for name, cost in charges.items():
                self._buckets[name].level -= cost
            self._running += 1
            self._waiting.remove(waiter)
            waiter.turn.set_result(None)
        if soonest < float("inf"):
            self._alarm(now, soonest)

    def _alarm(self, now: float, delay: float) -> None:
        """Look again after `delay`, unless an alarm is already set for no later than that."""
        delay = max(delay, 0.001)  # a rounding error must not spin
        if not now < self._alarm_at <= now + delay:
            self._alarm_at = now + delay
            self._timer.call_later(delay, self._pump)

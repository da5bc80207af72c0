"""One pacer for the tenant: knows the documented limits, obeys Retry-After, lets people overtake bulk."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from itertools import count
from typing import Protocol

from access.ports import AccessError, Budget, NotDone, Share, Turns
from access.rules.causes import Cause
from bot.graph.budget import OwnBudget
from bot.graph.limits import LIMITS, SHARED, Limit, shared_out
from bot.graph.pace import Pace
from bot.retry_after import LONGEST_HOLD

log = logging.getLogger(__name__)

AT_ONCE = 128
"""Calls in flight: a list makes 165 a second, of which each may take half a second. Without a bound the SDK
starves its own event loop."""
KEPT_FOR_PEOPLE = 16
PATIENCE = 5.0
"""Seconds a call waits for its turn before it is handed back, surely not done, to be tried later."""
KEPT = 0.5
"""Seconds for which turns that were had may wait for a call; also how old the word is that none is held."""
LOTS = 20
"""How often a second a busy replica asks the shared budget; what it has in hand, others do not have."""
AWAY = 1.0  # seconds for which a budget may be away unnoticed
LONGEST_BACK_OFF = 60.0


class Kind(StrEnum):
    """What a call costs and which of Graph's services refuses it when there are too many."""

    READ = "read"
    LISTING = "listing"
    """A read that costs more than most; `bot.graph.units` tells which."""
    WIDE = "wide"
    """A read of everybody within a group, which costs the most."""
    WRITE = "write"
    INVITATION = "invitation"
    MAIL = "mail"
    SENDING = "sending"
    REPORT = "report"
    SUBSCRIPTION = "subscription"
    CONDITIONAL_ACCESS = "conditional-access"


class Priority(IntEnum):
    PERSON = 0
    """Somebody waits for the answer: a press, a single request's delivery."""
    BACKGROUND = 1


# An invitation is charged as a write too: whether it is one is undocumented. The tightest limit stands last.
CHARGES: Mapping[Kind, Mapping[str, float]] = {
    Kind.READ: {"units": 1},
    Kind.LISTING: {"units": 2},
    Kind.WIDE: {"units": 5},
    Kind.WRITE: {"units": 1, "writes": 1},
    Kind.INVITATION: {"units": 1, "writes": 1, "invitations": 1},
    Kind.MAIL: {},
    Kind.SENDING: {"sends": 1},
    Kind.REPORT: {"reports": 1},
    Kind.SUBSCRIPTION: {"units": 1},
    Kind.CONDITIONAL_ACCESS: {"conditional": 1},
}
# Who throttles: a mailbox that asks to wait says nothing about the directory.
_MAILBOX = dict.fromkeys((Kind.MAIL, Kind.SENDING), "mailbox")
_OTHERS = _MAILBOX | {
    Kind.REPORT: "reports",
    Kind.SUBSCRIPTION: "subscriptions",
    Kind.CONDITIONAL_ACCESS: "conditional-access",
}
_SERVICE: Mapping[Kind, str] = dict.fromkeys(Kind, "directory") | _OTHERS


def throttler_of(kind: Kind) -> tuple[str, str]:
    """Return which service throttles such calls, and the tightest bucket that they count in."""
    return _SERVICE[kind], ([*CHARGES[kind]] or ["none"])[-1]


class Timer(Protocol):
    """The part of an event loop that a pacer needs, so that a test can turn the clock."""

    def time(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> asyncio.TimerHandle | object: ...


@dataclass(slots=True, order=True)
class _Waiter:
    priority: Priority
    number: int
    kind: Kind = field(compare=False)
    turn: "asyncio.Future[None]" = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Hand:
    """Turns that were had and wait for calls."""

    count: int
    until: float


class Pacer:
    """Hands out turns to call Graph, which it takes from a budget in lots."""

    def __init__(
        self,
        budget: Budget | None = None,
        timer: Timer | None = None,
        limits: Mapping[str, Limit] | None = None,
        share: float = 1.0,
    ) -> None:
        self._timer = timer or asyncio.get_running_loop()
        self._budget = budget or OwnBudget(self._timer.time)
        self._limits = shared_out(limits or (SHARED if self._budget.shared else LIMITS), share)
        self._pace = Pace(self._timer.time)
        self._hands: dict[Kind, _Hand] = {}
        self._again_at: dict[tuple[Kind, Priority], float] = {}
        self._away_since: float | None = None
        self._asking: dict[tuple[Kind, Priority], asyncio.Task[None]] = {}
        self._held_until: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self._waiting: list[_Waiter] = []
        self._numbers = count()
        self._running = 0
        self._closed = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    @asynccontextmanager
    async def slot(self, kind: Kind, priority: Priority) -> AsyncIterator[None]:
        """Wait for a turn; raises `NotDone` (throttled) when it would not come soon."""
        await self._enter(kind, priority)
        try:
            yield
        finally:
            self._leave()

    async def throttled(self, kind: Kind, retry_after: float | None) -> float:
        """Stop every call to the service, of every replica, for a while; return how long that is."""
        service = _SERVICE[kind]
        if self._held_until.get(service, 0.0) <= self._timer.time():
            for tightest in list(CHARGES[kind])[-1:]:
                self._pace.refused(tightest)
        strikes = self._strikes[service] = self._strikes.get(service, 0) + 1
        pause = min(2.0 ** min(strikes - 1, 10), LONGEST_BACK_OFF)
        if retry_after is not None:
            pause = min(retry_after, LONGEST_HOLD)
        until = self._timer.time() + pause
        self._held_until[service] = max(until, self._held_until.get(service, 0.0))
        self._hands = {other: hand for other, hand in self._hands.items() if _SERVICE[other] != service}
        self._look_again(pause)
        try:
            await self._budget.hold(service, pause)
        except AccessError as error:
            log.warning("Others could not be told that Graph asks to wait", extra={"why": str(error)})
        return pause

    def answered(self, kind: Kind) -> None:
        """Note that the service answers, so that the next back-off starts small again."""
        self._strikes.pop(_SERVICE[kind], None)

    async def close(self) -> None:
        """Give no more turns, and wait a while for the calls that run; nobody closes what they open later."""
        self._closed = True
        for task in self._asking.values():
            task.cancel()
        for waiter in list(self._waiting):
            self._give_up(waiter)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), PATIENCE)

    async def _enter(self, kind: Kind, priority: Priority) -> None:
        held = self._held_until.get(_SERVICE[kind], 0.0) - self._timer.time()
        if held > PATIENCE:
            raise NotDone(Cause.THROTTLED, "Graph asked everybody to wait", retry_after=held)
        if self._closed:
            raise NotDone(Cause.UNAVAILABLE, "Guestlist stops")
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
                self._leave()
            raise

    def _leave(self) -> None:
        self._running -= 1
        if self._running == 0:
            self._quiet.set()
        self._pump()

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter in self._waiting and not waiter.turn.done():
            self._waiting.remove(waiter)
            pause = max(1.0, self._pause(waiter.kind, waiter.priority))
            late = NotDone(Cause.THROTTLED, "No turn to call Graph came up", retry_after=pause)
            waiter.turn.set_exception(late)

    def _pause(self, kind: Kind, priority: Priority) -> float:
        """Return for how long it is known that no turn will come up."""
        held, again = self._held_until.get(_SERVICE[kind], 0.0), self._again_at.get((kind, priority), 0.0)
        return max(held, again) - self._timer.time()

    def _pump(self) -> None:
        """Give the turns in hand to those who wait, people first; ask the budget for what is lacking."""
        lacking: Counter[tuple[Kind, Priority]] = Counter()
        for waiter in sorted(self._waiting):
            if waiter.turn.done():  # canceled, and not gone yet
                continue
            free = (
                AT_ONCE if waiter.priority is Priority.PERSON else AT_ONCE - KEPT_FOR_PEOPLE
            ) - self._running
            if free <= 0:
                break
            if self._play(waiter.kind):
                self._running += 1
                self._quiet.clear()
                self._waiting.remove(waiter)
                waiter.turn.set_result(None)
            elif lacking[waiter.kind, waiter.priority] < free:
                lacking[waiter.kind, waiter.priority] += 1
        for (kind, priority), wanted in lacking.items():
            if (kind, priority) not in self._asking and self._pause(kind, priority) <= 0:
                ask = self._ask(kind, priority, wanted)
                self._asking[kind, priority] = asyncio.get_running_loop().create_task(ask)

    def _play(self, kind: Kind) -> bool:
        """Use a turn in hand, if there is one that is not too old."""
        hand = self._hands.pop(kind, None)
        if hand is None or hand.until < self._timer.time():
            return False
        if hand.count > 1:
            self._hands[kind] = _Hand(hand.count - 1, hand.until)
        return True

    async def _ask(self, kind: Kind, priority: Priority, wanted: int) -> None:
        """Take a lot; who would have to wait long for it is told so at once."""
        shares = [self._share(name, cost, priority) for name, cost in CHARGES[kind].items()]
        try:
            had = await self._budget.take(_SERVICE[kind], shares, max(wanted, self._lot(kind)))
            self._away_since = None
        except AccessError as error:
            self._not_asked(kind, priority, error)
            had = Turns(0, KEPT)
        finally:
            del self._asking[kind, priority]
        now = self._timer.time()
        if had.count and self._held_until.get(_SERVICE[kind], 0.0) <= now:
            before = self._hands.get(kind, _Hand(0, now))
            self._hands[kind] = _Hand(had.count + (before.count if before.until >= now else 0), now + KEPT)
        elif not had.count:
            self._again_at[kind, priority] = now + had.wait
            self._look_again(had.wait)
            for waiter in list(self._waiting) if had.wait > PATIENCE else ():
                if (waiter.kind, waiter.priority) == (kind, priority):
                    self._give_up(waiter)
        self._pump()

    def _not_asked(self, kind: Kind, priority: Priority, error: AccessError) -> None:
        """Log an outage of the budget once; who waits longer than it may take to come back is told."""
        now = self._timer.time()
        if self._away_since is None:
            self._away_since = now
            log.warning("The budget of calls to Graph could not be asked", extra={"why": str(error)})
        if now - self._away_since >= AWAY:
            for waiter in list(self._waiting):
                if (waiter.kind, waiter.priority) == (kind, priority) and not waiter.turn.done():
                    self._waiting.remove(waiter)
                    waiter.turn.set_exception(error)

    def _share(self, name: str, cost: float, priority: Priority) -> Share:
        """Return what a turn takes of a bucket; bulk leaves a part of it, at least a turn, to people."""
        limit = self._limits[name]
        kept = 0 if priority is Priority.PERSON else max(cost, limit.people)
        return Share(name, limit.burst - kept, limit.rate * self._pace.of(name), cost)

    def _lot(self, kind: Kind) -> int:
        if not self._budget.shared:
            return 1
        lots = [self._limits[name].rate / LOTS / cost for name, cost in CHARGES[kind].items()]
        return max(1, int(min(lots, default=AT_ONCE)))

    def _look_again(self, pause: float) -> None:
        if pause <= PATIENCE:
            self._timer.call_later(max(pause, 0.001), self._pump)  # a rounding error must not spin

"""Paces calls to what Teams allows, so that it need not refuse them.

The limits are those of https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit:
(calls, seconds), all of which hold at once.
"""

import asyncio
import time
from bisect import bisect_left, insort
from collections.abc import Awaitable, Callable

from access.ports import NotDone
from access.rules.causes import Cause

Windows = tuple[tuple[int, float], ...]

SEND: Windows = ((7, 1), (8, 2), (60, 30), (1800, 3600))
MEMBERS: Windows = ((14, 1), (16, 2), (120, 30), (3600, 3600))
APP: Windows = ((50, 1),)
PATIENCE = 5.0
"""Seconds that a call waits for its turn; the outbox is told to come again later than that."""
_MARGIN = 0.05
"""Seconds by which calls may come closer together on their way."""
_MANY = 1000


class Pace:
    """Counts calls in sliding windows, and gives each its turn, in the order in which they asked."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._turns: dict[str, list[float]] = {}
        self._sweep_at = _MANY

    async def turn(self, scope: str, windows: Windows, *, urgent: bool) -> None:
        """Wait for a turn; what is urgent (somebody waits for the answer) is counted and goes at once.

        Raises `NotDone` where the turn is too far off.
        """
        wait = self._reserve(scope, windows, urgent=urgent)
        if wait > 0:
            await self._sleep(wait)

    def _reserve(self, scope: str, windows: Windows, *, urgent: bool) -> float:
        now = self._now()
        turns = self._turns.get(scope)
        if turns is None:
            self._sweep(now)
            turns = self._turns[scope] = []
        del turns[: bisect_left(turns, now - windows[-1][1] - _MARGIN)]
        at = now
        if not urgent:
            for most, seconds in windows:
                if len(turns) >= most:
                    at = max(at, turns[-most] + seconds + _MARGIN)
            if at - now > PATIENCE:
                raise NotDone(Cause.THROTTLED, "the conversation is full", retry_after=at - now)
        insort(turns, at)
        return at - now

    def _sweep(self, now: float) -> None:
        """Forget conversations that have been quiet for an hour, now and then."""
        if len(self._turns) < self._sweep_at:
            return
        self._turns = {scope: turns for scope, turns in self._turns.items() if turns[-1] > now - SEND[-1][1]}
        self._sweep_at = 2 * len(self._turns) + _MANY

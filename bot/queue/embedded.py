"""The queue of a single process: an alarm clock on the event loop."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from access.ports import Clock

SWEEP = 2.0
"""The most seconds without a look at what is due, which is a thousandth of a core."""


class EmbeddedQueue:
    """Wakes its one waiter at the soonest time asked for, and after `sweep` seconds anyway.

    Its methods belong to the event loop's thread.
    """

    def __init__(self, clock: Clock, sweep: float = SWEEP) -> None:
        self._clock = clock
        self._sweep = sweep
        self._soonest: datetime | None = None
        self._sooner = asyncio.Event()
        self._closing = asyncio.Event()
        self._asked_for_help = False
        self.hands_over: Callable[[], bool] = lambda: True
        """Whether what is made due here is left to others, who have to be woken."""
        self.busy: Callable[[], bool] = lambda: False
        """Whether others' wake-ups are left to those who have a hand free."""

    def wake(self, at: datetime) -> None:
        if self._soonest is None or at < self._soonest:
            self._soonest = at
            self._sooner.set()

    def help(self) -> None:
        """Wake, and say that another replica has asked for it."""
        self._asked_for_help = True
        self.wake(self._clock.now())

    async def woken(self) -> bool:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time() + self._sweep
        while (seconds := min(sweep_at - loop.time(), self._seconds_left())) > 0:
            self._sooner.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._sooner.wait()
            except TimeoutError:
                continue
        if self._seconds_left() <= 0:
            self._soonest = None
        asked, self._asked_for_help = self._asked_for_help, False
        return asked

    async def listen(self) -> None:
        """Take wake-ups of others until closed; here there are no others."""
        await self._closing.wait()

    async def close(self) -> None:
        """Take no more wake-ups of others."""
        self._closing.set()

    def _seconds_left(self) -> float:
        if self._soonest is None:
            return float("inf")
        return (self._soonest - self._clock.now()).total_seconds()

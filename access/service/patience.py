"""How long somebody who looks waits for what is read beside the rest."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from access.ports import tried
from access.rules.clues import Unread

T = TypeVar("T")

_LEAST = 2.0
"""Seconds that each reading has, however long what came before it took."""


@dataclass(frozen=True, slots=True)
class Patience:
    """One moment at which all that is still being read counts as away, however many wait in a row."""

    until: float
    """By the clock of the event loop."""
    least: float

    @classmethod
    def of(cls, seconds: float) -> Self:
        return cls(asyncio.get_running_loop().time() + seconds, min(seconds, _LEAST))

    def left(self) -> Self:
        """Return what is left of it, which is something, whatever the time until now took."""
        return max(self, self.of(self.least), key=lambda one: one.until)

    async def soon(self, reading: Coroutine[Any, Any, T]) -> T | Unread:
        """Return what was read, or why it cannot be; what takes too long is away at this moment."""
        try:
            async with asyncio.timeout_at(self.until):
                return await tried(reading)
        except TimeoutError:
            return Unread.AWAY


async def already(value: T) -> T:
    return value

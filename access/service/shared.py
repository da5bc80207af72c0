"""Readings that several people wait for at once and that are done once, and what is remembered of them."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from access.ports import AccessError, Clock
from access.ports.sharing import shared_by

log = logging.getLogger(__name__)

T = TypeVar("T")


class Shared(Generic[T]):
    """The readings that are under way. Whoever asks for one that has begun shares its result or its failure.

    Nothing is kept once it has ended. A reading goes on where somebody who waited for it has gone away.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, tuple[asyncio.Task[T], list[Context]]] = {}

    async def once(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the reading of this key, which is begun where none is under way."""
        return await asyncio.shield(self._task(key, read))

    def begin(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Begin a reading that nobody has to wait for; trouble is met again by whoever needs it."""
        self._task(key, read)

    def _task(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        if key not in self._running:
            waiting = list[Context]()
            task = asyncio.create_task(self._read(read, waiting))
            self._running[key] = task, waiting
            task.add_done_callback(lambda ended: self._ended(key, ended))
        task, waiting = self._running[key]
        waiting.append(copy_context())
        return task

    async def _read(self, read: Callable[[], Coroutine[Any, Any, T]], waiting: Sequence[Context]) -> T:
        with shared_by(waiting):
            return await read()

    def _ended(self, key: Hashable, task: asyncio.Task[T]) -> None:
        del self._running[key]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, AccessError):
            log.error("A reading met a bug", exc_info=error)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    read_at: datetime
    version: object
    value: T


class Remembered(Generic[T]):
    """Keeps what was read, which counts for a while and for one `version` alone, such as the policy of then.

    What is as old as `renewed` is read again behind whoever asks, who is told what is known. Of more than
    `most` things those that were read first are forgotten.
    """

    def __init__(
        self, clock: Clock, lasting: timedelta, *, most: int, renewed: timedelta = timedelta.max
    ) -> None:
        self._clock = clock
        self._lasting = lasting
        self._most = most
        self._renewed = renewed
        self._kept: dict[Hashable, _Kept[T]] = {}
        self._readings: Shared[T] = Shared()

    async def get(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]], version: object) -> T:
        """Return what is remembered; where that is nothing, all who ask wait for the same reading."""
        reading = (key, id(version)), lambda: self.anew(key, read, version)
        kept = self._kept.get(key)
        if kept is not None and kept.version is version:
            age = abs(self._clock.now() - kept.read_at)
            if self._renewed <= age < self._lasting:
                self._readings.begin(*reading)
            if age < self._lasting:
                return kept.value
        return await self._readings.once(*reading)

    async def anew(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]], version: object) -> T:
        """Read it whatever is remembered, share no reading that has begun, and remember the result."""
        now = self._clock.now()
        value = await read()
        last = self._kept.get(key)
        if last is not None and now < last.read_at < now + self._lasting:
            return value  # which was overtaken by a reading that began later
        self._kept.pop(key, None)  # so that they stand in the order in which they were read
        self._kept[key] = _Kept(now, version, value)
        for other, kept in list(self._kept.items()):
            if len(self._kept) <= self._most and abs(now - kept.read_at) < self._lasting:
                break
            del self._kept[other]
        return value

"""Readings that several people wait for at once, and that are done once."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from access.ports import AccessError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Shared(Generic[T]):
    """The readings that are under way. Whoever asks for one that has begun shares its result or its failure.

    Nothing is kept once it has ended. A reading goes on where somebody who waited for it has gone away.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def once(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the reading of this key, which is begun where none is under way."""
        return await asyncio.shield(self._task(key, read))

    def begin(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Begin a reading that nobody has to wait for; trouble is met again by whoever needs it."""
        self._task(key, read)

    def _task(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(read())
            task.add_done_callback(lambda ended: self._ended(key, ended))
        return task

    def _ended(self, key: Hashable, task: asyncio.Task[T]) -> None:
        del self._running[key]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, AccessError):
            log.error("A reading met a bug", exc_info=error)

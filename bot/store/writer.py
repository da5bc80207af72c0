"""The one writer of an SQLite file: a thread in which changes that wait together share a commit.

A commit that reaches the disk costs as much as dozens of changes; each has a savepoint of its own.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.store.errors import StoreError, explained

T = TypeVar("T")
Work = Callable[[Connection], Any]

SHARE = 64
"""The most changes that wait for one commit."""


class _Waiting:
    """A change and who waits for it. As a context it is the change's savepoint.

    What a change raises is its own caller's to see, whatever it is; only a database that fails under it
    fails its neighbours too, since SQLite may then have rolled all of them back.
    """

    def __init__(self, work: Work) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        with self, connection.begin_nested():
            self._result = self._work(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._error = error
        return not isinstance(error, SQLAlchemyError) or isinstance(error, IntegrityError)

    def answer(self, failed: StoreError | None) -> None:
        """Answer on the event loop; a caller that has gone away is not missed."""
        if self.future.done():
            return
        error = failed or self._error
        if error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(error)


class Writer:
    """Runs changes one after the other in its own thread; nothing of it blocks the event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer's thread; return what it returns once that is on the disk."""
        if self._closed:
            raise StoreError("The store is closed.")
        waiting = _Waiting(work)
        self._queue.put(waiting)
        result: T = await waiting.future
        return result

    async def close(self) -> None:
        """Write what waits, then end."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while batch := self._next():
            failed = self._commit(batch)
            for waiting in batch:
                waiting.loop.call_soon_threadsafe(waiting.answer, failed)

    def _next(self) -> list[_Waiting]:
        """Wait for a change and take those that wait behind it; empty means that the end has come."""
        batch: list[_Waiting] = []
        first = self._queue.get()
        while first is not None:
            batch.append(first)
            if len(batch) == SHARE or self._queue.empty():
                return batch
            first = self._queue.get()
        self._queue.put(None)
        return batch

    def _commit(self, batch: list[_Waiting]) -> StoreError | None:
        try:
            with self._engine.begin() as connection:
                for waiting in batch:
                    waiting.run(connection)
        except SQLAlchemyError as error:
            return explained(error)
        return None

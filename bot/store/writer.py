"""The one writer of an SQLite file: a thread in which changes that wait together share a commit.

A commit that reaches the disk costs as much as dozens of changes. Changes of requests are written all at
once; other work has a savepoint of its own.
"""

import asyncio
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from access.ports import Clock
from bot.store import writing
from bot.store.errors import Raised, StoreError, explained
from bot.store.recent import Recent

T = TypeVar("T")
Work = Callable[[Connection, datetime], Any]

SHARE = 256
"""The most that waits for one commit."""


class _Waiting(ABC):
    """Something to write and who waits for it. As a context it is its own savepoint.

    What it raises is its own caller's to see, whatever it is; only a database that fails under it fails its
    neighbours too, since SQLite may then have rolled all of them back.
    """

    def __init__(self, *, rewrites: bool) -> None:
        self.rewrites = rewrites
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.outcome: writing.Outcome = None

    def run(self, connection: Connection, now: datetime) -> None:
        with self, connection.begin_nested():
            self.outcome = self.work(connection, now)

    @abstractmethod
    def work(self, connection: Connection, now: datetime) -> writing.Outcome: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.outcome = error or self.outcome
        return error is None or not _is_the_database(error)

    def answer(self, failed: StoreError | None) -> None:
        """Answer on the event loop; a caller that has gone away is not missed."""
        if self.future.done():
            return
        outcome = failed or self.outcome
        if isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class _Alone(_Waiting):
    """Work of any kind."""

    def __init__(self, work: Work, *, rewrites: bool) -> None:
        super().__init__(rewrites=rewrites)
        self._work = work

    def work(self, connection: Connection, now: datetime) -> writing.Outcome:
        return self._work(connection, now)


class _Wanted(_Waiting):
    """What is written with its neighbours, and alone only if the database refuses all."""

    def __init__(self, wanted: writing.Wanted) -> None:
        super().__init__(rewrites=True)
        self.wanted = wanted

    def work(self, connection: Connection, now: datetime) -> writing.Outcome:
        (outcome,) = writing.change_many(connection, [self.wanted], now)
        return outcome


class Writer:
    """Runs changes one after the other in its own thread; nothing of it blocks the event loop."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._loop = asyncio.get_running_loop()
        self._engine = engine
        self._clock = clock
        self.recent = Recent()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._put_off: list[_Waiting] = []
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Connection, datetime], T], *, rewrites: bool = True) -> T:
        """Run `work` in the writer's thread; return what it returns once that is on the disk.

        It `rewrites` where it may change requests or jobs.
        """
        result: T = await self._written(_Alone(work, rewrites=rewrites))
        return result

    async def share(self, wanted: writing.Wanted) -> writing.Outcome:
        """Write what can share the work with others; return what became of it once that is on the disk."""
        return await self._written(_Wanted(wanted))

    async def close(self) -> None:
        """Write what waits, then end."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def _written(self, waiting: _Waiting) -> Any:
        if self._closed:
            raise StoreError("The store is closed.")
        self._queue.put(waiting)
        return await waiting.future

    def _work(self) -> None:
        while batch := self._next():
            failed = self._commit(batch)
            self._loop.call_soon_threadsafe(_answer, batch, failed)

    def _next(self) -> list[_Waiting]:
        """Wait for a change and take those that wait behind it; empty means that the end has come.

        Small writes go before a lot of changes, every second time: a person waits for most of them.
        """
        batch, self._put_off = self._put_off, []
        behind_small = bool(batch)
        while len(batch) < SHARE and not (batch and self._queue.empty()):
            waiting = self._queue.get()
            if waiting is None:
                self._queue.put(None)
                return batch
            batch.append(waiting)
        small = [waiting for waiting in batch if not isinstance(waiting, _Wanted)]
        if behind_small or not small:
            return batch
        self._put_off = [waiting for waiting in batch if isinstance(waiting, _Wanted)]
        return small

    def _commit(self, batch: list[_Waiting]) -> StoreError | None:
        changes = [waiting for waiting in batch if isinstance(waiting, _Wanted)]
        alone = [waiting for waiting in batch if not isinstance(waiting, _Wanted)]
        with Raised() as raised:
            self._transact(changes, alone)
        if raised.error is not None and not _is_the_database(raised.error):
            # One of the changes cannot be written: each by itself, so that it is that one's alone.
            with Raised() as raised:
                self._transact([], batch)
            self.recent.clear()
        elif raised.error is not None or any(waiting.rewrites for waiting in alone):
            self.recent.clear()
        else:
            for waiting in changes:
                if isinstance(waiting.outcome, writing.Written):
                    for written in (waiting.outcome, *waiting.outcome.along):
                        self.recent.keep(written.record)
        return explained(raised.error) if raised.error is not None else None

    def _transact(self, together: list[_Wanted], alone: Sequence[_Waiting]) -> None:
        now = self._clock.now()
        with self._engine.begin() as connection:
            if together:
                lot = [waiting.wanted for waiting in together]
                outcomes = writing.change_many(connection, lot, now, self.recent)
                for wanted, outcome in zip(together, outcomes, strict=True):
                    wanted.outcome = outcome
            for waiting in alone:
                waiting.run(connection, now)


def _is_the_database(error: BaseException) -> bool:
    """Tell whether the database failed, and not what it was given."""
    return isinstance(error, SQLAlchemyError) and not isinstance(error, IntegrityError | DataError)


def _answer(batch: list[_Waiting], failed: StoreError | None) -> None:
    """Answer all at once: to wake the event loop for each would cost more than most of them."""
    for waiting in batch:
        waiting.answer(failed)

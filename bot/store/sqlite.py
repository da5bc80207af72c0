"""The Store on SQLite: one file, one process, one writer, readers beside it."""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from access.ports import Clock
from access.rules.model import Job, Record, RequestId
from bot.clock import SteadyClock
from bot.store import schema, writing
from bot.store.errors import StoreError, explained
from bot.store.leases import let_go_of_jobs
from bot.store.restoring import Witness, known_until, notice_by_witness, ours_alone
from bot.store.sql_store import SqlStore
from bot.store.writer import Writer

T = TypeVar("T")

_READERS = 2
_WITNESSED = 5.0
"""Seconds of commits of which the witness may know nothing."""
# FULL: a commit has reached the disk when it returns. secure_delete: what is erased leaves the file.
_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


class SqliteStore(SqlStore):
    """Keeps everything in one file, which belongs to one process at a time."""

    def __init__(
        self, lock: IO[str], path: Path, clock: Clock, made_due: Callable[[Sequence[Job]], None], key: bytes
    ) -> None:
        super().__init__(key, made_due)
        self._lock = lock
        self._clock = clock
        self._engines = (_engine(path, "BEGIN IMMEDIATE"), _engine(path, "BEGIN", "query_only=ON"))
        self._writer = Writer(self._engines[0], clock)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._witness = _witness_of(path)
        self._next_witness = time.monotonic()

    @classmethod
    async def open(cls, path: Path, clock: Clock, made_due: Callable[[Sequence[Job]], None]) -> Self:
        """Open or create the file; `made_due` is called on the event loop with what a commit has made due.

        It is called with no jobs where it may have been any.

        Raises `StoreError` when another process has it open, or it cannot be read, or it is newer.
        """
        lock, key = await asyncio.to_thread(_prepared, path, clock)
        return cls(lock, path, clock, made_due, key)

    async def close(self) -> None:
        await self._writer.close()
        if not self._lock.closed:
            await asyncio.to_thread(self._keep_witness)
        await asyncio.to_thread(self._readers.shutdown)
        for engine in self._engines:
            engine.dispose()
        self._lock.close()

    async def _write(self, work: Callable[[Connection, datetime], T], *, spares_requests: bool = False) -> T:
        written = await self._writer.run(work, rewrites=not spares_requests)
        self._bear_witness()
        return written

    async def record(self, request_id: RequestId) -> Record | None:
        return self._writer.recent.known([request_id]).get(request_id) or await super().record(request_id)

    async def _share(self, wanted: writing.Wanted) -> writing.Outcome:
        outcome = await self._writer.share(wanted)
        self._bear_witness()
        return outcome

    async def _read(self, work: Callable[[Connection, datetime], T]) -> T:
        def read() -> T:
            try:
                with self._engines[1].connect() as connection:
                    return work(connection, self._clock.now())
            except SQLAlchemyError as error:
                raise explained(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, read)

    def _bear_witness(self) -> None:
        """Have it noted beside the file now and then how far it has got; nobody waits for that."""
        if time.monotonic() >= self._next_witness:
            self._next_witness = time.monotonic() + _WITNESSED
            self._readers.submit(self._keep_witness)

    def _keep_witness(self) -> None:
        with suppress(SQLAlchemyError), self._engines[1].connect() as connection:
            Witness.of(connection).keep(self._witness)


def _witness_of(path: Path) -> Path:
    return Path(f"{path.resolve()}-witness")


def _prepared(path: Path, clock: Clock) -> tuple[IO[str], bytes]:
    """Take the file for this process, bring its tables up to date, and return the digests' key."""
    lock = _locked(path.resolve())
    engine = _engine(path, "BEGIN IMMEDIATE")
    try:
        with engine.begin() as connection:
            schema.upgrade(connection)
            key = writing.prepare(connection)
            if isinstance(clock, SteadyClock) and (written := known_until(connection)):
                clock.not_before(written)
            let_go_of_jobs(connection)
            notice_by_witness(connection, Witness.read(_witness_of(path)), clock.now())
            return lock, key
    except SQLAlchemyError as error:
        lock.close()
        raise explained(error) from error
    except StoreError:
        lock.close()
        raise
    finally:
        engine.dispose()


def _locked(path: Path) -> IO[str]:
    """Lock a file beside the database; the system lets go of it however this process ends."""
    try:
        _make(path)  # first: SQLite gives what it keeps beside the file the same rights
        lock = open(f"{path}-lock", "a+", encoding="ascii", opener=ours_alone)  # noqa: SIM115 - held until close()
    except OSError as error:
        raise StoreError(f"The database {path} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise StoreError(
            f"The database {path} is in use by another process (pid {holder}). One SQLite file serves one "
            "Guestlist: stop that process, or point GUESTLIST_DATABASE_URL at another file."
        ) from error
    with suppress(OSError):  # who holds it is but a hint, for which a full disk may have no room
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), str(os.getpid()).encode())
    return lock


def _make(path: Path) -> None:
    """Make the file, where it is not there, readable by nobody else of this computer."""
    os.close(ours_alone(str(path), os.O_RDONLY | os.O_CREAT))


def _engine(path: Path, begin: str, *more: str) -> Engine:
    """Return an engine that begins transactions by itself: the driver's own way has no savepoints."""
    # Parameters hold addresses, so they stay out of every error's text.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": 5, "isolation_level": None},
        hide_parameters=True,
    )

    def connected(driver: Any, _: Any) -> None:
        for setting in (*_SETTINGS, *more):
            driver.execute(f"PRAGMA {setting}")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine

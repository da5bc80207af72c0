"""The Store on PostgreSQL, which several replicas share; its clock, and no host's, says when anything is."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Self, TypeVar

import asyncpg
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from access.ports import AccessError
from access.rules.model import Job
from bot.clock import FollowingClock
from bot.connecting import connect
from bot.credential import Credential
from bot.store import restoring, schema, writing
from bot.store.budgets import SharedBudget
from bot.store.errors import CommitLost, Raised, StoreError
from bot.store.sharing import Shared
from bot.store.sql_store import SqlStore, due_jobs
from bot.store.trouble import NO_URL, TROUBLE, explained, is_lost, is_undone, is_unwritable
from bot.store.writing import Outcome, Wanted

log = logging.getLogger(__name__)

T = TypeVar("T")
Enqueue = Callable[[asyncpg.Connection, Sequence[datetime]], Awaitable[None]]

_CONNECTIONS = 8
_MIGRATING = text("SELECT pg_advisory_xact_lock(7305508)")
_NOBODY_MIGRATES = text("SELECT pg_try_advisory_xact_lock(7305508)")
_CLOCK = "SELECT clock_timestamp()"
_HEARD_FOR = 1.0
_TRIES = 3
_SERVER = {
    "application_name": "guestlist",
    "jit": "off",
    "lock_timeout": "10s",
    "statement_timeout": "15s",
    # Whoever is stopped in the middle of a transaction must not hold up everybody else.
    "idle_in_transaction_session_timeout": "3s",
}


class PostgresStore(SqlStore):
    """Keeps everything in a database, with as many others as have it open."""

    def __init__(
        self,
        engine: AsyncEngine,
        key: bytes,
        clock: FollowingClock,
        made_due: Callable[[Sequence[Job]], None],
        enqueue: Enqueue | None,
    ) -> None:
        super().__init__(key, made_due)
        self.clock = clock
        self.budget = SharedBudget(engine)
        self._engine = engine
        self._snapshots = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._enqueue = enqueue
        self._lots: Shared[Wanted] = Shared(self._write_lot, most=32, at_once=2)
        self._closed = False

    @classmethod
    async def open(
        cls,
        url: str,
        made_due: Callable[[Sequence[Job]], None],
        enqueue: Enqueue | None = None,
        credential: Credential | None = None,
    ) -> Self:
        """Bring the tables up to date and open the store.

        `enqueue` is awaited as the last statement of a transaction that made jobs due, on its connection,
        and raises only what ends the transaction; `made_due` is called on the event loop after that commit,
        with those jobs, or with none where it may have been any. With a `credential` its token is the
        password. Raises `StoreError`.
        """
        key, now = await _prepared(url, credential)
        return cls(open_engine(url, credential), key, FollowingClock(now), made_due, enqueue)

    async def close(self) -> None:
        await self._lots.finish()
        self._closed = True
        await self._engine.dispose()

    async def _share(self, wanted: Wanted) -> Outcome:
        return await self._lots.answer(wanted)

    async def _write(self, work: Callable[[Connection, datetime], T], *, spares_requests: bool = False) -> T:  # noqa: ARG002 - it remembers no records
        return (await self._commit(lambda connection, now: [work(connection, now)]))[0]

    async def _read(self, work: Callable[[Connection, datetime], T]) -> T:
        return await self._looked(self._snapshots, work)

    async def _ask(self, work: Callable[[Connection, datetime], T]) -> T:
        return await self._looked(self._single, work)

    async def _looked(self, engine: AsyncEngine, work: Callable[[Connection, datetime], T]) -> T:
        async def look() -> T:
            async with _connected(engine) as connection:
                return await connection.run_sync(work, await self._now(connection, within=_HEARD_FOR))

        return await self._tried(look)

    async def _write_lot(self, lot: Sequence[Wanted]) -> Sequence[Outcome]:
        """Write many at once, or one by one where one of them cannot be written and would harm the others."""
        with Raised() as raised:
            return await self._commit(lambda connection, now: writing.change_many(connection, lot, now))
        if raised.error is None or len(lot) == 1 or isinstance(raised.error, AccessError):
            return [raised.error] * len(lot)
        return [(await self._write_lot([one]))[0] for one in lot]

    async def _commit(self, work: Callable[[Connection, datetime], Sequence[T]]) -> Sequence[T]:
        """Run `work` in a transaction, and commit it; raises `CommitLost` where only the answer was lost."""

        async def write() -> Sequence[T]:
            sent = False
            try:
                async with _connected(self._engine) as connection:
                    results = await connection.run_sync(work, await self._now(connection, within=_HEARD_FOR))
                    await self._announce(connection, [job.due_at for job in due_jobs(results)])
                    sent = True
                    await connection.commit()
            except TROUBLE as error:
                if sent and is_lost(error):
                    raise CommitLost from error
                raise
            return results

        return await self._tried(write)

    async def _announce(self, connection: AsyncConnection, due: Sequence[datetime]) -> None:
        """Enqueue as the last statement: before the first one it would commit by itself."""
        if self._enqueue is not None and due:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await self._enqueue(driver, due)

    async def _now(self, connection: AsyncConnection, within: float = 0) -> datetime:
        """Return the database's time, which for so many seconds need not be asked again."""
        if self.clock.age < within:
            return self.clock.now()
        at: datetime = (await connection.exec_driver_sql(_CLOCK)).scalar_one()
        self.clock.heard(at)
        return at

    async def _tried(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Attempt again what was undone by something that passes; raises `StoreError` in the end."""
        if self._closed:
            raise StoreError("The store is closed.")
        for left in reversed(range(_TRIES)):
            try:
                return await attempt()
            except TROUBLE as error:
                if is_unwritable(error):
                    raise
                if not (left and is_undone(error)):
                    raise explained(error) from error
        raise AssertionError


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection; where all did not go well, it may be dead or halfway, and nobody gets it again."""
    async with engine.connect() as connection:
        well = False
        try:
            yield connection
            well = True
        finally:
            if not well:
                await connection.invalidate()


async def _prepared(url: str, credential: Credential | None) -> tuple[bytes, datetime]:
    """Bring the tables up to date, one replica after the other; return the digests' key and the time."""
    engine = open_engine(url, credential, patient=True)

    def prepare(connection: Connection) -> tuple[bytes, datetime]:
        migrate(connection)
        key, now = writing.prepare(connection), connection.exec_driver_sql(_CLOCK).scalar_one()
        restoring.notice_by_fingerprint(connection, now)
        return key, now

    try:
        async with engine.begin() as connection:
            return await connection.run_sync(prepare)
    except ValueError:  # what it says may hold the password
        raise StoreError(NO_URL) from None
    except TROUBLE as error:
        raise explained(error) from error
    finally:
        await engine.dispose()


def migrate(connection: Connection, step: schema.Step = lambda _done, _of: None) -> str | None:
    """Bring the tables up to date, or wait until another has; return the version before."""
    if not connection.execute(_NOBODY_MIGRATES).scalar():
        log.info("Another replica brings the tables up to date; the start waits for it")
        connection.execute(_MIGRATING)
    return schema.upgrade(connection, step)


def open_engine(
    url: str, credential: Credential | None = None, *, patient: bool = False, reading: bool = False
) -> AsyncEngine:
    """Return an engine whose driver reads the URL.

    A `patient` one lets a migration take its time; one for `reading` cannot write.
    """
    more = {name: "0" for name in _SERVER if name.endswith("timeout")} if patient else {}
    if reading:
        more["default_transaction_read_only"] = "on"
    opened = partial(
        connect,
        url,
        credential,
        timeout=5,
        command_timeout=None if patient else 20,
        server_settings=_SERVER | more,
    )
    # Parameters hold addresses, so they stay out of every error's text.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=opened,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkout", _see_that_it_is_open)
    return engine


def _see_that_it_is_open(connection: Any, *_: Any) -> None:
    """Have all connections opened anew where one was found closed; asks the server nothing."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError

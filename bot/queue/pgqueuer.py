"""PgQueuer on a connection of its own. Importing it takes half a second, so only `bot.queue.shared` does.

Its tables, trigger and statements are used, its queue manager is not (docs/adr/0009): that asks four
questions after each of a wake-up's three notifications, and flushes its log ten times a second.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import PgqException
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    PgqException,
)
"""What a database that is away, or comes back, raises here."""

_ENTRYPOINT = QueueEntrypoint("look")
_LOOKS = {_ENTRYPOINT: EntrypointExecutionParameter(concurrency_limit=0)}
_INSTALLING = 4_203_918_273
"""The advisory lock of whoever installs the tables."""
_AT_ONCE = 100
_SILENCE = 30.0
"""Seconds after which the connection is tried, and a wake-up that somebody died with is taken again."""

_ASIDE = "SAVEPOINT wake_up; SET LOCAL lock_timeout = '100ms'"
"""A wake-up saves others half a second or so: nobody waits longer than that for a lock on its tables."""
_BACK = "RELEASE SAVEPOINT wake_up; SET LOCAL lock_timeout TO DEFAULT"
"""The commit, which waits its turn to notify, has the time that it always has."""

# Unlogged: a wake-up that a crash of the server takes along is made good by the sweep.
_TABLES = QueryBuilderEnvironment(DBSettings(durability=Durability.volatile))


def _queries(connection: asyncpg.Connection) -> Queries:
    return Queries(AsyncpgDriver(connection), qbe=_TABLES)


async def install(connection: asyncpg.Connection) -> None:
    """Make or bring up to date PgQueuer's tables, one replica at a time."""
    queries = _queries(connection)
    await connection.execute("SELECT pg_advisory_lock($1)", _INSTALLING)
    try:
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            await queries.install()
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _INSTALLING)


async def enqueue(connection: asyncpg.Connection) -> Exception | None:
    """Write a wake-up in the connection's transaction; return what it failed of, which harms nothing else.

    It has no key: with one, a later wake-up is lost. Raises where the connection itself is gone.
    """
    await connection.execute(_ASIDE)
    try:
        await _queries(connection).enqueue(_ENTRYPOINT, None)
    except TROUBLE as error:
        await connection.execute("ROLLBACK TO SAVEPOINT wake_up")
        return error
    await connection.execute(_BACK)
    return None


class Listener:
    """Takes wake-ups from one connection, until it is stopped or the connection ends."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        wake: Callable[[], None],
        pruned: float,
        busy: Callable[[], bool],
    ) -> None:
        self._queries = _queries(connection)
        self._wake = wake
        self._pruned = pruned
        self._busy = busy
        self._called = asyncio.Event()
        self._stopped = False
        self._id = QueueManagerId(uuid.uuid4())
        connection.add_termination_listener(lambda _: self.stop())

    def stop(self) -> None:
        self._stopped = True
        self._called.set()

    async def run(self) -> None:
        """Take wake-ups, and keep PgQueuer's log short; raises one of `TROUBLE` when the database fails."""
        await self._queries.driver.add_listener(_TABLES.settings.channel, self._heard)
        pruned_at = time.monotonic()
        while not self._stopped:
            self._called.clear()
            await self._take()
            if time.monotonic() - pruned_at >= self._pruned:
                await self._queries.clear_queue_log(_ENTRYPOINT)
                pruned_at = time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), min(_SILENCE, self._pruned))

    async def _take(self) -> None:
        """Take every wake-up that is there, one look is enough for all; but leave them to who has room."""
        if self._busy():
            return
        taken = await self._queries.dequeue(
            batch_size=_AT_ONCE,
            entrypoints=_LOOKS,
            queue_manager_id=self._id,
            global_concurrency_limit=None,
            heartbeat_timeout=timedelta(seconds=_SILENCE),
        )
        if taken:
            self._wake()
            await self._queries.log_jobs([(job, "successful", None) for job in taken])

    def _heard(self, payload: str | bytes | bytearray) -> None:
        """Look for a wake-up where one was written; that one was taken or is done with is told as well."""
        if json.loads(payload).get("operation") == "insert":
            self._called.set()

"""PgQueuer on a connection of its own. Importing it takes half a second, so only `bot.queue.shared` does."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import PgqException
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.models import Job

TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    PgqException,
)
"""What a database that is away, or comes back, raises here."""

_ENTRYPOINT = "look"
_INSTALLING = 4_203_918_273
"""The advisory lock of whoever installs the tables."""


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


async def enqueue(connection: asyncpg.Connection) -> None:
    """Write a wake-up in the connection's transaction. It has no key: with one, a later wake-up is lost."""
    await _queries(connection).enqueue(_ENTRYPOINT, None)


class Listener:
    """Takes wake-ups from one connection, until it is stopped or the connection ends."""

    def __init__(self, connection: asyncpg.Connection, wake: Callable[[], None], pruned: float) -> None:
        self._pruned = pruned
        self._queries = _queries(connection)
        self._manager = QueueManager(self._queries)
        connection.add_termination_listener(lambda _: self.stop())

        async def look(_: Job) -> None:
            wake()

        self._manager.entrypoint(_ENTRYPOINT)(look)

    def stop(self) -> None:
        self._manager.shutdown.set()

    async def run(self) -> None:
        """Take wake-ups; raises one of `TROUBLE` when the database fails."""
        pruning = asyncio.create_task(self._prune())
        try:
            # The longest silence only bounds how late a dead connection is noticed: what a lost
            # notification would have told is found by the sweep. No statistics: nobody reads them.
            await self._manager.run(
                dequeue_timeout=timedelta(seconds=30),
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        except RuntimeError as error:  # how it says that its tables are not there
            raise PgqException(str(error)) from error
        finally:
            pruning.cancel()
            await asyncio.gather(pruning, return_exceptions=True)

    async def _prune(self) -> None:
        """Keep PgQueuer's log, three rows a wake-up, from growing for ever."""
        while True:
            await asyncio.sleep(self._pruned)
            await self._queries.clear_queue_log(_ENTRYPOINT)

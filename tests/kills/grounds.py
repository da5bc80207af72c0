"""Where a run's database lives, and what can be done to it: filled up, restarted, cut off, looked into."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, Protocol

import asyncpg

from tests import postgres
from tests.wire import Cut, Wire

Row = Sequence[Any]
_KEPT_FULL = 0.05
_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


class Away(Exception):
    """The database does not answer at the moment."""


class Disk:
    """A small file system, and what fills it up."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    async def full_for(self, seconds: float) -> None:
        """Leave no byte free for so long, whatever is freed meanwhile."""
        ends = asyncio.get_running_loop().time() + seconds
        file = os.open(self._filler, os.O_WRONLY | os.O_CREAT)
        try:
            while asyncio.get_running_loop().time() < ends:
                self._fill(file)
                await asyncio.sleep(_KEPT_FULL)
        finally:
            os.close(file)
            self._filler.unlink()

    def _fill(self, file: int) -> None:
        room = os.fstatvfs(file)
        with suppress(OSError):
            if room.f_bavail:
                os.posix_fallocate(file, os.fstat(file).st_size, room.f_bavail * room.f_frsize)


class Ground(Protocol):
    """A database under torture; `disk` is None where it shares its file system with others."""

    name: str
    disk: Disk | None
    files: Sequence[Path]
    """What the database itself writes down for people."""

    def urls(self) -> Sequence[str]:
        """Return the DATABASE_URL of each replica."""
        ...

    async def rows(self, query: str) -> Sequence[Row]:
        """Look into the database, past everything that stands before it; raises `Away`."""
        ...

    async def restart(self, how: str) -> None: ...

    def lose_commits(self, cut: Cut) -> None:
        """Cut the next commit of each replica."""
        ...

    def lost_commits(self) -> int:
        """Return how many of those were not made yet."""
        ...

    async def heal(self) -> None:
        """Do what an operator does once the trouble is over."""
        ...


class OnSqlite:
    """A file, and one replica."""

    name = "sqlite"
    files: Sequence[Path] = ()

    def __init__(self, folder: Path, disk: Disk | None) -> None:
        self._path, self.disk = folder / "guestlist.db", disk

    def urls(self) -> Sequence[str]:
        return [f"sqlite:///{self._path}"]

    async def rows(self, query: str) -> Sequence[Row]:
        try:
            # Read only: a reader that may write would tidy up behind a process that was killed.
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as reader:
                return reader.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            raise Away(str(error)) from error

    async def restart(self, how: str) -> None:
        """Have nothing to restart."""

    def lose_commits(self, cut: Cut) -> None:
        """Have no line to cut."""

    def lost_commits(self) -> int:
        return 0

    async def heal(self) -> None:
        """Have nothing to heal."""


class OnPostgres:
    """A database of a real server, and a line to it for each replica."""

    name = "postgres"

    def __init__(self, url: str, wires: Sequence[Wire], disk: Disk | None) -> None:
        self.url, self.disk, self._wires = url, disk, wires
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        own = postgres.server().own is not None
        self.files: Sequence[Path] = [postgres.server().folder / "log"] if own else []

    def urls(self) -> Sequence[str]:
        return [wire.url for wire in self._wires]

    async def rows(self, query: str) -> Sequence[Row]:
        try:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(self.url, min_size=0, max_size=3, command_timeout=5)
            return [tuple(row) for row in await self._pool.fetch(query)]
        except _TROUBLE as error:
            raise Away(type(error).__name__) from error

    async def restart(self, how: str) -> None:
        await asyncio.to_thread(postgres.server().control, "restart", "-m", how)

    def lose_commits(self, cut: Cut) -> None:
        for wire in self._wires:
            wire.cuts.append(cut)

    def lost_commits(self) -> int:
        return sum(len(wire.cuts) for wire in self._wires)

    async def heal(self) -> None:
        """Start the server again where the full disk has ended it."""
        with suppress(Away):
            await self.rows("SELECT 1")
            return
        with suppress(CalledProcessError):  # it was only slow to come back
            await asyncio.to_thread(postgres.server().control, "start")

    async def close(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
        await postgres.drop(self.url)


@asynccontextmanager
async def on_postgres(replicas: int, disk: Disk | None) -> AsyncIterator[OnPostgres]:
    """Make a database, and lay a line to it for each replica."""
    url = await postgres.new_database()
    wires = [Wire(url) for _ in range(replicas)]
    for wire in wires:
        await wire.open()
    ground = OnPostgres(url, wires, disk)
    try:
        yield ground
    finally:
        await ground.close()
        for wire in wires:
            await wire.close()

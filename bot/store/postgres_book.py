"""The audit read beside running replicas, on PostgreSQL."""

from collections.abc import Callable
from typing import Self, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.credential import Credential
from bot.store.book import Book, key_of
from bot.store.errors import StoreError
from bot.store.postgres import open_engine
from bot.store.probing import Probe
from bot.store.trouble import NO_URL, TROUBLE, explained

T = TypeVar("T")


class PostgresBook(Book):
    """A database that others have open; the server itself refuses to write for this reader."""

    def __init__(self, engine: AsyncEngine, key: bytes) -> None:
        super().__init__(key)
        self._engine = engine

    @classmethod
    async def open(cls, url: str, credential: Credential | None = None) -> Self:
        engine = open_engine(url, credential, reading=True)
        return cls(engine, await _asked(engine, key_of))

    async def ask(self, work: Callable[[Connection], T]) -> T:
        return await _asked(self._engine, work)

    async def close(self) -> None:
        await self._engine.dispose()


async def _asked(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    except ValueError:  # what it says may hold the password
        raise StoreError(NO_URL) from None
    except TROUBLE as error:
        raise explained(error) from error


async def probe_server(
    url: str, credential: Credential | None, look: Callable[[Connection], str | None]
) -> Probe:
    """Look at a database as one that may write, and take everything back; raises `StoreError`."""
    try:
        engine = open_engine(url, credential)
        try:
            async with engine.connect() as connection:
                now = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
                tables = await connection.run_sync(look)
                await connection.rollback()
                return Probe(tables, now)
        finally:
            await engine.dispose()
    except ValueError:  # what it says may hold the password
        raise StoreError(NO_URL) from None
    except TROUBLE as error:
        raise explained(error) from error


async def on_server(
    url: str, credential: Credential | None, work: Callable[[Connection], T], *, writes: bool = False
) -> T:
    """Run `work` in a transaction, whatever tables there are; one that `writes` may take its time."""
    try:
        engine = open_engine(url, credential, patient=writes, reading=not writes)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()
    except ValueError:  # what it says may hold the password
        raise StoreError(NO_URL) from None
    except TROUBLE as error:
        raise explained(error) from error

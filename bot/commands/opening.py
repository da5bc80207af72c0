"""How a command gets at the store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from access.ports import Store
from bot.clock import SteadyClock
from bot.settings import Settings
from bot.store import SqliteStore
from bot.store.book import Book, SqliteBook


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """Open the store to write in it; a file of SQLite must not be in use by a running Guestlist then."""
    store = await _open(settings)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened_to_read(settings: Settings) -> AsyncIterator[Book]:
    """Open the audit to read in it, beside a running Guestlist or without one."""
    if path := settings.database_path:
        book: Book = await SqliteBook.open(path)
    else:
        from bot.store.postgres_book import PostgresBook  # noqa: PLC0415 - see below

        book = await PostgresBook.open(settings.database_url)
    try:
        yield book
    finally:
        await book.close()


async def _open(settings: Settings) -> Store:
    if path := settings.database_path:
        return await SqliteStore.open(path, SteadyClock(), lambda _: None)
    from bot.store.postgres import PostgresStore  # noqa: PLC0415 - asyncpg is loaded only where it is used

    return await PostgresStore.open(settings.database_url, lambda _: None)

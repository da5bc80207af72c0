"""How a command gets at the store, and at Microsoft Graph."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from access.ports import Store
from bot.clock import SteadyClock
from bot.credential import Credential, credential_of
from bot.settings import DatabaseAuth, Settings
from bot.store import SqliteStore
from bot.store.book import Book, SqliteBook
from bot.store.condition import is_there, see_that_it_is_current
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from bot.graph import Graph


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """Open the store to write in it; its tables must be this version's, and a file in use by nobody."""
    see_that_it_is_there(settings.database_path)
    async with signed_in(settings) as credential:
        await see_that_it_is_current(settings.database_path, settings.database_url, credential)
        store = await _open(settings, credential)
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def opened_to_read(settings: Settings) -> AsyncIterator[Book]:
    """Open the audit to read in it, beside a running Guestlist or without one."""
    see_that_it_is_there(settings.database_path)
    async with signed_in(settings) as credential:
        book = await _open_book(settings, credential)
        try:
            yield book
        finally:
            await book.close()


def see_that_it_is_there(path: Path | None) -> None:
    """Raise `StoreError` where there is no file: one that a command makes would be empty, and say so."""
    if path is not None and not is_there(path):
        raise StoreError(
            f"There is no file {path}. Guestlist makes it when it starts; GUESTLIST_DATABASE_URL names it."
        )


@asynccontextmanager
async def signed_in(settings: Settings) -> AsyncIterator[Credential | None]:
    """Yield the credential whose token is the database's password, None where its address has one."""
    credential = credential_of(settings) if settings.database_auth is DatabaseAuth.ENTRA else None
    try:
        yield credential
    finally:
        if credential is not None:
            await credential.close()


@asynccontextmanager
async def graph_of(settings: Settings) -> AsyncIterator["Graph"]:
    """Open what the settings say of Microsoft Graph, with a budget of its own."""
    from bot.graph import Graph  # noqa: PLC0415 - it takes a second to load, which few commands need

    clock, credential = SteadyClock(), credential_of(settings)
    graph = await Graph.open(settings.graph_url, credential, settings.mailbox, clock, app_id=settings.app_id)
    try:
        yield graph
    finally:
        await graph.close()
        await credential.close()


async def _open_book(settings: Settings, credential: Credential | None) -> Book:
    if path := settings.database_path:
        return await SqliteBook.open(path)
    from bot.store.postgres_book import PostgresBook  # noqa: PLC0415 - see below

    return await PostgresBook.open(settings.database_url, credential)


async def _open(settings: Settings, credential: Credential | None) -> Store:
    if path := settings.database_path:
        return await SqliteStore.open(path, SteadyClock(), lambda _: None)
    from bot.store.postgres import PostgresStore  # noqa: PLC0415 - asyncpg is loaded only where it is used

    return await PostgresStore.open(settings.database_url, lambda _: None, credential=credential)

"""The audit read beside a running Guestlist: nothing of it can write, whatever it is asked."""

import asyncio
import hashlib
import hmac
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from access.rules.audit import AuditEntry
from access.rules.delegating import Delegation
from access.rules.model import Record, Restore, Subject
from access.rules.waiving import Uses, WaiverKey
from bot.clock import SteadyClock
from bot.store import delegations, reading, schema, waivings, writing
from bot.store.errors import explained

T = TypeVar("T")
K = TypeVar("K", int, str)

_PAGE = 2000
_FROM_THE_FIRST = -(2**31)
"""Entries before the first one are read, too: nothing should stand there."""


class Book(ABC):
    """The audit chain, and what is known of the people and requests in it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @abstractmethod
    async def ask(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that cannot write; raises `StoreError`."""

    @abstractmethod
    async def close(self) -> None: ...

    async def entries(self) -> AsyncIterator[AuditEntry]:
        """Yield every entry, a page at a time, those written meanwhile as well."""
        pages = self.paged(
            lambda after, connection: reading.audit_page(connection, after, _PAGE),
            _FROM_THE_FIRST,
            lambda entry: entry.seq,
        )
        async for entry in pages:
            yield entry

    async def paged(
        self, page: Callable[[K, Connection], Sequence[T]], after: K, key_of: Callable[[T], K]
    ) -> AsyncIterator[T]:
        """Yield what `page` returns after a key, then after the last of that, and so on."""
        while found := await self.ask(partial(page, after)):
            for one in found:
                yield one
            after = key_of(found[-1])

    async def last(self) -> int:
        """Return the place of the newest entry of the chain."""
        head = await self.ask(reading.audit_head)
        return head.seq if head else 0

    async def numbered(self, number: int) -> Record | None:
        return await self.ask(lambda connection: reading.numbered(connection, number))

    async def uses(self, waivers: Sequence[WaiverKey]) -> Uses:
        """Return when these waivers of the policy were used."""
        return await self.ask(lambda connection: waivings.uses_of(connection, waivers))

    async def standing(self) -> Sequence[Delegation]:
        """Return the delegations that hold, by the clock of this host."""
        return await self.ask(lambda connection: delegations.standing(connection, SteadyClock().now()))

    async def restores(self) -> Sequence[Restore]:
        return await self.ask(reading.restores)

    def subject(self, address: str) -> Subject:
        """Return the keyed digest of an address that was read."""
        return Subject(hmac.new(self._key, address.encode(), hashlib.sha256).hexdigest())


def key_of(connection: Connection) -> bytes:
    """Return the key of the subjects' digests; raises `StoreError` for tables of another version."""
    schema.see_that_it_is_current(connection)
    return bytes.fromhex(reading.kept(connection, writing.AUDIT_KEY) or "")


class SqliteBook(Book):
    """A file of SQLite, which may be in use: it is read without holding up anybody."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        super().__init__(key)
        self._engine = engine

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a file that is there; raises `StoreError`."""
        engine = _reader(path)
        return cls(engine, await _asked(engine, key_of))

    async def ask(self, work: Callable[[Connection], T]) -> T:
        return await _asked(self._engine, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.dispose)


async def on_file(path: Path, work: Callable[[Connection], T]) -> T:
    """Run `work` on a file, whatever tables it has; it cannot write."""
    engine = _reader(path)
    try:
        return await _asked(engine, work)
    finally:
        engine.dispose()


def _reader(path: Path) -> Engine:
    address = f"file:{quote(str(path))}?mode=ro"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, timeout=5, check_same_thread=False),
        poolclass=QueuePool,
        hide_parameters=True,  # they hold addresses
    )


async def _asked(engine: Engine, work: Callable[[Connection], T]) -> T:
    def ask() -> T:
        try:
            with engine.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise explained(error) from error

    return await asyncio.to_thread(ask)

"""One million audit entries, verified as `guestlist audit verify` does, on each database."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import psutil

from access.rules.audit import BEFORE_THE_FIRST, link
from access.rules.model import AuditFact, Json, RequestId, Subject
from bench.doubles import MEGAN
from bench.load import database, open_store
from bot.commands.verifying import verify
from bot.store.book import Book, SqliteBook
from bot.store.codec import audit_row
from bot.store.postgres_book import PostgresBook
from bot.store.tables import audit

ENTRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Verified:
    """Seconds that it took, and by how many MB it made the process larger."""

    seconds: float
    grown: float


async def measure(kind: str) -> Verified:
    with TemporaryDirectory() as name:
        async with database(kind, Path(name)) as url:
            await (await open_store(url)).close()
            await _fill(url)
            book = await _book(url)
            before, begun = psutil.Process().memory_info().rss, time.monotonic()
            report = await verify(book, (), "the bench keeps none")
            seconds, after = time.monotonic() - begun, psutil.Process().memory_info().rss
            await book.close()
            assert not report.wrong, report.text
            return Verified(seconds, (after - before) / 1e6)


async def _book(url: str) -> Book:
    if url.startswith("sqlite"):
        return await SqliteBook.open(Path(url.removeprefix("sqlite:///")))
    return await PostgresBook.open(url)


async def _fill(url: str) -> None:
    names = [column.name for column in audit.columns]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            places = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO audit VALUES ({places})", _rows(names))  # noqa: S608 - its own names
        return
    connected = await asyncpg.connect(url)
    try:
        await connected.copy_records_to_table("audit", records=_rows(names), columns=names)
    finally:
        await connected.close()


def _rows(names: list[str]) -> Iterator[tuple[Any, ...]]:
    previous, at = BEFORE_THE_FIRST, datetime.now(UTC)
    about, subject = RequestId("0" * 32), Subject("0" * 64)
    for seq in range(1, ENTRIES + 1):
        detail: dict[str, Json] = {"step": "invite", "fence": 1, "approved_by": MEGAN, "place": seq}
        fact = AuditFact(what="step.begun", request_id=about, subject=subject, detail=detail)
        entry = link(previous, seq, at, fact)
        row = audit_row(entry)
        yield tuple(row[name] for name in names)
        previous = entry.hash

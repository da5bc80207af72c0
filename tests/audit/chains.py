"""Chains to verify, on both databases, and what somebody with the database's password could do to them."""

import sqlite3
from contextlib import closing

import asyncpg

from access.rules.audit import BEFORE_THE_FIRST, link
from access.rules.model import AuditFact
from bot.store.book import Book, SqliteBook
from bot.store.codec import audit_row
from bot.store.postgres_book import PostgresBook
from bot.store.sql_store import SqlStore
from tests.backups import Database, File


async def written(store: SqlStore, count: int) -> None:
    for place in range(count):
        await store.write_audit(AuditFact(what="act.refused", detail={"place": place}))


async def book_of(database: Database) -> Book:
    if isinstance(database, File):
        return await SqliteBook.open(database.path)
    return await PostgresBook.open(database.url)


async def tamper(database: Database, *statements: str) -> None:
    """Do what no Guestlist does: change what was written."""
    if isinstance(database, File):
        with closing(sqlite3.connect(database.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return
    connected = await asyncpg.connect(database.url)
    try:
        for statement in statements:
            await connected.execute(statement)
    finally:
        await connected.close()


async def rewrite(database: Database, store: SqlStore, seq: int, *, and_on: bool) -> None:
    """Write an entry anew with a hash that fits, `and_on` all after it, so that the chain holds."""
    entries = [entry async for entry in store.audit_entries()]
    previous = entries[seq - 2].hash if seq > 1 else BEFORE_THE_FIRST
    statements = []
    for entry in entries[seq - 1 :] if and_on else entries[seq - 1 : seq]:
        fact = AuditFact(what="nothing.happened") if entry.seq == seq else entry.fact
        anew = link(previous, entry.seq, entry.at, fact)
        row = audit_row(anew)
        values = ", ".join(f"{name} = '{row[name]}'" for name in ("what", "detail", "previous", "hash"))
        statements.append(f"UPDATE audit SET {values} WHERE seq = {entry.seq}")
        previous = anew.hash
    await tamper(database, *statements)

"""Ten thousand requests that wait for their approvers, on each database, and one whose time has come."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from access.rules import sending
from access.rules.model import (
    Change,
    Give,
    GiveKind,
    JobKind,
    Kind,
    Named,
    ObjectId,
    Place,
    Request,
    RequestId,
    State,
    Term,
)
from bench.load import database, open_store, server_cpu
from bench.processes import free_port, running
from bot.store import SqliteStore
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.clinic import environment, open_sandbox, until

WAITING = 10_000
WATCHED = 60.0
_DUE = """UPDATE jobs SET due_at = 0, claimable_at = 0 WHERE kind = 'timer'
          AND request_id = (SELECT id FROM requests WHERE number = 1001)"""
_EXPIRED = "SELECT number FROM requests WHERE number = 1001 AND state = 'expired'"


@dataclass(frozen=True, slots=True)
class Waiting:
    """CPU as a share of one core, of Guestlist and of the database's server; memory in MB; seconds."""

    cpu: float
    server: float
    resident: float
    old_acts: float


async def measure(kind: str) -> Waiting:
    """Watch them wait for a minute; then restart with one whose time has come."""
    with TemporaryDirectory() as name:
        async with database(kind, Path(name)) as url, open_sandbox() as clinic:
            await _fill(url)
            port = free_port()
            settings = environment(clinic.url, Path(), port) | {
                "GUESTLIST_DATABASE_URL": url,
                "GUESTLIST_DELTA_SECONDS": "60",
            }
            async with running(["app.py"], settings, port) as bot:
                await asyncio.sleep(5)
                before, server_before = bot.cpu(), _server(kind)
                await asyncio.sleep(WATCHED)
                cpu, server = (bot.cpu() - before) / WATCHED, (_server(kind) - server_before) / WATCHED
                resident = bot.resident()
            await _sql(url, _DUE)
            async with running(["app.py"], settings, port):
                begun = time.monotonic()
                await until(lambda: _sql(url, _EXPIRED), "the old request closes", 30)
                return Waiting(cpu, server, resident, time.monotonic() - begun)


def _server(kind: str) -> float:
    return server_cpu() if kind == "PostgreSQL" else 0.0


async def _sql(url: str, statement: str) -> bool:
    """Run a statement, past Guestlist; tell whether it found something."""
    if url.startswith("postgres"):
        return bool(await postgres.run(url, statement))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        return bool(connection.execute(statement).fetchall())


async def _fill(url: str) -> None:
    store = await open_store(url)
    for first in range(0, WAITING, 500):
        await asyncio.gather(*(_add(store, number) for number in range(first, first + 500)))
    await store.close()


async def _add(store: SqliteStore | PostgresStore, index: int) -> None:
    subject = await store.subject(f"waiting{index}@fabrikam.com")

    def make(number: int, now: datetime) -> Change:
        request = Request(
            request_id=RequestId(f"{index:032x}"),
            number=number,
            version=0,
            state=State.SUBMITTED,
            kind=Kind.INVITE,
            requestor=Named(ObjectId("11111111-1111-4111-8111-111111111111"), "Bench"),
            subject=subject,
            address=f"waiting{index}@fabrikam.com",
            guest_name="Waiting",
            app=Named(ObjectId("22222222-2222-4222-8222-222222222222"), "Bench"),
            give=Give(GiveKind.GROUP, ObjectId("33333333-3333-4333-8333-333333333333"), "Bench"),
            term=Term(days=90),
            justification="the bench measures it",
            message="",
            place=Place("bench"),
            submitted_at=now,
            closes_at=now + timedelta(days=14, seconds=index),
            changed_at=now,
        )
        sent = sending.send(request, now, personal=True)
        return replace(sent, jobs=tuple(job for job in sent.jobs if job.kind is JobKind.TIMER))

    await store.add(make)

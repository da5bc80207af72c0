"""A request's life beside the sandbox: ready, approved to delivered, memory, ten thousand waiting."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from access.rules import deciding
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
from bench.processes import Bot, free_port, running
from bot.store import SqliteStore
from tests.clinic import TOKEN, Clinic, environment, open_sandbox, until

WAITING = 10_000
WATCHED = 60.0
REQUESTS = 100
UNHURRIED = 20
"""How many are timed, one each 2.1 s: a mailbox sends thirty a minute, which is not what is measured."""


@dataclass(frozen=True, slots=True)
class Life:
    """Times in seconds, memory in MB, CPU as a share of one core."""

    ready: float
    delivered: float
    calls: int
    call: float
    resident: float
    waiting_cpu: float
    waiting_resident: float
    old_acts: float


async def measure() -> Life:
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with open_sandbox() as clinic:
            port = free_port()
            settings = environment(clinic.url, folder / "bench.db", port)
            await clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages", limits="off")
            async with running(["app.py"], settings, port):
                pass
            async with running(["app.py"], settings, port) as bot:
                ready = bot.ready_after
                delivered, calls, resident = await _deliveries(clinic, folder / "bench.db", bot)
            call = await _raw_call(clinic)
        cpu, waiting, old = await _waiting(folder)
        return Life(ready, delivered, calls, call, resident, cpu, waiting, old)


async def _deliveries(clinic: Clinic, database: Path, bot: Bot) -> tuple[float, int, float]:
    """Deliver a hundred requests one after the other; return the median time, calls of one, memory."""
    took: list[float] = []
    calls: list[int] = []
    for number in range(REQUESTS):
        address = f"guest{number}@fabrikam.com"
        text = f"/invite {address} to Health Records for 90d because the bench measures it"
        await clinic.say("megan", text)
        label = f"R-{1001 + number}"
        await until(lambda n=1001 + number: _state(database, n, "pendingApproval"), "it waits")  # type: ignore[misc]  # a default binds the number
        before = len(await clinic.ledger("graph.call"))
        await clinic.say("alex", f"/approve {label}")
        await until(lambda n=1001 + number: _state(database, n, "delivered"), "it is delivered", 30)  # type: ignore[misc]  # likewise
        if number < UNHURRIED:
            await asyncio.sleep(2.1)
            took.append(_took(database, 1001 + number))
            calls.append(len(await clinic.ledger("graph.call")) - before)
    return median(took), round(median(calls)), bot.resident()


async def _state(database: Path, number: int, state: str) -> bool:
    with sqlite3.connect(database) as reader:
        row = reader.execute("SELECT state FROM requests WHERE number = ?", (number,)).fetchone()
    return row is not None and row[0] == state


def _took(database: Path, number: int) -> float:
    """Return the seconds between the audit entries of the approval and of the delivery."""
    query = """SELECT a.what, a.at FROM audit a JOIN requests r ON r.id = a.request_id
               WHERE r.number = ? AND a.what IN ('request.approved', 'request.delivered')"""
    with sqlite3.connect(database) as reader:
        times = {str(what): int(at) for what, at in reader.execute(query, (number,))}
    return (times["request.delivered"] - times["request.approved"]) / 1e6  # kept in microseconds


async def _raw_call(clinic: Clinic) -> float:
    """Return the sandbox's own latency: the median of a plain read, in seconds."""
    took = []
    path = f"{clinic.url}/v1.0/users/{clinic.story.person('megan')['id']}"
    for _ in range(200):
        begun = time.perf_counter()
        async with clinic.http.get(path, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
            await response.read()
        took.append(time.perf_counter() - begun)
    return median(took)


async def _waiting(folder: Path) -> tuple[float, float, float]:
    """Watch ten thousand waiting requests for a minute; then restart with one whose time has come."""
    database = folder / "waiting.db"
    await _fill(database)
    async with open_sandbox() as clinic:
        port = free_port()
        settings = environment(clinic.url, database, port) | {"GUESTLIST_DELTA_SECONDS": "60"}
        async with running(["app.py"], settings, port) as bot:
            await asyncio.sleep(2)
            before = bot.cpu()
            await asyncio.sleep(WATCHED)
            cpu, resident = (bot.cpu() - before) / WATCHED, bot.resident()
        with sqlite3.connect(database) as writer:
            writer.execute(
                """UPDATE jobs SET due_at = 0, claimable_at = 0 WHERE kind = 'timer'
                   AND request_id = (SELECT id FROM requests WHERE number = 1001)"""
            )
        async with running(["app.py"], settings, port):
            begun = time.monotonic()
            await until(lambda: _state(database, 1001, "expired"), "the old request closes", 30)
            return cpu, resident, time.monotonic() - begun


class _Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


async def _fill(database: Path) -> None:
    store = await SqliteStore.open(database, _Now(), lambda _: None)
    for first in range(0, WAITING, 500):
        await asyncio.gather(*(_add(store, number) for number in range(first, first + 500)))
    await store.close()


async def _add(store: SqliteStore, index: int) -> None:
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
        sent = deciding.send(request, now, personal=True)
        return replace(sent, jobs=tuple(job for job in sent.jobs if job.kind is JobKind.TIMER))

    await store.add(make)

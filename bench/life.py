"""A request's life over HTTP beside the sandbox: ready, approved to delivered, CPU, memory."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.processes import free_port, running
from tests.clinic import TOKEN, Clinic, environment, open_sandbox, until

REQUESTS = 100
UNHURRIED = 20
"""How many are timed, one each 2.1 s: a mailbox sends thirty a minute, which is not what is measured."""


@dataclass(frozen=True, slots=True)
class Life:
    """Times in seconds, memory in MB."""

    ready: float
    delivered: float
    calls: int
    call: float
    cpu: float
    """CPU seconds of Guestlist a life: two turns, the real Graph client, cards drawn and sent."""
    resident: float


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
                before = bot.cpu()
                delivered, calls = await _deliveries(clinic, folder / "bench.db")
                cpu, resident = (bot.cpu() - before) / REQUESTS, bot.resident()
            call = await _raw_call(clinic)
        return Life(ready, delivered, calls, call, cpu, resident)


async def _deliveries(clinic: Clinic, database: Path) -> tuple[float, int]:
    """Deliver a hundred requests one after the other; return the median time and the calls of one."""
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
    return median(took), round(median(calls))


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

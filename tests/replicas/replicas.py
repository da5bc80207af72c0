"""Replicas: real processes of `app.py` beside one sandbox, sharing nothing but a database."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.processes import ROOT, free_port
from tests import postgres
from tests.clinic import Clinic, environment, open_sandbox, until
from tests.replicas.forked import Forked


@dataclass(slots=True)
class Replica:
    """One process; what it says is in `log`."""

    port: int
    log: Path
    process: asyncio.subprocess.Process | Forked

    async def probe(self, http: aiohttp.ClientSession, path: str = "/readyz") -> tuple[int, str]:
        """Return a probe's status and word; 0 where nobody listens or answers."""
        try:
            async with http.get(f"http://127.0.0.1:{self.port}{path}", timeout=_QUICK) as response:
                return response.status, (await response.json())["status"]
        except (aiohttp.ClientConnectionError, TimeoutError):
            return 0, ""

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)


_QUICK = aiohttp.ClientTimeout(total=20)


@dataclass(slots=True)
class Fleet:
    """The replicas that were started, and the clinic whose turns go to one of them at a time."""

    clinic: Clinic
    database: str
    folder: Path
    replicas: list[Replica] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    """What every replica is told beside the usual."""

    async def start(self, count: int = 1, url: str = "", root: Path = ROOT) -> None:
        """Start so many replicas at once, of the version in `root`, and wait until they take turns."""
        fresh = [await self.begin(url, root) for _ in range(count)]
        self.replicas += fresh
        for replica in fresh:

            async def ready(replica: Replica = replica) -> bool:
                assert replica.process.returncode is None, replica.log.read_text(encoding="utf-8")
                return (await replica.probe(self.clinic.http))[0] == 200

            await until(ready, "a replica is ready", 120)

    async def begin(self, url: str = "", root: Path = ROOT) -> Replica:
        """Start a replica, whatever becomes of it."""
        port = free_port()
        environ = environment(self.clinic.url, self.folder / "unused.db", port)
        environ |= {"GUESTLIST_DATABASE_URL": url or self.database, "PYTHONPATH": str(root), **self.settings}
        log = self.folder / f"{port}.log"
        if root == ROOT:
            return Replica(port, log, Forked(environ, log))
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "app.py", cwd=root, env={**os.environ, **environ}, stderr=stderr
            )
        return Replica(port, log, process)

    async def route(self, replica: Replica) -> None:
        """Send the turns that come to this replica, as a load balancer would."""
        await self.clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{replica.port}/api/messages")

    async def ask(self, guest: str) -> None:
        """Have Megan ask for a guest of this name, whom an approver is then asked about."""
        line = f"@Guestlist /invite {guest}@fabrikam.com to Health Records for 90d because the audit begins"
        await self.clinic.say("megan", line, "channel")

    async def approve(self, guest: str) -> None:
        card = await self.clinic.card("alex", f"{guest}@fabrikam.com")
        pressed = await self.clinic.press("alex", card, "approval.approve")
        assert pressed["status"] == 200, pressed

    async def rows(self, query: str) -> list[Any]:
        return [tuple(row) for row in await postgres.run(self.database, query)]

    async def delivered(self, count: int) -> None:
        """Wait until so many requests are delivered and nothing is left to do for any of them."""

        async def look() -> bool:
            ((done,),) = await self.rows("SELECT count(*) FROM requests WHERE state = 'delivered'")
            return bool(done == count and not await self.rows(_LEFT))

        try:
            await until(look, f"{count} requests are delivered", 120)
        except AssertionError as late:
            late.add_note(f"requests: {await self.rows('SELECT id, state FROM requests')}")
            late.add_note(f"jobs left: {await self.rows(_LEFT)}")
            late.add_note(f"held: {await self.rows(_SESSIONS)}")
            for replica in self.replicas:
                late.add_note(replica.log.read_text(encoding="utf-8")[-2000:])
            raise


_ASLEEP = "'timer', 'term', 'acceptance', 'question', 'trial', 'list'"
_LEFT = f"SELECT * FROM jobs WHERE status = 'ready' AND kind NOT IN ({_ASLEEP})"
_SESSIONS = "SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE state <> 'idle'"


@asynccontextmanager
async def open_fleet(folder: Path, database: str, count: int, **switches: Any) -> AsyncIterator[Fleet]:
    """Serve the sandbox here and start so many replicas at once beside it."""
    async with open_sandbox(**switches) as clinic:
        fleet = Fleet(clinic, database, folder)
        try:
            await fleet.start(count)
            for replica in fleet.replicas[:1]:
                await fleet.route(replica)
            yield fleet
        finally:
            for replica in fleet.replicas:
                if replica.process.returncode is None:
                    await replica.kill()

"""A kill run: one request a kill, placed by a seed on every boundary of the journal, faults on."""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import free_port
from tests.clinic import Clinic, environment, until
from tests.kills.judge import Verdict, judge

ROOT = Path(__file__).parent.parent.parent
BOUNDARIES = ("before-claim", "after-claim", "call-left", "before-finish", "after-finish")
STEPS = ("invite", "give", "mail")
CALLS = {
    "invite": {"method": "POST", "path": "/invitations$"},
    "give": {"method": "POST", "path": "members/"},
    "mail": {"method": "POST", "path": "/(messages|send)$"},
}
FAULTS = {
    "429": 0.03,
    "503-before": 0.02,
    "503-after": 0.03,
    "reset-after": 0.03,
}
GRAPH = "^/v1.0/"


def plans_for(seed: int, kills: int) -> list[tuple[str, str]]:
    """Return every boundary in turn, each at a step that the seed draws."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable die, not a secret
    return [(BOUNDARIES[turn % len(BOUNDARIES)], dice.choice(STEPS)) for turn in range(kills)]


@dataclass(slots=True)
class KillRun:
    """Kills Guestlist as often as asked, restarts it each time, and lets the judge look at the end."""

    clinic: Clinic
    folder: Path
    seed: int
    blind: bool = False
    faults: bool = True
    port: int = field(default_factory=free_port)
    addresses: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "kills.db"

    async def run(self, plans: Sequence[tuple[str, str]]) -> Verdict:
        """Return what was lost or doubled by one kill for each (boundary, step)."""
        dice = random.Random(self.seed)  # noqa: S311 - a repeatable die, not a secret
        bot = f"http://127.0.0.1:{self.port}/api/messages"
        await self.clinic.post("/teams/control", botUrl=bot, limits="off")
        for number, (boundary, step) in enumerate(plans):
            await self._one(number, boundary, step, dice.randrange(10**6))
        async with self._victim(len(plans), "", "") as process:
            await until(self._all_delivered, "every request is delivered", 60)
            process.send_signal(signal.SIGTERM)
            await process.wait()
        return judge(await self.clinic.ledger(), self.database, self.addresses)

    async def _one(self, number: int, boundary: str, step: str, seed: int) -> None:
        """Start a victim with one boundary, send and approve a request, wait for the kill."""
        address = f"guest{number}.{self.seed}@fabrikam.com"
        self.addresses.append(address)
        async with self._victim(number, boundary, step) as process:
            await self.clinic.say("megan", f"/invite {address} to Health Records for 90d because of the seed")
            await until(lambda: self._is(number, "pendingApproval"), f"{address} waits", 20)
            await self.clinic.post("/sandbox/faults/clear")
            if boundary == "call-left":
                await self.clinic.fault(match=CALLS[step], do="hold", times=1)
            elif self.faults:
                await self.clinic.fault(match={"path": GRAPH}, mix=FAULTS, seed=seed)
            await until(lambda: self._approved(number), f"{address} is approved", 20)
            if boundary == "call-left":
                await until(lambda: self.clinic.get("/sandbox/held"), "the call has left", 20)
                process.send_signal(signal.SIGKILL)
            await until(lambda: self._ended(process), f"{address} is killed {boundary} {step}", 30)
        self.reached.append(f"{boundary} {step}")
        await self.clinic.post("/sandbox/faults/clear")

    @asynccontextmanager
    async def _victim(
        self, number: int, boundary: str, step: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        plan = {
            "VICTIM_BOUNDARY": boundary,
            "VICTIM_STEP": step,
            "VICTIM_NUMBER": str(1001 + number),
            "VICTIM_MARKER": str(self.folder / f"killed-{number}"),
            "VICTIM_BLIND": "yes" if self.blind else "",
        }
        settings = environment(self.clinic.url, self.database, self.port)
        with (self.folder / f"victim-{number}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.kills.victim",
                cwd=ROOT,
                env={**os.environ, **settings, **plan},
                stderr=log,
            )
        try:
            await until(lambda: self._ready(process), f"victim {number} is ready", 60)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _ready(self, process: asyncio.subprocess.Process) -> bool:
        assert process.returncode is None, "the victim did not start; see its log"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _approved(self, number: int) -> bool:
        """Say it again where a fault kept the directory from being read: then nothing was decided."""
        await self.clinic.say("alex", f"/approve R-{1001 + number}")
        return not await self._is(number, "pendingApproval")

    async def _ended(self, process: asyncio.subprocess.Process) -> bool:
        return process.returncode is not None

    async def _is(self, number: int, state: str) -> bool:
        return self._states().get(1001 + number) == state

    async def _all_delivered(self) -> bool:
        states = self._states()
        return len(states) == len(self.addresses) and set(states.values()) == {"delivered"}

    def _states(self) -> dict[int, str]:
        with sqlite3.connect(self.database) as reader:
            return dict(reader.execute("SELECT number, state FROM requests").fetchall())

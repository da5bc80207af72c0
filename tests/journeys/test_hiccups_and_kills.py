"""Guestlist is killed in the middle of a hiccup of the channel: nothing is lost, and nobody is told twice."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import ROOT, free_port
from tests.clinic import INVITE, Clinic, environment, open_sandbox, spoken, until
from tests.journeys.acts import shown as answered

CONNECTOR = "^/connector/v3/conversations"


@dataclass(slots=True)
class Life:
    """A Guestlist that is killed and started again, on one database."""

    clinic: Clinic
    folder: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        port, log = free_port(), self.folder / "log"
        settings = environment(self.clinic.url, self.folder / "guestlist.db", port)
        with log.open("wb") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.journeys.quick"),
                cwd=ROOT,
                env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
                stderr=stderr,
            )

        async def ready() -> bool:
            assert self.process
            assert self.process.returncode is None, log.read_text(encoding="utf-8")
            return "Guestlist is ready" in log.read_text(encoding="utf-8")

        await until(ready, "Guestlist is ready")
        await self.clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages")

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def killed_while_held(self) -> None:
        """Kill it when a call has had its effect and its answer is withheld; start it again."""
        await until(lambda: self.clinic.get("/sandbox/held"), "a call is on its way")
        await self.kill()
        await self.clinic.post("/sandbox/held/release")
        await self.start()


@asynccontextmanager
async def a_life(folder: Path) -> AsyncIterator[Life]:
    async with open_sandbox() as clinic:
        life = Life(clinic, folder)
        try:
            await life.start()
            yield life
        finally:
            await life.kill()


def calls(method: str, place: str) -> dict[str, Any]:
    return {"method": method, "path": f"{CONNECTOR}/{re.escape(place)}[^/]*/activities"}


async def cards(clinic: Clinic, who: str, text: str, where: str = "personal") -> list[dict[str, Any]]:
    found = [one for one in await clinic.messages(who, where) if one["card"]]
    return [one for one in found if text in spoken(one)]


async def test_killed_in_the_middle_of_each_call_to_the_channel_it_loses_nothing_and_doubles_no_notice(
    tmp_path: Path,
) -> None:
    async with a_life(tmp_path) as life:
        clinic = life.clinic
        alex, channel = await clinic.place("alex", "personal"), await clinic.place("megan", "channel")

        await clinic.fault(match=calls("POST", alex), do="hold")
        await clinic.say("megan", INVITE, "channel")
        await life.killed_while_held()

        async def asked_again() -> list[dict[str, Any]] | None:
            found = await cards(clinic, "alex", "Waiting for your decision")
            return found if len(found) == 2 else None

        older, newer = await until(asked_again, "the approver is asked again")
        pressed = await clinic.press("alex", older, "approval.approve")
        assert "Use the newer copy below" in answered(pressed)

        await clinic.fault(match=calls("PUT", channel), do="hold")
        await clinic.press("alex", newer, "approval.approve")
        await life.killed_while_held()

        async def delivered() -> bool:
            return len(await cards(clinic, "diego", "Delivered", "channel")) == 1

        await until(delivered, "the thread says what is")

        await clinic.fault(match=calls("POST", channel), do="hold")
        await clinic.act(act="accept", address="ana@fabrikam.com")
        await life.killed_while_held()

        await until(lambda: cards(clinic, "diego", "Accepted", "channel"), "the thread's card says so")
        notices = await cards(clinic, "diego", "accepted the invitation to", "channel")
        assert len(notices) == 1, "the one whose answer was withheld"
        # The requestor's may have been on its way when it was killed: then it is not sent again.
        assert len(await cards(clinic, "megan", "accepted the invitation to")) <= 1
        for kind in ("user.created", "invitation.created", "member.added", "mail.sent"):
            assert len(await clinic.ledger(kind)) == 1, kind


async def test_killed_while_it_waits_as_it_was_asked_to_it_shows_the_card_once(tmp_path: Path) -> None:
    async with a_life(tmp_path) as life:
        clinic = life.clinic
        alex = await clinic.place("alex", "personal")
        await clinic.fault(match=calls("POST", alex), do="429", retryAfter=12)
        await clinic.say("megan", INVITE, "channel")

        async def asked_to_wait() -> bool:
            return any(one["detail"]["status"] == 429 for one in await clinic.ledger("connector.call"))

        await until(asked_to_wait, "the channel has asked it to wait")
        await life.kill()
        await life.start()

        async def shown() -> bool:
            return bool(await cards(clinic, "alex", "Waiting for your decision"))

        await until(shown, "the card is there")
        assert len(await cards(clinic, "alex", "Waiting for your decision")) == 1

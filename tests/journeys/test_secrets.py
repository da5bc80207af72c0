"""What must not get out: a canary in every secret, through a journey that succeeds and one that fails."""

import asyncio
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.processes import free_port
from tests.clinic import TOKEN, Clinic, environment, open_clinic, open_sandbox, spoken, until
from tests.journeys.acts import approve, approve_anyway, settled, waiting_for
from tests.journeys.forms import Form
from tests.measuring.collector import QUICKLY, Collector, open_collector

ROOT = Path(__file__).parent.parent.parent
ADDRESS = "canary.ursula@fabrikam.com"
WHY = "canary-why for the audit"
DENIED = "canary-denial of this quarter"
INVITE = f"@Guestlist /invite {ADDRESS} to Health Records for 90d because {WHY}"
FURTHER = f"@Guestlist /invite {ADDRESS} to Case Review for 90d because {WHY}"
PRIVATE = (ADDRESS, "canary.ursula", "canary-why", "canary-denial")
NEVER = ("ticket=", "guest/redeem", TOKEN)


@dataclass(slots=True)
class Process:
    """Guestlist as its operator runs it."""

    clinic: Clinic
    folder: Path
    settings: dict[str, str]
    collector: Collector
    running: asyncio.subprocess.Process

    @property
    def database(self) -> Path:
        return self.folder / "guestlist.db"

    @property
    def log(self) -> str:
        return (self.folder / "stderr").read_text(encoding="utf-8")

    @property
    def kept(self) -> bytes:
        """Return every byte of the database's files."""
        return b"".join(path.read_bytes() for path in self.folder.glob("guestlist.db*"))

    def rows(self, query: str) -> list[tuple[str, ...]]:
        # Closed at once: a reader that lingers would keep Guestlist from clearing its write-ahead log.
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as reader:
            return reader.execute(query).fetchall()

    async def stop(self) -> None:
        self.running.send_signal(signal.SIGTERM)
        assert await self.running.wait() == 0

    async def command(self, *words: str) -> tuple[int | None, str]:
        """Run one of the operator's commands; return its exit code and all it said."""
        ended = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot.cli", *words),
            cwd=ROOT,
            env={**os.environ, **self.settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await ended.communicate()
        return ended.returncode, said.decode()


@asynccontextmanager
async def open_process(folder: Path) -> AsyncIterator[Process]:
    """Start Guestlist beside the sandbox as a process of its own, with its log in a file."""
    port = free_port()
    async with open_sandbox() as clinic, open_collector() as collector:
        told = {"GUESTLIST_OTLP_URL": collector.url, "GUESTLIST_METRICS_PORT": str(free_port()), **QUICKLY}
        settings = environment(clinic.url, folder / "guestlist.db", port) | told
        with (folder / "stderr").open("wb") as log:
            running = await asyncio.create_subprocess_exec(
                *(sys.executable, "app.py"), cwd=ROOT, env={**os.environ, **settings}, stderr=log
            )
        process = Process(clinic, folder, settings, collector, running)

        async def ready() -> bool:
            assert running.returncode is None, process.log
            return "Guestlist is ready" in process.log

        try:
            await until(ready, "Guestlist is ready", 120)
            await clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages")
            yield process
        finally:
            if running.returncode is None:
                running.kill()
                await running.wait()


async def waits_for_the_mailbox(process: Process) -> str:
    """Deliver a request whose mail is put off, and return the ticket of its link from the journal."""
    clinic = process.clinic
    await clinic.fault(match={"path": "/messages$"}, mix={"503-before": 1.0})
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("megan", "The mail is queued", "channel")
    [(link,)] = process.rows("SELECT secret FROM jobs WHERE secret <> ''")
    return link.partition("ticket=")[2].partition("&")[0]


async def a_failure_and_a_denial(clinic: Clinic) -> None:
    """Let a second request fail and a third be denied."""
    await clinic.act(act="setProperties", group="case-review", properties={"guestsAllowed": False})
    await clinic.say("megan", FURTHER + " and more", "channel")
    missing = await clinic.card("megan", "Not sent: 1 thing to change", "channel")
    form = await Form.of_card(clinic, "megan", missing, "invite.open", "channel")
    assert ADDRESS in spoken(form.dialog), "a sender is shown what they typed, to mend it"
    assert "what the guest gets" in form.errors["access"]
    await clinic.say("megan", FURTHER.replace("Case Review for", "Case Review as Case Review for"), "channel")
    await approve_anyway(clinic)
    await clinic.card("diego", "Delivery failed", "channel")
    await clinic.say("megan", INVITE.replace("Health Records", "Health Records as Auditor"), "channel")
    card = await waiting_for(clinic)
    await clinic.press("alex", card, "approval.deny", justification=DENIED)
    await clinic.card("megan", DENIED, "channel")


def without(text: str, secrets: Sequence[str], where: str) -> None:
    """Fail where a text holds any of these."""
    found = [secret for secret in secrets if secret.casefold() in text.casefold()]
    assert found == [], f"{where} holds {found}"


async def test_no_secret_gets_out_of_a_journey_and_forgetting_leaves_nothing(tmp_path: Path) -> None:
    async with open_process(tmp_path) as process:
        clinic = process.clinic
        ticket = await waits_for_the_mailbox(process)
        assert len(ticket) > 20
        assert ticket.encode() in process.kept, "the look into the file can find it"
        other_tables = [
            name for (name,) in process.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in set(other_tables) - {"jobs"}:
            without(str(process.rows(f"SELECT * FROM {table}")), [ticket], table)

        await clinic.post("/sandbox/faults/clear")
        await clinic.card("megan", "Mail\nSent", "channel")
        await a_failure_and_a_denial(clinic)
        assert process.rows("SELECT secret FROM jobs WHERE secret <> '' AND status = 'done'") == []

        for path in ("PORT/healthz", "PORT/readyz", "METRICS_PORT/metrics"):
            name, _, page_name = path.partition("/")
            where = f"http://127.0.0.1:{process.settings[f'GUESTLIST_{name}']}/{page_name}"
            async with clinic.http.get(where) as page:
                assert page.status == 200
                without(await page.text(), (*PRIVATE, *NEVER, ticket), path)
        without(str(process.rows("SELECT * FROM audit")), (*PRIVATE, *NEVER, ticket), "the audit")
        for who in ("megan", "alex", "diego"):
            for where in ("personal", "channel"):
                without(str(await clinic.messages(who, where)), (*NEVER, ticket), f"{who}'s {where}")
        await process.stop()

        told = process.collector.everything()
        assert all(one in told for one in ("job step", "turn said invite", "Graph refused a call"))
        without(told, (*PRIVATE, *NEVER, "Ursula", "Megan", "Bowen", ticket), "what was told to a collector")
        without(process.log, (*PRIVATE, *NEVER, ticket), "the log")
        assert ticket.encode() not in process.kept, "the link outlives its mail"
        assert ADDRESS.encode() in process.kept
        code, said = await process.command("forget", ADDRESS)
        assert code == 0, said
        without(process.kept.decode("latin-1"), PRIVATE, "the database")
        [(count,)] = process.rows("SELECT count(*) FROM audit")
        code, said = await process.command("audit", "verify")
        assert (code, said.startswith(f"{count} entries follow from each other")) == (0, True), said


async def test_what_others_see_of_a_request_holds_no_address_and_no_justification(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    await clinic.act(act="accept", address=ADDRESS)
    await clinic.card("diego", "accepted", "channel")
    await a_failure_and_a_denial(clinic)
    await settled(clinic)

    for who in ("diego", "isaiah"):
        cards = [str(one["card"]) for one in await clinic.messages(who, "channel") if one["from"]["bot"]]
        assert len(cards) >= 5
        without("\n".join(cards), PRIVATE, f"{who}'s channel")
    channel = await clinic.place("diego", "channel")
    heard = [one["detail"] for one in await clinic.ledger() if one["kind"] in {"card.posted", "card.updated"}]
    public = [one["fallbackText"] for one in heard if one["conversation"] == channel]
    assert len(public) > 8
    without("\n".join(public), PRIVATE, "a notification")


async def test_nothing_that_is_logged_holds_a_name_of_a_guest_or_a_link_before_it_is_redacted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for ours in ("guestlist", "bot", "access", "dialogs", "cards"):
        caplog.set_level(logging.DEBUG, ours)
    async with open_clinic(tmp_path) as clinic:
        faults = {"503-after": 0.2, "reset-after": 0.2, "429": 0.1}
        await clinic.fault(match={"method": "POST", "path": "^/v1.0/"}, mix=faults, seed=5)
        await clinic.say("megan", INVITE, "channel")
        await approve(clinic)
        await clinic.card("diego", "Delivered", "channel")
        await clinic.post("/sandbox/faults/clear")
        await a_failure_and_a_denial(clinic)
        await settled(clinic)

    known = logging.makeLogRecord({}).__dict__
    said = [
        f"{one.getMessage()} { {name: value for name, value in vars(one).items() if name not in known} }"
        for one in caplog.records
        if one.name.partition(".")[0] in {"guestlist", "bot", "access", "dialogs", "cards"}
    ]
    assert len(said) > 3
    without("\n".join(said), (*PRIVATE, *NEVER), "a log record")

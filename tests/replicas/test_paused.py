"""A replica that dies or stops with a step in hand: others take it over, and whoever wakes writes nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.processes import ROOT, free_port
from tests.clinic import environment, open_sandbox, until
from tests.replicas.replicas import Fleet, Replica, open_fleet
from tests.replicas.test_replicas import delivered_once

LEFT = "A job was left to its next holder"


@asynccontextmanager
async def beginning(folder: Path, database: str) -> AsyncIterator[Fleet]:
    """Serve the sandbox to replicas that are yet to be started."""
    async with open_sandbox() as clinic:
        fleet = Fleet(clinic, database, folder)
        try:
            yield fleet
        finally:
            for replica in fleet.replicas:
                await replica.kill()


@asynccontextmanager
async def pausing(fleet: Fleet, before: str, marker: Path) -> AsyncIterator[Replica]:
    """Start a replica that stops itself before its first call of this name."""
    port, log = free_port(), fleet.folder / "pausing.log"
    environ = environment(fleet.clinic.url, fleet.folder / "unused.db", port)
    environ |= {"GUESTLIST_DATABASE_URL": fleet.database}
    environ |= {"PAUSED_BEFORE": before, "PAUSED_MARKER": str(marker)}
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.replicas.paused",
            cwd=ROOT,
            env={**os.environ, **environ},
            stderr=stderr,
        )
    replica = Replica(port, log, process)

    async def ready() -> bool:
        assert process.returncode is None, log.read_text(encoding="utf-8")
        return (await replica.probe(fleet.clinic.http))[0] == 200

    try:
        await until(ready, "the replica is ready", 60)
        yield replica
    finally:
        process.kill()
        await process.wait()


# Where the process stops at a card, its invitation may have left just before: that link is lost with its
# answer, and a second call draws another.
@pytest.mark.parametrize(("before", "most"), [("invite", 1), ("update", 2)])
async def test_a_replica_stopped_beyond_its_lease_writes_nothing_when_it_wakes(
    tmp_path: Path, database: str, before: str, most: int
) -> None:
    marker = tmp_path / "stopped"

    async def stopped() -> bool:
        return marker.exists()

    async with beginning(tmp_path, database) as fleet, pausing(fleet, before, marker) as asleep:
        await fleet.route(asleep)
        await fleet.ask("ana")
        await fleet.clinic.card("megan", "R-1001", "channel")  # or it is stopped while it posts that
        card = await fleet.clinic.card("alex", "ana@fabrikam.com")
        pressing = asyncio.create_task(fleet.clinic.press("alex", card, "approval.approve"))
        await until(stopped, f"it stops before {before}")
        await fleet.start()
        await fleet.route(fleet.replicas[0])
        await fleet.clinic.say("alex", "/approve R-1001")  # the press may have come to nothing
        await fleet.delivered(1)
        before_waking = await fleet.clinic.ledger("graph.call")
        asleep.process.send_signal(signal.SIGCONT)

        async def left() -> bool:
            return LEFT in asleep.log.read_text(encoding="utf-8")

        await until(left, "it notices that its lease has run out")
        await pressing  # whose answer may have been lost
        await delivered_once(fleet, ["ana"], 0)
        assert 1 <= invitations(before_waking) <= most
        since = (await fleet.clinic.ledger("graph.call"))[len(before_waking) :]
        assert [one["detail"]["path"] for one in since if one["detail"]["method"] != "GET"] == []


def invitations(calls: list[dict[str, Any]]) -> int:
    return sum(one["detail"]["path"].endswith("/invitations") for one in calls)


async def test_what_a_killed_replica_had_in_hand_another_takes_over_within_twenty_seconds(
    tmp_path: Path, database: str
) -> None:
    async with open_fleet(tmp_path, database, 1) as fleet:
        await fleet.clinic.fault(match={"method": "POST", "path": "/invitations"}, do="hold", times=1)
        await fleet.ask("ana")
        await fleet.approve("ana")
        await until(lambda: fleet.clinic.get("/sandbox/held"), "the invitation has left")
        await fleet.start()
        await fleet.replicas[0].kill()
        await fleet.route(fleet.replicas[1])

        async def taken_over() -> bool:
            return bool(await fleet.rows("SELECT 1 FROM jobs WHERE name = 'invite' AND fence > 1"))

        await until(taken_over, "another replica claims the step", 20)
        await fleet.delivered(1)
        await delivered_once(fleet, ["ana"])

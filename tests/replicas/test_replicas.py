"""Several processes on one database: anybody does anything, and everything once."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.processes import ROOT
from tests.clinic import PATIENCE, environment, until
from tests.replicas.replicas import Fleet, Replica, open_fleet
from tests.replicas.versions import next_version
from tests.wire import laid

READING = "/users/delta"


async def delivered_once(fleet: Fleet, guests: list[str], *unanswered: int) -> None:
    """Judge by the sandbox's ledger that every guest got everything once, and every card in its order.

    `unanswered` are what else a turn may have come to: 0 where the replica that took it was stopped.
    """
    ledger = await fleet.clinic.ledger()

    def of(kind: str) -> list[dict[str, Any]]:
        return [one["detail"] for one in ledger if one["kind"] == kind]

    created = Counter(one["address"] for one in of("user.created"))
    mailed = Counter(to for one in of("mail.sent") for to in one["to"])
    once = dict.fromkeys([f"{guest}@fabrikam.com" for guest in guests], 1)
    assert created == once
    assert mailed == once
    assert len(of("member.added")) == len(guests)
    assert {one["status"] for one in of("activity.delivered")} <= {200, 201, 202, *unanswered}
    posted = Counter((one["conversation"], one["fallbackText"]) for one in of("card.posted"))
    assert [card for card, times in posted.items() if times > 1] == []
    for _, shown in groupby(sorted(cards_of(ledger)), key=lambda card: card[0]):
        texts = [text for text, _ in groupby(text for _, _, text in shown)]
        assert len(texts) == len(set(texts)), f"a card went back: {texts}"


def cards_of(ledger: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    """Return each showing of a card: its message, its place in the ledger, its words."""
    return [
        (one["detail"]["activityId"], place, one["detail"]["fallbackText"])
        for place, one in enumerate(ledger)
        if one["kind"] in ("card.posted", "card.updated")
    ]


def operator(fleet: Fleet, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the operator's, beside everything that runs."""
    environ = environment(fleet.clinic.url, fleet.folder / "unused.db")
    environ |= {"GUESTLIST_DATABASE_URL": fleet.database, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


async def seconds_for_readings(fleet: Fleet, number: int) -> float:
    """Return how long it takes until the directory was asked so many times who has changed."""

    async def count() -> int:
        calls = await fleet.clinic.ledger("graph.call")
        return sum(READING in one["detail"]["path"] for one in calls)

    before, begun = await count(), time.monotonic()

    async def read() -> bool:
        return await count() - before >= number

    await until(read, f"the directory is asked {number} times")
    return time.monotonic() - begun


async def _seconds_until_end(replica: Replica) -> float:
    begun = time.monotonic()
    await replica.process.wait()
    return time.monotonic() - begun


async def test_three_that_start_at_once_take_any_turn_do_everything_once_and_read_one_at_a_time(
    tmp_path: Path, database: str
) -> None:
    guests = ["ana", "ben", "cleo"]
    async with open_fleet(tmp_path, database, 3) as fleet:
        for place, guest in enumerate(guests):
            await fleet.route(fleet.replicas[place % 3])
            await fleet.ask(guest)
            await fleet.route(fleet.replicas[(place + 1) % 3])
            await fleet.approve(guest)
        await fleet.delivered(len(guests))
        assert await seconds_for_readings(fleet, 4) > 2, "one reads once a second; three had taken half of it"
        await delivered_once(fleet, guests)
        verified = await asyncio.to_thread(operator, fleet, "audit", "verify")
        assert (verified.returncode, "entries follow from each other" in verified.stdout) == (0, True), (
            verified
        )
        forgotten = await asyncio.to_thread(operator, fleet, "forget", "ana@fabrikam.com")
        assert "from 1 request" in forgotten.stdout, forgotten


async def test_what_replicas_that_die_leave_behind_the_last_one_finishes(
    tmp_path: Path, database: str
) -> None:
    guests = ["ana", "ben", "cleo"]
    async with open_fleet(tmp_path, database, 3) as fleet:
        for guest in guests:
            await fleet.ask(guest)
        for guest in guests:
            await fleet.approve(guest)
        for replica in fleet.replicas[:2]:
            await replica.kill()
        await fleet.route(fleet.replicas[2])
        await fleet.delivered(len(guests))
        await delivered_once(fleet, guests)
        await fleet.clinic.act(act="accept", address="ana@fabrikam.com")

        async def told() -> bool:
            return bool(await fleet.rows("SELECT 1 FROM audit WHERE what = 'guest.accepted'"))

        await until(told, "the last one has taken over the reading, too")


async def test_a_rolling_upgrade_loses_doubles_and_refuses_nothing_and_hangs_on_nobody(
    tmp_path: Path, database: str
) -> None:
    """The next version brings other tables, and begins beside this one, which has a step in hand."""
    guests = ["ana", "ben", "cleo"]
    async with open_fleet(tmp_path, database, 1) as fleet:
        (old,) = fleet.replicas
        for guest in guests:
            await fleet.ask(guest)
        await fleet.clinic.fault(match={"method": "POST", "path": "/invitations"}, do="hold", times=1)
        for guest in guests:
            await fleet.approve(guest)

        async def held() -> bool:
            return bool(await fleet.clinic.get("/sandbox/held"))

        await until(held, "an invitation of the old replica hangs")
        await fleet.start(root=next_version(tmp_path))
        assert await fleet.rows("SELECT version_num FROM alembic_version") == [("9999",)]
        await fleet.ask("dora")  # of the old one, on the new one's tables
        ending = asyncio.create_task(_seconds_until_end(old))
        old.terminate()

        async def leaving() -> bool:
            return await old.probe(fleet.clinic.http) == (503, "stopping")

        await until(leaving, "the old replica says that it leaves")
        await fleet.ask("emil")  # who has not heard yet that it leaves is answered still
        await fleet.route(fleet.replicas[1])
        for guest in ("dora", "emil"):
            await fleet.approve(guest)
        assert await ending < 30
        assert old.process.returncode == 0

        async def taken_over() -> bool:
            return bool(await fleet.rows("SELECT 1 FROM jobs WHERE name = 'invite' AND fence > 1"))

        await until(taken_over, "the step that hung is put up for others before its lease ends", 10)
        await fleet.delivered(5)
        await delivered_once(fleet, [*guests, "dora", "emil"])

        late = await fleet.begin()
        assert await asyncio.wait_for(late.process.wait(), PATIENCE) == 2
        assert "was written by a newer Guestlist (schema 9999" in late.log.read_text(encoding="utf-8")


async def test_what_graph_tells_one_replica_all_obey(tmp_path: Path, database: str) -> None:
    """One budget for all: the tenant asks one of them to wait, and none of them calls."""
    guests = ["ana", "ben", "cleo"]
    async with open_fleet(tmp_path, database, 3) as fleet:
        for guest in guests:
            await fleet.ask(guest)
        held = {"method": "POST", "path": "/invitations$"}
        await fleet.clinic.fault(match=held, do="429", times=1, retryAfter=5)
        for guest, replica in zip(guests, fleet.replicas, strict=True):
            await fleet.route(replica)
            await fleet.approve(guest)
        await fleet.delivered(3)
        await delivered_once(fleet, guests)
        calls = [one for one in await fleet.clinic.ledger() if one["kind"] == "graph.call"]
        (told,) = [datetime.fromisoformat(one["at"]) for one in calls if one["detail"]["status"] == 429]
        later = [datetime.fromisoformat(one["at"]) - told for one in calls]
        begun = [one for one in later if timedelta(seconds=3) < one < timedelta(seconds=4.9)]
        assert begun == [], "what had left when the answer came is let through, and nothing else"
        assert max(later) > timedelta(seconds=4.9)


async def test_while_the_database_is_away_probes_say_so_at_once_and_afterwards_all_goes_on(
    tmp_path: Path, database: str
) -> None:
    async with laid(database) as wire, open_fleet(tmp_path, database, 0) as fleet:
        await fleet.start(url=wire.url)
        (replica,) = fleet.replicas
        await fleet.route(replica)
        await fleet.ask("ana")
        await fleet.clinic.card("alex", "ana@fabrikam.com")
        wire.refusing = True
        wire.cut()
        words = set()

        async def says(status: int) -> bool:
            begun = time.monotonic()
            health, (ready, word) = await asyncio.gather(
                replica.probe(fleet.clinic.http, "/healthz"), replica.probe(fleet.clinic.http)
            )
            assert (health, time.monotonic() - begun < 5) == ((200, "alive"), True)
            words.add(word)
            return ready == status

        await until(lambda: says(503), "it is not ready")
        wire.refusing = False
        await until(lambda: says(200), "it is ready again")
        assert words == {"ready", "the database does not answer"}
        await fleet.approve("ana")
        await fleet.delivered(1)
        said = replica.log.read_text(encoding="utf-8")
        assert said.count("The store does not answer") == said.count("The store answers again") == 1, said
        assert "Traceback" not in said

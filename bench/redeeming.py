"""A hundred thousand guests: what it costs to begin to know who accepts, and then each who does."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from access.rules import sending
from access.rules.changing import entry
from access.rules.model import (
    Change,
    Give,
    GiveKind,
    Kind,
    Named,
    ObjectId,
    Place,
    Request,
    RequestId,
    State,
    Term,
)
from access.service.redeem import CURSOR, OWED
from bench.load import open_store
from bench.processes import Bot, free_port, running, served
from bot.clock import SteadyClock
from bot.credential import StaticCredential
from bot.graph import Graph
from bot.teams.reference import Reference
from sandbox.entra.crowd import guest_id
from sandbox.settings import Settings
from sandbox.story import Story
from tests.clinic import environment, until

GUESTS, WAITED_FOR, ACCEPTED = 100_000, 10_000, 100
_ALONE = 500
"""How many guests are read each by itself, to say what all who are waited for would cost."""
_QUIET = 20.0


STORY = Story.load()
MEGAN = Named(ObjectId(STORY.person("megan")["id"]), "Megan")


@dataclass(frozen=True, slots=True)
class Redeeming:
    """CPU in seconds of Guestlist alone, all of it since its start; memory in MB, the most it ever had."""

    first: float
    took: float
    calls: int
    """To `/users`, the index of typeahead among them."""
    peak: float
    changes: float
    changes_calls: int
    quiet: float
    """CPU as a share of one core, while nobody accepts."""
    alone: float
    """Seconds of CPU for a call for everybody who is waited for, reckoned from fewer."""


def rows(found: Redeeming) -> list[tuple[str, ...]]:
    """Return what was measured, in words, and what is wanted."""
    return [
        ("from the start until it rests: CPU", f"{found.first:.1f} s", "≤ 30 s"),
        ("the same: calls about users", f"{found.calls:,}", "–"),
        ("the most memory it ever had", f"{found.peak:.0f} MB", "≤ 200 MB"),
        (f"a call for each of the {WAITED_FOR:,} instead: CPU", f"{found.alone:.1f} s", "–"),
        (f"{ACCEPTED} accept, until each is told and it rests: CPU", f"{found.changes:.1f} s", "–"),
        ("the same: calls about users", f"{found.changes_calls}", f"{ACCEPTED} and a few"),
        ("nobody accepts: CPU of a core", f"{found.quiet:.2%}", "–"),
    ]


async def measure() -> Redeeming:
    with TemporaryDirectory() as name:
        file, port = Path(name) / "bench.db", free_port()
        async with _tenant() as graph, aiohttp.ClientSession() as http:
            await _fill(file, await megans(http, graph))
            settings = environment(graph, file, port) | {"GUESTLIST_STATIC_TOKEN": Settings().token}
            async with running(["app.py"], settings, port) as bot:
                begun = time.monotonic()
                await until(lambda: _caught_up(file), "everybody is caught up on", 600)
                took = time.monotonic() - begun
                await _rest(bot)
                first, calls = bot.cpu(), await _calls(http, graph)
                await asyncio.sleep(_QUIET)
                before, quiet = bot.cpu(), (bot.cpu() - first) / _QUIET
                await _accept(http, graph)
                await until(lambda: _told(file), "everybody who accepted is known", 120)
                await _rest(bot)
                changes, more = bot.cpu() - before, await _calls(http, graph) - calls
                peak = bot.peak()
            alone = await _alone(graph)
        return Redeeming(first, took, calls, peak, changes, more, quiet, alone)


@asynccontextmanager
async def _tenant() -> AsyncIterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    size = ["--port", str(port), "--guests", str(GUESTS), "--pending", str(WAITED_FOR)]
    async with served(["-m", "sandbox", *size], f"{url}/sandbox/switches"):
        yield url


async def _caught_up(file: Path) -> bool:
    notes = dict(_sql(file, "SELECT key, value FROM notes"))
    return bool(notes.get(CURSOR)) and not notes[OWED]


async def _told(file: Path) -> bool:
    [[left]] = _sql(file, "SELECT count(*) FROM requests WHERE pending_guest_id IS NOT NULL")
    return bool(left == WAITED_FOR - ACCEPTED)


def _sql(file: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(file) as reader:
        return reader.execute(query).fetchall()


async def _rest(bot: Bot) -> None:
    """Wait until it does next to nothing."""

    async def rests() -> bool:
        before = bot.cpu()
        await asyncio.sleep(2)
        return bot.cpu() - before < 0.1

    await until(rests, "it has come to rest", 120)


async def _calls(http: aiohttp.ClientSession, graph: str) -> int:
    async with http.get(f"{graph}/sandbox/ledger", params={"kind": "graph.call"}) as answer:
        paths = [entry["detail"]["path"] for entry in await answer.json()]
    return len([one for one in paths if one.startswith("/users")])


async def _accept(http: aiohttp.ClientSession, graph: str) -> None:
    for number in range(ACCEPTED):
        body = {"act": "accept", "id": guest_id(number)}
        async with http.post(f"{graph}/sandbox/act", json=body) as answer:
            answer.raise_for_status()


async def _alone(graph: str) -> float:
    """Read some guests each by itself, and reckon what that is for all who are waited for."""
    client = await Graph.open(graph, StaticCredential(Settings().token), "", SteadyClock())
    await client.directory.guest(ObjectId(guest_id(0)))
    begun = time.process_time()
    for number in range(_ALONE):
        await client.directory.guest(ObjectId(guest_id(number)), waited_for=False)
    spent = time.process_time() - begun
    await client.close()
    return spent * WAITED_FOR / _ALONE


async def megans(http: aiohttp.ClientSession, graph: str) -> Place:
    """Return Megan's own chat with Guestlist, where she is told."""
    async with http.get(f"{graph}/teams/conversations", params={"as": "megan"}) as answer:
        [mine] = [one["id"] for one in await answer.json() if one["kind"] == "personal"]
    bot, service = f"28:{STORY.bot['appId']}", f"{graph}/connector/"
    return Reference(service=service, conversation=mine, thread="", tenant=STORY.tenant_id, bot=bot).place


async def _fill(file: Path, place: Place) -> None:
    """Write requests that wait for guests of the crowd to accept."""
    store = await open_store(f"sqlite:///{file}")
    for first in range(0, WAITED_FOR, 500):
        await asyncio.gather(*(_add(store, number, place) for number in range(first, first + 500)))
    await store.close()


async def _add(store: Any, index: int, place: Place) -> None:
    subject = await store.subject(f"guest{index}@partner.example")

    def make(number: int, now: datetime) -> Change:
        request = Request(
            request_id=RequestId(f"{index:032x}"),
            number=number,
            version=0,
            state=State.SUBMITTED,
            kind=Kind.INVITE,
            requestor=MEGAN,
            subject=subject,
            address=f"guest{index}@partner.example",
            guest_name="Waiting",
            app=Named(ObjectId("22222222-2222-4222-8222-222222222222"), "Bench"),
            give=Give(GiveKind.GROUP, ObjectId("33333333-3333-4333-8333-333333333333"), "Bench"),
            term=Term(days=90),
            justification="the bench measures it",
            message="",
            place=place,
            submitted_at=now,
            closes_at=now + timedelta(days=14),
            changed_at=now,
        )
        sent = sending.send(request, now, personal=True)
        waits = replace(
            sent.request,
            state=State.DELIVERED,
            guest_id=ObjectId(guest_id(index)),
            awaits_acceptance=True,
            delivered_at=now,
            adopted=True,  # whose access nobody approved here
        )
        adopted = entry(waits, "assignment.adopted", {}, MEGAN.object_id)
        return replace(sent, request=waits, jobs=(), audit=(*sent.audit, adopted))

    await store.add(make)


if __name__ == "__main__":
    for row in rows(asyncio.run(measure())):
        print(" | ".join(row))

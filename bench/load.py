"""The engine under load: replicas fed with lives, as many at once or as many a second as wanted."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from access.rules.audit import verify
from access.rules.model import State
from bench.channel import Channel
from bench.doubles import MEGAN
from bench.processes import Bot, cpu_of, free_port, running
from bench.turns import APP, TENANT, write_policy
from bot.clock import SteadyClock
from bot.store import SqliteStore
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.clinic import until

AT_ONCE = 384
"""How many lives are begun and not ended in all replicas together, where no rate is asked for.

A life takes three to four seconds of waiting, for its guest among others; with fewer, that would be measured.
"""
WARM, MEASURED = 8.0, 20.0


@dataclass(slots=True)
class Fleet:
    """Replicas over one database, and how many lives were begun and are over."""

    url: str
    channel: Channel
    bots: list[Bot]
    begun: int = 0
    over: int = 0
    refill: bool = False
    done: Counter[str] = field(default_factory=Counter)
    lived: list[float] = field(default_factory=list)

    def begin(self, bot: Bot, count: int) -> None:
        self.begun += count
        self.say(bot, str(count))

    def say(self, bot: Bot, line: str) -> None:
        assert bot.child.stdin is not None
        bot.child.stdin.write(f"{line}\n".encode())

    def cpu(self) -> float:
        return sum(bot.cpu() for bot in self.bots)

    def server_cpu(self) -> float:
        return server_cpu() if self.url.startswith("postgres") else 0.0

    async def hear(self, bot: Bot, place: int) -> None:
        """Count what is over; where the fleet is kept full, the next replica begins as many."""
        assert bot.child.stdout is not None
        while line := await bot.child.stdout.readline():
            said = json.loads(line)
            if isinstance(said, int):
                self.over += said
                if self.refill:
                    self.begin(self.bots[(place + 1) % len(self.bots)], said)
            else:
                self.lived += said.pop("lived")
                self.done.update(said)

    async def pace(self, rate: float) -> None:
        """Begin lives at this rate, one replica after the other."""
        started, number = time.monotonic(), 0
        while True:
            number += 1
            self.begin(self.bots[number % len(self.bots)], 1)
            await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Load:
    """Lives a second, and CPU milliseconds a life: in the replicas, in the database's server."""

    rate: float
    cpu: float
    server: float
    cores: float
    """What replicas and server used of the machine."""
    lived: float
    """The median life in seconds, from sent to told, without the second that the guest takes."""


def server_cpu() -> float:
    """Return the CPU seconds of all of the server's processes."""
    pid = int((postgres.server().folder / "postmaster.pid").read_text().split("\n", 1)[0])
    postmaster, total = psutil.Process(pid), 0.0
    for process in (postmaster, *postmaster.children()):
        try:
            total += cpu_of(process)
        except psutil.NoSuchProcess:
            continue
    return total


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[str]:
    """Give a database of a kind, `SQLite` or `PostgreSQL`, for as long as it is used."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    url = await postgres.new_database()
    yield url
    await postgres.drop(url)


@asynccontextmanager
async def fleet(
    url: str, folder: Path, replicas: int, channel: Channel, *, judged: bool = True
) -> AsyncIterator[Fleet]:
    """Start replicas; if judged, let every life end, and see that each was lived whole and once."""
    feed = folder / "feed"
    feed.touch()
    own = {"BENCH_FEED": str(feed), "GUESTLIST_DATABASE_URL": url, "GUESTLIST_DELTA_SECONDS": "1"}
    async with AsyncExitStack() as stack:
        bots = []
        for _ in range(replicas):
            port = free_port()
            settings = _settings(channel, folder, port) | own
            bots.append(
                await stack.enter_async_context(running(["-m", "bench.engine"], settings, port, piped=True))
            )
        ships = Fleet(url, channel, bots)
        hearing = [asyncio.create_task(ships.hear(bot, place)) for place, bot in enumerate(bots)]
        yield ships
        ships.refill = False
        if judged:
            await until(lambda: _all_over(ships), "every life ends", 180)
        for bot in bots:
            assert bot.child.stdin is not None
            bot.child.stdin.close()
        await asyncio.gather(*hearing)
    if judged:
        await _judge(ships)


def _settings(channel: Channel, folder: Path, port: int) -> dict[str, str]:
    return {
        "GUESTLIST_APP_ID": APP,
        "GUESTLIST_TENANT_ID": TENANT,
        "GUESTLIST_CREDENTIAL": "static",
        "GUESTLIST_STATIC_TOKEN": "bench",
        "GUESTLIST_POLICY_FILE": str(write_policy(folder)),
        "GUESTLIST_GRAPH_URL": channel.origin,
        "GUESTLIST_LOGIN_URL": channel.origin,
        "GUESTLIST_CHANNEL_OPENID_URL": f"{channel.origin}/openid",
        "GUESTLIST_SERVICE_ORIGINS": channel.origin,
        "GUESTLIST_PORT": str(port),
    }


async def _all_over(ships: Fleet) -> bool:
    return ships.over >= ships.begun


async def _judge(ships: Fleet) -> None:
    store = await open_store(ships.url)
    records = await store.requested_by(MEGAN, 10**6)
    entries = [entry async for entry in store.audit_entries()]
    await store.close()
    lives = ships.begun
    assert len(records) == lives, (len(records), lives)
    assert all(one.request.state is State.DELIVERED and one.request.accepted_at for one in records)
    once = {name: ships.done[name] for name in ("invited", "given", "mailed", "proved")}
    assert set(once.values()) <= {lives}, (once, lives)
    assert verify(entries) is None, "the chain is broken"


async def open_store(url: str) -> SqliteStore | PostgresStore:
    if url.startswith("sqlite"):
        return await SqliteStore.open(Path(url.removeprefix("sqlite:///")), SteadyClock(), lambda _: None)
    return await PostgresStore.open(url, lambda _: None)


async def lives(kind: str, replicas: int = 1) -> Load:
    """Measure how many lives a second these replicas manage together."""
    with TemporaryDirectory() as name:
        async with database(kind, Path(name)) as url:
            async with fleet(url, Path(name), replicas, Channel(APP, TENANT)) as ships:
                ships.refill = True
                for bot in ships.bots:
                    ships.begin(bot, AT_ONCE // replicas)
                await until(lambda: _in_full_swing(ships), "the first lives are over", 180)
                before = await _standing(ships)
                await asyncio.sleep(MEASURED)
                spent = [late - early for late, early in zip(await _standing(ships), before, strict=True)]
            over, cpu, server, seconds = spent
            cores = (cpu + server) / seconds
            return Load(over / seconds, cpu * 1000 / over, server * 1000 / over, cores, median(ships.lived))


async def _in_full_swing(ships: Fleet) -> bool:
    """Tell whether as many lives are over as were begun at once: from then on all stages are busy."""
    return ships.over >= AT_ONCE


async def _standing(ships: Fleet) -> tuple[float, float, float, float]:
    return ships.over, ships.cpu(), ships.server_cpu(), time.monotonic()


async def entries(replicas: int = 3) -> float:
    """Return how many audit entries a second these replicas add to one chain, each written by itself."""
    with TemporaryDirectory() as name:
        async with (
            database("PostgreSQL", Path(name)) as url,
            fleet(url, Path(name), replicas, Channel(APP, TENANT)) as ships,
        ):
            for bot in ships.bots:
                ships.say(bot, "audit")
            await asyncio.sleep(WARM)
            before, begun = await _newest_entry(url), time.monotonic()
            await asyncio.sleep(MEASURED / 2)
            return (await _newest_entry(url) - before) / (time.monotonic() - begun)


async def _newest_entry(url: str) -> int:
    (row,) = await postgres.run(url, "SELECT coalesce(max(seq), 0) AS seq FROM audit")
    return int(row["seq"])

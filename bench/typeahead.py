"""Typeahead over HTTP on a large tenant: what a person waits for, and what the index costs."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from bench import wire
from bench.channel import Channel
from bench.processes import Bot, free_port, running, served
from bench.turns import APP, TENANT
from sandbox.settings import Settings
from sandbox.story import Story
from tests.clinic import environment, until

APPS, GUESTS = 5_000, 20_000
COUNT, AT_ONCE = 500, 16
_PAGE = 999
_TYPED = ("health rec", "radiology portal", "ward", "zzz", "écho", "12", "")
_POLICY = (
    '[defaults]\nrequestors = ["members", "group-owners", "group:9e1a4a9c-fe49-53c5-af11-6a22312f2c90"]\n'
)
"""Everybody may request for every app, so that no app is left out early, and every way to it is read."""
SLOW, TYPING, PAUSE = 0.1, 40.0, 31.0
"""Seconds that a call to a slow Graph takes, that people type with it, and that they pause before, so that
nothing is remembered of what they may request for."""
_LETTER = 0.25


@dataclass(frozen=True, slots=True)
class Typeahead:
    """Milliseconds that a search takes, and of its CPU; the index in MB, and a reading in seconds of CPU.

    With a slow Graph: of people's first letters the middle and the longest, and of those that they type on.
    """

    p50: float
    p99: float
    cpu: float
    index: float
    reading: float
    first: tuple[float, float]
    further: tuple[float, float]


async def measure() -> Typeahead:
    with TemporaryDirectory() as small, TemporaryDirectory() as large:
        async with _bot(Path(small), 0, 0) as (bot, _, _):
            without = bot.cpu(), bot.resident()
        async with _bot(Path(large), APPS, GUESTS) as (bot, channel, graph):
            reading, index = bot.cpu() - without[0], bot.resident() - without[1]
            taken, cpu = await _searches(bot, channel)
            first, further = await _slowly(bot, channel, graph)
    return Typeahead(*_p50_p99(taken), cpu, index, reading, (first[len(first) // 2], first[-1]), further)


def _p50_p99(taken: list[float]) -> tuple[float, float]:
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


@asynccontextmanager
async def _bot(folder: Path, apps: int, guests: int) -> AsyncIterator[tuple[Bot, Channel, str]]:
    """Start Guestlist beside a tenant of this size, and wait until it has read that."""
    channel = Channel(APP, TENANT)
    server = await wire.serve("127.0.0.1", channel.answer)
    channel.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    port, graph_port = free_port(), free_port()
    graph, policy = f"http://127.0.0.1:{graph_port}", folder / "policy.toml"
    policy.write_text(_POLICY, encoding="utf-8")
    own = {
        **environment(graph, folder / "bench.db", port, policy),
        "GUESTLIST_APP_ID": APP,
        "GUESTLIST_TENANT_ID": TENANT,
        "GUESTLIST_STATIC_TOKEN": Settings().token,
        "GUESTLIST_CHANNEL_OPENID_URL": f"{channel.origin}/openid",
        "GUESTLIST_SERVICE_ORIGINS": channel.origin,
        "GUESTLIST_DELTA_SECONDS": "3600",
    }
    size = ["--port", str(graph_port), "--apps", str(apps), "--guests", str(guests)]
    async with (
        served(["-m", "sandbox", *size], f"{graph}/sandbox/switches"),
        running(["app.py"], own, port) as bot,
    ):
        await _warm(bot, channel, graph, guests)
        yield bot, channel, graph
    server.close()


async def _warm(bot: Bot, channel: Channel, graph: str, guests: int) -> None:
    """Wait until the last page has been read, and see that a guest is found as only the index finds them."""
    async with aiohttp.ClientSession() as http:

        async def read() -> bool:
            async with http.get(f"{graph}/sandbox/ledger", params={"kind": "graph.call"}) as answer:
                calls = [entry["detail"] for entry in await answer.json()]
            return len([one for one in calls if one["path"] == "/users"]) > guests // _PAGE

        await until(read, "the index is read", 180)
        await asyncio.sleep(2)
        assert bool(await _search(http, bot, channel, "guests", "artner")) == bool(guests)


async def _searches(bot: Bot, channel: Channel) -> tuple[list[float], float]:
    """Type letter by letter, 16 people at once, and return the milliseconds of each search and its CPU."""
    typed = [text[:end] for text in _TYPED for end in range(1, len(text) + 1)] + [""]
    typed *= COUNT // len(typed)
    asked = [(dataset, text) for text in typed for dataset in ("apps", "guests")]
    queue, taken = iter(asked), list[float]()

    async def person(http: aiohttp.ClientSession) -> None:
        for dataset, text in queue:
            begun = time.perf_counter()
            await _search(http, bot, channel, dataset, text)
            taken.append((time.perf_counter() - begun) * 1000)

    async with aiohttp.ClientSession() as http:
        await _search(http, bot, channel, "apps", "")
        before = bot.cpu()
        await asyncio.gather(*(person(http) for _ in range(AT_ONCE)))
        spent = bot.cpu() - before
    return sorted(taken), spent * 1000 / len(taken)


async def _slowly(bot: Bot, channel: Channel, graph: str) -> tuple[list[float], tuple[float, float]]:
    """Have people begin one after another, then all type on, twice, while each call to Graph takes long.

    What somebody may request for is read at the first letter, and anew behind the further ones. They do not
    begin at once, since the sandbox looks through all of its objects for what somebody owns.
    """
    people = [one["id"] for one in Story.load().raw["people"] if one["accountEnabled"]]
    first, further = list[float](), list[float]()

    async def letter(http: aiohttp.ClientSession, who: str, text: str, taken: list[float]) -> None:
        pressed = time.perf_counter()
        await _search(http, bot, channel, "apps", text, who)
        taken.append((time.perf_counter() - pressed) * 1000)

    async def person(http: aiohttp.ClientSession, who: str) -> None:
        letters = itertools.cycle([text[:end] for text in _TYPED for end in range(len(text) + 1)])
        begun = time.perf_counter()
        while time.perf_counter() - begun < TYPING:
            await letter(http, who, next(letters), further)
            await asyncio.sleep(_LETTER)

    async with aiohttp.ClientSession() as http:
        rule = {"match": {"path": "/v1.0/"}, "do": "delay", "seconds": SLOW, "times": None}
        async with http.post(f"{graph}/sandbox/faults", json=rule) as answer:
            answer.raise_for_status()
        for _ in range(2):
            await asyncio.sleep(PAUSE)
            for who in people:
                await letter(http, who, "h", first)
            await asyncio.gather(*(person(http, who) for who in people))
    return sorted(first), _p50_p99(sorted(further))


async def _search(
    http: aiohttp.ClientSession, bot: Bot, channel: Channel, dataset: str, text: str, who: str = ""
) -> list[dict[str, Any]]:
    value = {"dataset": dataset, "queryText": text, "queryOptions": {"skip": 0, "top": 15}}
    activity = channel.activity(0, "") | {"type": "invoke", "name": "application/search", "value": value}
    activity["from"] = {**activity["from"], "aadObjectId": who or Story.load().person("megan")["id"]}
    headers = {"Authorization": f"Bearer {channel.token()}"}
    async with http.post(f"{bot.url}/api/messages", json=activity, headers=headers) as response:
        assert response.status == 200, response.status
        rows: list[dict[str, Any]] = (await response.json())["value"]["results"]
        return rows

"""Typeahead over HTTP on a large tenant: what a person waits for, and what the index costs."""

import asyncio
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
_POLICY = '[defaults]\nrequestors = ["members"]\n'
"""Everybody may request for every app, so that no app is left out early."""


@dataclass(frozen=True, slots=True)
class Typeahead:
    """Milliseconds that a search takes, and of its CPU; the index in MB, and a reading in seconds of CPU."""

    p50: float
    p99: float
    cpu: float
    index: float
    reading: float


async def measure() -> Typeahead:
    with TemporaryDirectory() as small, TemporaryDirectory() as large:
        async with _bot(Path(small), 0, 0) as (bot, _):
            without = bot.cpu(), bot.resident()
        async with _bot(Path(large), APPS, GUESTS) as (bot, channel):
            reading, index = bot.cpu() - without[0], bot.resident() - without[1]
            taken, cpu = await _searches(bot, channel)
    return Typeahead(taken[len(taken) // 2], taken[int(len(taken) * 0.99)], cpu, index, reading)


@asynccontextmanager
async def _bot(folder: Path, apps: int, guests: int) -> AsyncIterator[tuple[Bot, Channel]]:
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
        yield bot, channel
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


async def _search(
    http: aiohttp.ClientSession, bot: Bot, channel: Channel, dataset: str, text: str
) -> list[dict[str, Any]]:
    value = {"dataset": dataset, "queryText": text, "queryOptions": {"skip": 0, "top": 15}}
    activity = channel.activity(0, "") | {"type": "invoke", "name": "application/search", "value": value}
    activity["from"] = {**activity["from"], "aadObjectId": Story.load().person("megan")["id"]}
    headers = {"Authorization": f"Bearer {channel.token()}"}
    async with http.post(f"{bot.url}/api/messages", json=activity, headers=headers) as response:
        assert response.status == 200, response.status
        rows: list[dict[str, Any]] = (await response.json())["value"]["results"]
        return rows

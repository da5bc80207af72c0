"""A chat turn while the same process delivers at a steady rate: what a person waits for an answer."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from bench import wire
from bench.channel import Channel
from bench.load import WARM, Fleet, database, fleet
from bench.turns import APP, TENANT

HELP, CANCEL = "/help", "/cancel R-9"
"""A turn that writes nothing; and one that notes its activity, looks a request up, and finds none."""
TURNS_A_SECOND, COUNT = 20, 500


@dataclass(frozen=True, slots=True)
class Beside:
    """p50 and p99 of each kind of turn in milliseconds, and the lives a second that went on beside them."""

    times: dict[str, tuple[float, float]]
    rate: float


async def turns(kind: str, rate: float) -> Beside:
    """Measure turns while `rate` lives a second are begun, whether the engine keeps up with that or not."""
    channel = Channel(APP, TENANT)
    server = await wire.serve("127.0.0.1", channel.answer)
    channel.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with TemporaryDirectory() as name:
        async with (
            database(kind, Path(name)) as url,
            fleet(url, Path(name), 1, channel, judged=False) as ships,
        ):
            pacing = asyncio.create_task(ships.pace(rate))
            await asyncio.sleep(WARM)
            over, begun = ships.over, time.monotonic()
            taken = await _taken(ships)
            kept = (ships.over - over) / (time.monotonic() - begun)
            pacing.cancel()
            with suppress(asyncio.CancelledError):
                await pacing
    server.close()
    return Beside({text: (_at(times, 0.5), _at(times, 0.99)) for text, times in taken.items()}, kept)


async def _taken(ships: Fleet) -> dict[str, list[float]]:
    """Send turns evenly, both kinds in turn, and return what each took in milliseconds."""
    channel, (bot, *_) = ships.channel, ships.bots
    headers = {"Authorization": f"Bearer {channel.token()}"}
    taken: dict[str, list[float]] = {HELP: [], CANCEL: []}

    async def send(http: aiohttp.ClientSession, number: int, text: str) -> None:
        begun = time.perf_counter()
        activity = channel.activity(number, text)
        async with http.post(f"{bot.url}/api/messages", json=activity, headers=headers) as response:
            assert response.status in (200, 201, 202), response.status
        taken[text].append((time.perf_counter() - begun) * 1000)

    async with aiohttp.ClientSession() as http:
        for number in range(10):
            await send(http, number, CANCEL)
        taken[CANCEL].clear()
        sent, started = channel.calls["connector"], time.monotonic()
        async with asyncio.TaskGroup() as sending:
            for number in range(COUNT):
                await asyncio.sleep(max(0.0, started + number / TURNS_A_SECOND - time.monotonic()))
                sending.create_task(send(http, 100 + number, (HELP, CANCEL)[number % 2]))
    assert channel.calls["connector"] - sent >= COUNT, "a turn was not answered"
    return taken


def _at(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)]

"""Ten thousand change notifications a minute, every other one forged, beside people who type."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web

from bench.processes import Bot, free_port, running
from sandbox.app import WORLD, World, create
from sandbox.settings import Settings
from tests.clinic import TOKEN, Clinic, environment, until

COUNT, SECONDS = 10_000, 60.0
TURNS_A_SECOND = 5
ALONE = 20.0
"""Seconds for which people type without notifications: what is taken off for them."""
_INVITE = "/invite ana@fabrikam.com to Health Records for 90d because the bench waits for her"


@dataclass(frozen=True, slots=True)
class Notified:
    """Milliseconds of the answers and of the turns; CPU of Guestlist for each notification, in milliseconds.

    That CPU holds the readings of the delta, which `deltas` counts.
    """

    answered: int
    p50: float
    p99: float
    longest: float
    cpu: float
    deltas: int
    alone: tuple[float, float]
    beside: tuple[float, float]


async def measure() -> Notified:
    with TemporaryDirectory() as name:
        async with _clinic() as (clinic, world):
            port = free_port()
            settings = environment(clinic.url, Path(name) / "bench.db", port)
            own = {"GUESTLIST_PUBLIC_URL": f"http://127.0.0.1:{port}", "GUESTLIST_DELTA_SECONDS": "3600"}
            await clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages", limits="off")
            async with running(["app.py"], settings | own, port) as bot:
                await _somebody_is_waited_for(clinic, world)
                return await _measured(clinic, world, bot)


async def _measured(clinic: Clinic, world: World, bot: Bot) -> Notified:
    cpu = bot.cpu()
    alone = await _turns(clinic, ALONE)
    cpu_alone = (bot.cpu() - cpu) / ALONE
    cpu, deltas = bot.cpu(), await _deltas(clinic)
    flood = asyncio.create_task(_flood(world, bot.url))
    beside = await _turns(clinic, SECONDS)
    taken = sorted(await flood)
    spent = bot.cpu() - cpu - cpu_alone * SECONDS
    return Notified(
        answered=len(taken),
        p50=taken[len(taken) // 2],
        p99=taken[int(len(taken) * 0.99)],
        longest=taken[-1],
        cpu=spent * 1000 / COUNT,
        deltas=await _deltas(clinic) - deltas,
        alone=alone,
        beside=beside,
    )


async def _somebody_is_waited_for(clinic: Clinic, world: World) -> None:
    """Have a guest invited, so that each reading asks Graph, and a subscription made."""
    await clinic.say("megan", _INVITE)
    await clinic.card("alex", "Waiting for your decision")
    await clinic.say("alex", "/approve R-1001")
    await clinic.card("megan", "Delivered")

    async def stands() -> bool:
        return bool(world.subscribed.standing)

    await until(stands, "a subscription stands")


async def _flood(world: World, url: str) -> list[float]:
    """Send them evenly, and return what the answer to each took; any but a 202 fails."""
    (one,) = world.subscribed.standing.values()
    data = {"@odata.type": "#Microsoft.Graph.User", "@odata.id": "Users/x", "id": "x"}
    true = {**one.item(world.story.tenant_id), "changeType": "updated", "resource": "Users/x"}
    bodies = [
        {"value": [{**true, **more, "resourceData": data}]} for more in ({}, {"clientState": "guessed"})
    ]
    taken: list[float] = []

    async def send(http: aiohttp.ClientSession, body: Any) -> None:
        begun = time.perf_counter()
        async with http.post(f"{url}/api/graph/notifications", json=body) as answer:
            assert answer.status == 202, answer.status
        taken.append((time.perf_counter() - begun) * 1000)

    started = time.monotonic()
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as sending:
        for number in range(COUNT):
            await asyncio.sleep(max(0.0, started + number * SECONDS / COUNT - time.monotonic()))
            sending.create_task(send(http, bodies[number % 2]))
    return taken


async def _turns(clinic: Clinic, seconds: float) -> tuple[float, float]:
    """Type evenly for so long; return p50 and p99 of the answers, through the sandbox, in milliseconds."""
    taken: list[float] = []

    async def say() -> None:
        begun = time.perf_counter()
        await clinic.say("alex", "/help")
        taken.append((time.perf_counter() - begun) * 1000)

    started = time.monotonic()
    async with asyncio.TaskGroup() as typing:
        for number in range(int(seconds * TURNS_A_SECOND)):
            await asyncio.sleep(max(0.0, started + number / TURNS_A_SECOND - time.monotonic()))
            typing.create_task(say())
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


async def _deltas(clinic: Clinic) -> int:
    calls = await clinic.ledger("graph.call")
    return sum(call["detail"]["path"] == "/users/delta" for call in calls)


@asynccontextmanager
async def _clinic() -> AsyncIterator[tuple[Clinic, World]]:
    """Serve the sandbox here, whose subscriptions tell the secret that Guestlist has chosen."""
    application = create(Settings(port=0, token=TOKEN, switches={"lag": 0}))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world = application[WORLD]
    try:
        async with aiohttp.ClientSession() as http:
            yield Clinic(f"http://127.0.0.1:{runner.addresses[0][1]}", http, world.story), world
    finally:
        await runner.cleanup()

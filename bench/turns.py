"""A `/help` turn with real token validation, beside a stock botbuilder echo bot in the same run."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from aiohttp import web

from bench.channel import Channel, certificate
from bench.processes import Bot, free_port, running

TENANT = "22222222-2222-4222-8222-222222222222"
APP = "33333333-3333-4333-8333-333333333333"
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Turns:
    """What one bot did: turns a second, CPU milliseconds a turn, and times in milliseconds."""

    name: str
    rate: float
    cpu: float
    p50: float
    p99: float


async def measure(name: str, bot: Bot, channel: Channel, count: int) -> Turns:
    """Send `/help` at 16 at once; the first turns, which fetch keys and warm up, are not counted."""
    headers = {"Authorization": f"Bearer {channel.token()}"}
    numbers = iter(range(10**9))
    taken: list[float] = []

    async def send(http: aiohttp.ClientSession, most: int) -> None:
        for _ in range(most):
            begun = time.perf_counter()
            activity = channel.activity(next(numbers), "/help")
            async with http.post(f"{bot.url}/api/messages", json=activity, headers=headers) as response:
                assert response.status in (200, 201, 202), response.status
            taken.append(time.perf_counter() - begun)

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(send(http, 5) for _ in range(AT_ONCE)))
        taken.clear()
        before, begun, sent = bot.cpu(), time.perf_counter(), channel.sent
        await asyncio.gather(*(send(http, count // AT_ONCE) for _ in range(AT_ONCE)))
        seconds, cpu = time.perf_counter() - begun, bot.cpu() - before
    assert channel.sent - sent >= len(taken), "a turn was not answered"
    taken.sort()
    return Turns(
        name,
        len(taken) / seconds,
        cpu * 1000 / len(taken),
        taken[len(taken) // 2] * 1000,
        taken[int(len(taken) * 0.99)] * 1000,
    )


async def compare() -> tuple[Turns, Turns]:
    """Return Guestlist's turns and the stock bot's, measured one after the other."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        channel = Channel(APP, TENANT)
        context, trusted = certificate(folder)
        sink, login = web.Application(), web.Application()
        sink.add_routes(channel.routes())
        login.add_routes(channel.login_routes())
        runners = [web.AppRunner(sink, access_log=None), web.AppRunner(login, access_log=None)]
        for runner, ssl_context in zip(runners, (None, context), strict=True):
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context).start()
        channel.origin = f"http://127.0.0.1:{runners[0].addresses[0][1]}"
        port = free_port()
        async with running(["app.py"], bot_settings(channel, folder, port), port) as bot:
            ours = await measure("Guestlist", bot, channel, 4000)
        port = free_port()
        stock = {
            "BENCH_APP_ID": APP,
            "BENCH_LOGIN": f"https://127.0.0.1:{runners[1].addresses[0][1]}/adfs",
            "BENCH_CHANNEL": channel.origin,
            "BENCH_PORT": str(port),
            "REQUESTS_CA_BUNDLE": str(trusted),
        }
        async with running(["-m", "bench.stock_echo"], stock, port) as bot:
            theirs = await measure("botbuilder echo bot, stock", bot, channel, 480)
        for runner in runners:
            await runner.cleanup()
        return ours, theirs


def bot_settings(channel: Channel, folder: Path, port: int) -> dict[str, str]:
    policy = folder / "policy.toml"
    policy.write_text('[defaults]\nrequestors = ["app-owners"]\n', encoding="utf-8")
    return {
        "GUESTLIST_APP_ID": APP,
        "GUESTLIST_TENANT_ID": TENANT,
        "GUESTLIST_CREDENTIAL": "static",
        "GUESTLIST_STATIC_TOKEN": "bench",
        "GUESTLIST_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "GUESTLIST_POLICY_FILE": str(policy),
        "GUESTLIST_GRAPH_URL": channel.origin,
        "GUESTLIST_LOGIN_URL": channel.origin,
        "GUESTLIST_CHANNEL_OPENID_URL": f"{channel.origin}/openid",
        "GUESTLIST_SERVICE_ORIGINS": channel.origin,
        "GUESTLIST_PORT": str(port),
    }

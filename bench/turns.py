"""A `/help` turn with real tokens and TLS, beside a stock botbuilder bot and a bot without any SDK."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from bench import wire
from bench.channel import Channel, certificate, own_name
from bench.processes import ROOT, Bot, free_port, running

TENANT = "22222222-2222-4222-8222-222222222222"
APP = "33333333-3333-4333-8333-333333333333"
LEVELS = (16, 64)
SLOW = 0.1
"""Seconds that the connector and the login host take in the second half of the measurement."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What a bot did: turns a second, CPU milliseconds a turn, times in milliseconds, its calls a turn."""

    rate: float
    cpu: float
    p50: float
    p99: float
    calls: dict[str, float]

    @property
    def said(self) -> str:
        return ", ".join(f"{name} {number:.2f}" for name, number in sorted(self.calls.items()))


@dataclass(frozen=True, slots=True)
class Compared:
    """Guestlist, the floor and the stock bot, by how many turns at once; then with slow hosts."""

    ours: dict[int, Turns]
    floor: dict[int, Turns]
    stock: Turns
    ours_slow: dict[int, Turns]
    floor_slow: dict[int, Turns]
    proactive: float
    """CPU milliseconds of a card that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The doubles, and what a bot is told of them."""

    channel: Channel
    folder: Path
    trusted: Path

    @property
    def environment(self) -> dict[str, str]:
        trust = {"SSL_CERT_FILE": str(self.trusted), "REQUESTS_CA_BUNDLE": str(self.trusted)}
        return {**trust, "BENCH_APP_ID": APP, "BENCH_CHANNEL": self.channel.origin}


async def measure(bot: Bot, channel: Channel, at_once: int, count: int) -> Turns:
    """Send `/help` so many at once; the first turns, which fetch keys and connect, are not counted."""
    port, token = int(bot.url.rpartition(":")[2]), channel.token()
    callers = [wire.Caller("127.0.0.1", port, token) for _ in range(at_once)]
    numbers = iter(range(10**9))
    taken: list[float] = []

    async def send(caller: wire.Caller, most: int) -> None:
        for _ in range(most):
            body = orjson.dumps(channel.activity(next(numbers), "/help"))
            begun = time.perf_counter()
            status = await caller.post(body)
            taken.append(time.perf_counter() - begun)
            assert status in (200, 201, 202), status

    await asyncio.gather(*(send(caller, 5) for caller in callers))
    taken.clear()
    channel.calls.clear()
    before, begun = bot.cpu(), time.perf_counter()
    await asyncio.gather(*(send(caller, count // at_once) for caller in callers))
    seconds, cpu = time.perf_counter() - begun, bot.cpu() - before
    for caller in callers:
        caller.close()
    assert channel.calls["connector"] == len(taken), "a turn was not answered"
    taken.sort()
    return Turns(
        len(taken) / seconds,
        cpu * 1000 / len(taken),
        taken[len(taken) // 2] * 1000,
        taken[int(len(taken) * 0.99)] * 1000,
        {name: number / len(taken) for name, number in channel.calls.items()},
    )


async def compare() -> Compared:
    """Measure one bot after the other, each alone."""
    async with staged() as stage:
        ours = await _levels(stage, ["app.py"], 8000)
        floor = await _levels(stage, ["-m", "bench.plain_bot"], 8000)
        stock = await _one(stage, ["-m", "bench.stock_echo"], LEVELS[0], 480)
        proactive = await _proactive(stage)
        stage.channel.takes = SLOW
        ours_slow = await _levels(stage, ["app.py"], 4000)
        floor_slow = await _levels(stage, ["-m", "bench.plain_bot"], 4000)
    return Compared(ours, floor, stock, ours_slow, floor_slow, proactive)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    with TemporaryDirectory() as name:
        folder, (host, address) = Path(name), own_name()
        context, trusted = certificate(folder, host)
        channel = Channel(APP, TENANT)
        server = await wire.serve(address, channel.answer, context)
        channel.origin = f"https://{host}:{server.sockets[0].getsockname()[1]}"
        try:
            yield Stage(channel, folder, trusted)
        finally:
            server.close()


async def _levels(stage: Stage, command: list[str], count: int) -> dict[int, Turns]:
    port = free_port()
    environment = {**stage.environment, **settings_of(stage, port), "BENCH_PORT": str(port)}
    async with running(command, environment, port) as bot:
        return {level: await measure(bot, stage.channel, level, count) for level in LEVELS}


async def _one(stage: Stage, command: list[str], level: int, count: int) -> Turns:
    port = free_port()
    async with running(command, {**stage.environment, "BENCH_PORT": str(port)}, port) as bot:
        return await measure(bot, stage.channel, level, count)


async def _proactive(stage: Stage) -> float:
    """Return the CPU milliseconds of a card that is posted without a turn, in a process of its own."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.proactive", APP, TENANT),
        cwd=ROOT,
        env={**stage.environment, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await child.communicate()
    return float(said)


def write_policy(folder: Path) -> Path:
    policy = folder / "policy.toml"
    policy.write_text('[defaults]\nrequestors = ["app-owners"]\n', encoding="utf-8")
    return policy


def settings_of(stage: Stage, port: int) -> dict[str, str]:
    origin = stage.channel.origin
    return {
        "GUESTLIST_APP_ID": APP,
        "GUESTLIST_TENANT_ID": TENANT,
        "GUESTLIST_CREDENTIAL": "secret",
        "GUESTLIST_CLIENT_SECRET": "bench",
        "GUESTLIST_DATABASE_URL": f"sqlite:///{stage.folder / f'{port}.db'}",
        "GUESTLIST_POLICY_FILE": str(write_policy(stage.folder)),
        "GUESTLIST_GRAPH_URL": origin,
        "GUESTLIST_LOGIN_URL": origin,
        "GUESTLIST_CHANNEL_OPENID_URL": f"{origin}/openid",
        "GUESTLIST_SERVICE_ORIGINS": origin,
        "GUESTLIST_DELTA_SECONDS": "3600",
        "GUESTLIST_PORT": str(port),
    }

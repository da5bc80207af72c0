"""What telemetry costs: `/help` turns of bots that tell nobody, Prometheus, or a collector, in turns."""

import asyncio
from dataclasses import dataclass
from statistics import median

from aiohttp import web

from bench.processes import free_port, running
from bench.turns import measure, settings_of, staged

ROUNDS, COUNT, AT_ONCE = 5, 1600, 16


@dataclass(frozen=True, slots=True)
class Told:
    """Medians of CPU milliseconds a turn, and of MB resident after them."""

    cpu: float
    resident: float


async def compare() -> dict[str, Told]:
    """Measure one after the other, again and again, so that a noisy machine is noisy for each."""
    found: dict[str, list[Told]] = {}
    async with staged() as doubles:
        collector, url = await _swallowing()
        for _ in range(ROUNDS):
            for name in ("nobody", "prometheus", "collector"):
                port = free_port()
                told = {
                    "nobody": {},
                    "prometheus": {"GUESTLIST_METRICS_PORT": str(free_port())},
                    "collector": {"GUESTLIST_OTLP_URL": url},
                }[name]
                environment = {**doubles.environment, **settings_of(doubles, port), **told}
                async with running(["app.py"], environment, port) as bot:
                    turns = await measure(bot, doubles.channel, AT_ONCE, COUNT)
                    found.setdefault(name, []).append(Told(turns.cpu, bot.resident()))
        await collector.cleanup()
    return {
        name: Told(median(one.cpu for one in rounds), median(one.resident for one in rounds))
        for name, rounds in found.items()
    }


async def _swallowing() -> tuple[web.AppRunner, str]:
    """Serve a collector that takes everything."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    application = web.Application(client_max_size=2**26)
    application.add_routes([web.post("/v1/{kind}", take)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


if __name__ == "__main__":
    for name, told in asyncio.run(compare()).items():
        print(f"{name}: {told.cpu:.3f} ms a turn, {told.resident:.0f} MB")

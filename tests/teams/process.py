"""Guestlist as its operator runs it: a process whose one channel is the double of these tests."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bench.processes import ROOT, free_port
from tests.clinic import environment, until
from tests.teams.channel import APP, TENANT, Bot, Channel


@dataclass(slots=True)
class Running:
    """The process, what it says, and the endpoint as the channel calls it."""

    bot: Bot
    port: int
    process: psutil.Process
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "stderr").read_text(encoding="utf-8")

    async def help(self, number: str, seconds: float = 8) -> None:
        """Have Ana ask for help, as an activity of this number, and see that the answer is posted.

        It comes before any of those who keep a connection busy is sent away, after ten seconds.
        """
        heard = len(self.bot.channel.heard)
        answer = await asyncio.wait_for(self.bot.send(self.bot.channel.activity(id=number)), seconds)
        assert answer == (200, None)
        assert len(self.bot.channel.heard) == heard + 1

    def cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


@asynccontextmanager
async def running(folder: Path, channel: Channel, files: int = 0) -> AsyncIterator[Running]:
    """Start it, with at most so many open files if a number is given."""
    port = free_port()
    settings = environment(channel.origin, folder / "guestlist.db", port) | {
        "GUESTLIST_APP_ID": APP,
        "GUESTLIST_TENANT_ID": TENANT,
        "GUESTLIST_CHANNEL_OPENID_URL": f"{channel.origin}/openid",
    }
    limit = f"ulimit -n {files}; " if files else ""
    with (folder / "stderr").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *("sh", "-c", f'{limit}exec "$0" app.py', sys.executable),
            cwd=ROOT,
            env={**os.environ, **settings},
            stderr=log,
        )
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            bot = Bot(f"http://127.0.0.1:{port}/api/messages", channel, http)
            started = Running(bot, port, psutil.Process(child.pid), folder)

            async def ready() -> bool:
                assert child.returncode is None, started.log
                return "Guestlist is ready" in started.log

            await until(ready, "Guestlist is ready", 120)
            yield started
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()

"""Bots as processes: started, waited for, measured by their own CPU time, ended by their own id."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Bot:
    """A running bot; `ready_after` is the wall time until it said that it is ready, in seconds."""

    url: str
    process: psutil.Process
    ready_after: float
    child: asyncio.subprocess.Process

    def cpu(self) -> float:
        return cpu_of(self.process)

    def resident(self) -> float:
        """Return the resident memory in MB."""
        return float(self.process.memory_info().rss) / 1e6

    def peak(self) -> float:
        """Return the most memory that it ever had resident, in MB, as Linux kept it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [line] = [one for one in status.splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) * 1024 / 1e6


def cpu_of(process: psutil.Process) -> float:
    """Return the CPU seconds of a process, with those of its children that it has seen end."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@asynccontextmanager
async def running(
    command: list[str], environment: Mapping[str, str], port: int, *, piped: bool = False
) -> AsyncIterator[Bot]:
    """Start a bot of this repository and wait until it is ready; it is ended afterwards."""
    begun, url = time.monotonic(), f"http://127.0.0.1:{port}"
    async with served(command, f"{url}/readyz", environment, piped=piped) as child:
        yield Bot(url, psutil.Process(child.pid), time.monotonic() - begun, child)


@asynccontextmanager
async def served(
    command: list[str], ready: str, environment: Mapping[str, str] | None = None, *, piped: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process of this repository and wait until an address of it answers; it is ended afterwards."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env={**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE if piped else None,
        stdout=asyncio.subprocess.PIPE if piped else None,
        stderr=None if "BENCH_LOUD" in os.environ else asyncio.subprocess.DEVNULL,
        limit=2**24,
    )
    try:
        await _until_ready(ready, child)
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
            await child.wait()


async def _until_ready(url: str, child: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + 60
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < deadline and child.returncode is None:
            try:
                async with http.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.02)
    raise RuntimeError(f"nothing answers at {url}")

"""The sandbox as a process: one line with its address, and a clean end on SIGTERM."""

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp

from tests.clinic import PATIENCE


async def test_it_prints_its_address_serves_there_and_stops_on_sigterm() -> None:
    root = Path(__file__).parent.parent.parent
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    address = line.removeprefix("Sandbox: ").strip()
    async with aiohttp.ClientSession() as http, http.get(f"{address}sandbox/state") as answer:
        assert (await answer.json())["switches"]["lag"]["value"] == 1.5
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert await process.stdout.read() == b""

"""Starts victims and hears of their end; `victim.py` is the other side."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from bench.processes import ROOT

_PATIENCE = 300.0
"""Seconds for a birth, the first of which waits until everything is imported."""


@dataclass(slots=True)
class Child:
    """A process of Guestlist; `code` is negative where a signal ended it."""

    pid: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0
    paused: bool = False
    pauses: int = 0
    heard: bool = False
    """Whether its port has answered once; from then on it must, until it stops."""
    leaving: bool = False
    """It was told to stop, and from some time on listens no more."""

    @property
    def alive(self) -> bool:
        return not self.ended.is_set()

    def send(self, what: signal.Signals) -> None:
        if self.alive:
            with suppress(ProcessLookupError):  # it has ended, and is about to be told
                os.kill(self.pid, what)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended.wait()


class Nursery:
    """Forks one child after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._one = asyncio.Lock()
        self.children: dict[int, Child] = {}

    async def start(self, environ: Mapping[str, str], log: str, fate: Mapping[str, Any]) -> Child:
        assert self._process.stdin is not None
        async with self._one:
            order = {"environ": dict(environ), "log": log, "fate": dict(fate)}
            self._process.stdin.write(f"{json.dumps(order)}\n".encode())
            pid = await asyncio.wait_for(self._born.get(), _PATIENCE)
            return self.children[pid]

    async def listen(self) -> None:
        """Hear of births and ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            word, pid, *code = line.decode().split()
            if word == "born":
                self.children[int(pid)] = Child(int(pid))
                self._born.put_nowait(int(pid))
            else:
                child = self.children[int(pid)]
                child.code = int(code[0])
                child.ended.set()

    async def close(self) -> None:
        for child in self.children.values():
            await child.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@asynccontextmanager
async def open_nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kills.victim"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    nursery = Nursery(process)
    listening = asyncio.create_task(nursery.listen())
    try:
        yield nursery
    finally:
        await nursery.close()
        await listening

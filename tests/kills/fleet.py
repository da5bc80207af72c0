"""The replicas of a run: each is started again whenever it dies, with the next death dealt to it."""

import asyncio
import json
import signal
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import psutil

from tests.kills.front import Post
from tests.kills.nursery import Child, Nursery
from tests.kills.plans import AT_RANDOM, EVERY_CALL, Plan
from tests.kills.tap import Tap
from tests.kills.victim import LEASE

_LOOK = 0.05
_PATIENCE = 20.0
"""Seconds for which a process that does not come by its point may live; others may have the processor."""
_TRIES = 25
"""What only one of three replicas does now and then may pass each process that is to die by it many times."""
_BEYOND = LEASE * 1.5
_DRAINED = 30.0
"""Seconds within which SIGTERM ends a process."""


@dataclass(slots=True)
class Deck:
    """The deaths that are still to come, and those that have come."""

    plans: deque[Plan]
    hits: Counter[str] = field(default_factory=Counter)
    pauses: Counter[str] = field(default_factory=Counter)
    tries: Counter[Plan] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    over: int = 0
    """The plans that have come true, or never will."""

    def take(self) -> Plan | None:
        return self.plans.popleft() if self.plans else None

    def put_back(self, plan: Plan) -> None:
        """Try a plan again later, if its point was not come by."""
        self.tries[plan] += 1
        if self.tries[plan] < _TRIES:
            self.plans.append(plan)
        else:
            self.missed.append(plan.point)
            self.over += 1


@dataclass(slots=True)
class Replica:
    """Keeps one replica running, as whoever deploys it would, and kills it as planned."""

    post: Post
    environ: Mapping[str, str]
    nursery: Nursery
    tap: Tap
    folder: Path
    deck: Deck
    dice: Random
    http: aiohttp.ClientSession
    blind: bool = False
    gone: bool = False
    """Set when it is to stay away, from the next death by SIGKILL on."""
    born: list[Child] = field(default_factory=list)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[str] = field(default_factory=list)
    drained: list[float] = field(default_factory=list)
    plan: Plan | None = None
    """The death that its process is to die."""
    patience: float = _PATIENCE
    usual: bool = False
    seen: Callable[["Replica", Child, str], Awaitable[None]] | None = None
    """Is told when a process takes turns, and when it has died."""

    @property
    def log(self) -> Path:
        return self.folder / f"{self.post.name}.log"

    @property
    def lost(self) -> bool:
        """Tell whether its last process was killed and, as was wanted, none came in its place."""
        last = self.born[-1] if self.born else None
        return self.gone and last is not None and not last.alive and last.code == -signal.SIGKILL

    async def run(self) -> None:
        """Live, die and live again, until there is nothing more to come and it may leave."""
        while not (self.lost or self.leaving.is_set()):
            self.plan = plan = self.deck.take()
            child = await self._start(plan)
            if await self._ready(child):
                await self._tell(child, "ready")
                await self._live(child, plan)
                await self._tell(child, "dead")
            elif plan is not None and not await self._died_at(child, plan):
                self.deck.plans.appendleft(plan)  # it could not even start: the database is away
                await child.kill()
                await asyncio.sleep(0.1)
            self.post.child = None

    async def _tell(self, child: Child, what: str) -> None:
        if self.seen is not None:
            await self.seen(self, child, what)

    async def _start(self, plan: Plan | None) -> Child:
        fate: dict[str, Any] = {"name": self.post.name, "blind": self.blind, "usual": self.usual}
        fate |= {name: str(self.folder / name) for name in ("trail", "clock")}
        inside = plan is not None and plan.point != AT_RANDOM and plan.point not in EVERY_CALL
        fate |= {"point": plan.point, "pause": plan.pause} if plan and inside else {}
        child = await self.nursery.start(self.environ, str(self.log), fate)
        self.born.append(child)
        self.post.newest = child
        self.tap.wanted = None
        if plan is not None and plan.point in EVERY_CALL:
            self.tap.wait_for(EVERY_CALL[plan.point], lambda: self._hit(child, plan))
        return child

    def _hit(self, child: Child, plan: Plan) -> None:
        self.note("hit", child, point=plan.point)
        child.send(signal.SIGKILL)

    def note(self, what: str, child: Child, **more: Any) -> None:
        with (self.folder / "trail").open("a") as trail:
            trail.write(
                json.dumps({"at": time.time(), "by": self.post.name, "pid": child.pid, "what": what, **more})
                + "\n"
            )

    async def _ready(self, child: Child) -> bool:
        """Wait until it takes turns, or has ended before; one that a point stopped goes on."""
        self.post.child = None
        while child.alive and not self.leaving.is_set():
            with suppress(aiohttp.ClientError, TimeoutError):
                timeout = aiohttp.ClientTimeout(total=1)
                async with self.http.get(
                    f"http://127.0.0.1:{self.post.port}/readyz", timeout=timeout
                ) as said:
                    if said.status == 200:
                        self.post.child = child
                        return True
            if self._paused(child):
                await self._pause(child)
            await asyncio.sleep(_LOOK)
        return False

    async def _live(self, child: Child, plan: Plan | None) -> None:
        if plan is None:
            # Until there is another death to die: one that did not come true elsewhere is dealt again.
            while child.alive and not (self.deck.plans or self.gone or self.leaving.is_set()):
                await self._until_end(child, 0.2)
            await (self._drain(child) if child.alive and not self.gone else self._kill(child))
        elif plan.point == AT_RANDOM:
            await self._until_end(child, self.dice.uniform(0.1, 2.5))
            await self._kill(child)
            self.deck.over += 1
        elif plan.pause:
            await self._live_and_pause(child, plan)
        else:
            await self._until_end(child, self.patience)
            if not await self._died_at(child, plan):
                self.deck.put_back(plan)
                await self._kill(child)

    async def _kill(self, child: Child) -> None:
        """Kill it wherever it is, unless it has ended by itself, which it may not."""
        if not child.alive:
            self.faults.append(f"replica {self.post.name} ended by itself with {child.code}")
            return
        self.note("killed", child)
        await child.kill()
        self.deck.hits[AT_RANDOM] += 1

    async def _died_at(self, child: Child, plan: Plan) -> bool:
        if child.alive or child.code != -signal.SIGKILL:
            return False
        await child.ended.wait()
        self.deck.hits[plan.point] += 1
        self.deck.over += 1
        return True

    async def _until_end(self, child: Child, seconds: float | None) -> None:
        ends = [asyncio.create_task(child.ended.wait()), asyncio.create_task(self.leaving.wait())]
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()

    async def _live_and_pause(self, child: Child, plan: Plan) -> None:
        for _ in range(round(self.patience / _LOOK)):
            if not child.alive or self._paused(child):
                break
            await asyncio.sleep(_LOOK)
        if self._paused(child):
            await self._pause(child)
            self.deck.pauses[plan.point] += 1
            self.deck.over += 1
        else:
            self.deck.put_back(plan)
        await self._drain(child)

    def _paused(self, child: Child) -> bool:
        """Tell whether the process has stopped itself, which takes it out of all that is asked of it."""
        with suppress(psutil.NoSuchProcess):
            child.paused = psutil.Process(child.pid).status() == psutil.STATUS_STOPPED
        return child.paused

    async def _pause(self, child: Child) -> None:
        child.pauses += 1
        await asyncio.sleep(_BEYOND)
        child.send(signal.SIGCONT)
        child.paused = False
        await asyncio.sleep(0.5)

    async def _drain(self, child: Child) -> None:
        """End it as an operator does, and see that it is quick and goes by itself."""
        self.post.child = None
        child.leaving = True
        begun = time.monotonic()
        child.send(signal.SIGTERM)
        try:
            await asyncio.wait_for(child.ended.wait(), _DRAINED + 5)
        except TimeoutError:
            await child.kill()
        took = time.monotonic() - begun
        self.drained.append(took)
        if took > _DRAINED or child.code != 0:
            self.faults.append(f"SIGTERM ended replica {self.post.name} with {child.code} in {took:.1f} s")


def trail_of(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return what every process passed, in order."""
    return [json.loads(line) for line in (folder / "trail").read_text().splitlines()]

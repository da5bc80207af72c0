"""Trouble beside the deaths: a database that restarts, is cut off or full, clocks that jump, a loss."""

import asyncio
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.kills.fleet import Replica
from tests.kills.grounds import Ground
from tests.wire import Cut

_HOUR = 3600.0
_BETWEEN = 2.0
_FULL = 4.0


class Trouble(StrEnum):
    """What it is called in the result."""

    COMMIT_LOST = "a commit's answer lost, on each replica's line"
    COMMIT_UNHEARD = "a line cut before the commit, on each replica's line"
    RESTART = "PostgreSQL stopped as if by a power cut, and restarted"
    SHUTDOWN = "PostgreSQL restarted in good order"
    DISK_FULL = "the database's disk full for four seconds"
    FORWARD = "the hosts' clocks an hour forward"
    BACK = "the hosts' clocks an hour back"
    LOSS = "a replica gone for good"


ON_SQLITE = (Trouble.FORWARD, Trouble.BACK)
"""On PostgreSQL no replica asks its host what time it is."""
ON_POSTGRES = (Trouble.COMMIT_LOST, Trouble.RESTART, Trouble.COMMIT_UNHEARD, Trouble.SHUTDOWN, Trouble.LOSS)


def set_clock(folder: Path, seconds: float) -> None:
    """Let every process's host clock be off by so much from now on; they have the file mapped."""
    with (folder / "clock").open("r+b" if (folder / "clock").exists() else "wb") as clock:
        clock.write(struct.pack("d", seconds))


@dataclass(slots=True)
class Turmoil:
    """Brings one trouble after the other, each a while after the last."""

    ground: Ground
    folder: Path
    replicas: Sequence[Replica]
    troubles: Sequence[Trouble]
    done: Counter[str] = field(default_factory=Counter)
    _clock: float = 0.0

    async def run(self) -> None:
        acts: Mapping[Trouble, Callable[[], Awaitable[None]]] = {
            Trouble.COMMIT_LOST: lambda: self._cut(Cut.AFTER),
            Trouble.COMMIT_UNHEARD: lambda: self._cut(Cut.BEFORE),
            Trouble.RESTART: lambda: self.ground.restart("immediate"),
            Trouble.SHUTDOWN: lambda: self.ground.restart("fast"),
            Trouble.DISK_FULL: self._fill,
            Trouble.FORWARD: lambda: self._jump(_HOUR),
            Trouble.BACK: lambda: self._jump(-_HOUR),
            Trouble.LOSS: self._lose,
        }
        for trouble in self.troubles:
            await asyncio.sleep(_BETWEEN)
            await acts[trouble]()
            if trouble is not Trouble.LOSS:
                self.done[trouble] += 1

    def count_losses(self) -> None:
        """Count the replicas that are gone, once all is over: killed, and no other came in their place."""
        lost = sum(replica.lost for replica in self.replicas)
        if lost:
            self.done[Trouble.LOSS] += lost

    async def _cut(self, cut: Cut) -> None:
        self.ground.lose_commits(cut)
        while self.ground.lost_commits():  # noqa: ASYNC110 - the lines know of no event
            await asyncio.sleep(0.05)

    async def _fill(self) -> None:
        assert self.ground.disk is not None
        await self.ground.disk.full_for(_FULL)
        await self.ground.heal()

    async def _jump(self, by: float) -> None:
        self._clock += by
        set_clock(self.folder, self._clock)
        await asyncio.sleep(_BETWEEN)

    async def _lose(self) -> None:
        """Let the last replica's next death be for good."""
        self.replicas[-1].gone = True
        await asyncio.sleep(0)

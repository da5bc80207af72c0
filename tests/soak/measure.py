"""What a process holds while it lives, and whether that grows: resident memory, descriptors, threads."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

import psutil

from tests.kills.nursery import Child

GROWTH = 0.10
"""The share by which resident memory may grow from the first window to the last."""
MORE = 5
"""Descriptors or threads more than in the first window: a pool that has one more connection is no leak."""
_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    """Seconds since the soak began."""
    resident: float
    """In MB, as the system counts it."""
    descriptors: int
    threads: int


@dataclass(slots=True)
class Life:
    """One process, from when it took turns until it ended or the load did."""

    name: str
    pid: int
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Windows:
    """When a life is looked at, in seconds: after the warm-up, and at its end, each for so long.

    Under load connections come and go, so what stays open is told at rest, for whoever lives to see it.
    """

    warm_up: float
    long: float
    load: float = float("inf")
    """When the load ended; what comes after it is rest."""

    @property
    def least(self) -> float:
        """Return how long a life has to be, so that both windows are apart."""
        return self.warm_up + 2 * self.long


@dataclass(frozen=True, slots=True)
class Grown:
    """What a life held in the first window, and in the last or at rest."""

    name: str
    minutes: float
    resident: tuple[float, float]
    descriptors: tuple[float, float]
    threads: tuple[float, float]

    @property
    def share(self) -> float:
        return self.resident[1] / self.resident[0] - 1


def grown(life: Life, windows: Windows) -> Grown | None:
    """Return what became of a life; None where it was too short to tell."""
    busy = [one for one in life.samples if one.at <= windows.load]
    if not busy or busy[-1].at - busy[0].at < windows.least:
        return None
    begun, ended = busy[0].at, busy[-1].at
    first = [one for one in busy if 0 <= one.at - begun - windows.warm_up < windows.long]
    last = [one for one in busy if ended - one.at < windows.long]
    rest = life.samples[len(busy) :] or last
    return Grown(
        life.name,
        (ended - begun) / 60,
        (median(one.resident for one in first), median(one.resident for one in last)),
        (median(one.descriptors for one in first), min(one.descriptors for one in rest)),
        (median(one.threads for one in first), min(one.threads for one in rest)),
    )


def leaks(lives: Iterable[Grown]) -> list[str]:
    """Return what grew that may not, a sentence each."""
    found = []
    for one in lives:
        if one.share >= GROWTH:
            before, after = one.resident
            found.append(
                f"replica {one.name}: {before:.0f} MB became {after:.0f} MB in {one.minutes:.0f} minutes"
            )
        for what, (before, after) in (("descriptors", one.descriptors), ("threads", one.threads)):
            if after > before + MORE:
                found.append(f"replica {one.name}: {before:.0f} {what} became {after:.0f}")
    return found


@dataclass(slots=True)
class Meter:
    """Looks at every process that takes turns, once a second."""

    newest: Callable[[], Sequence[tuple[str, Child | None]]]
    begun: float = field(default_factory=time.monotonic)
    lives: dict[int, Life] = field(default_factory=dict)

    async def run(self) -> None:
        while True:
            for name, child in self.newest():
                if child is not None and child.alive:
                    with suppress(psutil.NoSuchProcess):
                        self._look(name, child.pid)
            await asyncio.sleep(_EVERY)

    def _look(self, name: str, pid: int) -> None:
        process = psutil.Process(pid)
        with process.oneshot():
            sample = Sample(
                time.monotonic() - self.begun,
                process.memory_info().rss / 1e6,
                process.num_fds(),
                process.num_threads(),
            )
        self.lives.setdefault(pid, Life(name, pid)).samples.append(sample)

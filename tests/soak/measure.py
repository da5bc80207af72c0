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

    @property
    def seconds(self) -> float:
        return self.samples[-1].at - self.samples[0].at if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Windows:
    """When a life is looked at, in seconds: after the warm-up, and at its end, each for so long."""

    warm_up: float
    long: float

    @property
    def least(self) -> float:
        """Return how long a life has to be, so that both windows are apart."""
        return self.warm_up + 2 * self.long


@dataclass(frozen=True, slots=True)
class Grown:
    """What a life held in the first window and in the last: medians."""

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
    if life.seconds < windows.least:
        return None
    begun, ended = life.samples[0].at, life.samples[-1].at
    first = [one for one in life.samples if 0 <= one.at - begun - windows.warm_up < windows.long]
    last = [one for one in life.samples if ended - one.at < windows.long]
    return Grown(
        life.name,
        life.seconds / 60,
        _both(first, last, lambda one: one.resident),
        _both(first, last, lambda one: one.descriptors),
        _both(first, last, lambda one: one.threads),
    )


def _both(
    first: Sequence[Sample], last: Sequence[Sample], of: Callable[[Sample], float]
) -> tuple[float, float]:
    return median(map(of, first)), median(map(of, last))


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

"""How long whoever claimed a job may write; asked by the adapters right before they do."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from access.ports.errors import AccessError
from access.rules.causes import Cause

# It runs on while the machine sleeps, and nobody sets it; other systems than Linux lack it.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def machine_time() -> float:
    return time.clock_gettime(_CLOCK)


class LeaseLost(AccessError):
    """The claim may have run out, and somebody else may be at the job: nothing was sent."""


@dataclass(slots=True)
class Lease:
    """Until when a claim surely holds, by this machine's clock; well before the store lets others claim."""

    until: float
    now: Callable[[], float] = machine_time

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Let `check_lease` judge by this lease within the block, and in the tasks begun there."""
        token = _guarding.set(self)
        try:
            yield
        finally:
            _guarding.reset(token)


_guarding: ContextVar[Lease | None] = ContextVar("lease", default=None)


def check_lease() -> None:
    """Raise `LeaseLost` where this task runs under a claim that may have run out, as after a long stop."""
    lease = _guarding.get()
    if lease is not None and lease.now() >= lease.until:
        raise LeaseLost(Cause.TOO_LONG, "the claim on the job may have run out")

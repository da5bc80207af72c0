"""How long whoever claimed a job may write; asked by the adapters right before they do."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


_guarding: "ContextVar[Lease | Joint | None]" = ContextVar("lease", default=None)


@dataclass(slots=True)
class Lease:
    """Until when a claim surely holds, by this machine's clock; well before the store lets others claim."""

    until: float
    now: Callable[[], float] = machine_time

    @property
    def holds(self) -> bool:
        return self.now() < self.until

    def guarding(self) -> AbstractContextManager[None]:
        """Let `check_lease` judge by this lease within the block, and in the tasks begun there."""
        return _under(self)


@dataclass(frozen=True, slots=True)
class Joint:
    """Several leases: what is written for all of them may be written while each holds."""

    leases: "tuple[Lease | Joint, ...]"

    @property
    def holds(self) -> bool:
        return all(one.holds for one in self.leases)

    def guarding(self) -> AbstractContextManager[None]:
        """Let `check_lease` judge by all of these, as by one."""
        return _under(self)


@contextmanager
def _under(lease: Lease | Joint) -> Iterator[None]:
    token = _guarding.set(lease)
    try:
        yield
    finally:
        _guarding.reset(token)


def held_lease() -> Lease | Joint | None:
    """Return the lease under which this task runs, for whoever writes in its place."""
    return _guarding.get()


def joint(leases: "Iterable[Lease | Joint | None]") -> Joint:
    """Return what holds while all of these do; None is no lease, and holds."""
    return Joint(tuple(one for one in leases if one is not None))


def check_lease() -> None:
    """Raise `LeaseLost` where this task runs under a claim that may have run out, as after a long stop."""
    lease = _guarding.get()
    if lease is not None and not lease.holds:
        raise LeaseLost(Cause.TOO_LONG, "the claim on the job may have run out")

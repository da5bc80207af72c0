"""The times that decide: no step of a host's clock may end a lease early or keep one for ever."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Seconds = Callable[[], float]

_SLOWEST = 0.5
"""The pace at which time goes on while the host's clock, set back, is behind what was told already."""
_NEAREST_FOR = 5.0
"""How many seconds the nearest known distance to a database's clock stands against farther ones."""


def host_time() -> datetime:
    """Return what the host's clock says."""
    return datetime.now(UTC)


def passing() -> float:
    """Return seconds that pass evenly, also while the machine is suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SteadyClock:
    """Follows the host's clock, but never goes back, not even below what an earlier run has written."""

    def __init__(self, wall: Callable[[], datetime] = host_time, passed: Seconds = passing) -> None:
        self._wall = wall
        self._passed = passed
        self._now = wall()
        self._passed_at = passed()
        self._lock = threading.Lock()

    def not_before(self, at: datetime) -> None:
        """Never tell a time before this one: something was written then."""
        with self._lock:
            self._now = max(self._now, at)

    def ahead(self) -> timedelta:
        """Return by how much it is ahead of the host's clock, which was set back."""
        return self.now() - self._wall()

    def now(self) -> datetime:
        with self._lock:
            passed = self._passed()
            slowly = self._now + timedelta(seconds=(passed - self._passed_at) * _SLOWEST)
            self._now, self._passed_at = max(self._wall(), slowly), passed
            return self._now


class FollowingClock:
    """Follows a clock elsewhere by its distance to one that passes evenly, and is never ahead of it."""

    def __init__(self, at: datetime, passed: Seconds = passing) -> None:
        self._passed = passed
        self._heard_at = self._set_at = passed()
        self._start = at - timedelta(seconds=self._set_at)

    @property
    def age(self) -> float:
        """The seconds since the other clock was heard."""
        return self._passed() - self._heard_at

    def heard(self, at: datetime) -> None:
        """Take over what the other clock told just now; the answer that came quickest is the nearest."""
        self._heard_at = self._passed()
        start = at - timedelta(seconds=self._heard_at)
        if start >= self._start or self._heard_at - self._set_at > _NEAREST_FOR:
            self._start, self._set_at = start, self._heard_at

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed())

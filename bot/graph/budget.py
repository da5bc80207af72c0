"""The budget of a process that is alone with it, in memory."""

from collections.abc import Callable, Sequence

from access.ports import Share, Turns


class OwnBudget:
    """Counts by GCRA: a bucket is the time at which it will be full again."""

    shared = False

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._arrivals: dict[str, float] = {}
        self._held_until: dict[str, float] = {}

    async def take(self, service: str, shares: Sequence[Share], most: int) -> Turns:
        now = self._now()
        if (held := self._held_until.get(service, now) - now) > 0:
            return Turns(0, held)
        count, wait = most, 0.0
        for share in shares:
            level = share.burst - self._spent(share, now)
            count = min(count, int(level / share.cost + _ROUNDING))
            wait = max(wait, (share.cost - level) / share.rate)
        for share in shares if count > 0 else ():
            self._arrivals[share.name] = now + (self._spent(share, now) + count * share.cost) / share.rate
        return Turns(count) if count > 0 else Turns(0, max(wait, 0.0))

    async def hold(self, service: str, seconds: float) -> None:
        self._held_until[service] = max(self._now() + seconds, self._held_until.get(service, 0.0))

    def _spent(self, share: Share, now: float) -> float:
        return max(0.0, self._arrivals.get(share.name, now) - now) * share.rate


_ROUNDING = 1e-6
"""A turn that is short of itself by a rounding error is one."""

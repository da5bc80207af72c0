"""What may be done so often in any 24 hours, counted by the hour in a note that all replicas share."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from access.ports import Clock, NotDone, Store
from access.rules.causes import Cause

MAILS = 10_000
"""A mailbox sends to no more recipients a day: Exchange Online limits."""
_DAY, _HOUR, _AGAIN = timedelta(hours=24), timedelta(hours=1), timedelta(minutes=15)


@dataclass(slots=True)
class Daily:
    """A count that outlives a restart; an hour counts until all of it is a day ago."""

    store: Store
    clock: Clock
    name: str
    most: int
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        hour = await self._count(1)
        try:
            yield
        except NotDone:
            await self._count(-1, hour)
            raise

    async def used(self) -> int:
        """Return how many there were."""
        counts = json.loads(await self.store.note(self._key) or "{}")
        return sum(_lately(counts, self.clock.now().astimezone(UTC)).values())

    async def _count(self, by: int, at: datetime | None = None) -> datetime:
        """Add to an hour, which is the present one where none is named, and return it."""
        async with self._one:  # of the tasks of one process; replicas find the note changed
            while True:
                was = await self.store.note(self._key)
                now = self.clock.now().astimezone(UTC)
                counts = _lately(json.loads(was or "{}"), now)
                if by > 0 and sum(counts.values()) >= self.most:
                    free_at = min(datetime.fromisoformat(one) for one in counts) + _HOUR + _DAY
                    wait = min(free_at - now, _AGAIN)  # whoever raises the cap need not wait for a day
                    raise NotDone(Cause.DAILY_LIMIT, retry_after=wait.total_seconds())
                hour = at or now.replace(minute=0, second=0, microsecond=0)
                key = hour.isoformat()
                counts[key] = max(counts.get(key, 0) + by, 0)
                if await self.store.replace_note(self._key, was, json.dumps(counts)):
                    return hour

    @property
    def _key(self) -> str:
        return f"daily/{self.name}"


def _lately(counts: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Return the hours of which any minute lies within the last 24."""
    return {one: n for one, n in counts.items() if datetime.fromisoformat(one) + _HOUR + _DAY > now}

"""What the directory tells of itself: who has changed, and who did what."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from access.rules.model import ObjectId
from access.rules.reconcile import Deed


@dataclass(frozen=True, slots=True)
class GuestDelta:
    """One page of what changed among users: ids to read, and the cursor to keep after them."""

    changed: tuple[ObjectId, ...]
    removed: tuple[ObjectId, ...]
    cursor: str
    more: bool


class Changes(Protocol):
    """Says who changed; what changed is read with `Directory.guest`."""

    async def since(self, cursor: str) -> GuestDelta:
        """Return the next page; an empty cursor starts from now; an expired one raises `Missing`."""
        ...


class ActivityLog(Protocol):
    """The directory's own log of who did what: some minutes late, and kept for some days."""

    def deeds(self, since: datetime, until: datetime) -> AsyncIterator[Deed]:
        """Yield what Guestlist's identity did in that time, in any order, some of it twice perhaps."""
        ...

    async def oldest(self) -> datetime | None:
        """Return the time of the oldest entry of anybody that is kept still."""
        ...

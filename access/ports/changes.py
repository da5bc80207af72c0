"""What the directory tells of itself: who has changed, that somebody has, and who did what."""

from collections.abc import AsyncIterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription to changes of users that stands: where it leads to, and until when."""

    subscription_id: str
    url: str
    until: datetime


class Subscriptions(Protocol):
    """Has the directory say at once that users have changed; what it says so is only worth a look."""

    async def ours(self) -> Sequence[Subscribed]:
        """Return every one that Guestlist has in this tenant, whoever of it made it."""
        ...

    async def subscribe(self, url: str, secret: str, until: datetime) -> Subscribed:
        """Make one that leads to `url`, where it is tried before this returns.

        What it says carries the secret. Raises `Refused`, with what to do, where nobody answers there.
        """
        ...

    async def renew(self, subscription_id: str, until: datetime) -> None:
        """Let one stand for longer; raises `Missing` where it is gone."""
        ...

    async def reauthorize(self, subscription_id: str) -> None:
        """Say that we may still have it, which it is asked for; raises `Missing` where it is gone."""
        ...

    async def end(self, subscription_id: str) -> None:
        """End one; that it is gone already is as well."""
        ...


class ActivityLog(Protocol):
    """The directory's own log of who did what: some minutes late, and kept for some days."""

    def deeds(self, since: datetime, until: datetime) -> AsyncIterator[Deed]:
        """Yield what Guestlist's identity did in that time, in any order, some of it twice perhaps."""
        ...

    async def oldest(self) -> datetime | None:
        """Return the time of the oldest entry of anybody that is kept still."""
        ...

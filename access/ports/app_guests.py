"""The guests of an app: read together, for there may be thousands, and never one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from access.rules.guest_list import Held
from access.rules.model import Give, ObjectId


class AppGuests(Protocol):
    """Reads lists of guests, fresh each time."""

    async def guests_of(self, app_id: ObjectId) -> Sequence[Held]:
        """Return the guests to whom the app is assigned, or a group of which they are direct members.

        Raises `Missing` where there is no such app.
        """
        ...

    async def holders_of(self, app_id: ObjectId, give: Give) -> frozenset[ObjectId]:
        """Return who has this access by itself, guests or not; nobody where there is no such app or group."""
        ...

    async def sponsors_of(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, tuple[str, ...]]:
        """Return the names of those who stand for each guest."""
        ...

    async def signed_in(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, datetime]:
        """Return when each was last signed in; raises `Refused` (rights missing) and `NotLicensed`."""
        ...

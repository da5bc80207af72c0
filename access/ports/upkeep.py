"""What a daily look at the guests reads: together, behind whatever people wait for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from access.rules.model import ObjectId


class Upkeep(Protocol):
    """Reads lists of guests; who is not there is in no answer."""

    async def last_seen(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, datetime | None]:
        """Return when each signed in last, None where no sign-in is on record.

        Raises `Refused` (rights missing) and `NotLicensed`.
        """
        ...

    async def sponsorless(self, guests: Sequence[ObjectId]) -> frozenset[ObjectId]:
        """Return those of these guests who have no sponsor who is there and enabled; a group is one."""
        ...

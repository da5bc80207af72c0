"""Lists of guests, kept beside the requests that they become."""

from collections.abc import Collection, Mapping
from typing import Protocol

from access.rules.lists import GuestList
from access.rules.model import ObjectId


class Lists(Protocol):
    """Keeps a list whole; a guest who is forgotten is forgotten in the lists, too."""

    async def keep_list(self, made: GuestList) -> None:
        """Keep a list, in the place of what has its id; those whose time is over go."""
        ...

    async def guest_list(self, list_id: str) -> GuestList | None:
        """Return a list, None where there is none or its time is over."""
        ...

    async def list_called(self, code: str) -> GuestList | None:
        """Return the one list whose id begins so, None where there are several, too."""
        ...

    async def asked_for(
        self, app_id: ObjectId, give_key: str, addresses: Collection[str]
    ) -> Mapping[str, int]:
        """Return the numbers of the open requests for this access, by which of these they are about."""
        ...

"""A guest's account: what it has, and the acts on it, each for a guest alone."""

from dataclasses import dataclass
from typing import Protocol

from access.rules.accounts import Holdings
from access.rules.model import ObjectId


@dataclass(frozen=True, slots=True)
class Acted:
    """An act that has been done; `was_so` says that this call did nothing for it."""

    trace: str
    was_so: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a fresh read found of an account: in the directory, among what was deleted, or nowhere."""

    trace: str
    there: bool = False
    enabled: bool = False
    deleted: bool = False


class Accounts(Protocol):
    """Reads afresh before each write, and refuses whoever is no invited guest, and who is synced.

    Each act returns Graph's `request-id`; what is so already is success, and an account that is nowhere
    raises `Missing`.
    """

    async def holdings(self, guest_id: ObjectId) -> Holdings | None:
        """Return a guest with all that the directory says they have; None where there is no such user."""
        ...

    async def look(self, guest_id: ObjectId) -> Seen:
        """Look for the account, in the directory and then among what was deleted."""
        ...

    async def block(self, guest_id: ObjectId) -> Acted: ...

    async def unblock(self, guest_id: ObjectId) -> Acted: ...

    async def sign_out(self, guest_id: ObjectId) -> Acted:
        """End the sessions that there are: whoever is blocked gets no new token, and an old one lasts."""
        ...

    async def delete(self, guest_id: ObjectId) -> Acted: ...

    async def put_back(self, guest_id: ObjectId) -> Acted:
        """Restore a deleted account, with its object id, its groups and its app roles."""
        ...

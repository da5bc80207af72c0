"""What the directory says of a guest: read, and changed for a guest alone."""

from collections.abc import Mapping
from typing import Protocol

from access.ports.accounts import Acted
from access.rules.model import ObjectId
from access.rules.profiles import Detail, Profile


class Profiles(Protocol):
    """Reads afresh before each write, and refuses whoever is no invited guest, and who is synced.

    Each act returns Graph's `request-id`; what is so already is success, and an account that is nowhere
    raises `Missing`.
    """

    async def read(self, guest_id: ObjectId) -> tuple[Profile, str]:
        """Return what the directory says, and the `request-id` of that read."""
        ...

    async def write(self, guest_id: ObjectId, texts: Mapping[Detail, str]) -> Acted:
        """Write name and company at once; an empty company is none."""
        ...

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted: ...

    async def unsponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted: ...

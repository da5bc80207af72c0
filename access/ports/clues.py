"""What may say why a guest is stuck: each read may be refused for want of a permission or a licence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from access.rules.clues import Holder, LaterInvitation, SignIn, Unread
from access.rules.model import ObjectId


class ClueReader(Protocol):
    """Reads beside the directory. All are optional: raises `Refused` (rights missing) and `NotLicensed`."""

    async def holders(self, address: str, guest_id: ObjectId) -> Sequence[Holder]:
        """Return what else in the directory has an address: contacts, groups, other people."""
        ...

    async def invited_since(self, guest_id: ObjectId, at: datetime) -> LaterInvitation | None:
        """Return the newest invitation of the guest since then that was not Guestlist's."""
        ...

    async def last_sign_in(self, guest_id: ObjectId, app_id: ObjectId | None) -> SignIn | Unread | None:
        """Return the newest sign-in that says something of this app, None where the log has none.

        One at another app does so only where it was refused to the account itself.
        """
        ...

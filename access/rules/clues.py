"""What can be read of why a guest is stuck, and why some of it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from access.rules.model import Guest, MailState, State


class Unread(StrEnum):
    """Why something is not known; what is not known never counts as fine."""

    PERMISSION = "permission"
    LICENCE = "licence"
    AWAY = "away"
    """It cannot be read at this moment."""
    UNCLEAR = "unclear"
    """It was read, and holds for some guests and not for others."""
    UNDOCUMENTED = "undocumented"
    """It was read, and Microsoft does not say whether it holds for such a guest."""
    UNFAMILIAR = "unfamiliar"
    """It was read, and says what Guestlist does not know."""
    TOO_MUCH = "too-much"
    """There is more of it than is looked through, and what was looked through does not tell."""


class HolderKind(StrEnum):
    CONTACT = "contact"
    GROUP = "group"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Holder:
    """Something else in the directory that has the guest's address."""

    kind: HolderKind
    name: str


@dataclass(frozen=True, slots=True)
class LaterInvitation:
    """An invitation of the guest that was not ours and came after ours, which it has ended."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in of the guest; `code` is Entra's, 0 where it went through. At which app, nobody is told."""

    at: datetime
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What was read; `asked` is the address that was invited, `holds` whether the access is there."""

    guest: Guest | None
    asked: str
    state: State
    """Of the request; as if delivered where Guestlist gave nothing."""
    mail: MailState
    mailed_at: datetime | None
    domain_denied: bool
    holds: bool | Unread
    holders: Sequence[Holder] | Unread
    shut_out: bool | Unread
    """Whether cross-tenant access settings keep the guest out."""
    listed: bool | Unread
    """Whether the tenant's own list of domains keeps the guest's out."""
    later: LaterInvitation | Unread | None
    ended: bool = False
    """Whether the access has ended, or is being taken away."""
    linked: bool = True
    """Whether a link of ours is known, after which others could have come."""
    sign_in: SignIn | Unread | None

"""Yes, no, or it depends: what is not known must neither count as fine nor drown what is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Unknown(StrEnum):
    """What a policy asks of a sign-in that nobody can say before it happens, or that could not be read."""

    SIGN_IN_RISK = "sign-in-risk"
    USER_RISK = "user-risk"
    INSIDER_RISK = "insider-risk"
    DEVICE = "device"
    APP_FILTER = "app-filter"
    """The app's custom security attributes."""
    APP_SUITE = "app-suite"
    """Whether an app of Microsoft's own belongs to a suite of them."""
    GROUPS = "groups"
    ROLES = "roles"
    HOME = "home"
    """Of which tenant the guest is."""
    TRUST = "trust"
    """Whether what the guest's own tenant says of them is trusted here."""
    PLACE = "place"
    """Whether the place is within a location that the tenant has named."""
    GPS = "gps"
    """Whether the guest's Microsoft Authenticator app tells in which country they are."""
    DIRECT_CONNECT = "direct-connect"
    """Whether a B2B guest could come by B2B direct connect, too."""
    STRENGTH = "strength"
    """What an authentication strength asks, or of whom."""
    REGISTERED = "registered"
    """Whether a method of multifactor authentication is registered here."""
    CUSTOM_CONTROL = "custom-control"
    SESSION = "session"
    """A session control that could stop the sign-in."""
    UNREAD = "unread"
    """A part of the policy that Guestlist does not know."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """It depends on these."""

    on: frozenset[Unknown]


Answer = bool | Maybe


def depends(*on: Unknown) -> Maybe:
    return Maybe(frozenset(on))


def all_of(answers: Iterable[Answer]) -> Answer:
    """Say no where one does; else what it depends on; yes where all do."""
    found = tuple(answers)
    if False in found:
        return False
    return _open(found) or True


def any_of(answers: Iterable[Answer]) -> Answer:
    """Say yes where one does; else what it depends on; no where all do."""
    found = tuple(answers)
    if True in found:
        return True
    return _open(found) or False


def but_not(answer: Answer, exception: Answer) -> Answer:
    """Say what holds unless the exception does."""
    return all_of((answer, exception if isinstance(exception, Maybe) else not exception))


def _open(answers: tuple[Answer, ...]) -> Maybe | None:
    on = frozenset(one for answer in answers if isinstance(answer, Maybe) for one in answer.on)
    return Maybe(on) if on else None

"""What a delivery leaves behind: an access that is active, is ending, or has ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from access.rules.people import Named, RequestId
from access.rules.renewals import NotRenewed, Renewal


class AssignmentState(StrEnum):
    ACTIVE = "active"
    ENDING = "ending"
    """It is being taken away."""
    ENDED = "ended"
    RETURNING = "returning"
    """What was taken away is being given again."""
    SUSPENDED = "suspended"
    """The guest was removed from the directory, and with them the access; who restores them restores it."""
    LENGTHENS = "lengthens"
    """It is no access of its own: it lengthened that of another request."""


class EndCause(StrEnum):
    """Why an access ends."""

    TERM = "term"
    REMOVED = "removed"
    NEVER_ACCEPTED = "never-accepted"
    INACTIVE = "inactive"
    SPONSORLESS = "sponsorless"
    UNDONE = "undone"
    """What the request added is taken back."""


class Left(StrEnum):
    """What an end has left in the directory."""

    NOTHING = "nothing"
    """It was taken away, and read back that it is gone."""
    WAS_THERE = "was-there"
    """The access was there before the request, so it is not Guestlist's to take away."""
    STILL_NEEDED = "still-needed"
    """Another active assignment of the guest rests on it, and takes it away at its own end."""
    NEVER_GIVEN = "never-given"
    """The delivery failed before it gave anything."""
    GUEST_GONE = "guest-gone"
    """The guest was deleted; whoever restores the account brings the access back."""


@dataclass(frozen=True, slots=True)
class End:
    """Why and when an end began; `by` is who wanted it before the term was over."""

    why: EndCause
    at: datetime
    by: Named | None = None
    rule: str = ""
    """The tables of the policy that had it end, where nobody did, or the list that asks anew."""


@dataclass(frozen=True, slots=True)
class EndFailure:
    """Why an end stands still: the step, and a cause from `access.rules.causes`."""

    step: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """Who had an access given again that had been taken away; when that began, and once it is done, when."""

    by: Named
    at: datetime


@dataclass(frozen=True, slots=True)
class Halted:
    """That a request has blocked the guest's account, or deleted it, and can put it back."""

    by: RequestId
    label: str
    at: datetime
    deleted: bool = False
    """Of a delivery under way: the account is not only blocked, so that what was read back counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The access that a request gave, since `Request.delivered_at` and until `Request.ends_at`.

    Those two stand with the request alone, where every version has read and written them.
    """

    state: AssignmentState
    was_there: bool = False
    """Whether our step found the access there: then others gave it, and an end leaves it there."""
    end: End | None = None
    failure: EndFailure | None = None
    ended_at: datetime | None = None
    left: Left | None = None
    halted: Halted | None = None
    """Set while the guest's account is removed from the directory."""
    renewals: tuple[Renewal, ...] = ()
    not_renewed: NotRenewed | None = None
    """Set where it is to end as it does; a renewal takes it back."""
    returned: Returned | None = None
    linked_at: datetime | None = None
    """When its guest got a newer link under another request, once that was noticed."""


ACTIVE = Assignment(state=AssignmentState.ACTIVE)

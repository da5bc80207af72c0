"""The accesses that end within a while, as a list: which can be renewed and until when, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules.clues import Unread
from access.rules.model import Guest, ObjectId, Record, Request
from access.rules.policy import Rules
from access.rules.refusals import (
    Duplicate,
    Field,
    NoAccess,
    NotPossible,
    NotYours,
    Problem,
    SeveralAccesses,
    UnknownRequest,
    Unreadable,
)
from access.rules.renewing import NotRenewable

MOST = 20
"""Of how many accesses at once: each is judged by a dozen calls, and a press is answered within seconds."""
_USUALLY = timedelta(days=30)
_FRIDAY = timedelta(days=3)
"""By how much a quiet weekend may bring a warning forward."""


class Act(StrEnum):
    """What is to become of accesses that end; as it is typed."""

    RENEW = "renew"
    END = "norenew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose accesses somebody wants to see; `picked` are numbers, each with the end that its card showed.

    A justification stands for all that are renewed; without one each keeps what it was asked with.
    """

    app: str = ""
    page: int = 1
    picked: Mapping[str, str] = field(default_factory=dict)
    justification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An access that ends: until when it would be renewed, or what stands against that."""

    request: Request
    guest: Guest | None
    to: datetime | None = None
    waived: bool = False
    """Whether nobody would have to approve it."""
    problem: Problem | None = None
    waits: bool = False
    """Whether a renewal of it is open already."""
    unjustified: bool = False
    """Whether what it was asked with is no justification by the policy, as that of an adopted one."""
    may: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPage:
    """A page of the accesses that end, soonest first."""

    rows: tuple[Row, ...]
    wanted: Wanted
    page: int
    pages: int
    found: int
    within: timedelta
    signed_in: Mapping[ObjectId, datetime] | Unread
    read_at: datetime


class Untouched(StrEnum):
    """Why nothing was tried."""

    MOVED = "moved"
    """The end is another than the card showed."""


Result = (
    Record
    | NotRenewable
    | Duplicate
    | NotYours
    | NotPossible
    | UnknownRequest
    | NoAccess
    | SeveralAccesses
    | Unreadable
    | Untouched
)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one of those that were picked; `typed` is what stood for it."""

    typed: str
    first: Request | None
    result: Result

    @property
    def unjustified(self) -> bool:
        """Tell whether nothing but the justification stands against it."""
        refused = self.result if isinstance(self.result, NotRenewable) else None
        return refused is not None and all(one.field is Field.JUSTIFICATION for one in refused.problems)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of all of them."""

    act: Act
    came: Sequence[Came]
    wanted: Wanted
    left: int = 0
    """Of how many nothing was tried, because they were more than can be answered in time."""


def within(rules: Sequence[Rules]) -> timedelta:
    """Return how far ahead is looked: thirty days, or as early as the policy warns, where that is earlier."""
    warned = [one.warn_before[0] + _FRIDAY for one in rules if one.warn_before]
    return max(_USUALLY, *warned)

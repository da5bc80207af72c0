"""What is asked for many guests at once, and how far its run is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules.people import Named


class Verdict(StrEnum):
    """What would become of a row: the words of the verdict file, too, in every language."""

    NEW = "new"
    GUEST = "already-a-guest"
    HAS_ACCESS = "already-has-the-app"
    ASKED = "already-asked"
    """The same is asked already, by the request that the row names."""
    DUPLICATE = "duplicate"
    DENIED = "denied"
    OTHER_APPROVER = "other-approver"
    MEMBER = "not-a-guest"
    """Of a domain of the organisation."""
    DISABLED = "disabled"
    NOT_AN_ADDRESS = "not-an-address"
    SUSPICIOUS = "suspicious"
    UNJUDGED = "not-judged"
    """Nobody has said yet what is asked for the rows; none of a list that was looked at has it."""


GOES = frozenset({Verdict.NEW, Verdict.GUEST})
"""Rows that are asked for; of all others the requestor reads why not."""


BEHIND_ALL = 2**31
"""A row behind all rows: where the last that was reached is this, there is none to come."""


class Run(StrEnum):
    """Whether more rows of an approved list become requests; those that have are finished in any case."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    """For good."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One whom a list is about, for whoever decides: read when a card is drawn, and stored nowhere else."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The list in which the guest of a request stands, and the row there."""

    list_id: str
    """The list's own request has this id, too."""
    row: int
    label: str
    """Of the list's request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is, counted from its rows when a card is drawn; stored nowhere."""

    delivered: int = 0
    """Given and proved, also where that has ended since."""
    failed: int = 0
    given_up: int = 0
    """Of those that failed, by somebody."""
    under_way: int = 0
    skipped: int = 0
    """Of which no request could be made."""
    waiting: int = 0
    """Not begun; with what stands above it, all rows that go, at any moment."""
    mails_sent: int = 0
    mails_waiting: int = 0
    mails_failed: int = 0
    accepted: int = 0
    rate: float = 0.0
    """Guests a minute, as it was in the last while."""
    left: timedelta | None = None
    """Until all is given, at the tenant's quota and no better than it went; None where nothing goes on."""
    mails_left: timedelta | None = None
    """Until all are mailed who get a mail, at the mailbox's pace."""
    causes: tuple[tuple[str, int], ...] = ()
    """From `access.rules.causes`, why rows have failed or were skipped, the most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """The list that a request is about, of which the rows themselves are kept beside the requests."""

    list_id: str
    file: str
    """What the file was called; empty where the rows were typed."""
    digest: str
    """Of the rows that go (`lists.digest_of`), to which an approval is bound."""
    rows: int
    """How many rows go."""
    counts: tuple[tuple[Verdict, int], ...]
    """How many rows of the whole list have each verdict."""
    domains: tuple[tuple[str, int], ...]
    """How many of the rows that go are of each domain, the most first."""
    left_out: tuple[str, ...] = ()
    """Domains that an approver excepted: their rows do not go."""
    run: Run = Run.RUNNING
    why: str = ""
    """A cause from `access.rules.causes`, where a run was paused by what it met and by nobody."""
    met: tuple[int, str] | None = None
    """Which row has paused the run the last time, and by what."""
    refused: int = 0
    """How many invitations had been refused in unknown words when that paused it."""
    made: int = 0
    """How many of the rows that go have been reached: have become requests, or were skipped."""
    skipped: tuple[tuple[int, str], ...] = ()
    """Rows of which no request could be made, and why: a cause, or the label of who asks the same."""
    last_row: int = 0
    """The number of the last row that was reached."""
    since: datetime | None = None
    """Since when it runs without a pause."""
    done_before: int = 0
    """How many rows had come to an end by then."""
    mails_until: datetime | None = None
    """When the last mail of the rows that were made is due."""
    mails_apart: float = 0.0
    """Seconds between two mails."""
    quota: float = 0.0
    """Writes a minute that the tenant, or the operator, lets go at the most."""
    invitations: float = 0.0
    """And invitations."""
    cap: int = 0
    """Invitations a day that the operator lets go, 0 where that is not said."""
    again: datetime | None = None
    """When somebody wanted to have taken up what had failed by then; None once that is done."""
    again_by: Named | None = None
    again_row: int = 0
    """Up to which of the rows that failed that is done."""
    again_skipped: int = 0
    """And up to which of the skipped ones."""
    rate: float = 0.0
    """Guests a minute since it runs without a pause."""
    moved_at: datetime | None = None
    """When something came of its rows the last time, mails apart."""
    still: bool = False
    """Whether nothing has come of the rows under way for a while."""
    told: str = ""
    """The figures that its card was last drawn with."""

    @property
    def is_cut(self) -> bool:
        """Tell whether a stop for good has left rows unreached, though what failed may be taken up since."""
        return self.run is Run.STOPPED or self.last_row >= BEHIND_ALL

"""What is asked for to protect the guests of an app, and what has come of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules.assignments import EndFailure
from access.rules.causes import Cause
from access.rules.conditional_access import Platform
from access.rules.people import Named

ADMIN_ROLES = frozenset(
    {
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",  # Privileged Authentication Administrator
    }
)
"""Roles whose holders could not undo a policy that locks them out, by template id."""


class Part(StrEnum):
    """What one policy demands; a wish becomes up to three of them."""

    CONTROLS = "controls"
    PLATFORMS = "platforms"
    PLACES = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What guests shall face; platforms and locations (by id) are those alone that they may come from."""

    mfa: bool = False
    terms: frozenset[str] = frozenset()
    platforms: frozenset[Platform] = frozenset()
    locations: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return self == Wish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose sign-ins, and where: all apps without one, all guests without a guest or a group."""

    app_id: str = ""
    app_name: str = ""
    guest_id: str = ""
    group_id: str = ""
    whom: str = ""
    """The name of the guest or the group."""
    subject: str = ""
    """The digest of the guest's address, by which they can be forgotten; older ones do not have it."""
    local: bool = False
    """Whether guests with an account of this tenant are meant, too; before there was this, they were not."""


@dataclass(frozen=True, slots=True)
class Spared:
    """Who is never to be locked out: break-glass accounts and groups, and the holders of admin roles."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = ADMIN_ROLES

    @property
    def names_nobody(self) -> bool:
        return not (self.users or self.groups)


NOBODY = Spared()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRules:
    """What the policy says of `/protect`; where it spares nobody, nothing is created."""

    spared: Spared = NOBODY
    watch: timedelta = timedelta(days=14)
    """How long a policy only reports before it is asked whether to enforce it."""
    terms: tuple[Named, ...] = ()
    """Terms of use by their names, which Graph tells no app."""


USUAL = GuardRules()


@dataclass(frozen=True, slots=True)
class Sums:
    """How many guests come in as now, are asked for more, or are stopped: somewhere, maybe, everywhere."""

    same: int = 0
    asked: int = 0
    some: int = 0
    unsure: int = 0
    out: int = 0
    left: int = 0
    """How many apps were not looked at."""
    more: bool = False
    """Whether there are more guests without an app than were looked at."""

    @property
    def total(self) -> int:
        return self.same + self.asked + self.some + self.unsure + self.out


NOT_LOOKED = Sums()


class GuardState(StrEnum):
    WATCHING = "watching"
    """Its policies only report."""
    ENFORCED = "enforced"
    PARTLY = "partly"
    """Some of its policies are enforced, or may be: what was ordered failed between two of them."""
    REMOVED = "removed"


class GuardAct(StrEnum):
    ENFORCE = "enforce"
    WATCH = "watch"
    """Back from enforced to report-only."""
    REMOVE = "remove"
    KEEP = "keep"
    """Go on watching, and ask again later."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """That somebody had it done, and what they saw of the forecast, by its hash."""

    act: GuardAct
    by: Named
    at: datetime
    seen: str = ""


@dataclass(frozen=True, slots=True)
class MadePolicy:
    part: Part
    policy_id: str


@dataclass(frozen=True, slots=True)
class Halted:
    """Why what was ordered was not done, and what it left: as a step has read and written it."""

    cause: Cause
    enforced: tuple[Part, ...] = ()
    left: tuple[Named, ...] = ()
    """The policies that somebody has changed, and that were not touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the sign-in log says that the policies would have done since they report, in guests."""

    since: datetime
    until: datetime
    guests: int = 0
    stopped: int = 0
    """Of these, who would have been stopped at least once."""
    asked: int = 0
    """And who would have been asked for more."""
    unread: str = ""
    """Why the log was not read, as a word of `Unread`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A protection that is asked for: its drafts follow from what stands here, letter by letter."""

    scope: Scope
    wish: Wish
    spared: Spared
    places: tuple[Named, ...] = ()
    terms: tuple[Named, ...] = ()
    """The locations and the terms of use of the wish, by their names."""
    sums: Sums = NOT_LOOKED
    """What was foreseen when it was asked for."""
    defaults: bool = False
    """Whether security defaults were on then, with which no policy can be enforced."""
    watch_days: int = 14
    """How long it only reports before its card asks."""
    made: tuple[MadePolicy, ...] = ()
    state: GuardState | None = None
    since: datetime | None = None
    """Since when it is in this state."""
    doing: Ordering | None = None
    """What is being done, under whose order."""
    done: Ordering | None = None
    """What was done last, after the making."""
    asks_at: datetime | None = None
    observed: Observed | None = None
    """Set once its time of watching is over, and its card asks."""
    asked: tuple[Named, ...] = ()
    """The security admins whom it asked then."""
    failure: EndFailure | None = None
    """Why what was ordered last was not done."""
    enforced: tuple[Part, ...] = ()
    """Which of its parts are enforced where some are; none where that could not be found out."""
    left: tuple[str, ...] = ()
    """The names of its policies that were left alone, for somebody has changed them."""

    @property
    def only_reports(self) -> bool:
        """Tell whether nothing of it is known to be enforced."""
        return self.state in {None, GuardState.WATCHING} and not self.enforced

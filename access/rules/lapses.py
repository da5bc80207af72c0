"""What makes an access one to clean up, what the policy wants done about it, and what was found of one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules.people import Named


class Lapse(StrEnum):
    """Why nobody may need an access any more."""

    NEVER_ACCEPTED = "never-accepted"
    INACTIVE = "inactive"
    """The guest has not signed in for long."""
    SPONSORLESS = "sponsorless"
    """Nobody stands for the guest: no sponsor who is there, and who asked has left."""


class Then(StrEnum):
    """What becomes of an access that has lapsed."""

    NOTHING = "nothing"
    TELL = "tell"
    """Whoever may end it is shown it, and asked."""
    REMOVE = "remove"
    """They are shown it first, and where nobody keeps it, it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseRule:
    """What the policy says of one lapse."""

    then: Then = Then.TELL
    after: timedelta = timedelta()
    """How long it must last; what is true at one look needs none."""
    grace: timedelta = timedelta(days=14)
    """How long after it was shown an access ends, where it does."""
    rest: timedelta = timedelta(days=90)
    """For how long nobody is asked again who has kept it."""
    remind_after: tuple[timedelta, ...] = ()
    """After how long a guest who has not accepted is reminded, each longer."""


NEVER_ACCEPTED = LapseRule(
    after=timedelta(days=30),
    grace=timedelta(days=7),
    rest=timedelta(days=30),
    remind_after=(timedelta(days=3), timedelta(days=10)),
)
INACTIVE = LapseRule(after=timedelta(days=90))
SPONSORLESS = LapseRule()


@dataclass(frozen=True, slots=True)
class Silence:
    """That a guest has not signed in."""

    last: datetime | None
    """The last sign-in, where the directory knows one."""
    since: datetime
    """The same, or where that is later, since when the guest could use the access."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """A lapse that was shown: when first, when the policy ends the access, and until when it is kept."""

    what: Lapse
    shown_at: datetime
    since_at: datetime | None = None
    """Since when the guest of an inactive access has not signed in; older versions noted none."""
    ends_at: datetime | None = None
    """None where the policy only has it shown."""
    kept_until: datetime | None = None
    kept_by: Named | None = None
    card: str = ""
    """How the keys of its cards begin, which may be of another request; older versions noted none."""

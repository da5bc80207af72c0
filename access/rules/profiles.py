"""What the directory says of a guest, as far as whoever owns an app of theirs may change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from access.rules.people import Named


class Detail(StrEnum):
    NAME = "name"
    COMPANY = "company"
    SPONSOR = "sponsor"


LONGEST: Mapping[Detail, int] = {Detail.NAME: 256, Detail.COMPANY: 64}
"""What Graph takes, in characters."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One detail of a guest, as it was and as it is to be; of a sponsor whoever stood for the guest."""

    what: Detail
    was: str
    to: str
    were: tuple[Named, ...] = ()
    sponsor: Named | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the directory says of a guest now."""

    name: str
    company: str = ""
    sponsors: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a guest's details are to be; None leaves one as it is, and no company is an empty one."""

    name: str | None = None
    company: str | None = None
    sponsor: Named | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed for a guest's details; None leaves one as it is."""

    name: str | None = None
    company: str | None = None
    sponsor: str | None = None


NOTHING_TYPED = Typed()


class WhyNot(StrEnum):
    """Why what was typed cannot be."""

    NAME_MISSING = "name-missing"
    NAME_LONG = "name-long"
    COMPANY_LONG = "company-long"
    SPONSOR_UNKNOWN = "sponsor-unknown"
    SPONSOR_SEVERAL = "sponsor-several"
    SPONSOR_UNABLE = "sponsor-unable"
    """A guest, or somebody whose account is disabled."""
    NOTHING = "nothing"
    """All of it is so already."""
    MOVED = "moved"
    """Somebody else has changed the guest since the form was shown."""

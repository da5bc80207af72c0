"""The nouns around a request: people, guests, apps, what is given and for how long."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

ObjectId = NewType("ObjectId", str)
TenantId = NewType("TenantId", str)

RequestId = NewType("RequestId", str)
"""A random 128-bit id in 32 hex digits; `R-1042` is for people only."""
Subject = NewType("Subject", str)
"""A keyed digest of an address: names a guest where the address itself must be erasable."""
Place = NewType("Place", str)
"""A conversation reference, opaque outside the Chat adapter that made it."""

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

DEFAULT_ACCESS = ObjectId("00000000-0000-0000-0000-000000000000")
"""The app role id that Graph takes for an app without roles of its own."""
DEFAULT_NAME = "default access"
"""What it is called where people type; a directory has no name for it."""


class PersonKind(StrEnum):
    MEMBER = "Member"
    GUEST = "Guest"


class Redemption(StrEnum):
    """Graph's `externalUserState`; `UNKNOWN` where the directory does not say."""

    PENDING = "PendingAcceptance"
    ACCEPTED = "Accepted"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Person:
    object_id: ObjectId
    name: str
    mail: str = ""
    kind: PersonKind = PersonKind.MEMBER
    enabled: bool = True
    is_member: bool = False
    """Of somebody who is at home elsewhere: whether the directory counts them among its members."""


def may_ask(person: Person) -> bool:
    """Tell whether anybody may do anything here: a guest and a disabled account may not."""
    return person.enabled and person.kind is PersonKind.MEMBER


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest as the directory knows them."""

    object_id: ObjectId
    name: str
    address: str
    redemption: Redemption = Redemption.UNKNOWN
    redemption_changed_at: datetime | None = None
    enabled: bool = True
    is_member: bool = False
    """Whether the directory counts them among its members, though they are at home elsewhere."""
    is_local: bool = False
    """Whether their account is of this tenant, and they were invited from nowhere."""
    other_addresses: tuple[str, ...] = ()
    """Further ones, as addresses are compared, where they were asked for."""


@dataclass(frozen=True, slots=True)
class AppRole:
    role_id: ObjectId
    name: str


@dataclass(frozen=True, slots=True)
class App:
    """An enterprise application (service principal); `roles` are the enabled ones that people may hold."""

    object_id: ObjectId
    name: str
    enabled: bool = True
    home_page: str = ""
    roles: tuple[AppRole, ...] = ()
    is_graph: bool = False
    app_id: str = ""
    """The application's own id, by which two of one name are told apart."""
    by_microsoft: bool = False


class GroupKind(StrEnum):
    SECURITY = "security"
    MICROSOFT_365 = "Microsoft 365"


@dataclass(frozen=True, slots=True)
class Group:
    """A group; `closed_because` is empty when guests can be added by hand, else `dynamic` or `synced`."""

    object_id: ObjectId
    name: str
    kind: GroupKind = GroupKind.SECURITY
    closed_because: str = ""


class GiveKind(StrEnum):
    APP_ROLE = "app-role"
    GROUP = "group"
    ACCOUNT = "account"
    """Nothing is given: the request is about the account itself, by its object id."""


@dataclass(frozen=True, slots=True)
class Give:
    """What carries the access: an app role of the app, or a group that is assigned to it."""

    kind: GiveKind
    object_id: ObjectId
    name: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.object_id}"


@dataclass(frozen=True, slots=True)
class Term:
    """How long: a length counted from delivery, or a last day; one of the two is set."""

    days: int | None = None
    until: date | None = None

    def ends_at(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return the end: `days` after start, or 23:59 of the last day in `zone`."""
        if self.until is not None:
            last = self.until
            return datetime(last.year, last.month, last.day, 23, 59, tzinfo=zone).astimezone(UTC)
        return start + timedelta(days=self.days or 0)


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a request remembers them: the object id decides, the name is for reading."""

    object_id: ObjectId
    name: str

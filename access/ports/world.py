"""People, guests, apps and groups as they are; what a plan does to them; mail and chat; the time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from access.rules.causes import Cause
from access.rules.model import (
    App,
    Give,
    Group,
    Guest,
    ObjectId,
    Person,
    Place,
    Record,
)


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the aware time in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class ChangedGuests:
    """One page of guests whose name, address or account changed, and of who is a guest no more."""

    guests: tuple[Guest, ...]
    gone: tuple[ObjectId, ...]
    cursor: str
    more: bool


class Directory(Protocol):
    """Reads of people, guests, apps and groups, fresh each time unless a method says otherwise."""

    async def person(self, object_id: ObjectId) -> Person | None: ...

    async def manager(self, object_id: ObjectId) -> Person | None: ...

    async def sponsors(self, guest_id: ObjectId) -> Sequence[Person]:
        """Return the people who stand for a guest; a group that does is left out. Raises `Missing`."""
        ...

    async def find_by_address(self, address: str) -> Guest | Person | None:
        """Look an address up in mail, otherMails and proxyAddresses; a `Person` is a member who has it."""
        ...

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> Guest | None: ...

    async def guests(self, ids: Sequence[ObjectId]) -> Sequence[Guest]:
        """Return those of these guests who are there, read together behind what people wait for.

        It costs a fifteenth of reading each, and may be older than what reading one says.
        """
        ...

    async def guests_since(self, at: datetime) -> Sequence[Guest]:
        """Return the guests whose accounts were made since then, by whomever."""
        ...

    def every_guest(self) -> AsyncIterator[Guest]:
        """Yield every guest, with names and addresses alone; whatever people wait for goes before."""
        ...

    async def guests_changed(self, cursor: str) -> ChangedGuests:
        """Return the next page of those whose name, address or account changed; see `Changes.since`."""
        ...

    async def guests_named(self, text: str, most: int) -> Sequence[Guest]:
        """Return guests whose name or address begins with the text."""
        ...

    async def members_named(self, name: str, most: int) -> Sequence[Person]:
        """Return people whose name is exactly this, in capitals or not; a guest is none."""
        ...

    def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:
        """Yield every enterprise app that people use, read now; what people wait for goes before the rest."""
        ...

    async def apps_named(self, name: str) -> Sequence[App]:
        """Return enterprise apps that people use and that have exactly this name; of many, a few."""
        ...

    async def memberships(self, object_id: ObjectId) -> frozenset[ObjectId]:
        """Return the groups of which a person is a direct member."""
        ...

    async def apps_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]: ...

    async def apps_of_groups_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:
        """Return the apps to which a group of this owner is assigned."""
        ...

    async def apps_of_group(self, group_id: ObjectId) -> frozenset[ObjectId]: ...

    async def app(self, app_id: ObjectId) -> App | None: ...

    async def app_owners(self, app_id: ObjectId) -> Sequence[Person]: ...

    async def group(self, group_id: ObjectId) -> Group | None: ...

    async def group_owners(self, group_id: ObjectId) -> Sequence[Person]: ...

    async def group_members(self, group_id: ObjectId) -> Sequence[Person]: ...

    async def everybody_in(self, group_id: ObjectId) -> Sequence[Person]:
        """Return the members, with those of the groups within it."""
        ...

    async def groups_of_app(self, app_id: ObjectId) -> Sequence[Group]:
        """Return the groups that are assigned to the app."""
        ...

    async def has(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> bool:
        """Tell whether the guest holds exactly this assignment or membership now."""
        ...

    async def organisation(self) -> str:
        """Return the organisation's own name, at most an hour old."""
        ...

    async def own_domains(self) -> frozenset[str]:
        """Return the verified domains in lower case, at most an hour old."""
        ...


@dataclass(frozen=True, slots=True)
class Invitation:
    address: str
    name: str
    landing: str
    sponsor: ObjectId | None
    send_by_microsoft: bool
    resets: ObjectId | None = None
    """The guest who has to accept anew and keeps everything else, the object id too."""


@dataclass(frozen=True, slots=True)
class Invited:
    """The guest, and the redeem link, which is a secret and cannot be read again."""

    guest_id: ObjectId
    redeem_link: str = field(repr=False)
    trace: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a fresh read found after the last write; the traces are Graph's `request-id`s."""

    guest_found: bool
    access_found: bool
    guest_trace: str
    access_trace: str


@dataclass(frozen=True, slots=True)
class Given:
    """An access that stands now; `was_there` says that this call did nothing for it."""

    trace: str
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An access that is gone now; `was_gone` says that this call did nothing for it.

    `gone` is the guest, the group or the app, where that is gone itself.
    """

    trace: str
    was_gone: bool = False
    gone: Cause | None = None


class Access(Protocol):
    """A plan's writes. Each returns Graph's `request-id`; "already there" is success."""

    async def invite(self, invitation: Invitation) -> Invited: ...

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId, *, fresh: bool = False) -> Given:
        """Name the sponsor; a `fresh` guest, just invited, who is not found raises `NotYet`."""
        ...

    async def give(self, guest_id: ObjectId, app_id: ObjectId, give: Give, *, fresh: bool = False) -> Given:
        """Assign the role or add to the group; refuses (`GUARDED`) who is no guest, and Microsoft Graph."""
        ...

    async def take_away(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Taken:
        """Remove exactly this assignment or membership; refuses (`GUARDED`) as `give` does.

        "Not there" is success, whatever of it is not there.
        """
        ...

    async def read_back(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Proof: ...


class Chat(Protocol):
    """Shows people a request. It draws; nobody else knows what a card is.

    An audience is `thread`, `requestor` or `approver/OBJECT-ID`; a notice has the event before it:
    `accepted/thread`, `accepted/requestor`; the older copy of a card that stands twice is `older`.
    """

    async def post(self, place: Place, record: Record, audience: str) -> tuple[Place, str]:
        """Post the view of this audience; return where it went and the message's id.

        It goes elsewhere where the thread's first message is deleted, or the person's 1:1 is another by now;
        raises `Unreachable` where there is nowhere to go.
        """
        ...

    async def update(self, place: Place, message: str, record: Record, audience: str) -> None:
        """Change a message; raises `Gone` where somebody has deleted it."""
        ...

    async def reach(self, person: ObjectId) -> Place:
        """Return the 1:1 with a person, opening it if need be; raises `Unreachable`."""
        ...

    async def zone(self, person: ObjectId) -> ZoneInfo:
        """Return the time zone in which a person reads, as they have told, else the house's."""
        ...

    def is_same(self, one: Place, other: Place) -> bool:
        """Tell whether two places are one conversation, by whatever way it is reached.

        All threads of a channel are one: whoever reads one of them reads every other. A place that is not
        known yet is no conversation.
        """
        ...

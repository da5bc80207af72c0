"""What Guestlist needs of the world, in its own words. Adapters live in `bot/`, one folder per vendor.

Every method may raise `AccessError`; nothing else crosses a port but bugs.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from access.rules.audit import AuditEntry
from access.rules.causes import Cause
from access.rules.model import (
    App,
    AuditFact,
    Change,
    Give,
    Group,
    Guest,
    Job,
    ObjectId,
    Person,
    Place,
    Record,
    RequestId,
    Subject,
)
from access.rules.policy import Policy
from access.rules.refusals import Duplicate

R = TypeVar("R")


class AccessError(Exception):
    """The world failed; `cause` says how, `trace` is the vendor's request id for the log."""

    def __init__(
        self, cause: Cause, text: str = "", *, trace: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(text or cause)
        self.cause = cause
        self.trace = trace
        self.retry_after = retry_after


class NotDone(AccessError):
    """Surely nothing happened, and it may be tried again: throttled, or no connection was made."""


class Unknown(AccessError):
    """It may or may not have happened: 5xx, reset, time-out. Look before repeating."""


class NotYet(AccessError):
    """The directory does not know the guest everywhere yet: wait with back-off."""


class Refused(AccessError):
    """The world said no, and will again until somebody changes something."""


class Missing(Refused):
    """The thing addressed does not exist."""


class Blocked(Refused):
    """Microsoft's abuse block: terminal for everything, never retried, the operator is told."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the aware time in UTC."""
        ...


# --- Directory: reads ---------------------------------------------------------------------------


class Directory(Protocol):
    """Reads of people, guests, apps and groups, fresh each time unless a method says otherwise."""

    async def person(self, object_id: ObjectId) -> Person | None: ...

    async def manager(self, object_id: ObjectId) -> Person | None: ...

    async def find_by_address(self, address: str) -> Guest | Person | None:
        """Look an address up in mail, otherMails and proxyAddresses; a `Person` is a member who has it."""
        ...

    async def guest(self, guest_id: ObjectId) -> Guest | None: ...

    async def apps(self) -> Sequence[App]:
        """Return every enterprise app that people use, from an index at most a minute old."""
        ...

    async def apps_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]: ...

    async def app(self, app_id: ObjectId) -> App | None: ...

    async def app_owners(self, app_id: ObjectId) -> Sequence[Person]: ...

    async def group(self, group_id: ObjectId) -> Group | None: ...

    async def group_owners(self, group_id: ObjectId) -> Sequence[Person]: ...

    async def group_members(self, group_id: ObjectId) -> Sequence[Person]: ...

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
class GuestDelta:
    """One page of what changed among users: ids to read, and the cursor to keep after them."""

    changed: tuple[ObjectId, ...]
    removed: tuple[ObjectId, ...]
    cursor: str
    more: bool


class Changes(Protocol):
    """Says who changed; what changed is read with `Directory.guest`."""

    async def since(self, cursor: str) -> GuestDelta:
        """Return the next page; an empty cursor starts from now; an expired one raises `Missing`."""
        ...


# --- Access: a plan's writes --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invitation:
    address: str
    name: str
    landing: str
    sponsor: ObjectId | None
    send_by_microsoft: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """The guest, and the redeem link, which is a secret and cannot be read again."""

    guest_id: ObjectId
    redeem_link: str
    trace: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a fresh read found after the last write; the traces are Graph's `request-id`s."""

    guest_found: bool
    access_found: bool
    guest_trace: str
    access_trace: str


class Access(Protocol):
    """A plan's writes. Each returns Graph's `request-id`; "already there" is success."""

    async def invite(self, invitation: Invitation) -> Invited: ...

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId, *, fresh: bool = False) -> str:
        """Name the sponsor; a `fresh` guest, just invited, who is not found raises `NotYet`."""
        ...

    async def give(self, guest_id: ObjectId, app_id: ObjectId, give: Give, *, fresh: bool = False) -> str:
        """Assign the role or add to the group; refuses (`GUARDED`) who is no guest, and Microsoft Graph."""
        ...

    async def read_back(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Proof: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to a guest. `key` finds its draft again; `link` is the redeem link or the app's page."""

    key: str
    to: str
    guest_name: str
    inviter: str
    app: str
    organisation: str
    message: str
    link: str
    is_invitation: bool


class Mail(Protocol):
    """One shared mailbox: a draft can be looked up, a sent mail cannot, so drafting and sending are two."""

    @property
    def configured(self) -> bool: ...

    async def find(self, key: str) -> str | None:
        """Return the id of the mail with this key, draft or sent, or None."""
        ...

    async def draft(self, letter: Letter) -> str: ...

    async def is_draft(self, mail_id: str) -> bool:
        """Tell whether it is still a draft; raises `Missing` when the id is unknown."""
        ...

    async def send(self, mail_id: str) -> None: ...

    async def discard(self, mail_id: str) -> None:
        """Delete a draft whose link has died."""
        ...


# --- Chat ---------------------------------------------------------------------------------------


class Gone(AccessError):
    """The message or conversation no longer exists: post anew or give up."""


class Unreachable(AccessError):
    """The person has never had the app and cannot be reached in 1:1."""


class Chat(Protocol):
    """Shows people a request. It draws; nobody else knows what a card is.

    An audience is `thread`, `requestor` or `approver/OBJECT-ID`; a notice has the event before it:
    `accepted/thread`, `accepted/requestor`.
    """

    async def post(self, place: Place, record: Record, audience: str) -> str:
        """Post the view of this audience and return the message's id."""
        ...

    async def update(self, place: Place, message: str, record: Record, audience: str) -> None: ...

    async def reach(self, person: ObjectId) -> Place:
        """Return the 1:1 with a person, opening it if need be; raises `Unreachable`."""
        ...


# --- Store, queue -------------------------------------------------------------------------------

Transition = Callable[[Record, datetime], Change | R]
"""A pure, synchronous function of the locked record and the store's time; what is no Change is a refusal."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A guest whose acceptance a request waits for."""

    request_id: RequestId
    guest_id: ObjectId


class Store(Protocol):
    """Keeps requests, jobs and the audit chain; a change is written whole or not at all."""

    async def add(self, make: Callable[[int, datetime], Change]) -> Record | Duplicate:
        """Give the next number to `make` and write its Change, unless the same thing is open already.

        The same thing: same subject, same app, same give, and a state in which it waits or is delivered
        (not denied, canceled, expired).
        """
        ...

    async def change(self, request_id: RequestId, transition: Transition[R]) -> Record | R | None:
        """Lock, load, call, write, commit; return the new record, the refusal, or None if unknown."""
        ...

    async def record(self, request_id: RequestId) -> Record | None: ...

    async def numbered(self, number: int) -> Record | None: ...

    async def requested_by(self, person: ObjectId, limit: int) -> Sequence[Record]:
        """Return a person's requests, newest first."""
        ...

    async def waiting(self, limit: int) -> Sequence[Record]:
        """Return requests in pendingApproval, oldest first."""
        ...

    async def due(self, limit: int) -> Sequence[Job]:
        """Return READY jobs whose due time has come and that nobody holds, soonest first."""
        ...

    async def next_due_at(self) -> datetime | None:
        """Return when the soonest READY job becomes due, or its lease ends."""
        ...

    async def pending_guests(self) -> Sequence[Pending]:
        """Return guests that a request waits for to accept, without those already accepted."""
        ...

    async def write_audit(self, fact: AuditFact) -> None:
        """Write an entry that belongs to no change: a refusal, a policy taken up, an erasure."""
        ...

    def audit_entries(self, after: int = 0) -> AsyncIterator[AuditEntry]: ...

    async def subject(self, address: str) -> Subject:
        """Return the keyed digest of an address (lower case, domain in punycode)."""
        ...

    async def forget(self, subject: Subject) -> int:
        """Erase a subject's names, addresses, justifications, messages; return how many requests."""
        ...

    async def first_time(self, activity: str) -> bool:
        """Note an activity id; False when it was noted before."""
        ...

    async def note(self, key: str) -> str | None:
        """Return a small value kept under a key: a cursor, a person's conversation reference."""
        ...

    async def keep_note(self, key: str, value: str) -> None: ...

    async def close(self) -> None: ...


class Queue(Protocol):
    """Wakes somebody, nothing more: two wakes are harmless, a lost one is found by the sweep."""

    def wake(self, at: datetime) -> None:
        """Ask that due jobs are looked at, at that time or soon after."""
        ...

    async def woken(self) -> None:
        """Wait until something may be due."""
        ...


class PolicySource(Protocol):
    """The policy in force at this moment."""

    def current(self) -> Policy: ...

"""What is kept: requests, jobs, the audit chain, small notes; who wakes whom; the policy in force."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from access.ports.delegations import Delegations
from access.ports.erasing import Erasing
from access.ports.lists import Lists
from access.rules.audit import AuditEntry
from access.rules.model import (
    AuditFact,
    Change,
    Job,
    ObjectId,
    Record,
    Request,
    RequestId,
    Restore,
    Subject,
)
from access.rules.policy import Policy
from access.rules.refusals import Duplicate, Stale
from access.rules.together import Together
from access.rules.waiving import Waivable

R = TypeVar("R")

Transition = Callable[[Record, datetime], Change | R]
"""A pure, synchronous function of the locked record and the store's time; what is no Change is a refusal."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A guest whose acceptance a request waits for."""

    request_id: RequestId
    guest_id: ObjectId
    gone: bool = False
    """Whether the guest was found deleted, as far as the stored words tell."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Which accesses that end by then are meant: of these apps, all where it is None, or asked for by one.

    Of those the ones `among` some apps alone, where that is said.
    """

    by: datetime
    apps: Collection[ObjectId] | None
    requestor: ObjectId | None = None
    among: Collection[ObjectId] | None = None


class Store(Delegations, Erasing, Lists, Protocol):
    """Keeps requests, jobs and the audit chain; a change is written whole or not at all."""

    async def add(self, make: Callable[[int, datetime], Change] | Waivable) -> Record | Duplicate:
        """Give the next number to `make` and write its Change, unless the same thing is open already.

        The same thing: same subject, app and give, in a state of `access.rules.model.OPEN`, or delivered
        since a `Waivable` was begun, and lasting. The use of a waiver is counted in the same transaction, of
        which no two run at the same time.
        """
        ...

    async def add_along(self, make: Together) -> Record | Duplicate | Stale:
        """Add a request and change another in one transaction: both, or neither.

        `Stale` where the other one's transition is, or there is none that this version can read.
        """
        ...

    async def change(self, request_id: RequestId, transition: Transition[R]) -> Record | R | None:
        """Lock, load, call, write, commit; return the new record, the refusal, or None if unknown.

        A request that comes to ask for another access is refused (`Duplicate`) where that is asked already.
        """
        ...

    async def record(self, request_id: RequestId) -> Record | None: ...

    async def numbered(self, number: int) -> Record | None: ...

    async def requested_by(self, person: ObjectId, limit: int) -> Sequence[Record]:
        """Return a person's requests, newest first, but those of the rows of a list."""
        ...

    async def waiting(self, limit: int, after: int = 0) -> Sequence[Record]:
        """Return requests in pendingApproval, oldest first, with numbers `after` one."""
        ...

    async def given_for(self, app_id: ObjectId) -> Sequence[Request]:
        """Return what gave an app, also half-way, without the jobs: there may be thousands."""
        ...

    async def done_since(
        self, since: datetime, person: ObjectId, apps: Collection[ObjectId]
    ) -> Sequence[Request]:
        """Return what was delivered, failed or ended since then, of these apps or asked for by a person.

        It may be a little older. Nothing else is read, however much there is.
        """
        ...

    async def due(self, limit: int) -> Sequence[Job]:
        """Return READY jobs whose due time has come and that nobody holds, soonest first."""
        ...

    async def next_due_at(self) -> datetime | None:
        """Return when the soonest READY job becomes due, or its lease ends."""
        ...

    async def awaited(self, limit: int, after: str = "") -> Sequence[ObjectId]:
        """Return guests whose acceptance a request waits for, in the order of their ids, from `after` one."""
        ...

    async def pending_among(self, guests: Sequence[ObjectId]) -> Sequence[Pending]:
        """Return which requests wait for one of these guests to accept; at most a page of Graph's."""
        ...

    async def same_access(self, request: Request) -> Sequence[Record]:
        """Return the other requests whose guest has, or gets, the same membership or app role by them."""
        ...

    async def of_guest(self, guest_id: ObjectId) -> Sequence[Record]:
        """Return every request about a guest, by the object id: their address may have changed since."""
        ...

    async def unassigned(self, limit: int, after: int = 0) -> Sequence[Record]:
        """Return delivered requests of older versions that have noted no assignment, beyond a number."""
        ...

    async def active(self, limit: int, after: str = "") -> Sequence[Request]:
        """Return requests whose access is active, without the jobs, in the order of their ids."""
        ...

    async def without_guest(self, limit: int, after: str = "") -> Sequence[Request]:
        """Return requests whose access ended, or rests, as guest or group was gone, in the order of ids."""
        ...

    async def ending(self, which: Ending, *, skip: int = 0, most: int) -> Sequence[Request]:
        """Return active accesses that end from now on, without their jobs, soonest first."""
        ...

    async def how_many_end(self, which: Ending) -> int:
        """Return how many there are of these, of which none is read."""
        ...

    async def unended(self, limit: int, after: int = 0) -> Sequence[Record]:
        """Return what failed under an older version, beyond a number; no row looks for its end."""
        ...

    async def unwatched(self, limit: int, after: int = 0) -> Sequence[Record]:
        """Return, beyond a number, requests of older versions whose guest is waited for without a row."""
        ...

    async def write_audit(self, fact: AuditFact) -> None:
        """Write an entry that belongs to no change: a refusal, a policy taken up, an erasure."""
        ...

    async def audit_head(self) -> AuditEntry | None:
        """Return the newest entry of the chain, None while there is none."""
        ...

    async def audit_about(
        self,
        requests: Sequence[RequestId],
        subject: Subject | None,
        *,
        looks: bool,
        skip: int,
        most: int,
        what: str = "",
    ) -> tuple[Sequence[AuditEntry], int]:
        """Return entries of these requests and those of a subject that have none, newest first.

        With `what` only those that say this. The second is how many there are in all; without `looks` neither
        has who looked, or was refused to.
        """
        ...

    def audit_entries(self, after: int = 0) -> AsyncIterator[AuditEntry]: ...

    async def subject(self, address: str) -> Subject:
        """Return the keyed digest of an address (lower case, domain in punycode)."""
        ...

    async def digest(self, words: str) -> Subject:
        """Return the keyed digest of words that are no address, which tells each letter apart."""
        ...

    def seal(self, words: str) -> str:
        """Return words so that nobody else can read them, for what others hold and give back."""
        ...

    def unseal(self, sealed: str) -> str | None:
        """Return the words, None for what was not sealed with this store's key."""
        ...

    async def about(self, subject: Subject) -> Sequence[Record]:
        """Return every request about a subject."""
        ...

    async def restores(self) -> Sequence[Restore]:
        """Return when the database was restored from a backup, as far as it was noticed, oldest first."""
        ...

    async def known_until(self) -> datetime | None:
        """Return the time of the newest audit entry, None while there is none."""
        ...

    async def restore(self, known_until: datetime) -> Restore | None:
        """Note that the database was restored and knows nothing later than this, with what follows from it.

        None where that is noted already: a restore was noticed after that time.
        """
        ...

    async def first_time(self, activity: str) -> bool:
        """Note an activity id; False when it was noted before."""
        ...

    async def note(self, key: str) -> str | None:
        """Return a small value kept under a key: a cursor, a person's conversation reference."""
        ...

    async def keep_note(self, key: str, value: str) -> None: ...

    async def replace_note(self, key: str, was: str | None, value: str) -> bool:
        """Keep a value where the key still has the one that was read (None: none); False where it has not."""
        ...

    async def take_lease(self, name: str, holder: str, lasting: timedelta) -> bool:
        """Take a name or renew it, by the store's clock; True if this holder has it now."""
        ...

    async def give_up_lease(self, name: str, holder: str) -> None:
        """Let go of a name, if this holder has it."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Share:
    """A bucket of a budget: what it holds and how fast it fills, and what one turn costs it."""

    name: str
    burst: float
    rate: float
    """A second."""
    cost: float


@dataclass(frozen=True, slots=True)
class Turns:
    """How many turns were had; where none, the seconds until one can be."""

    count: int
    wait: float = 0.0


class Budget(Protocol):
    """What everybody who calls a service may use together."""

    @property
    def shared(self) -> bool:
        """Whether others take from it too, so that nobody may use all of it."""
        ...

    async def take(self, service: str, shares: Sequence[Share], most: int) -> Turns:
        """Take up to `most` turns, each at the cost of every share; none while the service is held."""
        ...

    async def hold(self, service: str, seconds: float) -> None:
        """Give nobody a turn for so long; never shortens an earlier hold."""
        ...


class Queue(Protocol):
    """Wakes somebody, nothing more: two wakes are harmless, a lost one is found by the sweep."""

    def wake(self, at: datetime) -> None:
        """Ask that due jobs are looked at, at that time or soon after."""
        ...

    async def woken(self) -> bool:
        """Wait until something may be due; return whether another replica asks for help with its own."""
        ...


class PolicySource(Protocol):
    """The policy in force at this moment."""

    def current(self) -> Policy: ...

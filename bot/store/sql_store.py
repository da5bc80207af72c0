"""The Store port over SQL. An adapter says only how a transaction is run for reading and for writing."""

import asyncio
import hashlib
import hmac
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from access.ports import Ending, Pending, Refused, Transition
from access.rules.addresses import read_address
from access.rules.audit import AuditEntry
from access.rules.delegating import Delegating, Delegation, Entrusted, NotDelegated
from access.rules.model import (
    AuditFact,
    Job,
    JobStatus,
    ObjectId,
    Record,
    Request,
    RequestId,
    Restore,
    Subject,
)
from access.rules.refusals import Duplicate, Stale
from access.rules.together import Together
from bot.store import (
    claimable,
    delegations,
    done,
    endings,
    erasure,
    leases,
    lists,
    noting,
    older,
    reading,
    restoring,
    writing,
)
from bot.store.errors import WrittenByNewer
from bot.store.sealing import Seal
from bot.store.sql_lists import SqlLists

R = TypeVar("R")
T = TypeVar("T")

_PAGE = 500
_WORDS = b"words\0"
"""Before what is no address, so that its digest is never an address's."""


class SqlStore(SqlLists):
    """Keeps requests, jobs and the audit chain in a database that SQLAlchemy speaks to."""

    def __init__(self, key: bytes, made_due: Callable[[Sequence[Job]], None]) -> None:
        self._key = key
        self._seal = Seal(key)
        self._made_due = made_due
        self._naming = lists.Naming(self._subject_of)

    @abstractmethod
    async def _share(self, wanted: writing.Wanted) -> writing.Outcome:
        """Write this in a transaction that others may share (`writing.change_many`)."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what waits to be written, then let go of the database."""

    async def add(self, make: writing.Make) -> Record | Duplicate:
        written: writing.Written | Duplicate = await self._share(make)
        return written if isinstance(written, Duplicate) else self._told_of(written)

    async def add_along(self, make: Together) -> Record | Duplicate | Stale:
        written: writing.Written | Duplicate | Stale = await self._share(make)
        return self._told_of(written) if isinstance(written, writing.Written) else written

    async def change(self, request_id: RequestId, transition: Transition[R]) -> Record | R | None:
        outcome: writing.Written | R | None = await self._share((request_id, transition))
        return self._told_of(outcome) if isinstance(outcome, writing.Written) else outcome

    async def record(self, request_id: RequestId) -> Record | None:
        return await self._read(lambda connection, _: reading.record(connection, request_id))

    async def numbered(self, number: int) -> Record | None:
        return await self._read(lambda connection, _: reading.numbered(connection, number))

    async def requested_by(self, person: ObjectId, limit: int) -> Sequence[Record]:
        return await self._read(lambda connection, _: reading.requested_by(connection, person, limit))

    async def waiting(self, limit: int, after: int = 0) -> Sequence[Record]:
        return await self._read(lambda connection, _: reading.waiting(connection, limit, after))

    async def given_for(self, app_id: ObjectId) -> Sequence[Request]:
        return await self._read(lambda connection, _: reading.given_for(connection, app_id))

    async def done_since(
        self, since: datetime, person: ObjectId, apps: Collection[ObjectId]
    ) -> Sequence[Request]:
        return await self._read(lambda connection, _: done.done_since(connection, since, person, apps))

    async def due(self, limit: int) -> Sequence[Job]:
        return await self._ask(lambda connection, now: claimable.due(connection, now, limit))

    async def next_due_at(self) -> datetime | None:
        return await self._ask(lambda connection, _: claimable.next_due_at(connection))

    async def awaited(self, limit: int, after: str = "") -> Sequence[ObjectId]:
        return await self._ask(lambda connection, _: reading.awaited(connection, limit, after))

    async def pending_among(self, guests: Sequence[ObjectId]) -> Sequence[Pending]:
        return await self._ask(lambda connection, _: reading.pending_among(connection, guests))

    async def same_access(self, request: Request) -> Sequence[Record]:
        return await self._read(lambda connection, _: reading.same_access(connection, request))

    async def of_guest(self, guest_id: ObjectId) -> Sequence[Record]:
        return await self._read(lambda connection, _: reading.of_guest(connection, guest_id))

    async def unassigned(self, limit: int, after: int = 0) -> Sequence[Record]:
        return await self._read(lambda connection, _: older.unassigned(connection, limit, after))

    async def active(self, limit: int, after: str = "") -> Sequence[Request]:
        return await self._read(lambda connection, _: reading.active(connection, limit, after))

    async def without_guest(self, limit: int, after: str = "") -> Sequence[Request]:
        return await self._read(lambda connection, _: reading.without_guest(connection, limit, after))

    async def how_many_end(self, which: Ending) -> int:
        return await self._ask(lambda connection, now: endings.how_many(connection, which, now))

    async def ending(self, which: Ending, *, skip: int = 0, most: int) -> Sequence[Request]:
        return await self._read(lambda connection, now: endings.ending(connection, which, now, skip, most))

    async def unended(self, limit: int, after: int = 0) -> Sequence[Record]:
        return await self._read(lambda connection, _: older.unended(connection, limit, after))

    async def unwatched(self, limit: int, after: int = 0) -> Sequence[Record]:
        return await self._read(lambda connection, _: older.unwatched(connection, limit, after))

    async def write_audit(self, fact: AuditFact) -> None:
        await self._share(fact)

    async def audit_head(self) -> AuditEntry | None:
        return await self._ask(lambda connection, _: reading.audit_head(connection))

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
        about = reading.audit_of(requests, subject, looks=looks, what=what)
        return await self._read(lambda connection, _: reading.audit_about(connection, about, skip, most))

    async def audit_entries(self, after: int = 0) -> AsyncIterator[AuditEntry]:
        while page := await self._audit_page(after):
            for entry in page:
                yield entry
            after = page[-1].seq

    async def subject(self, address: str) -> Subject:
        return self._subject_of(address)

    def _subject_of(self, address: str) -> Subject:
        read = read_address(address)
        same = read if isinstance(read, str) else address.strip().lower()
        return Subject(hmac.new(self._key, same.encode(), hashlib.sha256).hexdigest())

    async def digest(self, words: str) -> Subject:
        return Subject(
            hmac.new(self._key, _WORDS + words.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
        )

    def seal(self, words: str) -> str:
        return self._seal.close(words)

    def unseal(self, sealed: str) -> str | None:
        return self._seal.open(sealed)

    async def about(self, subject: Subject) -> Sequence[Record]:
        return await self._read(lambda connection, _: reading.about(connection, subject))

    async def restores(self) -> Sequence[Restore]:
        # Asked every minute by one replica: so a failover under those that run is noticed, too.
        moved, known = await self._read(
            lambda connection, _: (restoring.has_moved(connection), reading.restores(connection))
        )
        if not moved:
            return known
        if await self._write(restoring.notice_by_fingerprint) is not None:
            self._made_due(())
        return await self._ask(lambda connection, _: reading.restores(connection))

    async def known_until(self) -> datetime | None:
        return await self._ask(lambda connection, _: restoring.known_until(connection))

    async def restore(self, known_until: datetime) -> Restore | None:
        noted = await self._write(
            lambda connection, now: restoring.begin(connection, now, known_until=known_until)
        )
        if noted is not None:
            self._made_due(())
        return noted

    async def forget(self, subject: Subject, silent_days: int | None = None) -> int:
        await asyncio.to_thread(
            self._naming.learn, await self._ask(lambda connection, _: lists.bodies(connection))
        )
        try:
            return await self._write(
                lambda connection, now: erasure.forget(connection, subject, now, self._naming, silent_days)
            )
        except WrittenByNewer as error:
            if silent_days is None:
                raise
            raise Refused(error.cause, str(error)) from error  # of this guest; the night goes on

    async def silent_since(self, before: datetime, after: Subject, limit: int) -> Sequence[Subject]:
        return await self._read(lambda connection, _: erasure.silent(connection, before, after, limit))

    async def first_time(self, activity: str) -> bool:
        return await self._write(
            lambda connection, now: noting.first_time(connection, activity, now), spares_requests=True
        )

    async def note(self, key: str) -> str | None:
        return await self._ask(lambda connection, _: reading.note(connection, key))

    async def keep_note(self, key: str, value: str) -> None:
        await self._write(
            lambda connection, _: noting.keep_note(connection, key, value), spares_requests=True
        )

    async def replace_note(self, key: str, was: str | None, value: str) -> bool:
        return await self._write(
            lambda connection, _: noting.replace_note(connection, key, was, value), spares_requests=True
        )

    async def delegations(self) -> Sequence[Delegation]:
        return await self._ask(delegations.open_still)

    async def standing(self) -> Sequence[Delegation]:
        return await self._ask(delegations.standing)

    async def due_delegations(self) -> Sequence[Delegation]:
        return await self._ask(delegations.due)

    async def delegate(self, by: ObjectId, change: Delegating) -> Entrusted | NotDelegated | None:
        return await self._write(
            lambda connection, now: delegations.change(connection, by, change, now), spares_requests=True
        )

    async def take_lease(self, name: str, holder: str, lasting: timedelta) -> bool:
        return await self._write(
            lambda connection, now: leases.take(connection, name, holder, lasting, now), spares_requests=True
        )

    async def give_up_lease(self, name: str, holder: str) -> None:
        await self._write(
            lambda connection, _: leases.give_up(connection, name, holder), spares_requests=True
        )

    async def _audit_page(self, after: int) -> Sequence[AuditEntry]:
        return await self._ask(lambda connection, _: reading.audit_page(connection, after, _PAGE))

    def _told_of(self, written: writing.Written) -> Record:
        if due := due_jobs([written]):
            self._made_due(due)
        return written.record


def due_jobs(outcomes: Iterable[object]) -> Sequence[Job]:
    """Return what was written that wants to be looked at; a lease's end is left to the sweep."""
    written = [one for one in outcomes if isinstance(one, writing.Written)]
    jobs = [job for outcome in written for one in (outcome, *outcome.along) for job in one.jobs]
    return [job for job in jobs if job.status is JobStatus.READY and not job.lease_until]

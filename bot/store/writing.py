"""What is written to the database, the same on every one; each function runs inside one transaction."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from access.ports import Transition
from access.rules.audit import BEFORE_THE_FIRST, link
from access.rules.model import AuditFact, Change, Job, Record, Request, RequestId, Subject
from access.rules.refusals import Duplicate, Stale
from access.rules.together import Together
from access.rules.waiving import Waivable
from bot.store import codec, decided, dialect, reading
from bot.store.checking import check, check_new
from bot.store.errors import Raised, WrittenByNewer
from bot.store.prepared import Keep, Many, Unless
from bot.store.recent import Recent
from bot.store.tables import (
    audit,
    jobs,
    meta,
    personal,
    requests,
)
from bot.store.waivings import Waivings

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Written:
    """A change that was written: the record as it now stands, and the jobs that were touched."""

    record: Record
    jobs: Sequence[Job]
    along: tuple["Written", ...] = ()
    """What was written of another request together with it."""


Make = Callable[[int, datetime], Change] | Waivable | Together
"""Makes a request under the number that it is given."""
Wanted = tuple[RequestId, Transition[Any]] | Make | AuditFact
"""What can be written together with others: the change of a request, a new one, an entry of its own."""
Outcome = Any
"""Written, a refusal (`Duplicate` is one), None for an unknown request or an entry, or what was raised.

For a request that only a newer version can read it is `WrittenByNewer`.
"""

AUDIT_KEY = "audit-key"
LAST_NUMBER = "last-number"
FIRST_NUMBER = 1001

_REPLACE_REQUEST = Many(
    update(requests).where(requests.c.id == bindparam("its_id")), [*codec.REQUEST_CHANGES, "its_id"]
)
_REPLACE_JOB = Many(update(jobs).where(jobs.c.key == bindparam("its_key")), [*codec.JOB_CHANGES, "its_key"])
_ADD_JOB = Many(insert(jobs), jobs.c.keys())
_ADD_REQUEST, _KEEP_PERSONAL = Unless(requests), Keep(personal)
_TAKE_BACK = delete(requests).where(requests.c.id == bindparam("its_id"))
_ADD_AUDIT = Many(insert(audit), audit.c.keys())
_LAST_NUMBER = select(meta.c.value).where(meta.c.key == LAST_NUMBER).with_for_update()
_KEEP_NUMBER = update(meta).where(meta.c.key == LAST_NUMBER)
_HEAD = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)


def prepare(connection: Connection) -> bytes:
    """Return the key of the subjects' digests; on the first start, make it and start the numbers."""
    key = reading.kept(connection, AUDIT_KEY)
    if key is None:
        key = secrets.token_hex(32)
        start = [(AUDIT_KEY, key), (LAST_NUMBER, str(FIRST_NUMBER - 1))]
        connection.execute(insert(meta), [{"key": name, "value": value} for name, value in start])
    return bytes.fromhex(key)


def change(
    connection: Connection, request_id: RequestId, transition: Transition[R], now: datetime
) -> Written | R | None:
    """Lock the request, ask the transition, write what it wants."""
    outcome: Written | R | BaseException | None
    (outcome,) = change_many(connection, [(request_id, transition)], now)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def change_many(
    connection: Connection, wanted: Sequence[Wanted], now: datetime, recent: Recent | None = None
) -> list[Outcome]:
    """Make what is wanted, each as if those before it were written; then write all at once.

    What is `recent` need not be read; it is up to the caller to keep there what was committed.

    Locked are the last number, the requests in the order of their ids, the chain's head: always in this
    order. What a transition raises is its own outcome. Where the database refuses one, all are refused
    (`IntegrityError`): roll back, and repeat them one by one.
    """
    lot = _Lot(connection, wanted, now, recent or Recent())
    outcomes = [lot.make(one) for one in wanted]
    lot.write()
    return outcomes


def append_audit(connection: Connection, facts: Iterable[AuditFact], now: datetime) -> None:
    """Add entries to the chain; last in its transaction, since everybody waits for the chain's head."""
    dialect.lock_chain(connection)
    head = connection.execute(_HEAD).one_or_none()
    seq, previous = (head.seq, head.hash) if head else (0, BEFORE_THE_FIRST)
    rows = []
    for seq_of_fact, fact in enumerate(facts, start=seq + 1):
        entry = link(previous, seq_of_fact, now, fact)
        rows.append(codec.audit_row(entry))
        previous = entry.hash
    _ADD_AUDIT.run(connection, rows)


def replace_jobs(connection: Connection, changed: Iterable[Job]) -> None:
    _REPLACE_JOB.run(connection, [{"its_key": job.key, **codec.job_changes(job)} for job in changed])


def replace_requests(connection: Connection, changed: Iterable[Request]) -> None:
    rows = [{"its_id": request.request_id, **codec.request_changes(request)} for request in changed]
    _REPLACE_REQUEST.run(connection, rows)


class _Lot:
    """What one transaction writes: each change sees those before it, and all are written together."""

    def __init__(
        self, connection: Connection, wanted: Sequence[Wanted], now: datetime, recent: Recent
    ) -> None:
        self._connection = connection
        self._now = now
        self._last = 0
        if not all(isinstance(one, tuple | AuditFact) for one in wanted):
            self._last = int(connection.execute(_LAST_NUMBER).scalar_one())
        self._number = self._last
        self._waivings = Waivings(connection)
        ids = {one[0] for one in wanted if isinstance(one, tuple)}
        ids |= {one.about for one in wanted if isinstance(one, Waivable | Together) and one.about}
        self._records: dict[RequestId, Record | WrittenByNewer] = {**recent.known(ids)}
        if unknown := ids - self._records.keys():
            self._records |= reading.locked(connection, unknown)
        readable = [record for record in self._records.values() if isinstance(record, Record)]
        self._there = {key for record in readable for key in record.jobs}
        self._requests: dict[RequestId, Request] = {}
        self._jobs: dict[str, Job] = {}
        self._decisions: list[codec.Row] = []
        self._personal: dict[Subject, codec.Row] = {}
        self._audit: list[AuditFact] = []

    def make(self, wanted: Wanted) -> Outcome:
        if isinstance(wanted, AuditFact):
            return self._audit.append(wanted)
        return self._change(*wanted) if isinstance(wanted, tuple) else self._add(wanted)

    def write(self) -> None:
        if self._number > self._last:
            self._connection.execute(_KEEP_NUMBER, {"value": str(self._number)})
        self._waivings.write()
        self._write_requests()
        _KEEP_PERSONAL.run(self._connection, list(self._personal.values()))
        if self._decisions:
            self._connection.execute(decided.ADD, self._decisions)
        new = [codec.job_row(job) for key, job in self._jobs.items() if key not in self._there]
        _ADD_JOB.run(self._connection, new)
        replace_jobs(self._connection, [job for key, job in self._jobs.items() if key in self._there])
        if self._audit:
            append_audit(self._connection, self._audit, self._now)

    def _write_requests(self) -> None:
        replace_requests(self._connection, self._requests.values())
        self._requests = {}

    def _add(self, make: Make) -> Written | Duplicate | Stale | Exception:
        """Add a request under the next number; a number once committed is never given again."""
        with Raised() as raised:
            change = self._made(make)
            along = self._along(make) if isinstance(make, Together) else ()
            if not isinstance(change, Duplicate):
                check_new(change)
        if raised.error is not None:
            return raised.error
        if isinstance(change, Duplicate):
            return change
        if isinstance(along, Stale):
            return along
        request = change.request
        try:
            first = self._first_of(request) or self._given_since(make, request)
        except WrittenByNewer as error:
            return error
        if first is not None:
            return Duplicate(first.request)
        self._number += 1
        self._waivings.add(request.waived)
        self._personal[request.subject] = {
            "subject": request.subject,
            "address": request.address,
            "name": request.guest_name,
        }
        written = self._note(Record(request=request, jobs={}), change)
        return replace(written, along=tuple(self._note(*one) for one in along))

    def _along(self, make: Together) -> tuple[tuple[Record, Change], ...] | Stale:
        """Return what is written of another request together with a new one."""
        before = self._records.get(make.about)
        if not isinstance(before, Record):
            return Stale()
        change = make.along.change(before, self._now)
        if isinstance(change, Stale):
            return change
        check(before, change)
        return ((before, change),)

    def _made(self, make: Make) -> Change | Duplicate:
        number, now = self._number + 1, self._now
        if isinstance(make, Together):
            return make.make(number, now)
        if not isinstance(make, Waivable):
            return make(number, now)
        about = self._records.get(make.about) if make.about else None
        uses = self._waivings.before(make)
        return make.make(number, now, replace(uses, about=about if isinstance(about, Record) else None))

    def _first_of(self, request: Request) -> Record | None:
        """Write a new request; None, or else the one that asks for the same and has not ended.

        Who is in the way may end before it is looked at, in this lot or in another: then the way is free.
        """
        for _ in range(2):
            if _ADD_REQUEST.was_added(self._connection, codec.request_row(request)):
                return None
            self._write_requests()
            first = reading.same_thing_open(self._connection, request)
            if first := first or self._made_before(request):
                return first
        raise ValueError(f"{request.label} has the number or the id of another request")

    def _given_since(self, make: Make, request: Request) -> Record | None:
        """Take a new request back and return by what the same was given since it was begun; None if it stays.

        Only who has added theirs sees a delivery that another transaction wrote meanwhile.
        """
        begun = make.begun if isinstance(make, Waivable) else None
        if begun is None:
            return None
        given = reading.given_since(self._connection, request, begun, self._records)
        if given is not None:
            self._connection.execute(_TAKE_BACK, {"its_id": request.request_id})
        return given

    def _made_before(self, request: Request) -> Record | None:
        """Return the request of the same row of a list, whatever has become of it."""
        return reading.record(self._connection, request.request_id) if request.listed else None

    def _change(self, request_id: RequestId, transition: Transition[Any]) -> Outcome:
        before = self._records.get(request_id)
        if not isinstance(before, Record):
            return before
        with Raised() as raised:
            result = transition(before, self._now)
            if isinstance(result, Change):
                check(before, result)
        if raised.error is not None:
            return raised.error
        if not isinstance(result, Change):
            return result
        try:
            first = self._in_the_way(before.request, result.request)
        except WrittenByNewer as error:
            return error
        return self._note(before, result) if first is None else Duplicate(first.request)

    def _in_the_way(self, before: Request, after: Request) -> Record | None:
        """Return the open request that asks for what this one comes to ask for; raises `WrittenByNewer`."""
        if before.give.key == after.give.key:
            return None
        self._write_requests()
        return reading.same_thing_open(self._connection, after)

    def _note(self, before: Record, change: Change) -> Written:
        request = change.request
        if request.version > before.request.version:
            self._requests[request.request_id] = request
        self._decisions += decided.rows(before.request, request)
        changed = {job.key: job for job in change.jobs}
        self._jobs |= changed
        self._audit += change.audit
        after = Record(request=request, jobs={**before.jobs, **changed})
        self._records[request.request_id] = after
        return Written(after, change.jobs)

"""What is written to the database, the same on every one; each function runs inside one transaction."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from access.ports import Transition
from access.rules.audit import BEFORE_THE_FIRST, link
from access.rules.model import AuditFact, Change, Job, Record, Request, RequestId, ReviewResult
from access.rules.refusals import Duplicate
from bot.store import codec, dialect, reading
from bot.store.prepared import Many
from bot.store.tables import audit, decisions, jobs, meta, notes, personal, requests, turns

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Written:
    """A change that was written: the record as it now stands, and the jobs that were touched."""

    record: Record
    jobs: Sequence[Job]


Outcome = Any
"""Written, the transition's refusal, None for an unknown request, or what the transition raised."""
Wanted = tuple[RequestId, Transition[Any]]

AUDIT_KEY = "audit-key"
LAST_NUMBER = "last-number"
FIRST_NUMBER = 1001
_REMEMBERED = timedelta(days=1)
"""How long an activity's id is kept: Teams repeats a delivery within minutes."""
_LAST_STAGE = 1

_REPLACE_REQUEST = Many(
    update(requests).where(requests.c.id == bindparam("its_id")), [*codec.REQUEST_CHANGES, "its_id"]
)
_REPLACE_JOB = Many(update(jobs).where(jobs.c.key == bindparam("its_key")), [*codec.JOB_CHANGES, "its_key"])
_ADD_JOB = Many(insert(jobs), jobs.c.keys())
_ADD_AUDIT = Many(insert(audit), audit.c.keys())
_LAST_NUMBER = select(meta.c.value).where(meta.c.key == LAST_NUMBER).with_for_update()
_KEEP_NUMBER = update(meta).where(meta.c.key == LAST_NUMBER)
_ADD_DECISION = insert(decisions)
_HEAD = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)


def prepare(connection: Connection) -> bytes:
    """Return the key of the subjects' digests; on the first start, make it and start the numbers."""
    key = reading.kept(connection, AUDIT_KEY)
    if key is None:
        key = secrets.token_hex(32)
        start = [(AUDIT_KEY, key), (LAST_NUMBER, str(FIRST_NUMBER - 1))]
        connection.execute(insert(meta), [{"key": name, "value": value} for name, value in start])
    return bytes.fromhex(key)


def add(
    connection: Connection, make: Callable[[int, datetime], Change], now: datetime
) -> Written | Duplicate:
    """Write a new request under the next number; a number once committed is never given again."""
    number = int(connection.execute(_LAST_NUMBER).scalar_one()) + 1
    change = make(number, now)
    request = change.request
    row = dialect.insert(connection, requests).on_conflict_do_nothing()
    if connection.execute(row, codec.request_row(request)).rowcount == 0:
        first = reading.same_thing_open(connection, request)
        if first is None:
            raise ValueError(f"{request.label} has the number or the id of another request")
        return Duplicate(first.request)
    connection.execute(_KEEP_NUMBER, {"value": str(number)})
    dialect.keep(connection, personal, {"subject": request.subject}, _personal_of(request))
    lot = _Lot({request.request_id: Record(request=request, jobs={})}, now)
    written = lot.note(lot.records[request.request_id], change)
    lot.write(connection)
    return written


def change(
    connection: Connection, request_id: RequestId, transition: Transition[R], now: datetime
) -> Written | R | None:
    """Lock the request, ask the transition, write what it wants."""
    outcome: Written | R | BaseException | None
    (outcome,) = change_many(connection, [(request_id, transition)], now)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def change_many(connection: Connection, wanted: Sequence[Wanted], now: datetime) -> list[Outcome]:
    """Lock the requests in the order of their ids, ask each transition in turn, write all at once.

    What a transition raises is its own outcome. Where the database refuses one, all are refused
    (`IntegrityError`): roll back, and repeat them one by one.
    """
    lot = _Lot(reading.locked(connection, {request_id for request_id, _ in wanted}), now)
    outcomes = [lot.make(request_id, transition) for request_id, transition in wanted]
    lot.write(connection)
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


def first_time(connection: Connection, activity: str, now: datetime) -> bool:
    """Note an activity's id, and drop those of yesterday."""
    connection.execute(delete(turns).where(turns.c.at < now - _REMEMBERED))
    row = dialect.insert(connection, turns).on_conflict_do_nothing()
    return connection.execute(row, {"activity": activity, "at": now}).rowcount == 1


def keep_note(connection: Connection, key: str, value: str) -> None:
    dialect.keep(connection, notes, {"key": key}, {"value": value})


def replace_jobs(connection: Connection, changed: Iterable[Job]) -> None:
    _REPLACE_JOB.run(connection, [{"its_key": job.key, **codec.job_changes(job)} for job in changed])


def replace_requests(connection: Connection, changed: Iterable[Request]) -> None:
    rows = [{"its_id": request.request_id, **codec.request_changes(request)} for request in changed]
    _REPLACE_REQUEST.run(connection, rows)


@dataclass(slots=True)
class _Raised:
    """As a context, keeps what a transition raises, whatever it is: it may not harm its neighbours."""

    error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None


class _Lot:
    """Changes of one transaction: each sees those before it, and all are written together."""

    def __init__(self, records: dict[RequestId, Record], now: datetime) -> None:
        self.records = records
        self._now = now
        self._there = {key for record in records.values() for key in record.jobs}
        self._requests: dict[RequestId, Request] = {}
        self._jobs: dict[str, Job] = {}
        self._decisions: list[codec.Row] = []
        self._audit: list[AuditFact] = []

    def make(self, request_id: RequestId, transition: Transition[Any]) -> Outcome:
        before = self.records.get(request_id)
        if before is None:
            return None
        with _Raised() as raised:
            result = transition(before, self._now)
            if isinstance(result, Change):
                _check(before.request, result.request)
        if raised.error is not None:
            return raised.error
        return self.note(before, result) if isinstance(result, Change) else result

    def note(self, before: Record, change: Change) -> Written:
        request, review = change.request, change.request.review
        if request.version > before.request.version:
            self._requests[request.request_id] = request
        if review is not None and review != before.request.review:
            self._decisions.append(_decision(request, review))
        changed = {job.key: job for job in change.jobs}
        self._jobs |= changed
        self._audit += change.audit
        after = Record(request=request, jobs={**before.jobs, **changed})
        self.records[request.request_id] = after
        return Written(after, change.jobs)

    def write(self, connection: Connection) -> None:
        replace_requests(connection, self._requests.values())
        if self._decisions:
            connection.execute(_ADD_DECISION, self._decisions)
        new = [codec.job_row(job) for key, job in self._jobs.items() if key not in self._there]
        _ADD_JOB.run(connection, new)
        replace_jobs(connection, [job for key, job in self._jobs.items() if key in self._there])
        if self._audit:
            append_audit(connection, self._audit, self._now)


def _check(before: Request, after: Request) -> None:
    """Refuse what only a bug can want: another request, a version that jumps, a change under the same one."""
    grown = after.version - before.version
    same = (before.request_id, before.number) == (after.request_id, after.number)
    if not same or grown not in (0, 1) or (grown == 0 and after != before):
        raise ValueError(f"a transition of {before.label} broke the order of its versions")


def _decision(request: Request, review: ReviewResult) -> codec.Row:
    return {
        "request_id": request.request_id,
        "cycle": request.cycle,
        "stage": _LAST_STAGE,
        "person_id": review.by.object_id,
    }


def _personal_of(request: Request) -> codec.Row:
    return {"address": request.address, "name": request.guest_name}

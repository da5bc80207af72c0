"""What is written to the database, the same on every one; each function runs inside one transaction."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from access.ports import Transition
from access.rules.audit import BEFORE_THE_FIRST, link
from access.rules.model import AuditFact, Change, Job, Record, Request, RequestId, ReviewResult
from access.rules.refusals import Duplicate
from bot.store import codec, reading
from bot.store.tables import audit, decisions, jobs, meta, notes, personal, requests, turns

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Written:
    """A change that was written: the record as it now stands, and the jobs that were touched."""

    record: Record
    jobs: Sequence[Job]


AUDIT_KEY = "audit-key"
LAST_NUMBER = "last-number"
FIRST_NUMBER = 1001
_REMEMBERED = timedelta(days=1)
"""How long an activity's id is kept: Teams repeats a delivery within minutes."""
_LAST_STAGE = 1

_REPLACE_REQUEST = update(requests).where(requests.c.id == bindparam("its_id"))
_REPLACE_JOB = update(jobs).where(jobs.c.key == bindparam("its_key"))
_ADD_JOB = insert(jobs)
_ADD_AUDIT = insert(audit)
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
    kept = select(meta.c.value).where(meta.c.key == LAST_NUMBER).with_for_update()
    number = int(connection.execute(kept).scalar_one()) + 1
    change = make(number, now)
    request = change.request
    try:
        with connection.begin_nested():
            connection.execute(insert(requests), codec.request_row(request))
    except IntegrityError:
        first = reading.same_thing_open(connection, request)
        if first is None:
            raise
        return Duplicate(first.request)
    connection.execute(update(meta).where(meta.c.key == LAST_NUMBER), {"value": str(number)})
    _keep(connection, personal, {"subject": request.subject}, _personal_of(request))
    return _write_rest(connection, Record(request=request, jobs={}), change, now)


def change(
    connection: Connection, request_id: RequestId, transition: Transition[R], now: datetime
) -> Written | R | None:
    """Lock the request, ask the transition, write what it wants."""
    before = reading.record(connection, request_id, lock=True)
    if before is None:
        return None
    result = transition(before, now)
    if not isinstance(result, Change):
        return result
    _check(before.request, result.request)
    if result.request.version > before.request.version:
        replace_request(connection, result.request)
    review = result.request.review
    if review is not None and review != before.request.review:
        connection.execute(insert(decisions), _decision(result.request, review))
    return _write_rest(connection, before, result, now)


def append_audit(connection: Connection, facts: Iterable[AuditFact], now: datetime) -> None:
    """Add entries to the chain; last in its transaction, since everybody waits for the chain's head."""
    head = connection.execute(_HEAD).one_or_none()
    seq, previous = (head.seq, head.hash) if head else (0, BEFORE_THE_FIRST)
    rows = []
    for seq_of_fact, fact in enumerate(facts, start=seq + 1):
        entry = link(previous, seq_of_fact, now, fact)
        rows.append(codec.audit_row(entry))
        previous = entry.hash
    connection.execute(_ADD_AUDIT, rows)


def first_time(connection: Connection, activity: str, now: datetime) -> bool:
    """Note an activity's id, and drop those of yesterday."""
    connection.execute(delete(turns).where(turns.c.at < now - _REMEMBERED))
    try:
        with connection.begin_nested():
            connection.execute(insert(turns), {"activity": activity, "at": now})
    except IntegrityError:
        return False
    return True


def keep_note(connection: Connection, key: str, value: str) -> None:
    _keep(connection, notes, {"key": key}, {"value": value})


def replace_jobs(connection: Connection, changed: Sequence[Job]) -> None:
    if changed:
        rows = [{"its_key": job.key, **codec.job_row(job)} for job in changed]
        connection.execute(_REPLACE_JOB, rows)


def replace_request(connection: Connection, request: Request) -> None:
    connection.execute(_REPLACE_REQUEST, {"its_id": request.request_id, **codec.request_row(request)})


def _write_rest(connection: Connection, before: Record, change: Change, now: datetime) -> Written:
    changed = {job.key: job for job in change.jobs}
    fresh = [codec.job_row(job) for job in changed.values() if job.key not in before.jobs]
    if fresh:
        connection.execute(_ADD_JOB, fresh)
    replace_jobs(connection, [job for job in changed.values() if job.key in before.jobs])
    if change.audit:
        append_audit(connection, change.audit, now)
    record = Record(request=change.request, jobs={**before.jobs, **changed})
    return Written(record, change.jobs)


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


def _keep(connection: Connection, table: Table, key: codec.Row, values: codec.Row) -> None:
    same = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*same).values(values)).rowcount == 0:
        connection.execute(insert(table).values(key | values))

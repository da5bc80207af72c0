"""What is asked of the database, the same on every one; each function runs inside one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from access.ports import Pending
from access.rules.audit import AuditEntry
from access.rules.model import Job, ObjectId, Record, Request, RequestId, State, Subject
from bot.store import codec
from bot.store.tables import STILL_OPEN, audit, jobs, meta, notes, requests

# The statements of every change are built once: building one costs more than running it.
_BODIES = select(requests.c.id, requests.c.body)
_BODY = _BODIES.where(requests.c.id == bindparam("its_id"))
_BODIES_LOCKED = (
    _BODIES.where(requests.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(requests.c.id)
    .with_for_update()
)
_DUE = (
    select(*codec.JOB)
    .where(jobs.c.claimable_at <= bindparam("now"))
    .order_by(jobs.c.claimable_at)
    .limit(bindparam("most"))
)
_NEXT_DUE = select(func.min(jobs.c.claimable_at))
_JOBS = (
    select(*codec.JOB)
    .where(jobs.c.request_id.in_(bindparam("their_ids", expanding=True)))
    .order_by(jobs.c.position, jobs.c.key)
)


def record(connection: Connection, request_id: RequestId) -> Record | None:
    return _one(connection, _BODY, its_id=request_id)


def locked(connection: Connection, ids: Iterable[RequestId]) -> dict[RequestId, Record]:
    """Return requests, held against others; locked in one order, so that none wait in a ring.

    SQLite needs no word of SQL for that: it has one writer.
    """
    found = _all(connection, _BODIES_LOCKED, ids=sorted(ids))
    return {one.request.request_id: one for one in found}


def numbered(connection: Connection, number: int) -> Record | None:
    return _one(connection, _BODIES.where(requests.c.number == number))


def same_thing_open(connection: Connection, request: Request) -> Record | None:
    """Return the request that asks for the same thing and has not ended."""
    same = (
        requests.c.subject == request.subject,
        requests.c.app_id == request.app.object_id,
        requests.c.give_key == request.give.key,
    )
    return _one(connection, _BODIES.where(*same, STILL_OPEN))


def about(connection: Connection, subject: Subject, *, lock: bool = False) -> Sequence[Record]:
    query = _BODIES.where(requests.c.subject == subject)
    return _all(connection, query.order_by(requests.c.id).with_for_update() if lock else query)


def requested_by(connection: Connection, person: ObjectId, limit: int) -> Sequence[Record]:
    mine = _BODIES.where(requests.c.requestor_id == person)
    return _all(connection, mine.order_by(requests.c.number.desc()).limit(limit))


def waiting(connection: Connection, limit: int) -> Sequence[Record]:
    wait = _BODIES.where(requests.c.state == State.PENDING_APPROVAL)
    return _all(connection, wait.order_by(requests.c.number).limit(limit))


def due(connection: Connection, now: datetime, limit: int) -> Sequence[Job]:
    return [codec.job_of(row) for row in connection.execute(_DUE, {"now": now, "most": limit}).all()]


def next_due_at(connection: Connection) -> datetime | None:
    at: datetime | None = connection.execute(_NEXT_DUE).scalar()
    return at


def pending_guests(connection: Connection) -> Sequence[Pending]:
    query = select(requests.c.id, requests.c.pending_guest_id).where(requests.c.pending_guest_id.is_not(None))
    return [Pending(request_id, guest_id) for request_id, guest_id in connection.execute(query)]


def audit_page(connection: Connection, after: int, limit: int) -> Sequence[AuditEntry]:
    query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return [codec.audit_of(row) for row in connection.execute(query).mappings()]


def note(connection: Connection, key: str) -> str | None:
    value: str | None = connection.execute(select(notes.c.value).where(notes.c.key == key)).scalar()
    return value


def kept(connection: Connection, key: str) -> str | None:
    value: str | None = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
    return value


def _one(connection: Connection, query: Select[Any], **named: Any) -> Record | None:
    found = _all(connection, query, **named)
    return found[0] if found else None


def _all(connection: Connection, query: Select[Any], **named: Any) -> Sequence[Record]:
    """Return the requests in the query's order, each with its jobs."""
    bodies: dict[str, str] = dict(connection.execute(query, named).all())
    found: dict[str, dict[str, Job]] = {request_id: {} for request_id in bodies}
    if bodies:
        for row in connection.execute(_JOBS, {"their_ids": list(bodies)}).all():
            job = codec.job_of(row)
            found[job.request_id][job.key] = job
    return [
        Record(request=codec.request_of(body), jobs=found[request_id]) for request_id, body in bodies.items()
    ]

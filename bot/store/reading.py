"""What is asked of the database, the same on every one; each function runs inside one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select

from access.ports import Pending
from access.rules import halfway
from access.rules.audit import AuditEntry
from access.rules.main_request import was_given_since
from access.rules.model import (
    AssignmentState,
    GiveKind,
    Job,
    Left,
    ObjectId,
    Record,
    Request,
    RequestId,
    Restore,
    State,
    Subject,
)
from bot.store import codec
from bot.store.errors import WrittenByNewer
from bot.store.tables import STILL_OPEN, audit, jobs, meta, notes, requests

RESTORES = "restores"
# The statements of every change are built once: building one costs more than running it.
BODIES = select(requests.c.id, requests.c.body)
_BODY = BODIES.where(requests.c.id == bindparam("its_id"))
_BODIES_LOCKED = (
    BODIES.where(requests.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(requests.c.id)
    .with_for_update()
)
_REFUSED_TO = (audit.c.what == "act.refused") & or_(
    audit.c.detail.contains('"act":"audit"'), audit.c.detail.contains('"act":"guest"')
)
_LOOKS = or_(audit.c.what.in_(("audit.looked", "guest.looked")), _REFUSED_TO)
_STATES = frozenset(State)
_JOBS = (
    select(*codec.JOB)
    .where(jobs.c.request_id.in_(bindparam("their_ids", expanding=True)))
    .order_by(jobs.c.position, jobs.c.key)
)
_ENTRIES = (
    select(*codec.AUDIT).where(audit.c.seq > bindparam("seq")).order_by(audit.c.seq).limit(bindparam("most"))
)
_GUEST = requests.c.pending_guest_id
_AWAITED = (
    select(_GUEST)
    .where(bindparam("after") < _GUEST, requests.c.state.in_(_STATES))
    .distinct()
    .order_by(_GUEST)
    .limit(bindparam("most"))
)
_PENDING = select(requests.c.id, _GUEST, requests.c.body.contains('"gone_at":"', autoescape=True)).where(
    _GUEST.in_(bindparam("guests", expanding=True)), requests.c.state.in_(_STATES)
)
_HEAD = select(*codec.AUDIT).order_by(audit.c.seq.desc()).limit(1)


def record(connection: Connection, request_id: RequestId) -> Record | None:
    return _one(connection, _BODY, its_id=request_id)


def locked(connection: Connection, ids: Iterable[RequestId]) -> dict[RequestId, Record | WrittenByNewer]:
    """Return requests, held against others; locked in one order, so that none wait in a ring.

    SQLite needs no word of SQL for that: it has one writer.
    """
    return _each(connection, _BODIES_LOCKED, ids=sorted(ids))


def numbered(connection: Connection, number: int) -> Record | None:
    return _one(connection, BODIES.where(requests.c.number == number))


def same_thing_open(connection: Connection, request: Request) -> Record | None:
    """Return the request that asks for the same thing and has not ended."""
    same = (
        requests.c.subject == request.subject,
        requests.c.app_id == request.app.object_id,
        requests.c.give_key == request.give.key,
    )
    return _one(connection, BODIES.where(*same, STILL_OPEN))


def given_since(
    connection: Connection,
    request: Request,
    begun: datetime,
    now: Mapping[RequestId, Record | WrittenByNewer],
) -> Record | None:
    """Return by what the guest was given the same since then, some as they are `now`; the rest is as written.

    Of all that the guest ever had, no more is read whole.
    """
    r = requests.c
    theirs = select(r.id, r.app_id, r.give_key).where(
        r.subject == request.subject, r.id != request.request_id
    )
    same = (request.app.object_id, request.give.key)
    ids = [one.id for one in connection.execute(theirs) if tuple(one)[1:] == same]
    written = records(connection, BODIES.where(r.id.in_(ids))) if ids else []
    there = [now.get(one.request.request_id, one) for one in written]
    return next((one for one in there if isinstance(one, Record) and was_given_since(one, begun)), None)


def about(connection: Connection, subject: Subject) -> Sequence[Record]:
    return records(connection, BODIES.where(requests.c.subject == subject))


def locked_all(connection: Connection, ids: Iterable[RequestId]) -> Sequence[Record]:
    """Return requests, held against others; raises `WrittenByNewer`."""
    return [_read(one) for one in locked(connection, ids).values()]


def locked_naming(connection: Connection, subject: Subject, words: Iterable[str]) -> Sequence[Record]:
    """Return what is of a subject and has one of these in it, held against others; raises `WrittenByNewer`.

    What has none is not read: a newer version may have written it.
    """
    has = or_(*(requests.c.body.contains(word, autoescape=True) for word in words))
    return locked_all(
        connection, connection.scalars(select(requests.c.id).where(requests.c.subject == subject, has))
    )


def requested_by(connection: Connection, person: ObjectId, limit: int) -> Sequence[Record]:
    mine = BODIES.where(requests.c.requestor_id == person, requests.c.list_id.is_(None))
    return records(connection, mine.order_by(requests.c.number.desc()).limit(limit))


def waiting(connection: Connection, limit: int, after: int) -> Sequence[Record]:
    wait = BODIES.where(requests.c.state == State.PENDING_APPROVAL, requests.c.number > after)
    return records(connection, wait.order_by(requests.c.number).limit(limit))


def same_access(connection: Connection, request: Request) -> Sequence[Record]:
    """Return the other requests of a guest with the same membership, of whatever app, or the same role.

    Raises `WrittenByNewer`: what rests on an access decides whether it is taken away.
    """
    same = [
        requests.c.guest_id == request.guest_id,
        requests.c.give_key == request.give.key,
        requests.c.id != request.request_id,
    ]
    if request.give.kind is not GiveKind.GROUP:
        same.append(requests.c.app_id == request.app.object_id)
    query = BODIES.where(*same).order_by(requests.c.number)
    return [_read(one) for one in _each(connection, query).values()]


def of_guest(connection: Connection, guest_id: ObjectId) -> Sequence[Record]:
    """Return every request about a guest; raises `WrittenByNewer`, for what is not read may rest on them."""
    query = BODIES.where(requests.c.guest_id == guest_id).order_by(requests.c.number)
    return [_read(one) for one in _each(connection, query).values()]


def active(connection: Connection, limit: int, after: str) -> Sequence[Request]:
    lasts = (requests.c.assignment == AssignmentState.ACTIVE, requests.c.state == State.DELIVERED)
    query = select(requests.c.body).where(*lasts, requests.c.id > after).order_by(requests.c.id).limit(limit)
    bodies = connection.execute(query).scalars()
    return [found for body in bodies if (found := codec.request_of(body)) is not None]


def without_guest(connection: Connection, limit: int, after: str) -> Sequence[Request]:
    """Return what met no account or group, or rests; the text narrows it down, and what is read decides."""
    gone = or_(requests.c.body.contains(Left.GUEST_GONE), requests.c.body.contains('"group_gone_at":"'))
    over = (requests.c.assignment == AssignmentState.ENDED) & gone
    which = over | (requests.c.assignment == AssignmentState.SUSPENDED)
    query = select(requests.c.body).where(which, requests.c.id > after).order_by(requests.c.id).limit(limit)
    bodies = connection.execute(query).scalars()
    return [found for body in bodies if (found := codec.request_of(body)) is not None]


def given_for(connection: Connection, app_id: ObjectId) -> Sequence[Request]:
    """Return what gave an app, half-way too, without what only a newer version can read."""
    gave = or_(requests.c.state == State.DELIVERED, requests.c.assignment.is_not(None))
    over = requests.c.state.in_((State.DELIVERED, State.CANCELED))
    bodies = connection.execute(
        select(requests.c.body).where(over, gave, requests.c.app_id == app_id)
    ).scalars()
    failed = BODIES.where(requests.c.state == State.DELIVERY_FAILED, requests.c.app_id == app_id)
    return [
        *(found for body in bodies if (found := codec.request_of(body)) is not None),
        *(one.request for one in records(connection, failed) if halfway.has_access(one)),
    ]


def awaited(connection: Connection, limit: int, after: str) -> Sequence[ObjectId]:
    return connection.execute(_AWAITED, {"after": after, "most": limit}).scalars().all()


def pending_among(connection: Connection, guests: Sequence[ObjectId]) -> Sequence[Pending]:
    rows = connection.execute(_PENDING, {"guests": list(guests)}) if guests else ()
    return [Pending(request_id, guest_id, bool(gone)) for request_id, guest_id, gone in rows]


def audit_page(connection: Connection, after: int, limit: int) -> Sequence[AuditEntry]:
    return [codec.audit_of(row) for row in connection.execute(_ENTRIES, {"seq": after, "most": limit})]


def audit_head(connection: Connection) -> AuditEntry | None:
    """Return the newest entry of the chain."""
    row = connection.execute(_HEAD).one_or_none()
    return None if row is None else codec.audit_of(row)


def audit_of(
    ids: Sequence[RequestId], subject: Subject | None, *, looks: bool, what: str = ""
) -> ColumnElement[bool]:
    """Return which entries are of requests, or of a subject and no request; `looks` are those of `/audit`."""
    whose = audit.c.request_id.is_(None) & (audit.c.subject == subject)
    about = audit.c.request_id.in_(ids) if subject is None else or_(audit.c.request_id.in_(ids), whose)
    about = about & (audit.c.what == what) if what else about
    return about if looks else about & ~_LOOKS


def audit_about(
    connection: Connection, about: ColumnElement[bool], skip: int, most: int
) -> tuple[Sequence[AuditEntry], int]:
    """Return entries, newest first, and how many there are."""
    count = connection.execute(select(func.count()).select_from(audit).where(about)).scalar_one()
    newest = select(*codec.AUDIT).where(about).order_by(audit.c.seq.desc()).offset(skip).limit(most)
    return [codec.audit_of(row) for row in connection.execute(newest)], count


def note(connection: Connection, key: str) -> str | None:
    value: str | None = connection.execute(select(notes.c.value).where(notes.c.key == key)).scalar()
    return value


def kept(connection: Connection, key: str) -> str | None:
    value: str | None = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
    return value


def restores(connection: Connection) -> Sequence[Restore]:
    """Return every restore that was noticed, oldest first."""
    rows = orjson.loads(kept(connection, RESTORES) or "[]")
    times = [{name: datetime.fromisoformat(row[name]) for name in ("to", "at")} for row in rows]
    return [Restore(**{**row, **both}) for row, both in zip(rows, times, strict=True)]


def _one(connection: Connection, query: Select[Any], **named: Any) -> Record | None:
    """Return the one request, if it is there; raises `WrittenByNewer`."""
    for one in _each(connection, query, **named).values():
        return _read(one)
    return None


def _read(one: Record | WrittenByNewer) -> Record:
    if isinstance(one, WrittenByNewer):
        raise one
    return one


def records(connection: Connection, query: Select[Any], **named: Any) -> Sequence[Record]:
    """Return the requests in the query's order, without those that only a newer version can read."""
    found = _each(connection, query, **named).values()
    return [one for one in found if isinstance(one, Record)]


def _each(
    connection: Connection, query: Select[Any], **named: Any
) -> dict[RequestId, Record | WrittenByNewer]:
    """Return the requests in the query's order, each with its jobs."""
    bodies: dict[str, str] = dict(connection.execute(query, named).all())
    found: dict[str, dict[str, Job]] = {request_id: {} for request_id in bodies}
    if bodies:
        for row in connection.execute(_JOBS, {"their_ids": list(bodies)}).all():
            if (job := codec.job_of(row)) is not None:
                found[job.request_id][job.key] = job
    return {
        RequestId(request_id): Record(request=request, jobs=found[request_id])
        if (request := codec.request_of(body))
        else WrittenByNewer()
        for request_id, body in bodies.items()
    }

"""Rows to model and back. A request is kept whole as JSON, beside the columns that queries need."""

import dataclasses
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import orjson
from sqlalchemy import BigInteger, type_coerce

from access.rules.audit import AuditEntry
from access.rules.lists import GuestList
from access.rules.model import ON_ACCOUNTS, AuditFact, Job, JobKind, JobStatus, Request, RequestId
from bot.store.tables import audit, jobs, ticks_of, time_of

Row = dict[str, Any]
ACCOUNT = "account"
"""Stands where others have the state of an access, in the requests that leave none of their own."""


def request_row(request: Request) -> Row:
    """Return the row for `prepared`, its time as it is kept."""
    return {
        "id": request.request_id,
        "number": request.number,
        "requestor_id": request.requestor.object_id,
        "subject": request.subject,
        "app_id": request.app.object_id,
        "submitted_at": ticks_of(request.submitted_at),
        "list_id": request.listed.list_id if request.listed else None,
        "list_row": request.listed.row if request.listed else None,
        **request_changes(request),
    }


def request_changes(request: Request) -> Row:
    """Return the columns that a change can change."""
    awaited = request.awaits_acceptance and request.accepted_at is None
    return {
        "version": request.version,
        "state": request.state,
        "give_key": request.give.key,
        "guest_id": request.guest_id,
        "assignment": _left_by(request),
        "ends_at": None if request.ends_at is None else ticks_of(request.ends_at),
        "pending_guest_id": request.guest_id if awaited else None,
        "body": _body_of(request),
    }


def _left_by(request: Request) -> str | None:
    if request.kind in ON_ACCOUNTS or request.of_no_guest:
        return ACCOUNT
    return request.assignment.state if request.assignment else None


def _body_of(request: Request) -> str:
    """Return the request as JSON; what a newer version put beside what this one knows goes back there."""
    body = orjson.dumps(request, default=_written)  # which leaves out names that begin with an underscore
    if request.carried:
        body = orjson.dumps({**orjson.loads(body), **request.carried})
    return body.decode()


def _written(value: object) -> list[str]:
    """Write a set as a list, each time in the same order."""
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{value!r} is not stored")


@lru_cache(512)
def request_of(body: str) -> Request | None:
    """Return the request; what a life is read for again and again is parsed once.

    None where a newer version has written a word that this one does not know, such as a state.
    """
    kept = orjson.loads(body)
    try:
        request: Request = _reader(Request)(kept)
    except ValueError:
        return None
    if _KNOWN.issuperset(kept):
        return request
    return replace(request, _carried={key: value for key, value in kept.items() if key not in _KNOWN})


def guest_list_of(kept: Row) -> GuestList:
    made: GuestList = _reader(GuestList)(kept)
    return made


def job_row(job: Job) -> Row:
    """Return the row for `prepared`, its times as they are kept."""
    return {
        "key": job.key,
        "request_id": job.request_id,
        "kind": job.kind,
        "name": job.name,
        "position": job.position,
        **job_changes(job),
    }


def job_changes(job: Job) -> Row:
    """Return the columns that a change can change."""
    due_at, lease_until = ticks_of(job.due_at), None if job.lease_until is None else ticks_of(job.lease_until)
    return {
        "status": job.status,
        "due_at": due_at,
        "fence": job.fence,
        "started": job.started,
        "tries": job.tries,
        "lease_until": lease_until,
        "claimable_at": max(due_at, lease_until or due_at) if job.status is JobStatus.READY else None,
        "body": orjson.dumps(job.body).decode(),
        "secret": job.secret,
    }


JOB = (
    jobs.c.key,
    jobs.c.request_id,
    jobs.c.kind,
    jobs.c.name,
    jobs.c.status,
    type_coerce(jobs.c.due_at, BigInteger),
    jobs.c.position,
    jobs.c.fence,
    jobs.c.started,
    jobs.c.tries,
    type_coerce(jobs.c.lease_until, BigInteger),
    jobs.c.body,
    jobs.c.secret,
)
"""What is read of a job; times as they are kept, since most rows are as they were when read before."""


def job_of(row: Sequence[Any]) -> Job | None:
    """Return the job in a row of `JOB`; secrets are remembered nowhere.

    None where only a newer version knows its kind or status: this one leaves it alone.
    """
    *rest, secret = row
    job = _job_of(*rest)
    return replace(job, secret=secret) if job and secret else job


@lru_cache(2048)
def _job_of(
    key: str,
    request_id: RequestId,
    kind: str,
    name: str,
    status: str,
    due_at: int,
    position: int,
    fence: int,
    started: int,
    tries: int,
    lease_until: int | None,
    body: str,
) -> Job | None:
    if kind not in _KINDS or status not in _STATUSES:
        return None
    return Job(
        key=key,
        request_id=request_id,
        kind=JobKind(kind),
        name=name,
        status=JobStatus(status),
        due_at=time_of(due_at),
        position=position,
        fence=fence,
        started=started,
        tries=tries,
        lease_until=None if lease_until is None else time_of(lease_until),
        body=orjson.loads(body),
    )


_KNOWN = frozenset(field.name for field in dataclasses.fields(Request))
_KINDS, _STATUSES = frozenset(JobKind), frozenset(JobStatus)

JOB_CHANGES = (
    "status",
    "due_at",
    "fence",
    "started",
    "tries",
    "lease_until",
    "claimable_at",
    "body",
    "secret",
)
REQUEST_CHANGES = (
    "version",
    "state",
    "give_key",
    "guest_id",
    "assignment",
    "ends_at",
    "pending_guest_id",
    "body",
)


def audit_row(entry: AuditEntry) -> Row:
    """Return the row for `prepared`, its time as it is kept."""
    return {
        "seq": entry.seq,
        "at": ticks_of(entry.at),
        "what": entry.fact.what,
        "request_id": entry.fact.request_id,
        "actor": entry.fact.actor,
        "subject": entry.fact.subject,
        "detail": orjson.dumps(entry.fact.detail).decode(),
        "previous": entry.previous,
        "hash": entry.hash,
    }


AUDIT = tuple(
    type_coerce(column, BigInteger).label(name) if name == "at" else column
    for name, column in audit.c.items()
)
"""What is read of an entry, its time as it is kept."""
_UNREADABLE = "unreadable"
_TEXT_OR_NONE = frozenset({str, type(None)})


def audit_of(row: Sequence[Any]) -> AuditEntry:
    """Return the entry in a row of `AUDIT`.

    What somebody else has written there and nobody can read is in an entry that does not fit its hash.
    """
    seq, at, what, request_id, actor, subject, detail, previous, digest = row
    try:
        read, time = orjson.loads(detail), time_of(at)
    except (ValueError, TypeError, OverflowError):  # SQLite keeps anything in any column
        read, time = None, time_of(0)
    kinds = {type(what), type(previous), type(digest), type(request_id), type(actor), type(subject)}
    if type(read) is not dict or not kinds <= _TEXT_OR_NONE or what is None:
        fact = AuditFact(what=_UNREADABLE, detail={_UNREADABLE: repr(tuple(row))})
        return AuditEntry(seq=seq, at=time, fact=fact, previous=str(previous), hash=str(digest))
    fact = AuditFact(what=what, request_id=request_id, actor=actor, subject=subject, detail=read)
    return AuditEntry(seq=seq, at=time, fact=fact, previous=previous, hash=digest)


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Return what turns JSON into a value of this type; a field that JSON lacks takes its default."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    if kind in (datetime, date):
        read: Callable[[str], date] = kind.fromisoformat
        return read
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if get_origin(kind) is frozenset:
        member = _reader(get_args(kind)[0])
        return lambda values: frozenset(member(value) for value in values)
    if get_origin(kind) is tuple:
        first, *others = get_args(kind)
        item = _reader(first)
        if others == [...]:
            return lambda values: tuple(item(value) for value in values)
        each = (item, *map(_reader, others))
        return lambda values: tuple(read(value) for read, value in zip(each, values, strict=True))
    if get_origin(kind) in (Union, types.UnionType):
        some = _reader(get_args(kind)[0])
        if some is _same:
            return _same
        return lambda value: None if value is None else some(value)
    return _same


def _same(value: Any) -> Any:
    return value


def _dataclass_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {
        field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind) if field.name[0] != "_"
    }
    plain = [name for name, read in readers.items() if read is _same]
    others = [(name, read) for name, read in readers.items() if read is not _same]

    def read_whole(value: Any) -> Any:
        found = {name: value[name] for name in plain if name in value}
        return kind(**found, **{name: read(value[name]) for name, read in others if name in value})

    return read_whole

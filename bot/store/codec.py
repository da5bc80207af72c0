"""Rows to model and back. A request is kept whole as JSON, beside the columns that queries need."""

import dataclasses
import types
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import orjson
from sqlalchemy import RowMapping

from access.rules.audit import AuditEntry
from access.rules.model import (
    AuditFact,
    Job,
    JobKind,
    JobStatus,
    Request,
)

Row = dict[str, Any]


def request_row(request: Request) -> Row:
    awaited = request.awaits_acceptance and request.accepted_at is None
    return {
        "id": request.request_id,
        "number": request.number,
        "version": request.version,
        "state": request.state,
        "requestor_id": request.requestor.object_id,
        "subject": request.subject,
        "app_id": request.app.object_id,
        "give_key": request.give.key,
        "pending_guest_id": request.guest_id if awaited else None,
        "submitted_at": request.submitted_at,
        "body": orjson.dumps(request).decode(),
    }


def request_of(body: str) -> Request:
    request: Request = _reader(Request)(orjson.loads(body))
    return request


def job_row(job: Job) -> Row:
    held_until = job.lease_until or job.due_at
    return {
        "key": job.key,
        "request_id": job.request_id,
        "kind": job.kind,
        "name": job.name,
        "status": job.status,
        "due_at": job.due_at,
        "position": job.position,
        "fence": job.fence,
        "started": job.started,
        "tries": job.tries,
        "lease_until": job.lease_until,
        "claimable_at": max(job.due_at, held_until) if job.status is JobStatus.READY else None,
        "body": orjson.dumps(job.body).decode(),
        "secret": job.secret,
    }


def job_of(row: RowMapping) -> Job:
    return Job(
        key=row["key"],
        request_id=row["request_id"],
        kind=JobKind(row["kind"]),
        name=row["name"],
        status=JobStatus(row["status"]),
        due_at=row["due_at"],
        position=row["position"],
        fence=row["fence"],
        started=row["started"],
        tries=row["tries"],
        lease_until=row["lease_until"],
        body=orjson.loads(row["body"]),
        secret=row["secret"],
    )


def audit_row(entry: AuditEntry) -> Row:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "what": entry.fact.what,
        "request_id": entry.fact.request_id,
        "actor": entry.fact.actor,
        "subject": entry.fact.subject,
        "detail": orjson.dumps(entry.fact.detail).decode(),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def audit_of(row: RowMapping) -> AuditEntry:
    fact = AuditFact(
        what=row["what"],
        request_id=row["request_id"],
        actor=row["actor"],
        subject=row["subject"],
        detail=orjson.loads(row["detail"]),
    )
    return AuditEntry(seq=row["seq"], at=row["at"], fact=fact, previous=row["previous"], hash=row["hash"])


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
    if get_origin(kind) is tuple:
        item = _reader(get_args(kind)[0])
        return lambda values: tuple(item(value) for value in values)
    if get_origin(kind) in (Union, types.UnionType):
        some = _reader(get_args(kind)[0])
        return lambda value: None if value is None else some(value)
    return lambda value: value


def _dataclass_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    fields = [(field.name, _reader(hints[field.name])) for field in dataclasses.fields(kind)]
    return lambda value: kind(**{name: read(value[name]) for name, read in fields if name in value})

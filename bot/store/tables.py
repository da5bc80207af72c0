"""The tables, the same on every database; a time is microseconds since 1970, so that all compare alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

from access.rules.model import OPEN, State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """Keeps an aware time exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else ticks_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else time_of(value)


def ticks_of(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def time_of(ticks: int) -> datetime:
    return _EPOCH + ticks * _TICK


metadata = MetaData()

requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", String(32), nullable=False),
    Column("requestor_id", String(36), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("app_id", String(36), nullable=False),
    Column("give_key", String(64), nullable=False),
    Column("guest_id", String(36), index=True),
    Column("assignment", String(16)),  # the state of what its delivery left behind
    Column("ends_at", Instant),
    Column("pending_guest_id", String(36), index=True),  # set while the guest's acceptance is awaited
    Column("submitted_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    Column("list_id", String(32)),  # the list that it stands in, and its row there
    Column("list_row", Integer),
    Index("ix_requests_of_requestor", "requestor_id", "number"),
    Index("ix_requests_in_state", "state", "number"),
    Index("ix_requests_assigned", "assignment", "app_id", "ends_at"),
)

UNASSIGNED = text(f"state = '{State.DELIVERED}' AND assignment IS NULL")
Index(
    "ix_requests_unassigned",
    requests.c.number,
    sqlite_where=UNASSIGNED,
    postgresql_where=UNASSIGNED,
)

STILL_OPEN = text(f"state IN ({', '.join(repr(str(state)) for state in sorted(OPEN))})")
Index(
    "ux_requests_same_thing_open",
    requests.c.subject,
    requests.c.app_id,
    requests.c.give_key,
    unique=True,
    sqlite_where=STILL_OPEN,
    postgresql_where=STILL_OPEN,
)

LISTED = text("list_id IS NOT NULL")
Index(
    "ux_requests_listed",
    requests.c.list_id,
    requests.c.list_row,
    unique=True,
    sqlite_where=LISTED,
    postgresql_where=LISTED,
)

lists = Table(
    "lists",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kept_until", Instant, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("request_id", ForeignKey("requests.id"), primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("stage", Integer, primary_key=True),
    Column("person_id", String(36), primary_key=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("request_id", ForeignKey("requests.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(80), nullable=False),
    Column("status", String(16), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("position", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("started", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("claimable_at", Instant, index=True),  # READY: when it is both due and held by nobody
    Column("body", Text, nullable=False),
    Column("secret", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("what", String(64), nullable=False),
    Column("request_id", String(32), index=True),
    Column("actor", String(36)),
    Column("subject", String(64)),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

personal = Table(
    "personal",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
)

ACTIVITY_ROOM = 255
"""In characters; vendors' ids have up to 1,024, of which a digest is kept."""

turns = Table(
    "turns",
    metadata,
    Column("activity", String(ACTIVITY_ROOM), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)

notes = Table(
    "notes",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

delegations = Table(
    "delegations",
    metadata,
    Column("by_id", String(36), primary_key=True),
    Column("by_name", Text, nullable=False),
    Column("to_id", String(36), nullable=False),
    Column("to_name", Text, nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, index=True),  # when the cards of what waits have to follow it
    Column("stopped", Boolean, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)

budgets = Table(
    "budgets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("arrival", BigInteger, nullable=False),  # when the next call would come if all were spaced evenly
    Column("held_until", Instant),  # the tenant asked everybody to wait
)

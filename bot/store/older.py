"""What older versions have written without a row that looks after it, for this one to note."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, exists, select

from access.rules import lasting
from access.rules.model import AssignmentState, JobKind, Record, State, StepKind
from access.rules.unaccepted import NAME as ACCEPTANCE
from bot.store.reading import BODIES, records
from bot.store.tables import UNASSIGNED, jobs, requests


def unassigned(connection: Connection, limit: int, after: int) -> Sequence[Record]:
    return _beyond(connection, BODIES.where(UNASSIGNED), limit, after)


def unended(connection: Connection, limit: int, after: int) -> Sequence[Record]:
    """Return failed deliveries that were to give an access, and whose end no row looks for."""
    row = select(jobs.c.key).where(jobs.c.key == requests.c.id + f"/0/{lasting.NAME}")
    give = exists().where(
        jobs.c.request_id == requests.c.id, jobs.c.kind == JobKind.STEP, jobs.c.name == StepKind.GIVE
    )
    query = BODIES.where(requests.c.state == State.DELIVERY_FAILED, give, ~row.exists())
    return _beyond(connection, query, limit, after)


def unwatched(connection: Connection, limit: int, after: int) -> Sequence[Record]:
    row = select(jobs.c.key).where(jobs.c.key == requests.c.id + f"/0/{ACCEPTANCE}")
    waits = (requests.c.assignment == AssignmentState.ACTIVE, requests.c.pending_guest_id.is_not(None))
    query = BODIES.where(*waits, requests.c.state == State.DELIVERED, ~row.exists())
    return _beyond(connection, query, limit, after)


def _beyond(
    connection: Connection, query: Select[tuple[int, str]], limit: int, after: int
) -> Sequence[Record]:
    return records(
        connection, query.where(requests.c.number > after).order_by(requests.c.number).limit(limit)
    )

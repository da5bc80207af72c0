"""What is due: rows of the journal that somebody may claim, soonest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select

from access.rules.model import Job, JobKind, JobStatus, State, StepKind
from bot.store import codec
from bot.store.tables import jobs, requests

_STATE = select(requests.c.state).where(requests.c.id == jobs.c.request_id).scalar_subquery()
_CLAIMABLE = (
    select(*codec.JOB, _STATE)
    .where(jobs.c.claimable_at <= bindparam("now"))
    .order_by(jobs.c.claimable_at)
    .limit(bindparam("most"))
)
_IS_MAIL = case(((jobs.c.kind == JobKind.ROW) & (jobs.c.name == StepKind.MAIL), 1), else_=0)
# A mailbox sends thirty a minute: thousands may be overdue, and hide nothing that came after them.
_OTHERS_FIRST = _CLAIMABLE.order_by(None).order_by(_IS_MAIL, jobs.c.claimable_at)
_NEXT = (
    select(jobs.c.claimable_at, jobs.c.kind, jobs.c.status, _STATE)
    .where(jobs.c.claimable_at.is_not(None))
    .order_by(jobs.c.claimable_at)
    .limit(1)
)
_KINDS, _STATES = frozenset(JobKind), frozenset(State)
# Only where something of a newer version stands among what is due: a planner thinks too little of these.
_OURS = (jobs.c.kind.in_(_KINDS), jobs.c.status == JobStatus.READY, _STATE.in_(_STATES))
_NEXT_HERE = _NEXT.where(*_OURS)
_DUE = (
    (_CLAIMABLE, _OTHERS_FIRST),
    (_CLAIMABLE.where(*_OURS), _OTHERS_FIRST.where(*_OURS)),
)


def due(connection: Connection, now: datetime, limit: int) -> Sequence[Job]:
    """Return what is due and this version can run; what only a newer one knows is left to it."""
    named = {"now": now, "most": limit}
    for query, others_first in _DUE:
        rows = connection.execute(query, named).all()
        if len(rows) == limit:
            rows = connection.execute(others_first, named).all()
        if all(map(_is_ours, rows)):
            break
    return [job for row in rows if (job := codec.job_of(row[:-1])) is not None]


def next_due_at(connection: Connection) -> datetime | None:
    """Return when the soonest becomes due of what this version can run."""
    for query in (_NEXT, _NEXT_HERE):
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        soonest: datetime = row.claimable_at
        if _is_ours(row):
            return soonest
    return None


def _is_ours(row: Any) -> bool:
    """Tell what this version can run, by the job and, last in the row, its request's state."""
    return row.status == JobStatus.READY and row.kind in _KINDS and row[-1] in _STATES

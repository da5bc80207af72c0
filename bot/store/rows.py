"""The rows of lists that became requests: counted for a card, read for the file of results."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from access.rules.list_files import RowOutcome, outcome_of
from access.rules.list_run import Counts
from access.rules.model import (
    AssignmentState,
    JobKind,
    JobStatus,
    ObjectId,
    Request,
    RequestId,
    State,
    StepKind,
    Subject,
)
from bot.store import codec, dialect
from bot.store.tables import jobs, requests


def counts(connection: Connection, list_id: str) -> Counts:
    ours, number = requests.c.list_id == list_id, func.count()
    waited_for = requests.c.pending_guest_id.is_not(None)
    by_state = select(requests.c.state, waited_for, number).where(ours)
    states, awaited = Counter[State](), 0
    for state, waits, count in connection.execute(by_state.group_by(requests.c.state, waited_for)):
        states[State(state)] += count
        awaited += count if waits and state == State.DELIVERED else 0
    both = jobs.join(requests, requests.c.id == jobs.c.request_id)
    mails = select(jobs.c.status, number).select_from(both)
    mails = mails.where(ours, jobs.c.name == StepKind.MAIL).group_by(jobs.c.status)
    mailed = {JobStatus(one): count for one, count in connection.execute(mails)}
    any_failed = states[State.DELIVERY_FAILED] or mailed.get(JobStatus.FAILED)
    return Counts(
        states=states,
        mails=mailed,
        awaited=awaited,
        causes=_causes(connection, list_id) if any_failed else {},
    )


def mails(connection: Connection) -> int:
    ready = (jobs.c.claimable_at.is_not(None), jobs.c.kind == JobKind.ROW, jobs.c.name == StepKind.MAIL)
    return connection.scalar(select(func.count()).where(*ready)) or 0


def _causes(connection: Connection, list_id: str) -> dict[str, int]:
    """Return why rows failed, or the mails of those that are given."""
    why = dialect.json_text(connection, requests.c.body, "failure", "cause")
    failed = (requests.c.list_id == list_id, requests.c.state.in_((State.DELIVERY_FAILED, State.DELIVERED)))
    causes = select(why, func.count()).where(*failed).group_by(why)
    return {str(one): count for one, count in connection.execute(causes) if one}


def outcomes(connection: Connection, list_id: str) -> Sequence[RowOutcome]:
    """Return what is told of the rows; to read ten thousand requests whole would take the loop a second."""
    body, row = requests.c.body, requests.c.list_row
    why, step = (dialect.json_text(connection, body, "failure", one) for one in ("cause", "step"))
    told = select(row, requests.c.number, requests.c.state, requests.c.assignment, why, step)
    found = connection.execute(told.where(requests.c.list_id == list_id).order_by(row))
    return [outcome_of(*one) for one in found]


def made(connection: Connection, list_id: str, after: int) -> Collection[int]:
    rows = select(requests.c.list_row).where(requests.c.list_id == list_id, requests.c.list_row > after)
    return frozenset(connection.scalars(rows))


def failed(
    connection: Connection, list_id: str, until: datetime, after: int, limit: int
) -> Sequence[tuple[int, RequestId]]:
    at = dialect.json_text(connection, requests.c.body, "failure", "at")
    row = requests.c.list_row
    open_to_retry = requests.c.state.in_((State.DELIVERY_FAILED, State.DELIVERED))
    those = (requests.c.list_id == list_id, row > after, open_to_retry)
    found = select(row, requests.c.id).where(*those, at <= until.isoformat()).order_by(row).limit(limit)
    return [(int(number), RequestId(one)) for number, one in connection.execute(found)]


def first_active(connection: Connection, list_id: str, *, waits: bool) -> int | None:
    active = [requests.c.list_id == list_id, requests.c.assignment == AssignmentState.ACTIVE]
    active += [requests.c.pending_guest_id.is_not(None)] if waits else []
    first: int | None = connection.scalar(select(func.min(requests.c.list_row)).where(*active))
    return first


def given_to(connection: Connection, subject: Subject, app_id: ObjectId, give_key: str) -> Sequence[Request]:
    """Look through what one guest ever had: by the app, SQLite would read all its accesses for each row."""
    r = requests.c
    theirs = select(r.number, r.app_id, r.give_key, r.assignment).where(r.subject == subject)
    same = [(app_id, give_key, one) for one in (AssignmentState.ACTIVE, AssignmentState.RETURNING)]
    numbers = [one.number for one in connection.execute(theirs) if tuple(one)[1:] in same]
    if not numbers:
        return []
    bodies = connection.execute(select(r.body).where(r.number.in_(numbers)).order_by(r.number)).scalars()
    return [found for body in bodies if (found := codec.request_of(body)) is not None]

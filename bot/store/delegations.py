"""Who decides for whom: a row for each approver who has ever delegated, of the last time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from access.rules.delegating import Delegating, Delegation, Entrusted, NotDelegated
from access.rules.model import Named, ObjectId
from bot.store import dialect, writing
from bot.store.tables import delegations

_OF = delegations.c


def open_still(connection: Connection, now: datetime) -> Sequence[Delegation]:
    return _found(connection, _OF.ends_at > now)


def standing(connection: Connection, now: datetime) -> Sequence[Delegation]:
    return _found(connection, _OF.begins_at <= now, _OF.ends_at > now)


def due(connection: Connection, now: datetime) -> Sequence[Delegation]:
    return _found(connection, _OF.due_at <= now)


def named(connection: Connection) -> Sequence[Delegation]:
    """Return every one that is kept, for the names in them."""
    return _found(connection)


def change(
    connection: Connection, by: ObjectId, wanted: Delegating, now: datetime
) -> Entrusted | NotDelegated | None:
    """Replace what an approver has; the chain is locked first, so that of two at once one comes first."""
    dialect.lock_chain(connection)
    known = _found(connection, _OF.by_id == by)
    outcome = wanted(known[0] if known else None, now)
    if isinstance(outcome, Entrusted):
        connection.execute(delete(delegations).where(_OF.by_id == by))
        connection.execute(insert(delegations), _row(outcome.delegation))
        writing.append_audit(connection, outcome.audit, now)
    return outcome


def _found(connection: Connection, *limits: ColumnElement[bool]) -> Sequence[Delegation]:
    query = select(delegations).where(*limits).order_by(_OF.by_name, _OF.by_id)
    return [_of(row) for row in connection.execute(query)]


def _of(row: Row[Any]) -> Delegation:
    by, to = Named(ObjectId(row.by_id), row.by_name), Named(ObjectId(row.to_id), row.to_name)
    return Delegation(by, to, row.begins_at, row.ends_at, row.made_at, row.due_at, row.stopped)


def _row(one: Delegation) -> dict[str, Any]:
    return {
        "by_id": one.by.object_id,
        "by_name": one.by.name,
        "to_id": one.to.object_id,
        "to_name": one.to.name,
        "begins_at": one.begins_at,
        "ends_at": one.ends_at,
        "made_at": one.made_at,
        "due_at": one.due_at,
        "stopped": one.stopped,
    }

"""What was done of late: the chain, which is in the order of time, tells which requests that were."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from access.rules.model import ObjectId, Request
from access.rules.undoing import DONE
from bot.store import codec
from bot.store.tables import audit, requests

_MARGIN = timedelta(hours=1)
"""By how much entries may be out of order: each has the time at which its transaction began."""


def done_since(
    connection: Connection, since: datetime, person: ObjectId, apps: Collection[ObjectId]
) -> Sequence[Request]:
    """Return what was done since then, of these apps or asked for by somebody; nothing older is read.

    Without what only a newer version can read.
    """
    told = select(audit.c.request_id).where(
        audit.c.seq >= _first(connection, since - _MARGIN), audit.c.what.in_(DONE)
    )
    theirs = or_(requests.c.requestor_id == person, requests.c.app_id.in_(apps))
    query = select(requests.c.body).where(requests.c.id.in_(told.distinct()), theirs)
    bodies = connection.execute(query.order_by(requests.c.number)).scalars()
    return [found for body in bodies if (found := codec.request_of(body)) is not None]


def _first(connection: Connection, since: datetime) -> int:
    """Return the number of the first entry since then, by halves: the time of an entry has no index."""
    low, high = 1, int(connection.execute(select(func.coalesce(func.max(audit.c.seq), 0))).scalar_one()) + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(
            select(audit.c.at).where(audit.c.seq >= middle).order_by(audit.c.seq).limit(1)
        ).scalar_one()
        low, high = (low, middle) if at >= since else (middle + 1, high)
    return low

"""Accesses that end within a while: the index of assignments tells which, and how many."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from access.ports import Ending
from access.rules.model import AssignmentState, Request, State
from bot.store import codec
from bot.store.tables import requests


def ending(
    connection: Connection, which: Ending, now: datetime, skip: int, most: int
) -> tuple[Sequence[Request], int]:
    """Return a page of what ends, without what only a newer version can read, and how many there are."""
    meant = [requests.c.assignment == AssignmentState.ACTIVE, requests.c.state == State.DELIVERED]
    meant += [requests.c.ends_at > now, requests.c.ends_at <= which.by]
    if which.apps is not None:
        asked = [requests.c.requestor_id == which.requestor] if which.requestor else []
        meant.append(or_(requests.c.app_id.in_(which.apps), *asked))
    if which.among is not None:
        meant.append(requests.c.app_id.in_(which.among))
    count = connection.execute(select(func.count()).select_from(requests).where(*meant)).scalar_one()
    soonest = select(requests.c.body).where(*meant).order_by(requests.c.ends_at, requests.c.number)
    bodies = connection.execute(soonest.offset(skip).limit(most)).scalars()
    return [found for body in bodies if (found := codec.request_of(body)) is not None], count

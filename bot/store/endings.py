"""Accesses that end within a while: the index of assignments tells which, and how many."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from access.ports import Ending
from access.rules.model import AssignmentState, Request
from bot.store import codec
from bot.store.tables import requests


def ending(connection: Connection, which: Ending, now: datetime, skip: int, most: int) -> Sequence[Request]:
    """Return a page of what ends, without what only a newer version can read."""
    bodies = connection.execute(page(which, now, skip, most)).scalars()
    return [found for body in bodies if (found := codec.request_of(body)) is not None]


def how_many(connection: Connection, which: Ending, now: datetime) -> int:
    count = select(func.count()).select_from(requests).where(*_meant(which, now))
    return int(connection.execute(count).scalar_one())


def page(which: Ending, now: datetime, skip: int, most: int) -> Select[tuple[str]]:
    soonest = select(requests.c.body).where(*_meant(which, now))
    return soonest.order_by(requests.c.ends_at, requests.c.number).offset(skip).limit(most)


def _meant(which: Ending, now: datetime) -> list[ColumnElement[bool]]:
    meant: list[ColumnElement[bool]] = [requests.c.assignment == AssignmentState.ACTIVE]
    meant += [requests.c.ends_at > now, requests.c.ends_at <= which.by]
    if which.apps is not None:
        asked = [requests.c.requestor_id == which.requestor] if which.requestor else []
        of_apps = [requests.c.app_id == one for one in which.apps] if len(which.apps) == 1 else []
        meant.append(or_(*(of_apps or [requests.c.app_id.in_(which.apps)]), *asked))
    if which.among is not None:
        meant.append(requests.c.app_id.in_(which.among))
    return meant

"""Requests by what an operator looks for, read beside a running Guestlist."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from access.rules.model import ObjectId, Request, State
from bot.store import codec
from bot.store.exported import Whose
from bot.store.tables import personal, requests

_FAILURE = '"failure":{'
"""In a body: of a delivery, an end, a removal, a set-up or a protection, until it was made good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which requests; empty or None is no limit."""

    number: int | None = None
    states: Collection[State] = ()
    failed: bool = False
    since: datetime | None = None
    until: datetime | None = None
    apps: Collection[ObjectId] | None = None
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A request, None where only a newer version can read it, and its guest, where not forgotten."""

    number: int
    state: str
    request: Request | None
    guest_name: str
    guest_address: str


def newest(connection: Connection, sought: Sought, most: int) -> Sequence[Found]:
    told = (requests.c.number, requests.c.state, requests.c.body, personal.c.name, personal.c.address)
    query = select(*told).outerjoin(personal, personal.c.subject == requests.c.subject)
    query = query.where(*_limits(sought)).order_by(requests.c.number.desc()).limit(most)
    return [
        Found(row.number, row.state, codec.request_of(row.body), row.name or "", row.address or "")
        for row in connection.execute(query)
    ]


def _limits(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.number is not None:
        yield requests.c.number == sought.number
    if sought.states:
        yield requests.c.state.in_(sought.states)
    if sought.failed:
        failed = requests.c.body.contains(_FAILURE, autoescape=True)
        yield or_(requests.c.state == State.DELIVERY_FAILED, failed)
    if sought.since is not None:
        yield requests.c.submitted_at >= sought.since
    if sought.until is not None:
        yield requests.c.submitted_at < sought.until
    if sought.apps is not None:
        yield requests.c.app_id.in_(sought.apps)
    if (whose := sought.whose) is not None:
        named = (requests.c.body.contains(one, autoescape=True) for one in whose.ids)
        yield or_(requests.c.subject.in_(whose.subjects), *named)

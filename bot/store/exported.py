"""What of the audit is exported: entries, with what is still known of the people and requests in them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select

from access.rules.audit import AuditEntry
from access.rules.model import ObjectId, Subject
from bot.store import codec, delegations
from bot.store.book import Book
from bot.store.tables import audit, personal, requests

_PAGE = 1000
_SUBJECT = func.coalesce(audit.c.subject, requests.c.subject)
_COUNT = len(codec.AUDIT)


@dataclass(frozen=True, slots=True)
class Whose:
    """People and guests by what the audit knows them by."""

    ids: frozenset[ObjectId] = frozenset()
    subjects: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; None is no limit."""

    since: datetime | None = None
    until: datetime | None = None
    apps: frozenset[ObjectId] | None = None
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, the number and app of its request, and its guest, where that was not forgotten."""

    entry: AuditEntry
    number: int | None
    app_id: ObjectId | None
    address: str
    name: str


async def rows(book: Book, wanted: Wanted) -> AsyncIterator[Row]:
    """Yield what is wanted, oldest first, a page at a time."""
    limits = list(_limits(wanted))
    pages = book.paged(
        lambda after, connection: _page(connection, limits, after), 0, lambda row: row.entry.seq
    )
    async for row in pages:
        yield row


async def people_named(book: Book, name: str) -> Whose:
    """Return the guests and members of a name, by the requests that they had to do with."""
    ids, subjects, same = set[ObjectId](), set[Subject](), name.casefold()
    async for body in _bodies(book):
        ids |= {one["object_id"] for one in _people(body) if one and one["name"].casefold() == same}
        if str(body["guest_name"]).casefold() == same:
            subjects.add(body["subject"])
    for one in await book.ask(delegations.named):
        ids |= {person.object_id for person in (one.by, one.to) if person.name.casefold() == same}
    return Whose(frozenset(ids), frozenset(subjects))


def _people(body: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
    """Yield whoever had to do with a request, as an older version has kept it, too."""
    yield from (body["requestor"], *body["approvers"], body.get("sponsor"), (body["review"] or {}).get("by"))
    for acts in ("reviews", "questions", "amendments"):
        yield from (one["by"] for one in body.get(acts, ()))
    for panel in body.get("stages", ()):
        yield from panel["approvers"]
    for escalation in body.get("escalations", ()):
        yield from escalation.get("to", ())


async def apps_named(book: Book, name: str) -> frozenset[ObjectId]:
    """Return the apps of a name, also of one that they had when they were asked for."""
    same = name.casefold()
    return frozenset(
        [one["app"]["object_id"] async for one in _bodies(book) if one["app"]["name"].casefold() == same]
    )


def _limits(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until
    if wanted.apps is not None:
        named = (audit.c.detail.contains(one, autoescape=True) for one in wanted.apps)
        yield or_(requests.c.app_id.in_(wanted.apps), *named)
    if (whose := wanted.whose) is not None:
        named = (audit.c.detail.contains(one, autoescape=True) for one in whose.ids)
        acted = (audit.c.actor.in_(whose.ids), requests.c.requestor_id.in_(whose.ids))
        yield or_(*acted, _SUBJECT.in_(whose.subjects), *named)


def _page(connection: Connection, limits: list[ColumnElement[bool]], after: int) -> list[Row]:
    told = (requests.c.number, requests.c.app_id, personal.c.address, personal.c.name)
    query = (
        select(*codec.AUDIT, *told)
        .outerjoin(requests, requests.c.id == audit.c.request_id)
        .outerjoin(personal, personal.c.subject == _SUBJECT)
        .where(audit.c.seq > after, *limits)
        .order_by(audit.c.seq)
        .limit(_PAGE)
    )
    return [_row(tuple(row)) for row in connection.execute(query)]


def _row(row: tuple[Any, ...]) -> Row:
    number, app_id, address, name = row[_COUNT:]
    return Row(codec.audit_of(row[:_COUNT]), number, app_id, address or "", name or "")


async def _bodies(book: Book) -> AsyncIterator[dict[str, Any]]:
    """Yield what is kept of each request."""
    pages = book.paged(lambda after, connection: _some(connection, after), "", lambda row: row[0])
    async for _, body in pages:
        yield orjson.loads(body)


def _some(connection: Connection, after: str) -> list[tuple[str, str]]:
    query = select(requests.c.id, requests.c.body).where(requests.c.id > after).order_by(requests.c.id)
    return [(row.id, row.body) for row in connection.execute(query.limit(_PAGE))]

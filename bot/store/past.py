"""Requests as they were sent, read one after the other beside a running Guestlist."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from access.rules.model import ObjectId, Request
from bot.store import codec
from bot.store.book import Book
from bot.store.tables import requests

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Past:
    """A request by its number; None stands for one that only a newer version can read."""

    number: int
    request: Request | None


async def sent_since(
    book: Book, since: datetime, apps: Collection[ObjectId] | None = None
) -> AsyncIterator[Past]:
    """Yield what was sent since then, for these apps or for all, in the order of the numbers."""
    pages = book.paged(
        lambda after, connection: _page(connection, since, apps, after), 0, lambda past: past.number
    )
    async for past in pages:
        yield past


async def last(book: Book) -> int:
    """Return the highest number."""
    return (
        await book.ask(lambda connection: connection.execute(select(func.max(requests.c.number))).scalar())
        or 0
    )


def _page(
    connection: Connection, since: datetime, apps: Collection[ObjectId] | None, after: int
) -> list[Past]:
    query = select(requests.c.number, requests.c.body).where(
        requests.c.number > after, requests.c.submitted_at >= since
    )
    if apps is not None:
        query = query.where(requests.c.app_id.in_(apps))
    rows = connection.execute(query.order_by(requests.c.number).limit(_PAGE))
    return [Past(row.number, codec.request_of(row.body)) for row in rows]

"""`guestlist audit export`: entries as CSV or as lines of JSON, one after the other."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from access.rules.addresses import read_address
from access.rules.cells import csv_line, defused
from access.rules.model import ObjectId
from access.rules.refusals import Problem
from bot.commands.answers import Document
from bot.commands.how_far import HowFar
from bot.commands.streaming import streamed
from bot.store.book import Book
from bot.store.exported import Row, Wanted, Whose, apps_named, people_named, rows

COLUMNS = (
    "seq",
    "at",
    "what",
    "request",
    "request_id",
    "app_id",
    "actor",
    "subject",
    "guest_name",
    "guest_address",
    "detail",
    "previous",
    "hash",
)
"""Explained in docs/audit.md."""
_AGO = re.compile(r"(?P<days>[0-9]+)d")


class NotExported(ValueError):
    """What was asked for cannot be: its text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is wanted, as it was typed; empty is no limit."""

    since: str = ""
    until: str = ""
    app: str = ""
    person: str = ""


async def export(
    book: Book, wanted: Wanted, form: str, write: Callable[[str], object], far: HowFar | None = None
) -> int:
    """Write what is wanted as `csv` or `jsonl`; return how many entries that were."""
    count = 0
    if form == "csv":
        write(csv_line(COLUMNS))
    async for row in _cells((far or HowFar()).along("Entries", rows(book, wanted), book.last, _place)):
        write(
            csv_line(map(_cell, row.values()))
            if form == "csv"
            else f"{json.dumps(row, ensure_ascii=False)}\n"
        )
        count += 1
    return count


async def export_whole(book: Book, wanted: Wanted, write: Callable[[str], object]) -> int:
    """Write what is wanted as one document of JSON; return how that ended."""
    count = 0

    async def counted() -> AsyncIterator[Document]:
        nonlocal count
        async for row in _cells(rows(book, wanted)):
            count += 1
            yield row

    return await streamed("entries", counted(), lambda: (0, {"count": count}), write)


async def apps(book: Book, text: str) -> frozenset[ObjectId]:
    """Return the app of an id or the apps of a name; raises `NotExported` where no request knows one."""
    if own := _object_id(text):
        return frozenset({own})
    found = await apps_named(book, text.strip())
    if not found:
        raise NotExported(f"No request is for an app named {text!r}. Name it by its object id in Entra.")
    return found


async def whose(book: Book, text: str) -> Whose:
    """Return whose entries are meant, by object id, address or name; raises `NotExported`."""
    if own := _object_id(text):
        return Whose(ids=frozenset({own}))
    if "@" in text:
        address = read_address(text)
        if isinstance(address, Problem):
            raise NotExported(f"{text!r} is no address. Write it such as ana@fabrikam.com")
        return Whose(subjects=frozenset({book.subject(address)}))
    found = await people_named(book, text.strip())
    if not (found.ids or found.subjects):
        raise NotExported(f"No request names {text!r}. Give an object id, an address, or the name as it was.")
    return found


def time_of(text: str, zone: ZoneInfo, now: datetime, *, ends: bool = False) -> datetime:
    """Return the time that was typed; of a day, its begin or where it `ends`. Raises `NotExported`."""
    ago = _AGO.fullmatch(text)
    if ago and len(ago["days"]) > len("9999"):
        raise NotExported(f"{text!r} is too long a time. The longest is 9999d, of 27 years")
    try:
        if ago:
            return now - timedelta(days=int(ago["days"]))
        if len(text) == len("2026-11-21"):
            day = date.fromisoformat(text) + timedelta(days=1 if ends else 0)
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotExported(
            f"{text!r} is no time. Write it such as 2026-11-21, 2026-11-21T10:00+01:00 or 30d"
        ) from error


async def _cells(found: AsyncIterator[Row]) -> AsyncIterator[Mapping[str, object]]:
    async for row in found:
        yield dict(zip(COLUMNS, _values(row), strict=True))


def _values(row: Row) -> tuple[object, ...]:
    entry, fact = row.entry, row.entry.fact
    return (
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        fact.what,
        f"R-{row.number}" if row.number else None,
        fact.request_id,
        row.app_id,
        fact.actor,
        fact.subject,
        row.name or None,
        row.address or None,
        dict(fact.detail),
        entry.previous,
        entry.hash,
    )


def _place(row: Row) -> int:
    return row.entry.seq


def _cell(value: object) -> str:
    if value is None:
        return ""
    return defused(json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value))


def _object_id(text: str) -> ObjectId | None:
    try:
        return ObjectId(str(UUID(text.strip())))
    except ValueError:
        return None

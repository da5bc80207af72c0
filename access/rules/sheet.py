"""The guests of an app as a file that a spreadsheet opens: a line for each, made as it is read."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from access.rules.cells import csv_line, defused
from access.rules.clues import Unread
from access.rules.guest_list import GuestPage, Listed
from access.rules.model import Redemption
from access.rules.plan import sponsor_of

COLUMNS = (
    "name",
    "address",
    "state",
    "accepted",
    "enabled",
    "ends",
    "last_sign_in",
    "sponsors",
    "requests",
    "requestor",
    "object_id",
    "counts_as",
    "app",
)
"""Explained in docs/guests.md; they and the words in the cells are English in every language."""
_ACCEPTED = {Redemption.ACCEPTED: "yes", Redemption.PENDING: "no", Redemption.UNKNOWN: "not known"}
_LONGEST_NAME = 60


class WhyNotSaved(StrEnum):
    """Why there is no file of an offer."""

    DECLINED = "declined"
    NO_SUCH_APP = "no-such-app"
    UNREAD = "unread"
    NOT_ALLOWED = "not-allowed"
    """The address to write to is none of those that are."""
    TOO_LATE = "too-late"
    REFUSED = "refused"
    AWAY = "away"
    UNSURE = "unsure"
    """The last answer was lost: the file may be there."""


def name_of(app: str, day: date, what: str = "guests") -> str:
    """Return a file's name that every disk takes, whatever the app is called."""
    plain = re.sub(r"[^\w]+", "-", app.lower())[:_LONGEST_NAME].strip("-_")
    return f"{what}-{plain or 'app'}-{day.isoformat()}.csv"


def parts(page: GuestPage, zone: ZoneInfo) -> Iterator[bytes]:
    """Yield the file line by line; the first begins with the mark by which Excel knows UTF-8."""
    yield ("\ufeff" + csv_line(COLUMNS)).encode()
    for row in page.rows:
        yield csv_line(map(defused, _cells(row, page, zone))).encode()


def size_of(page: GuestPage, zone: ZoneInfo) -> int:
    """Return how many bytes the file has, which is told before the first of them is sent."""
    return sum(map(len, parts(page, zone)))


def estimate(page: GuestPage, zone: ZoneInfo) -> int:
    """Return about how many bytes a file of all that are found has, by the rows of one page."""
    head, *lines = map(len, parts(page, zone))
    return head + sum(lines) * page.found // max(len(lines), 1)


def _cells(row: Listed, page: GuestPage, zone: ZoneInfo) -> tuple[str, ...]:
    guest, request = row.guest, row.request
    known = (sponsor_of(request).name,) if request else ()
    return (
        guest.name,
        guest.address,
        row.standing,
        _ACCEPTED[guest.redemption],
        "yes" if guest.enabled else "no",
        _day(row.ends_at, zone) if row.ends_at else "",
        _signed_in(row, page, zone),
        "; ".join(page.sponsors.get(guest.object_id, known)),
        " ".join(one.label for one in row.requests),
        request.requestor.name if request else "",
        guest.object_id,
        "member" if guest.is_member else "guest",
        page.app_of(row).name,
    )


def _signed_in(row: Listed, page: GuestPage, zone: ZoneInfo) -> str:
    if isinstance(page.signed_in, Unread):
        return "not licensed" if page.signed_in is Unread.LICENCE else "not known"
    at = page.signed_in.get(row.guest.object_id)
    return _day(at, zone) if at else "none"


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()

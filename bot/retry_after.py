"""How long an answer asks to wait, by the clock of whoever gave it: a host's own clock decides nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isnan

LONGEST_HOLD = 3600.0
"""Seconds; what would silence Guestlist for years counts as an hour."""


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`, in seconds or as a date, whose distance is that to the same answer's `Date`.

    Returns None where nothing is asked for: no such header, nonsense, or a date in an answer without one.
    """
    asked = headers.get("Retry-After", "")
    try:
        seconds = float(asked)
    except ValueError:
        until, now = _date(asked), _date(headers.get("Date", ""))
        if until is None or now is None:
            return None
        seconds = (until - now).total_seconds()
    return None if isnan(seconds) else min(max(0.0, seconds), LONGEST_HOLD)


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second for numbers that no calendar has
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)

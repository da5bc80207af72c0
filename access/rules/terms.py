"""How long: reads what people type."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules.model import Term
from access.rules.refusals import ProblemCode

_LENGTH = re.compile(
    r"^(?:for\s+)?(?P<count>\d{1,4})\s*(?P<unit>d|day|days|w|week|weeks|m|month|months|y|year|years)$",
    re.IGNORECASE,
)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_MOST_DAYS, _LAST_YEAR = 100 * 365, 2999
"""Beyond these nobody means what is typed, and no calendar goes far enough to add to it."""
_UNTIL = re.compile(r"^until\s+", re.IGNORECASE)
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_DOTTED = re.compile(r"^(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})$", re.ASCII)
_SLASHED = re.compile(r"^(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})$", re.ASCII)
_DAY_FIRST = re.compile(
    r"^(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?\s+(?P<month>[a-z]{3,9})\.?,?\s+(?P<year>\d{4})$",
    re.ASCII | re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    r"^(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})$",
    re.ASCII | re.IGNORECASE,
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def read_term(text: str) -> Term | ProblemCode:
    """Read `90d`, `3 months` (30 days each), `1 year`, `until 2027-03-31`, `31 March 2027` or a bare date."""
    text = text.strip()
    if not text:
        return ProblemCode.TERM_MISSING
    if (days := _days_of(text)) is not None:
        if days > _MOST_DAYS:
            return ProblemCode.TERM_TOO_LONG
        return Term(days=days) if days else ProblemCode.TERM_UNREADABLE
    until = _read_date(_UNTIL.sub("", text))
    if until and until.year > _LAST_YEAR:
        return ProblemCode.TERM_TOO_LONG
    return Term(until=until) if until else ProblemCode.TERM_UNREADABLE


def _days_of(text: str) -> int | None:
    found = _LENGTH.match(text)
    return int(found["count"]) * _DAYS[found["unit"][0].lower()] if found else None


def _read_date(text: str) -> date | None:
    """Read a day whose order of day and month is certain: with slashes only where one is beyond 12."""
    try:
        if _ISO.match(text):
            return date.fromisoformat(text)
        if found := _DOTTED.match(text):
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        if found := _SLASHED.match(text):
            month, day = sorted((int(found["first"]), int(found["second"])))
            certain = month == day or day > len(_MONTHS)
            return date(int(found["year"]), month, day) if certain else None
        if found := _DAY_FIRST.match(text) or _MONTH_FIRST.match(text):
            return date(int(found["year"]), _month(found["month"]), int(found["day"]))
    except ValueError:
        return None
    return None


def _month(name: str) -> int:
    """Return the number of a month by its name or the beginning of it; raises ValueError."""
    return 1 + [month.startswith(name.lower()) for month in _MONTHS].index(True)


def check_term(term: Term, longest: timedelta, now: datetime, zone: ZoneInfo) -> ProblemCode | None:
    """Return what is wrong with a term that would begin now: over already, or beyond `longest` days."""
    if term.days is not None:
        return ProblemCode.TERM_TOO_LONG if timedelta(days=term.days) > longest else None
    if term.until is None or term.until < now.astimezone(zone).date():
        return ProblemCode.TERM_PAST
    if length_of(term, now, zone) > longest:
        return ProblemCode.TERM_TOO_LONG
    return ProblemCode.TERM_PAST if term.ends_at(now, zone) <= now else None


def length_of(term: Term, now: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long a term is that begins now, in whole days."""
    if term.until is not None:
        return term.until - now.astimezone(zone).date()
    return timedelta(days=term.days or 0)


def read_length(text: str) -> timedelta:
    """Read a length of the policy file such as `14d`; raises ValueError."""
    days = _days_of(text.strip())
    if not days:
        raise ValueError(f"{text!r} is no length; write days, weeks, months or years, such as 90d")
    return timedelta(days=days)

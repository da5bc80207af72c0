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
_DATE = re.compile(r"^(?:until\s+)?(?P<date>\d{4}-\d{2}-\d{2})$", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def read_term(text: str) -> Term | ProblemCode:
    """Read `90d`, `3 months` (30 days each), `1 year`, `until 2027-03-31` or a bare date."""
    text = text.strip()
    if not text:
        return ProblemCode.TERM_MISSING
    if found := _LENGTH.match(text):
        days = int(found["count"]) * _DAYS[found["unit"][0].lower()]
        return Term(days=days) if days else ProblemCode.TERM_UNREADABLE
    if found := _DATE.match(text):
        try:
            return Term(until=date.fromisoformat(found["date"]))
        except ValueError:
            return ProblemCode.TERM_UNREADABLE
    return ProblemCode.TERM_UNREADABLE


def check_term(term: Term, longest: timedelta, now: datetime, zone: ZoneInfo) -> ProblemCode | None:
    """Return what is wrong with a term that would begin now: over already, or beyond `longest` days."""
    if term.days is not None:
        return ProblemCode.TERM_TOO_LONG if timedelta(days=term.days) > longest else None
    today = now.astimezone(zone).date()
    if term.until is None or term.until < today:
        return ProblemCode.TERM_PAST
    if term.until - today > longest:
        return ProblemCode.TERM_TOO_LONG
    return ProblemCode.TERM_PAST if term.ends_at(now, zone) <= now else None


def read_length(text: str) -> timedelta:
    """Read a length of the policy file such as `14d`; raises ValueError."""
    term = read_term(text)
    if isinstance(term, ProblemCode) or term.days is None:
        raise ValueError(f"{text!r} is no length; write days, weeks, months or years, such as 90d")
    return timedelta(days=term.days)

"""What rules hand over as the hints of a problem, as people read it."""

from datetime import datetime

from cards.look import Look
from cards.words import day, days, when


def length_of(length: str, look: Look) -> str:
    return days(int(length), look) if length.isdecimal() else length


def day_in(until: str, look: Look) -> str:
    """Return a day, or a time with its zone, which rules hand over in ISO."""
    try:
        at = datetime.fromisoformat(until)
        return when(at, look, at) if at.tzinfo else day(at.date(), look)
    except ValueError:
        return until

"""What a press or a typed line about a request means: which, what was written, and as whom."""

from access.rules import jobs
from access.rules.sight import Sight
from cards.words import LONGEST
from dialogs.commands import read_number
from dialogs.turn import Pressed, Said, Turn

_DIGITS = 9


def audience_of(turn: Turn, sight: Sight) -> str:
    audiences = {Sight.REQUESTOR: jobs.REQUESTOR, Sight.APPROVER: f"{jobs.APPROVER}{turn.actor.object_id}"}
    return audiences.get(sight, jobs.THREAD)


def request_of(turn: Pressed) -> str:
    return str(turn.data.get("request", ""))


def written(turn: Said | Pressed, field: str) -> str:
    """Return what was written into a field of the card."""
    return str(turn.data.get(field, "")).strip()[:LONGEST] if isinstance(turn, Pressed) else ""


def asked_of(turn: Said | Pressed) -> int | None:
    """Return how many questions a card knew, a hint; what is typed means the one that is open."""
    known = str(turn.data.get("asked", "")) if isinstance(turn, Pressed) else ""
    return int(known) if known.isdecimal() and len(known) < _DIGITS else None


def label_of(rest: str) -> str | None:
    """Return the number where it is all that follows a command: an effect never comes of a guess."""
    number = read_number(rest)
    return number.label if number is not None and number.exact and not number.rest else None

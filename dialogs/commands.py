"""Reads what people type: the command's word and its parts, generously."""

import re
from dataclasses import dataclass

from access.rules.addresses import read_address
from access.rules.draft import Draft
from access.rules.model import Kind

_ODD = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "\u200b": ""}
)
_BECAUSE = re.compile(r"\s+because(?:\s+|$)", re.IGNORECASE)
# No term is longer than its bound, without which a long line would hold the event loop for minutes.
_TERM = re.compile(
    r"^(?P<head>.*)\s+(?:for\s+(?P<length>\d[^\"]{0,60}?)|(?P<until>until\s+[^\"]{1,60}?))\s*$",
    re.IGNORECASE,
)
_ROLE = re.compile(r"\s+(?:as|in|via)\s+", re.IGNORECASE)
_TO = re.compile(r"\s+to\s+", re.IGNORECASE)
_LONGEST_ADDRESS = 254
_BETWEEN = re.compile(r"[\s<>()\[\],;\"]+")
_NAMED = re.compile(r"^(?P<name>[^<]*?)\s*<(?P<address>[^>]+)>$")


@dataclass(frozen=True, slots=True)
class Command:
    """A word such as `invite`, and what follows it."""

    word: str
    rest: str


def read_command(text: str) -> Command:
    """Split a message into its command and the rest; a leading `/` is welcome and not needed."""
    plain = " ".join(text.translate(_ODD).split())
    word, _, rest = plain.partition(" ")
    return Command(word.removeprefix("/").lower(), rest.strip())


def read_draft(kind: Kind, text: str) -> Draft:
    """Read `ADDRESS to APP as ROLE for 90d because JUSTIFICATION`; what is missing stays empty.

    The justification may hold any word, so it is split off first; what stands in quotes is never split.
    """
    head, justification = _split(_BECAUSE, f" {text}")
    term = ""
    if found := _TERM.search(head):
        term = found["length"] or found["until"]
        head = found["head"]
    guest, target = _split(_TO, f"{head} ")
    target, role = _split(_ROLE, f" {target}")
    guest = guest.strip()
    named = _NAMED.match(guest)
    return Draft(
        kind=kind,
        address=named["address"] if named else guest,
        name=_unquoted(named["name"]) if named else "",
        app=_unquoted(target),
        access=_unquoted(role),
        term=term,
        justification=justification.strip(),
    )


def first_address(text: str) -> str:
    """Return the first address in what somebody wrote, or nothing."""
    words = (word.strip(".:!?") for word in _BETWEEN.split(text))
    found = (read_address(word) for word in words if "@" in word and len(word) <= _LONGEST_ADDRESS)
    return next((one for one in found if isinstance(one, str)), "")


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Split at the first match that stands outside quotes."""
    for found in pattern.finditer(text):
        if text[: found.start()].count('"') % 2 == 0:
            return text[: found.start()], text[found.end() :]
    return text, ""


def _unquoted(text: str) -> str:
    return text.strip().strip('"').strip()

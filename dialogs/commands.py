"""Reads what people type: the command's word, what follows it, and the number of a request."""

import re
import unicodedata
from dataclasses import dataclass

from access.rules.addresses import read_address
from access.rules.visible import visible

_LINK = re.compile(
    r"\[(?P<shown>[^\[\]]{0,200})\]\((?:mailto:)?(?P<address>[^()\s@]{1,100}@[^()\s@]{1,255})\)",
    re.IGNORECASE,
)
_BEFORE = "/\uff0f\u2044\u2215\\ ,:;"
"""What may stand before a command: a slash of some kind, and what follows a mention."""
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "-"))
_NUMBER = re.compile(
    r"(?P<letter>r|request)?(?P<gap>[\s#:.-]{0,3})(?P<number>\d{1,9})(?![\w@-])", re.ASCII | re.IGNORECASE
)
_SOMEWHERE = re.compile(r"(?<![\w@.-])r[\s#-]?(?P<number>\d{1,9})(?![\w@-])", re.ASCII | re.IGNORECASE)
_LEAVING = re.compile(
    r"(?P<who>\S+)\s+from\s+(?:the\s+)?directory(?P<now>\s+now)?[.,]?"
    r"(?:\s+(?:because|,)\s*:?\s*(?P<why>.*))?$",
    re.IGNORECASE,
)
_QUOTES = "\"'“”„‟«»″‘’‚"
_LONGEST_ADDRESS = 254
_LONGEST_PAGE = 4
_BETWEEN = re.compile(r"[\s<>()\[\],;\"]+")
MARKS = ".,;:!?"
"""Punctuation that people put after a word and do not mean."""


@dataclass(frozen=True, slots=True)
class Command:
    """A word such as `invite`, and what follows it, as it was typed."""

    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of a request, whether it was written as it should be, and what follows it."""

    label: str
    exact: bool
    rest: str


def read_line(text: str) -> str:
    """Return text on one line, without what cannot be seen, and with addresses in place of links to them."""
    return _LINK.sub(_unlinked, visible(text))


def _unlinked(link: re.Match[str]) -> str:
    shown, address = link["shown"].strip(), link["address"]
    if shown.casefold().removeprefix("mailto:") in ("", address.casefold()):
        return address
    return link[0] if "@" in shown else f"{shown} <{address}>"


def read_command(text: str) -> Command:
    """Split a message into its command and the rest; a leading `/` is welcome and not needed."""
    word, _, rest = read_line(text).lstrip(_BEFORE).partition(" ")
    head, colon, more = word.partition(":")
    if colon and head.isalpha():  # `invite:ana@fabrikam.com`
        word, rest = head, f"{more} {rest}"
    return Command(unicodedata.normalize("NFKC", word).casefold().rstrip(MARKS), rest.strip())


def read_number(text: str) -> Numbered | None:
    """Read the number with which a text begins: `R-1042` is exact, `r1042` and `#1042` are near misses."""
    plain = text.strip().translate(_DASHES)
    found = _NUMBER.match(plain)
    if found is None:
        return None
    exact = (found["letter"] or "").lower() == "r" and found["gap"] == "-"
    return Numbered(_label(found["number"]), exact, text.strip()[found.end() :].lstrip(f"{MARKS} "))


def read_except(text: str) -> tuple[str, ...]:
    """Read `except fabrikam.com, adatum.com`; nothing where it is anything else."""
    word, _, rest = text.strip().partition(" ")
    return read_domains(rest) if word.casefold() == "except" else ()


def read_domains(text: str) -> tuple[str, ...]:
    """Read domains as a card sends them or people type them, each once."""
    words = (word.strip(f"@{MARKS}").lower() for word in _BETWEEN.split(text))
    return tuple(dict.fromkeys(word for word in words if word and word != "and"))


def find_number(text: str) -> Numbered | None:
    """Find the number of a request anywhere in a text; a bare number is none."""
    found = _SOMEWHERE.search(text.translate(_DASHES))
    return Numbered(_label(found["number"]), exact=False, rest="") if found else None


def first_address(text: str) -> str:
    """Return the first address in what somebody wrote, or nothing."""
    words = (word.strip(".:!?") for word in _BETWEEN.split(text))
    found = (read_address(word) for word in words if "@" in word and len(word) <= _LONGEST_ADDRESS)
    return next((one for one in found if isinstance(one, str)), "")


def read_removal(text: str) -> tuple[str, str] | None:
    """Read `ADDRESS from APP`, or an address alone: the address, and the app or nothing."""
    return read_of(text, "from")


def read_of(text: str, word: str) -> tuple[str, str] | None:
    """Read an address and, after a word such as `in`, an app, which may be left out."""
    between = re.compile(rf"\s+({word})\s+", re.IGNORECASE)
    who, mark, app = between.split(text, maxsplit=1) if between.search(text) else (text, "", "")
    address, named = read_address(who.strip()), app.strip(f"{MARKS} ").strip(_QUOTES).strip()
    return (address, named) if isinstance(address, str) and bool(mark) == bool(named) else None


@dataclass(frozen=True, slots=True)
class Leaving:
    """A guest who is to leave the directory, why, and whether somebody means it without a further look."""

    address: str
    justification: str
    now: bool


def read_leaving(text: str) -> Leaving | None:
    """Read `ADDRESS from the directory because JUSTIFICATION`, or `… directory now because …`."""
    found = _LEAVING.match(text.strip())
    address = read_address(found["who"].strip()) if found else None
    if found is None or not isinstance(address, str):
        return None
    return Leaving(address, (found["why"] or "").strip(), bool(found["now"]))


def read_page(text: str) -> int:
    """Read the number of a page, as `page 2` or `2`; what is none is the first."""
    digits = text.lower().removeprefix("page").strip()
    return max(int(digits), 1) if digits.isdecimal() and len(digits) <= _LONGEST_PAGE else 1


def _label(number: str) -> str:
    return f"R-{int(number)}"

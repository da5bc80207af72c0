"""Which columns of a table hold what: by their headers, or by the addresses where there are none."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from access.rules.list_rows import Unreadable, WhyUnread
from access.rules.visible import visible

ADDRESS, NAME, FIRST, LAST, COMPANY = "address", "name", "first", "last", "company"
_MEANS = {
    ADDRESS: "inviteeemail email emailaddress emailaddresstoinvite emailadresse inviteduseremailaddress"
    " guestemail guestemailaddress gastemail useremail mail mailaddress mailadresse address adresse",
    NAME: "inviteename displayname fullname guestname inviteduserdisplayname anzeigename gastname"
    " vollständigername vorundnachname name",
    FIRST: "firstname givenname vorname",
    LAST: "lastname surname familyname nachname familienname",
    COMPANY: "company companyname organization organisation firma unternehmen",
}
"""Letters and digits of headers by what they mean; of several the one that comes first here."""
_ADDRESSES = frozenset(_MEANS[ADDRESS].split())
_PROPERTY = re.compile(r"\[(\w{1,40})\]")
"""How the portal's template names a column, whatever its language."""
_LONGEST = 100
_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what stands, and which row is the first of a guest; without a header all `headers` are empty."""

    at: dict[str, int]
    headers: tuple[str, ...]
    first: int


def columns_of(head: Sequence[Sequence[str]]) -> Columns | Unreadable | None:
    """Return what the first rows say of the columns, None where they are no table.

    Rows above the header are passed over: a title, the version of the portal's template.
    """
    for place, row in enumerate(head):
        if any("@" in cell for cell in row):
            is_headed = place > 0 and len(row) > 1 and all(len(other) == len(row) for other in head)
            return _without(head) if is_headed else _by_addresses(head)
        if any(_key(cell) in _ADDRESSES for cell in row):
            return _by_header(row, place + 1)
    return _without(head)


def _by_header(row: Sequence[str], first: int) -> Columns | Unreadable:
    headers, keys = tuple(visible(cell[:_LONGEST]) for cell in row), [_key(cell) for cell in row]
    counted = Counter(filter(None, keys))
    if twice := [header for header, key in zip(headers, keys, strict=True) if counted[key] > 1]:
        return Unreadable(WhyUnread.DOUBLED_HEADER, found=tuple(twice[:_MOST_FOUND]))
    ranked = {
        what: [keys.index(word) for word in words.split() if word in keys] for what, words in _MEANS.items()
    }
    at = {what: places[0] for what, places in ranked.items() if places}
    if FIRST in at and LAST not in at and NAME in at and keys[at[NAME]] == "name":
        at[LAST] = at.pop(NAME)
    return Columns(at, headers, first)


def _by_addresses(head: Sequence[Sequence[str]]) -> Columns | None:
    """Return the one column that has an address in the first row; of two the other is the name."""
    width = len(head[0])
    place = next((place for place, cell in enumerate(head[0]) if "@" in cell), 0)
    astray = any("@" in cell for row in head for other, cell in enumerate(row) if other != place)
    if astray or not {" ", "<"}.isdisjoint(visible(head[0][place])):
        return None
    pair = {NAME: 1 - place} if width == 2 else {}  # noqa: PLR2004 - an address and one other cell
    return Columns({ADDRESS: place, **pair}, ("",) * width, 0)


def _without(head: Sequence[Sequence[str]]) -> Unreadable:
    found = tuple(text for cell in max(head, key=len, default=()) if (text := visible(cell[:_LONGEST])))
    return Unreadable(WhyUnread.NO_ADDRESS_COLUMN, found=found[:_MOST_FOUND])


def _key(header: str) -> str:
    named = _PROPERTY.search(header[:_LONGEST])
    plain = named.group(1) if named else visible(header[:_LONGEST])
    return "".join(letter for letter in plain.casefold() if letter.isalnum())

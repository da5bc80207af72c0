"""What can be seen of a text that somebody wrote."""

import re
import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
"""Control, zero-width and direction characters, halves of characters, and what is none."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that are drawn as nothing."""
_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u25a0-\u25ff\u2700-\u27bf]*")
"""Most texts: Latin letters and the signs that cards use. All can be seen, and none is a mark."""
_MARKS = {"Mn", "Me"}
_MOST_MARKS = 4
"""Marks on one letter; no script needs more, and a tower of them covers the lines around it."""


def visible(text: str) -> str:
    """Return text on one line, without what cannot be seen."""
    if (text.isascii() and text.isprintable()) or _PLAIN.fullmatch(text):
        return " ".join(text.split())
    kept, marks = [], 0
    for letter in text:
        category = unicodedata.category(letter)
        if not letter.isspace() and (category in _UNSEEN or letter in _BLANK):
            continue  # and what comes next stands on the letter before
        marks = marks + 1 if category in _MARKS else 0
        if marks <= _MOST_MARKS:
            kept.append(" " if letter.isspace() else letter)
    return " ".join("".join(kept).split())


def has_letters(text: str) -> bool:
    """Tell whether a text says anything: a name of marks and signs alone names nobody."""
    return any(letter.isalnum() for letter in visible(text))

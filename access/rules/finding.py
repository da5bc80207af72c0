"""Finding things by what was typed of their names: words that begin alike first, then parts of words."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")

_LONGEST, _MOST_WORDS = 100, 8
"""A bound for what was typed: each word is looked for in every name."""
_GAP = re.compile(r"[^a-z0-9]+")
# Letters that Unicode does not take apart into a plain one and its mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A thing under its words, as `folded` writes them."""

    words: str
    thing: T


def folded(text: str) -> str:
    """Return the words of a text without case and accents, each after one space; empty where it has none."""
    if text.isascii():
        plain = _GAP.sub(" ", text.lower()).strip()
    else:
        apart = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
        plain = " ".join("".join(map(_letter, apart)).split())
    return f" {plain}" if plain else ""


def _letter(letter: str) -> str:
    if letter.isalnum():
        return letter
    # Marks and what has no width stand inside a word, anything else between two.
    kind = unicodedata.category(letter)
    return "" if kind[0] == "M" or kind == "Cf" else " "


def words_of(text: str) -> list[str]:
    """Return the words that are looked for, of what somebody typed."""
    return folded(text[:_LONGEST]).split()[:_MOST_WORDS]


def best(
    entries: Sequence[Entry[T]], text: str, most: int, may: Callable[[T], bool] = lambda _: True
) -> list[T]:
    """Return at most so many things that may be shown; those that are found alike in the entries' order.

    First those of which every typed word begins a word, and the first one the name, before all others;
    then those that hold every typed word somewhere. Where no word was typed, everything is found.
    """
    found = (entry.thing for entry in _ranked(entries, words_of(text)))
    return list(islice((thing for thing in found if may(thing)), most))


def _ranked(entries: Sequence[Entry[T]], words: Sequence[str]) -> Iterator[Entry[T]]:
    begun = [f" {word}" for word in words]
    first = begun[0] if begun else ""
    alike = _holding(entries, begun)
    yield from (entry for entry in alike if entry.words.startswith(first))
    yield from (entry for entry in alike if not entry.words.startswith(first))
    parts = _holding(entries, words)
    yield from (entry for entry in parts if any(word not in entry.words for word in begun))


def _holding(entries: Sequence[Entry[T]], parts: Sequence[str]) -> Sequence[Entry[T]]:
    for part in parts:
        entries = [entry for entry in entries if part in entry.words]
    return entries

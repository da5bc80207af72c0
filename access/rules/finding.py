"""Finding things by what was typed of their names: words that begin alike first, then parts of words."""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from heapq import nlargest
from io import StringIO
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")

_LONGEST, _MOST_WORDS = 100, 8
"""A bound for what was typed: each word is looked for in every name."""
CANDIDATES = 100
"""How many names are compared letter by letter with a misspelt one: thousands would take half a second."""
_PAIRS = 1024
_GAP = re.compile(r"[^a-z0-9]+")
# Letters that Unicode does not take apart into a plain one and its mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


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


class Names(Generic[T]):
    """Things under the words of their names, in an order that is kept where they are found alike."""

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        """Take things with their words, as `folded` writes them."""
        text, things, starts = StringIO(), list[T](), array("L", [0])
        text.write("\n")
        for words, thing in named:
            starts.append(starts[-1] + text.write(f"{words}\n"))
            things.append(thing)
        self.things: Sequence[T] = tuple(things)
        # One text of a line each, which is searched faster than thousands of texts and takes less room.
        self._text = text.getvalue()
        self._starts = starts

    def named(self) -> Iterator[tuple[str, T]]:
        """Yield the things with their words, in order."""
        for line, thing in enumerate(self.things):
            yield self._text[self._starts[line] + 1 : self._starts[line + 1]], thing

    def best(self, text: str, most: int, may: Callable[[T], bool] = lambda _: True) -> list[T]:
        """Return at most so many things that may be shown.

        First those of which every typed word begins a word, and the first one the name, before all
        others; then those that hold every typed word somewhere. Where no word was typed, everything is found.
        """
        words = words_of(text)
        found = (self.things[line] for line in self._ranked(words)) if words else iter(self.things)
        return list(islice((thing for thing in found if may(thing)), most))

    def called(self, name: str) -> list[T]:
        """Return the things whose name has exactly these words, whatever their case, accents and marks."""
        return [self.things[line] for line in self._holding(f"\n{folded(name)}\n", ())]

    def _ranked(self, words: Sequence[str]) -> Iterator[int]:
        begun = [f" {word}" for word in words]
        first, rarest = f"\n{begun[0]}", max(words, key=len)
        yield from self._holding(first, begun)
        yield from (line for line in self._holding(f" {rarest}", begun) if not self._holds(line, [first]))
        yield from (line for line in self._holding(rarest, words) if not self._holds(line, begun))

    def _holding(self, part: str, parts: Sequence[str]) -> Iterator[int]:
        """Yield the lines that hold the part, and all others too."""
        at = self._text.find(part)
        while at >= 0:
            line = bisect_right(self._starts, at) - 1
            if self._holds(line, parts):
                yield line
            at = self._text.find(part, self._starts[line + 1])

    def _holds(self, line: int, parts: Sequence[str]) -> bool:
        text = self._text[self._starts[line] : self._starts[line + 1]]
        return all(part in text for part in parts)


class Spellings(Generic[T]):
    """Things by how their names are spelt, to find what a misspelt name was meant for."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, str, T]] = []

    def add(self, name: str, thing: T) -> None:
        words = folded(name).strip()
        self._kept.append((_pairs(words), words, thing))

    def near(self, text: str, most: int, least: float, may: Callable[[T], bool] = lambda _: True) -> list[T]:
        """Return at most so many things that may be shown, the likeliest first, one of each spelling.

        `least` is how alike the spellings must be, where 1 is the same.
        """
        words = folded(text[:_LONGEST]).strip()
        spelt = dict(reversed(self.likely(words, may)))
        return [spelt[one] for one in get_close_matches(words, spelt, most, least)]

    def likely(self, words: str, may: Callable[[T], bool]) -> list[tuple[str, T]]:
        """Return the few that may be shown and share most pairs of letters with the words, the most first."""
        wanted = _pairs(words)
        count = wanted.bit_count()

        def shared(kept: tuple[int, str, T]) -> float:
            return (kept[0] & wanted).bit_count() / (kept[0].bit_count() + count)

        found = nlargest(CANDIDATES, (kept for kept in self._kept if may(kept[2])), shared)
        return [(spelt, thing) for _, spelt, thing in found]


def _pairs(words: str) -> int:
    """Return the pairs of letters that stand beside each other, as bits; seldom do two pairs share one."""
    pairs, before = 0, ord(" ")
    for letter in map(ord, f"{words} "):
        pairs |= 1 << ((before * 31 + letter) % _PAIRS)
        before = letter
    return pairs

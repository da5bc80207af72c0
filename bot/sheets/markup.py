"""XML as a workbook has it: piece by piece, without document types or entities, within limits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from access.rules.list_rows import LONGEST_CELL, WhyUnread
from bot.sheets.archive import Unfit

_MOST_ELEMENTS = 2_500_000
_DEEPEST = 64
_LONGEST_TAG = 256 * 1024
"""Bytes: the parser keeps a tag until it ends, and begins it anew with each piece."""
_MOST_NAMES = 2_000
"""Of elements and attributes: the parser keeps each."""


@dataclass
class Budget:
    """What all parts of a workbook may cost together."""

    elements: int = _MOST_ELEMENTS


@dataclass
class Part:
    """Takes what the parser meets, and gathers the texts of cells; how they are spoken is left out."""

    budget: Budget
    row: int = 0
    depth: int = 0
    texts: list[str] = field(default_factory=list)
    length: int = 0
    wanted: bool = False
    spoken: bool = False

    def began(self, tag: str, attributes: dict[str, str]) -> None: ...

    def ended(self, tag: str) -> None: ...

    def text(self) -> str:
        """Return what was gathered since this was asked for last."""
        whole = "".join(self.texts)
        self.texts, self.length = [], 0
        return whole

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.budget.elements -= 1
        if self.depth > _DEEPEST or self.budget.elements < 0:
            raise Unfit(WhyUnread.UNPACKS_TOO_BIG)
        tag = name.rpartition(":")[2]
        self.spoken |= tag == "rPh"
        self.wanted = tag in {"t", "v"} and not self.spoken
        self.began(tag, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        tag = name.rpartition(":")[2]
        self.spoken &= tag != "rPh"
        self.wanted = False
        self.ended(tag)

    def data(self, text: str) -> None:
        if self.wanted:
            self.texts.append(text)
            self.length += len(text)
            if self.length > LONGEST_CELL:
                raise Unfit(WhyUnread.CELL_TOO_LONG, self.row)

    def refuse(self, *_: object) -> None:
        raise Unfit(WhyUnread.DAMAGED)


def parsed(chunks: Iterable[bytes], part: Part) -> Iterator[None]:
    """Hand elements to a part, and come back after each piece; raises Unfit."""
    parser, fed = expat.ParserCreate(), 0
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = part.begin, part.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = part.data, part.refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > _LONGEST_TAG or len(parser.intern) > _MOST_NAMES:
                raise Unfit(WhyUnread.UNPACKS_TOO_BIG)
            yield
        if fed:
            parser.Parse(b"", True)
            yield
    except (expat.ExpatError, ArithmeticError, LookupError, ValueError) as broken:
        raise Unfit(WhyUnread.DAMAGED) from broken

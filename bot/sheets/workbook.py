"""What a workbook shows first: its cells as texts, those that are computed as they were shown last."""

import posixpath
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from access.ports.spreadsheets import Sheet
from access.rules.list_rows import MOST_COLUMNS, Line, Unreadable, WhyUnread
from access.rules.list_table import Lines
from access.rules.visible import visible
from bot.sheets.archive import Archive, Unfit
from bot.sheets.markup import Budget, Part, parsed

_MOST_TEXT, _OVERHEAD = 48 * 1024 * 1024, 48
"""Bytes of all shared texts, and what one costs besides its letters."""
_LAST_ROW, _LONGEST_COLUMN = 1_048_576, 3
_EPOCH, _TO_1904 = datetime(1899, 12, 30), 1_462  # noqa: DTZ001 - dates of no zone
"""What days are counted from, and how many later some begin."""
_DATES = {str(one) for one in (*range(14, 18), 22, *range(27, 37), *range(50, 59))}
"""Formats of dates that every workbook knows."""
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EXACT = 1e15
"""Up to which a float holds every whole number."""
_LONGEST_NAME = 100
_MINUTES = 24 * 60

P = TypeVar("P", bound=Part)


class Workbooks:
    def first_sheet(self, content: bytes) -> Sheet | Unreadable:
        """Return the first sheet that is shown and has rows."""
        try:
            return _Workbook(Archive(content)).first()
        except Unfit as unfit:
            return unfit.refusal


@dataclass
class _Said(Part):
    """Keeps what the small parts say in attributes, in their order."""

    kept: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def began(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in {"Relationship", "sheet", "workbookPr", "numFmt", "cellXfs", "cellStyleXfs", "xf"}:
            self.kept.append((tag, attributes))


@dataclass
class _Strings(Part):
    """The texts that cells share, as bytes: one rare letter would make a text four times as big."""

    kept: list[bytes] = field(default_factory=list)
    size: int = 0

    def ended(self, tag: str) -> None:
        if tag == "si":
            self.kept.append(self.text().encode())
            self.size += len(self.kept[-1]) + _OVERHEAD
            if self.size > _MOST_TEXT:
                raise Unfit(WhyUnread.UNPACKS_TOO_BIG)


@dataclass
class _Cells(Part):
    """Makes a line of each row that has a text or a formula."""

    strings: list[bytes] = field(default_factory=list)
    dates: frozenset[int] = frozenset()
    later: int = 0
    lines: list[Line] = field(default_factory=list)
    column: int = 0
    kind: str = ""
    style: str = ""
    cells: dict[int, str] = field(default_factory=dict)
    formulas: set[int] = field(default_factory=set)

    def began(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            column = _column(attributes["r"]) if "r" in attributes else self.column + 1
            if column <= self.column:
                raise Unfit(WhyUnread.DAMAGED, self.row)
            self.column = column
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.text()
        elif tag == "row":
            number = _number(attributes.get("r", str(self.row + 1)), _LAST_ROW)
            if number <= self.row:
                raise Unfit(WhyUnread.DAMAGED, self.row)
            self.row, self.column, self.cells, self.formulas = number, 0, {}, set()
        elif tag == "f":
            self.formulas.add(min(self.column, MOST_COLUMNS) - 1)

    def ended(self, tag: str) -> None:
        if tag == "c" and self.texts:
            if self.column > MOST_COLUMNS:
                raise Unfit(WhyUnread.TOO_WIDE, self.row)
            self.cells[self.column - 1] = self._shown(self.text())
        elif tag == "row" and (places := self.cells.keys() | self.formulas):
            cells = tuple(self.cells.get(place, "") for place in range(max(places) + 1))
            self.lines.append(Line(self.row, cells, frozenset(self.formulas)))

    def _shown(self, value: str) -> str:
        if self.kind == "s":
            value = self.strings[_number(value, len(self.strings) - 1)].decode()
        elif self.kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        elif self.kind == "n":
            number = float(value)  # raises, as it does wherever a workbook is not what it says
            if int(self.style) in self.dates:
                shown = _EPOCH + timedelta(self.later, minutes=round(number * _MINUTES))
                return shown.isoformat(" ", "minutes").removesuffix(" 00:00")
            return str(int(number)) if number.is_integer() and abs(number) < _EXACT else repr(number)
        return _ESCAPED.sub(lambda one: chr(int(one[1], 16)), value)


class _Workbook:
    def __init__(self, archive: Archive) -> None:
        self.archive, self.budget = archive, Budget()
        self.said = self._read("xl/workbook.xml", _Said(self.budget)).kept
        related = self._read("xl/_rels/workbook.xml.rels", _Said(self.budget)).kept
        inside = [one for _, one in related if one.get("TargetMode") != "External"]
        self.kinds = {one.get("Type", "").rpartition("/")[2]: _path(one) for one in inside}
        self.sheets = {one["Id"]: _path(one) for one in inside if one.get("Type", "").endswith("/worksheet")}

    def first(self) -> Sheet | Unreadable:
        strings = self._read(self.kinds.get("sharedStrings", ""), _Strings(self.budget)).kept
        dates = _dates(self._read(self.kinds.get("styles", ""), _Said(self.budget)).kept)
        early = any(one.get("date1904") in {"1", "true"} for _, one in self.said)
        shown = [one for tag, one in self.said if tag == "sheet" and one.get("state", "visible") == "visible"]
        for sheet in shown:
            key = next((value for name, value in sheet.items() if name.rpartition(":")[2] == "id"), "")
            cells = _Cells(self.budget, strings=strings, dates=dates, later=_TO_1904 if early else 0)
            lines = self._lines(self.sheets.get(key, ""), cells)
            if (first := next(lines, None)) is not None:
                name = visible(sheet.get("name", ""))[:_LONGEST_NAME]
                return Sheet(name, len(shown) - 1, chain([first], lines))
        return Unreadable(WhyUnread.EMPTY)

    def _lines(self, path: str, cells: _Cells) -> Lines:
        try:
            for _ in parsed(self.archive.chunks(path), cells):
                yield from cells.lines
                cells.lines = []
        except Unfit as unfit:
            yield from cells.lines
            yield unfit.refusal

    def _read(self, path: str, part: P) -> P:
        for _ in parsed(self.archive.chunks(path), part):
            pass
        return part


def _path(related: dict[str, str]) -> str:
    return posixpath.normpath(posixpath.join("/xl", related.get("Target", ""))).lstrip("/")


def _dates(styles: list[tuple[str, dict[str, str]]]) -> frozenset[int]:
    """Return which styles of cells show a number as a date."""
    own = [(one.get("numFmtId"), one.get("formatCode", "").lower()) for tag, one in styles if tag == "numFmt"]
    known = _DATES | {key for key, code in own if not {"y", "d"}.isdisjoint(_QUOTED.sub("", code))}
    order = [tag for tag, _ in styles]
    cells = styles[order.index("cellXfs") + 1 :] if "cellXfs" in order else []
    return frozenset(place for place, (_, one) in enumerate(cells) if one.get("numFmtId") in known)


def _column(reference: str) -> int:
    """Return the number of a column: 1 of `A7`, 27 of `AA7`."""
    number = 0
    for letter in reference.rstrip("0123456789")[:_LONGEST_COLUMN]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LAST_ROW)) and int(text) <= most):
        raise Unfit(WhyUnread.DAMAGED)
    return int(text)

"""A list as text: its encoding, its separator and its lines, from a file or pasted."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from access.rules import list_rows as the
from access.rules.list_addresses import entries
from access.rules.list_columns import Columns, columns_of
from access.rules.list_rows import Line, ListRow, Noticed, ReadList, Unreadable, WhyUnread
from access.rules.list_table import HEAD, Lines, read_table

_OTHERS = {
    b"%pdf": "pdf",
    b"{\\rtf": "rtf",
    b"<!doctype": "html",
    b"<html": "html",
    b"<table": "html",
    b"<?xml": "xml",
}
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SAMPLE = 4_096
_AROUND = 32_768
_CONTROLS = bytes(one for one in range(32) if chr(one) not in "\t\n\v\f\r\x1a\x1b")
_FEW = 20
"""Of how many characters of a text at most one controls something."""
_SEPARATORS = ",;\t"
_LONGEST_LINE = 4_000_000
"""Characters: ten thousand addresses may stand in one."""
_MOST_LINES = 1_048_576
_LONGEST_HEAD = 20_000


def read_bytes(content: bytes) -> ReadList | Unreadable:
    """Return the list in a file of text: CSV with any of the usual separators, or addresses."""
    if len(content) > the.MOST_BYTES:
        return Unreadable(WhyUnread.TOO_BIG, count=len(content))
    encoding = _encoding(content)
    return encoding if isinstance(encoding, Unreadable) else _read(content, encoding)


def read_text(text: str) -> ReadList | Unreadable:
    """Return the list in a text that was typed or pasted."""
    content = text.encode("utf-8", "ignore")  # halves of characters cannot be seen anyway
    if len(content) > the.MOST_BYTES:
        return Unreadable(WhyUnread.TOO_BIG, count=len(content))
    return _read(content, "utf-8")


def _encoding(content: bytes) -> str | Unreadable:
    if content.startswith(_OLD_OFFICE):
        locked = Unreadable(WhyUnread.ENCRYPTED)
        return locked if _ENCRYPTED in content else Unreadable(WhyUnread.OTHER_FORMAT, found=("xls",))
    sample = content[:_SAMPLE]
    begins = sample.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if other := next((name for sign, name in _OTHERS.items() if begins.startswith(sign)), None):
        return Unreadable(WhyUnread.OTHER_FORMAT, found=(other,))
    marked = next((encoding for mark, encoding in _MARKS.items() if sample.startswith(mark)), None)
    encoding = marked or _unmarked_utf16(sample) or "utf-8"
    if "16" not in encoding and len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) // _FEW:
        return Unreadable(WhyUnread.OTHER_FORMAT)
    if (wrong := _decoded_until(content, encoding)) is None:
        return encoding
    around = content[max(wrong - _AROUND, 0) : wrong + _AROUND].decode("utf-8", "replace")
    bad = around.count("\ufffd")
    is_utf8 = (
        sum(not letter.isascii() for letter in around) > 2 * bad
    )  # as any other its names would be wrong
    if encoding != "utf-8" or is_utf8 or _decoded_until(content, "cp1252") is not None:
        return Unreadable(WhyUnread.NOT_TEXT, content.count(b"\n", 0, wrong) + 1)
    return "cp1252"


def _unmarked_utf16(sample: bytes) -> str:
    """Return the order of bytes of which every second is zero, as in most texts of Latin letters."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample) or min(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le" if odd else ""


def _decoded_until(content: bytes, encoding: str) -> int | None:
    """Return near which byte a text cannot be decoded; piece by piece, because all of it might be big."""
    decoder = codecs.getincrementaldecoder(encoding)()
    begin = 0
    try:
        for begin in range(0, len(content), _AROUND):
            decoder.decode(content[begin : begin + _AROUND])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as wrong:
        return begin + wrong.start
    return None


def _read(content: bytes, encoding: str) -> ReadList | Unreadable:
    def opened() -> TextIO:
        return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")

    noticed = Noticed(encoding=encoding[:6].removesuffix("-"))
    separator, skipped = _separator(opened())
    found = read_table(_records(opened(), separator, skipped), noticed, even=True) if separator else None
    return found or _addresses(opened(), noticed)


def _separator(stream: TextIO) -> tuple[str, int]:
    """Return what separates the cells, if they seem to be any, and how many lines say just that."""
    head = list(islice(iter(lambda: stream.readline(_LONGEST_HEAD), ""), HEAD))
    said = head[0].strip('\r\n"') if head else ""
    word, sign = said[:-1], said[-1:]
    if word.lower() == "sep=" and sign and sign in _SEPARATORS:
        return sign, 1
    rank, separator = max(((_rank(head, one), one) for one in _SEPARATORS), key=lambda ranked: ranked[0])
    return (separator if rank > (0, 0) else ""), 0


def _rank(head: list[str], separator: str) -> tuple[int, int]:
    """Return how much the first lines look like a table of such cells."""
    try:
        rows = [row for row in csv.reader(head, delimiter=separator, skipinitialspace=True) if any(row)]
    except csv.Error:
        return 1, 0
    columns, width = columns_of(rows), max(map(len, rows), default=0)
    if isinstance(columns, Columns):
        if any(columns.headers):  # in the first line nobody else has written anything
            return (4 if columns.first == 1 else 3), width
        # Addresses alone are a list, and are read more kindly as one.
        return (2, width) if width > 1 else (0, 0)
    return (0, 0) if columns is None else (3 if columns.why is WhyUnread.DOUBLED_HEADER else 1, width)


@dataclass(slots=True)
class _Physical:
    """The lines of a stream, until one of them is wrong."""

    stream: TextIO
    number: int = 0
    wrong: WhyUnread | None = None

    def __iter__(self) -> Iterator[str]:
        while not self.wrong and (line := self.stream.readline(_LONGEST_LINE)):
            self.number += 1
            if "\0" in line:
                self.wrong = WhyUnread.NUL
            elif len(line) == _LONGEST_LINE:
                self.wrong = WhyUnread.CELL_TOO_LONG
            elif self.number > _MOST_LINES:
                self.wrong = WhyUnread.TOO_MANY_ROWS
            else:
                yield line

    def refusals(self) -> Iterator[Unreadable]:
        if self.wrong:
            many = self.wrong is WhyUnread.TOO_MANY_ROWS
            yield Unreadable(self.wrong, self.number, count=self.number if many else 0)


def _records(stream: TextIO, separator: str, skipped: int) -> Lines:
    physical = _Physical(stream)
    lines = islice(iter(physical), skipped, None)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    begins = skipped + 1
    try:
        for cells in reader:
            if len(cells) > the.MOST_COLUMNS:
                yield Unreadable(WhyUnread.TOO_WIDE, begins)
                return
            yield Line(begins, tuple(cells))
            begins = physical.number + 1
    except csv.Error as wrong:
        yield from physical.refusals()
        alone = physical.number == begins and "field limit" in str(wrong)
        yield Unreadable(WhyUnread.CELL_TOO_LONG if alone else WhyUnread.UNCLOSED_QUOTE, begins)
    yield from physical.refusals()


def _addresses(stream: TextIO, noticed: Noticed) -> ReadList | Unreadable:
    """Return the addresses that stand in a text one after the other."""
    physical = _Physical(stream)
    found: list[tuple[int, str, str]] = []
    count = 0
    for line in physical:
        for name, address in entries(line):
            count += 1
            if max(len(address), len(name)) > the.LONGEST_USED:
                return Unreadable(WhyUnread.CELL_TOO_LONG, physical.number)
            if count <= the.MOST_ROWS:
                found.append((physical.number, address, name))
            elif count > the.MOST_COUNTED:
                break
    if count > the.MOST_ROWS:
        return Unreadable(WhyUnread.TOO_MANY_ROWS, count=count)
    if not found or physical.wrong:
        return next(physical.refusals(), Unreadable(WhyUnread.EMPTY))
    by_line = len({number for number, *_ in found}) == count
    rows = (ListRow(one[0] if by_line else place, *one[1:]) for place, one in enumerate(found, 1))
    return ReadList(tuple(rows), noticed)

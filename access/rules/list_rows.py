"""A list of guests as it was read from a file or a text, or why there is none."""

from dataclasses import dataclass
from enum import StrEnum

MOST_ROWS = 10_000
MOST_COUNTED = 100_000
"""Beyond which nobody is told how many there are."""
MOST_BYTES = 10 * 1024 * 1024
MOST_COLUMNS = 1_000
LONGEST_CELL = 32_767
"""What a cell of Excel holds."""
LONGEST_USED = 1_000
"""Of a cell that is used: an address has 254 characters at most, a name in the directory 256."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """What somebody wrote of one guest, as far as it can be seen; nobody has judged the address."""

    number: int
    """The line of the file, or the row of the sheet, where it begins.

    Where one line has several addresses it is the place among all of them. No two rows have the same.
    """
    address: str
    name: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a person should know of how their list was read."""

    ignored: tuple[str, ...] = ()
    """Columns that hold something and are not used, by header; one without is `#` and its number."""
    passed_over: int = 0
    """Lines without a guest: empty ones, titles above the header."""
    encoding: str = ""
    """`utf-8`, `utf-16`, or `cp1252` where it is neither; empty for a workbook."""
    sheet: str = ""
    other_sheets: int = 0


@dataclass(frozen=True, slots=True)
class ReadList:
    rows: tuple[ListRow, ...]
    noticed: Noticed


class WhyUnread(StrEnum):
    """Why a list is refused as a whole."""

    TOO_MANY_ROWS = "too-many-rows"
    TOO_BIG = "too-big"
    TOO_WIDE = "too-wide"
    NO_ADDRESS_COLUMN = "no-address-column"
    DOUBLED_HEADER = "doubled-header"
    RAGGED_ROW = "ragged-row"
    NUL = "nul"
    CELL_TOO_LONG = "cell-too-long"
    UNCLOSED_QUOTE = "unclosed-quote"
    NOT_TEXT = "not-text"
    """It seems to be text and cannot be decoded."""
    OTHER_FORMAT = "other-format"
    """It is neither text nor a workbook; `found` says what, where that is known."""
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    DAMAGED = "damaged"
    """No spreadsheet program writes such a workbook."""
    UNPACKS_TOO_BIG = "unpacks-too-big"
    FORMULA = "formula"
    """A cell that is needed has a formula and no value."""
    FIELD_FULL = "field-full"
    """A field took no more of what was pasted, so that its last address may be half of one."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The one cause for which nothing of a list is used."""

    why: WhyUnread
    row: int = 0
    """Where, as the file counts, or 0."""
    count: int = 0
    """Of rows or bytes, at least."""
    found: tuple[str, ...] = ()
    """The headers that are there, those that are doubled, or the format."""

    @property
    def parts(self) -> int:
        """Return into how many lists so many rows are to be split."""
        return -(-self.count // MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table before anybody knows its columns; `formulas` are the places of computed cells."""

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()

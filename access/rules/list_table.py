"""From the lines of a table to the rows of a list."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from access.rules import list_rows as the
from access.rules.cells import undefused
from access.rules.list_addresses import named
from access.rules.list_columns import ADDRESS, COMPANY, FIRST, LAST, NAME, Columns, columns_of
from access.rules.list_rows import Line, ListRow, Noticed, ReadList, Unreadable, WhyUnread
from access.rules.visible import visible

HEAD = 20
"""How many lines say what a table is."""
_VERSION = "version:"
"""How the portal's template begins."""
_MOST_KEPT = 6_000_000
"""Characters: one text of a workbook may stand in all its cells."""

Lines = Iterator[Line | Unreadable]
"""What comes after a refusal is not asked for."""


def read_table(lines: Lines, noticed: Noticed, *, even: bool) -> ReadList | Unreadable | None:
    """Return the list in a table, None where it is no table; `even` ones have as many cells in each row."""
    head = list(islice(lines, HEAD))
    told = [one for one in head if isinstance(one, Line) and not _is_empty(one)]
    widest = 0 if even else max((len(one.cells) for one in told), default=0)
    columns = columns_of([one.cells + ("",) * (widest - len(one.cells)) for one in told]) if told else None
    if not isinstance(columns, Columns):
        wrong = next((one for one in head if isinstance(one, Unreadable)), None)
        return wrong or (columns if told else Unreadable(WhyUnread.EMPTY))
    header = told[columns.first - 1].number if columns.first else 0
    below = (one for one in head if isinstance(one, Unreadable) or one.number > header)
    titles = sum(not one.cells[0].startswith(_VERSION) for one in told if one.number < header)
    return _Reading(columns, even=even, passed_over=titles).read(chain(below, lines), noticed)


def _is_empty(line: Line) -> bool:
    return not line.formulas and not any(cell and not cell.isspace() for cell in line.cells)


@dataclass(slots=True)
class _Reading:
    columns: Columns
    even: bool
    passed_over: int
    rows: list[ListRow] = field(default_factory=list)
    kept: int = 0
    unused: set[int] = field(default_factory=set)

    def read(self, lines: Lines, noticed: Noticed) -> ReadList | Unreadable:
        """Keep the rows; those beyond the most that may be are only counted."""
        count = 0
        for line in lines:
            wrong = line if isinstance(line, Unreadable) else None
            if count > the.MOST_COUNTED or (wrong and count > the.MOST_ROWS):
                break
            if isinstance(line, Line) and _is_empty(line):
                self.passed_over += 1
                continue
            count += 1
            if isinstance(line, Line) and count <= the.MOST_ROWS:
                wrong = self._wrong(line) or self._keep(line)
            if wrong:
                return wrong
        if count > the.MOST_ROWS:
            return Unreadable(WhyUnread.TOO_MANY_ROWS, count=count)
        if not count:
            return Unreadable(WhyUnread.EMPTY)
        headers = self.columns.headers
        ignored = tuple("".join(headers[at : at + 1]) or f"#{at + 1}" for at in sorted(self.unused))
        return ReadList(tuple(self.rows), replace(noticed, ignored=ignored, passed_over=self.passed_over))

    def _wrong(self, line: Line) -> Unreadable | None:
        cells, width, why = line.cells, len(self.columns.headers), None
        used = [at for at in self.columns.at.values() if at < len(cells)]
        if self.even and (len(cells) < width or any(cell.strip() for cell in cells[width:])):
            why = WhyUnread.RAGGED_ROW
        elif any(len(cell) > the.LONGEST_CELL for cell in cells):
            why = WhyUnread.CELL_TOO_LONG
        elif any("\0" in cell for cell in cells):
            why = WhyUnread.NUL
        elif any(at in line.formulas and not cells[at] for at in used):
            why = WhyUnread.FORMULA
        elif any(len(undefused(cells[at]).strip()) > the.LONGEST_USED for at in used):
            why = WhyUnread.CELL_TOO_LONG
        return Unreadable(why, line.number) if why else None

    def _keep(self, line: Line) -> Unreadable | None:
        at, cells = self.columns.at, line.cells
        told = {what: visible(undefused(cells[place])) for what, place in at.items() if place < len(cells)}
        called, address = named(told.get(ADDRESS, ""))
        name = told.get(NAME) or f"{told.get(FIRST, '')} {told.get(LAST, '')}".strip() or called
        self.rows.append(ListRow(line.number, address, name, told.get(COMPANY, "")))
        self.kept += len(address) + len(name) + len(self.rows[-1].company)
        self.unused.update(
            place for place, cell in enumerate(cells) if cell.strip() and place not in at.values()
        )
        return Unreadable(WhyUnread.TOO_BIG) if self.kept > _MOST_KEPT else None

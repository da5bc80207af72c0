"""Cells of a table that is opened in a spreadsheet."""

import csv
import io
import unicodedata
from collections.abc import Iterable

from access.rules.visible import visible

_FORMULA = frozenset("=+-@\u2212")
_QUOTES = "'\"`‘’“”«» "


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, not even behind blanks, quotes or other widths."""
    first = unicodedata.normalize("NFKC", visible(text)).lstrip(_QUOTES)[:1]
    return f"'{text}" if first in _FORMULA or text[:1] in ("\t", "\r", "\n") else text


def csv_line(cells: Iterable[str]) -> str:
    """Return a line of CSV with its end; every cell stands in quotes."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue()

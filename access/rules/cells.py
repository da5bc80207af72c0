"""Cells of a table that is opened in a spreadsheet."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

from access.rules.visible import visible

_FORMULA = frozenset("=+-@\u2212")
_SEPARATORS = re.compile(r"([;|\t\r\n])")
"""Where a spreadsheet of another region, or one that was told so, begins a cell within ours."""
_DEFUSED = re.compile(r"[;|\t\r\n]'")
_QUOTES = "'\"`‘’“”«» "


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, not even behind blanks, quotes or other widths.

    Nor where it takes a semicolon or a line's end in the text for the end of the cell.
    """
    inside = "".join(_harmless(part) for part in _SEPARATORS.split(text))
    return f"'{inside}" if text[:1] in ("\t", "\r", "\n") else inside


def undefused(text: str) -> str:
    """Return what a cell said before it was defused, by us or by another program: files come back mended."""
    if not text.startswith("'") and not _DEFUSED.search(text):
        return text
    whole = text[1:] if text[:2] in ("'\t", "'\r", "'\n") else text
    return "".join(
        part[1:] if part[:1] == "'" and _harmless(part[1:]) == part else part
        for part in _SEPARATORS.split(whole)
    )


def _harmless(text: str) -> str:
    first = unicodedata.normalize("NFKC", visible(text)).lstrip(_QUOTES)[:1]
    return f"'{text}" if first in _FORMULA else text


def csv_line(cells: Iterable[str]) -> str:
    """Return a line of CSV with its end; every cell stands in quotes."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue()

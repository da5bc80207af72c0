"""Spreadsheets that people hand in: the one sheet of theirs that holds something."""

from dataclasses import dataclass
from typing import Protocol

from access.rules.list_rows import Unreadable
from access.rules.list_table import Lines


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first sheet that is shown and has rows; the lines are read as they are asked for."""

    name: str
    others: int
    """How many more are shown."""
    lines: Lines


class Spreadsheets(Protocol):
    def first_sheet(self, content: bytes) -> Sheet | Unreadable:
        """Return what a workbook shows first; whatever it claims, it costs little.

        Takes its time, as do the lines: both are asked for in a thread.
        """
        ...

"""Reads lists of guests beside the event loop, one at a time: a bad one costs memory once."""

import asyncio
from dataclasses import dataclass, field

from access.ports.spreadsheets import Spreadsheets
from access.rules.list_rows import MOST_BYTES, Noticed, ReadList, Unreadable, WhyUnread
from access.rules.list_table import read_table
from access.rules.list_text import read_bytes, read_text

_ZIP = b"PK\3\4"


@dataclass(slots=True)
class ListReader:
    spreadsheets: Spreadsheets
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read_file(self, content: bytes) -> ReadList | Unreadable:
        """Return the list in a file, by what is in it: its name says nothing."""
        async with self._one:
            return await asyncio.to_thread(read_file, content, self.spreadsheets)

    async def read_text(self, text: str) -> ReadList | Unreadable:
        """Return the list in a text that was typed or pasted."""
        async with self._one:
            return await asyncio.to_thread(read_text, text)


def read_file(content: bytes, spreadsheets: Spreadsheets) -> ReadList | Unreadable:
    """Return the list in a file; takes its time."""
    if len(content) > MOST_BYTES or not content.startswith(_ZIP):
        return read_bytes(content)
    sheet = spreadsheets.first_sheet(content)
    if isinstance(sheet, Unreadable):
        return sheet
    noticed = Noticed(sheet=sheet.name, other_sheets=sheet.others)
    found = read_table(sheet.lines, noticed, even=False)
    return found or Unreadable(WhyUnread.NO_ADDRESS_COLUMN)

"""Lists of guests as people bring them: fetched, read, kept for a day for who brought them, and judged."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from access.ports import Downloads, Store
from access.rules.attached import Attached, WhyNotFetched
from access.rules.draft import Draft
from access.rules.list_rows import MOST_ROWS, Noticed, Unreadable, WhyUnread
from access.rules.lists import GuestList, rows_of, unjudged
from access.rules.model import ObjectId
from access.rules.verdicts import Wanted
from access.service.check import Wrong
from access.service.dry_runs import DryRuns
from access.service.read_list import ListReader

_AT_ONCE = 2
"""Files that are fetched and read at the same time, and lists that are judged: each takes memory."""
_ID = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class Received:
    """A list that was read and kept, and what its owner should know of how it was read."""

    kept: GuestList
    noticed: Noticed


@dataclass(slots=True)
class ReceivedLists:
    """Shows nobody a list of somebody else: it is as if there were none."""

    runs: DryRuns
    reader: ListReader
    downloads: Downloads
    _fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _judging: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def fetch(self, file: Attached, person_id: ObjectId) -> Received | Unreadable | WhyNotFetched:
        """Fetch and read a file that somebody sent; takes up to a minute."""
        async with self._fetching:
            content = await self.downloads.fetch(file)
            if isinstance(content, WhyNotFetched):
                return content
            read = await self.reader.read_file(content)
        if isinstance(read, Unreadable):
            return read
        rows = [Wanted(one.number, one.address, one.name) for one in read.rows]
        return Received(await self.keep(rows, file.name, person_id), read.noticed)

    async def keep(self, rows: Sequence[Wanted], file: str, person_id: ObjectId) -> GuestList:
        """Keep rows about which nothing is asked yet."""
        made_at = self.runs.requests.check.clock.now()
        made = unjudged(secrets.token_hex(16), person_id, file, rows, made_at)
        await self.runs.requests.store.keep_list(made)
        return made

    async def find(self, list_id: str, person_id: ObjectId) -> GuestList | None:
        return await own_list(self.runs.requests.store, list_id, person_id)

    async def rows(self, kept: GuestList | None, text: str) -> Sequence[Wanted] | Unreadable:
        """Return the rows of a list and, after them, those of a text."""
        before = rows_of(kept) if kept else ()
        if not text.strip():
            return before or Unreadable(WhyUnread.EMPTY)
        read = await self.reader.read_text(text)
        if isinstance(read, Unreadable):
            return read
        last = max((one.number for one in before), default=0)
        rows = (*before, *(Wanted(last + one.number, one.address, one.name) for one in read.rows))
        return Unreadable(WhyUnread.TOO_MANY_ROWS, count=len(rows)) if len(rows) > MOST_ROWS else rows

    async def judge(
        self, draft: Draft, rows: Sequence[Wanted], file: str, person_id: ObjectId
    ) -> GuestList | Wrong:
        async with self._judging:
            return await self.runs.run(replace(draft, address=""), rows, file, person_id)


async def own_list(store: Store, list_id: str, person_id: ObjectId) -> GuestList | None:
    """Return a list of this person, by its id or how that begins; None where its day is over."""
    made = await store.list_called(list_id) if _ID.fullmatch(list_id) else None
    return made if made is not None and made.owner == person_id else None

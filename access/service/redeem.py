"""Redemption: delta says who changed, a read of the guest says what, and an hourly read catches the rest."""

from collections.abc import Iterable
from dataclasses import dataclass

from access.ports import Changes, Directory, Missing, Pending, Store
from access.rules.model import ObjectId, Redemption
from access.rules.redemption import accept, lose

CURSOR = "cursor/users"


@dataclass(slots=True)
class Redemptions:
    """Finds out who has accepted. Every path ends in the same transition, so it is told once."""

    store: Store
    directory: Directory
    changes: Changes

    async def follow(self) -> None:
        """Read the delta page by page from where it was left; an expired cursor starts again from now.

        What happened in between is caught by reading every pending guest; until that was done, nothing is
        kept of where "now" was, so that whoever dies or fails over it begins again.
        """
        if not await self.store.pending_guests():
            return
        cursor = await self.store.note(CURSOR) or ""
        try:
            if cursor:
                await self._read_on(cursor)
                return
        except Missing:
            await self.store.keep_note(CURSOR, "")
        page = await self.changes.since("")
        while page.more:
            page = await self.changes.since(page.cursor)
        await self.read_all()
        await self.store.keep_note(CURSOR, page.cursor)

    async def _read_on(self, cursor: str) -> None:
        more = True
        while more:
            page = await self.changes.since(cursor)
            changed, removed = set(page.changed), set(page.removed)
            # Asked after the page: whoever was invited meanwhile may be on it, and the cursor moves on.
            pending = await self.store.pending_guests() if changed or removed else ()
            await self._read([one for one in pending if one.guest_id in changed | removed], removed)
            cursor, more = page.cursor, page.more
            await self.store.keep_note(CURSOR, cursor)

    async def read_all(self) -> None:
        """Read every guest that a request waits for."""
        await self._read(await self.store.pending_guests(), set())

    async def _read(self, pending: Iterable[Pending], removed: set[ObjectId]) -> None:
        for one in pending:
            guest = await self.directory.guest(one.guest_id)
            if guest is None:
                gone = lose(one.guest_id, deleted=one.guest_id in removed)
                await self.store.change(one.request_id, gone)
            elif guest.redemption is Redemption.ACCEPTED:
                found = accept(guest.object_id, guest.redemption, guest.redemption_changed_at)
                await self.store.change(one.request_id, found)

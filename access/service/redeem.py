"""Redemption: delta says who changed, a read of the guest says what, and an hourly read catches the rest."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from access.ports import AccessError, Changes, Directory, Missing, NotDone, Pending, Refused, Store
from access.rules.causes import Cause
from access.rules.model import Guest, ObjectId, Redemption
from access.rules.redemption import accept, lose

log = logging.getLogger(__name__)

CURSOR = "cursor/users"
_ROUNDS = 3
"""How often a guest for whom no answer comes stops a reading, before the others are read without them."""
_NAMED = 10  # in one line of the log


@dataclass(slots=True)
class Redemptions:
    """Finds out who has accepted. Every path ends in the same transition, so it is told once.

    Each guest who cannot be read holds the delta up for three rounds at most, and is left to the hourly
    reading: read within an hour of the trouble's end, and at once where a reader starts anew.
    """

    store: Store
    directory: Directory
    changes: Changes
    _unanswered: Counter[ObjectId] = field(default_factory=Counter)

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
        await self._read(await self.store.pending_guests(), set(), answers=True)
        await self.store.keep_note(CURSOR, page.cursor)

    async def _read_on(self, cursor: str) -> None:
        more = True
        while more:
            page = await self.changes.since(cursor)
            changed, removed = set(page.changed), set(page.removed)
            # Asked after the page: whoever was invited meanwhile may be on it, and the cursor moves on.
            pending = await self.store.pending_guests() if changed or removed else ()
            named = [one for one in pending if one.guest_id in changed | removed]
            await self._read(named, removed, answers=True)
            cursor, more = page.cursor, page.more
            await self.store.keep_note(CURSOR, cursor)

    async def read_all(self) -> None:
        """Read every guest that a request waits for."""
        await self._read(await self.store.pending_guests(), set(), answers=False)

    async def _read(self, pending: Iterable[Pending], removed: set[ObjectId], *, answers: bool) -> None:
        """Read these guests; `answers` says that the directory has answered something a moment ago.

        Whoever was not answered for is read last, so that the others are read before the reading stops.
        """
        left: dict[ObjectId, str] = {}
        for one in sorted(pending, key=lambda one: self._unanswered[one.guest_id]):
            try:
                guest = await self.directory.guest(one.guest_id)
            except AccessError as error:
                if not self._is_of_one(error, one.guest_id, answers=answers):
                    raise
                left[one.guest_id] = error.cause.value
                continue
            answers = True
            del self._unanswered[one.guest_id]
            await self._note(one, guest, removed)
        if left:
            some = dict(list(left.items())[:_NAMED])
            log.warning(
                "Guests who cannot be read are left to the hourly reading",
                extra={"count": len(left), "guests": some},
            )

    def _is_of_one(self, error: AccessError, guest_id: ObjectId, *, answers: bool) -> bool:
        """Tell the trouble with one guest from a directory that is away, throttles or lets nobody in.

        Where no answer comes it may be either, so that is told by how often it was this guest.
        """
        if isinstance(error, Refused):
            return error.cause is not Cause.SIGN_IN_REFUSED
        if isinstance(error, NotDone):
            return False
        self._unanswered[guest_id] += 1
        return answers and self._unanswered[guest_id] > _ROUNDS

    async def _note(self, one: Pending, guest: Guest | None, removed: set[ObjectId]) -> None:
        if guest is None:
            gone = lose(one.guest_id, deleted=one.guest_id in removed)
            await self.store.change(one.request_id, gone)
        elif guest.redemption is Redemption.ACCEPTED:
            found = accept(guest.object_id, guest.redemption, guest.redemption_changed_at)
            await self.store.change(one.request_id, found)

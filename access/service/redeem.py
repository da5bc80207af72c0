"""Redemption: delta says who changed, a read of the guest says what, and a round of reads the rest."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from access.ports import (
    AccessError,
    Changes,
    Directory,
    GuestDelta,
    Missing,
    NotDone,
    Pending,
    Refused,
    Store,
    Unknown,
)
from access.rules.causes import Cause
from access.rules.model import Guest, ObjectId, Redemption
from access.rules.redemption import accept, lose, regain

log = logging.getLogger(__name__)

CURSOR = "cursor/users"
OWED = "owed/users"
"""After which guest those are still to be read who changed while there was no cursor; empty: nobody."""
PLACE = "place/users"
"""After which guest the hourly round goes on; empty: it begins again."""
_FIRST = "0"
"""Before every object id."""
_ROUNDS = 3
"""How often a guest for whom no answer comes stops a reading, before the others are read without them."""
_NAMED = 10  # in one line of the log


@dataclass(slots=True)
class Redemptions:
    """Finds out who has accepted. Every path ends in the same transition, so it is told once.

    After every page it is noted how far a reading is, by who knows what the note was: a reader who was
    thought dead sets nobody back. Each guest who cannot be read holds a reading up for three rounds at most,
    and is left to the hourly one.
    """

    store: Store
    directory: Directory
    changes: Changes
    together: int = 150
    """How many guests are read before it is noted how far that is: ten calls."""
    an_hour: int = 6_000
    """Guests that an hour's round reads, in 400 calls: 10,000 are gone round in two hours, and 100,000, of
    whom most have waited for long, in less than a day."""
    _unanswered: Counter[ObjectId] = field(default_factory=Counter)
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Read the delta page by page from where it was left; an expired cursor starts again from now."""
        if not await self.store.awaited(1):
            return
        cursor, more = await self.store.note(CURSOR), True
        while cursor and more:
            try:
                page = await self.changes.since(cursor)
            except Missing:
                break
            if page.more and page.cursor == cursor:
                raise Unknown(Cause.UNAVAILABLE, "A page of changes names itself as the next")
            await self._read_changed(page)
            if not await self.store.replace_note(CURSOR, cursor, page.cursor):
                return  # another reader is further
            cursor, more = page.cursor, page.more
        if more:
            await self._start(cursor)

    async def catch_up(self) -> None:
        """Read everybody who may have accepted while there was no cursor, from where that was left."""
        while place := await self.store.note(OWED):
            after = await self._read_after(place)
            if not await self.store.replace_note(OWED, place, after):
                return

    async def owing(self, seconds: float) -> None:
        """Return as soon as there is somebody to catch up on, and after these seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._begun.wait(), seconds)
        self._begun.clear()

    async def go_round(self) -> None:
        """Read some of those who are waited for, each hour the next: who accepted and nobody told."""
        place = await self.store.note(PLACE)
        for _ in range(self.an_hour // self.together):
            if await self.store.note(OWED):
                return  # everybody is being read anyway
            after = await self._read_after(place or _FIRST)
            if not await self.store.replace_note(PLACE, place, after) or not after:
                return
            place = after

    async def _start(self, was: str | None) -> None:
        """Begin from now; what is owed is noted before the cursor, so that who dies between begins again."""
        page = await self.changes.since("")
        while page.more:
            page = await self.changes.since(page.cursor)
        await self.store.keep_note(OWED, _FIRST)
        await self.store.replace_note(CURSOR, was, page.cursor)
        self._begun.set()

    async def _read_changed(self, page: GuestDelta) -> None:
        # Asked after the page: whoever was invited meanwhile may be on it, and the cursor moves on.
        pending = await self.store.pending_among([*dict.fromkeys((*page.changed, *page.removed))])
        removed = set(page.removed)
        await self._read(pending, removed, changed=frozenset(page.changed) - removed, answers=True)

    async def _read_after(self, place: str) -> str:
        """Read the next guests after this one, and return the last of them; empty when these are the last.

        A list may be older than a guest's own page, so it only names whom to read: all but those who are
        still pending there, and were never gone.
        """
        ids = await self.store.awaited(self.together, place)
        found, answers = await self._listed(ids)
        still = {one.object_id for one in found if one.redemption is Redemption.PENDING}
        waited = await self.store.pending_among(ids)
        moved = [one for one in waited if one.gone or one.guest_id not in still]
        await self._read(moved, set(), answers=answers)
        return ids[-1] if len(ids) == self.together else ""

    async def _listed(self, ids: Sequence[ObjectId]) -> tuple[Sequence[Guest], bool]:
        """Return what a list says of these guests, and whether it did; where it is refused, nothing."""
        if not ids:
            return (), False
        try:
            return await self.directory.guests(ids), True
        except Refused as error:
            if error.cause is Cause.SIGN_IN_REFUSED:
                raise
            log.warning("Guests cannot be read together", extra={"cause": error.cause.value})
            return (), False

    async def _read(
        self,
        pending: Iterable[Pending],
        removed: set[ObjectId],
        *,
        changed: frozenset[ObjectId] = frozenset(),
        answers: bool,
    ) -> None:
        """Read these guests; `answers` says that the directory has answered something a moment ago.

        Whoever was not answered for is read last, so that the others are read before the reading stops.
        """
        left: dict[ObjectId, str] = {}
        for one in sorted(pending, key=lambda one: self._unanswered[one.guest_id]):
            try:
                guest = await self.directory.guest(one.guest_id, waited_for=False)
            except AccessError as error:
                if not self._is_of_one(error, one.guest_id, answers=answers):
                    raise
                left[one.guest_id] = error.cause.value
                continue
            answers = True
            del self._unanswered[one.guest_id]
            await self._note(one, guest, removed, changed)
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

    async def _note(
        self, one: Pending, guest: Guest | None, removed: set[ObjectId], changed: frozenset[ObjectId]
    ) -> None:
        if guest is None:
            gone = lose(one.guest_id, deleted=one.guest_id in removed)
            await self.store.change(one.request_id, gone)
        elif guest.redemption is Redemption.ACCEPTED:
            found = accept(guest.object_id, guest.redemption, guest.redemption_changed_at)
            await self.store.change(one.request_id, found)
        elif one.gone and guest.redemption is Redemption.PENDING:
            back = regain(guest.object_id, changed=one.guest_id in changed)
            await self.store.change(one.request_id, back)

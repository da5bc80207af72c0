"""What typeahead looks in: the tenant's apps and guests by name, kept in memory and read again and again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import TypeVar

from access.ports import AccessError, Clock, Directory, Missing
from access.rules.finding import Names, Spellings, folded
from access.rules.model import App, Group, Guest, ObjectId
from access.rules.packed import having, id_of, packed, unpacked, words_of
from access.service.shared import Shared

log = logging.getLogger(__name__)

T = TypeVar("T", App, Guest)

PERIOD = timedelta(minutes=10)
"""How long what is new or gone may stay unnoticed.

Of guests only those who changed are read then, of apps all: 5,000 are six calls. What counts is Guestlist's
own CPU for it (docs/performance.md). A typed name needs no index.
"""
WHOLE = timedelta(days=1)
"""After which all guests are read again: a list may be older than the changes that follow it."""
OLDEST = timedelta(hours=1)
"""How old may be what is searched, where it cannot be read anew; after that the directory is asked."""
_LONGEST = 100
_BREATH = 100
"""After how many rows others have their turn on the event loop."""


@dataclass(frozen=True, slots=True)
class Apps:
    """Every app: by name, by how its name is spelt, and by object id."""

    read_at: datetime
    names: Names[App]
    spellings: Spellings[App]
    by_id: Mapping[ObjectId, App]


@dataclass(frozen=True, slots=True)
class _Guests:
    read_at: datetime
    whole_at: datetime
    """When all of them were read."""
    cursor: str
    names: Names[bytes]
    """Who may be chosen, packed."""
    hidden: Sequence[bytes]
    """All others, packed."""


@dataclass(slots=True)
class Index:
    """Answers from memory where that is warm, else from the directory. It knows nothing of who may see what.

    The groups of an app are read when somebody first looks at its access, and kept as long: to ask all
    apps for theirs would be a call each.
    """

    directory: Directory
    clock: Clock
    _apps: Apps | None = None
    _guests: _Guests | None = None
    _groups: dict[ObjectId, tuple[datetime, Sequence[Group]]] = field(default_factory=dict)
    _cold: Shared[Apps] = field(default_factory=Shared)
    _asked: Shared[Sequence[Group]] = field(default_factory=Shared)
    _whole: Shared[_Guests] = field(default_factory=Shared)

    async def refresh(self) -> None:
        """Read apps and guests anew; what cannot be read stays as it was, and the other is read."""
        now = self.clock.now()
        self._groups = {app: kept for app, kept in self._groups.items() if now - kept[0] < OLDEST}
        readings = self._read_apps(waited_for=False), self._read_guests()
        for met in await asyncio.gather(*readings, return_exceptions=True):
            if isinstance(met, BaseException):
                raise met

    async def apps(self) -> Apps:
        """Return every app; where that is not known, whoever asks waits for the same reading."""
        if self._apps is not None and self._young(self._apps.read_at, OLDEST):
            return self._apps
        return await self._cold.once("apps", lambda: self._read_apps(waited_for=True))

    async def groups_of(self, app_id: ObjectId) -> Sequence[Group]:
        """Return the groups that are assigned to the app."""
        kept = self._groups.get(app_id)
        if kept is not None and self._young(kept[0], PERIOD):
            return kept[1]
        try:
            return await self._asked.once(app_id, lambda: self._read_groups(app_id))
        except AccessError:
            if kept is not None and self._young(kept[0], OLDEST):
                return kept[1]
            raise

    async def guests(self, text: str, most: int) -> Sequence[Guest]:
        """Return the guests whose name or address best matches the text."""
        if self._guests is not None and self._young(self._guests.read_at, OLDEST):
            return [unpacked(row) for row in self._guests.names.best(text, most)]
        found = await self.directory.guests_named(text.strip()[:_LONGEST], most)
        return [guest for guest in found if _choosable(guest)][:most]

    async def guests_at(self, addresses: Collection[str]) -> Mapping[str, Guest]:
        """Return the guests who have one of these, by it; each of their addresses counts.

        They are as the directory knows them now: who changed is read, and all where nobody is known yet.
        """
        now = await self._followed() or await self._whole.once("guests", self._read_every_guest)
        return await asyncio.to_thread(having, addresses, (*now.hidden, *now.names.things))

    async def _read_apps(self, *, waited_for: bool) -> Apps:
        begun, spellings = self.clock.now(), Spellings[App]()
        named: list[tuple[str, App]] = []
        async for app in _breathing(self.directory.every_app(waited_for=waited_for)):
            named.append((folded(app.name), app))
            spellings.add(app.name, app)
        names = await asyncio.to_thread(_in_order, named)
        read = Apps(begun, names, spellings, {app.object_id: app for _, app in named})
        if self._apps is None or self._apps.read_at <= begun:
            self._apps = read
        return read

    async def _read_guests(self) -> None:
        """Read which guests changed, where all were read not long ago."""
        kept = self._guests
        if kept is None or not self._young(kept.whole_at, WHOLE) or not await self._followed():
            await self._whole.once("guests", self._read_every_guest)

    async def _followed(self) -> _Guests | None:
        """Return the guests with what changed since they were read; None where that is not known."""
        begun, kept = self.clock.now(), self._guests
        if kept is None:
            return None
        try:
            changed, cursor = await self._changed(kept.cursor)
        except Missing:
            log.info("Which guests changed is not known any more; all are read")
            return None
        now = replace(kept, read_at=begun, cursor=cursor)
        if changed:
            now = await asyncio.to_thread(_with, now, changed)
        if self._guests is kept:
            self._guests = now
        return now

    async def _read_every_guest(self) -> _Guests:
        begun, chosen, hidden = self.clock.now(), list[bytes](), list[bytes]()
        _, cursor = await self._changed("")
        async for one in _breathing(self.directory.every_guest()):
            (chosen if _choosable(one) else hidden).append(packed(one))
        names = await asyncio.to_thread(_by_words, chosen)
        self._guests = _Guests(begun, begun, cursor, names, hidden)
        return self._guests

    async def _changed(self, cursor: str) -> tuple[dict[ObjectId, Guest | None], str]:
        """Return who changed, None who is a guest no more, and where to go on."""
        changed: dict[ObjectId, Guest | None] = {}
        more = True
        while more:
            page = await self.directory.guests_changed(cursor)
            changed |= dict.fromkeys(page.gone) | {one.object_id: one for one in page.guests}
            cursor, more = page.cursor, page.more
        return changed, cursor

    async def _read_groups(self, app_id: ObjectId) -> Sequence[Group]:
        begun = self.clock.now()
        groups = await self.directory.groups_of_app(app_id)
        self._groups[app_id] = (begun, groups)
        return groups

    def _young(self, read_at: datetime, most: timedelta) -> bool:
        return abs(self.clock.now() - read_at) < most


def _in_order(named: list[tuple[str, App]]) -> Names[App]:
    """Return apps by their names, in the order of these: in a thread, as thousands would hold the loop."""
    named.sort(key=lambda one: one[1].object_id)
    named.sort(key=itemgetter(0))  # of thousands, a key made for each would take more room than they do
    return Names(named)


def _by_words(rows: list[bytes]) -> Names[bytes]:
    """Return packed guests in the order of their words, and of their object ids, with which rows begin."""
    rows.sort()
    rows.sort(key=words_of)
    # Reckoned twice: kept in between, the words of thousands would take as much room as what is kept of them.
    return Names((words_of(row), row) for row in rows)


def _with(kept: _Guests, changed: Mapping[ObjectId, Guest | None]) -> _Guests:
    """Return the guests as they are after a change; all others stay in their order."""
    now = [one for one in changed.values() if one is not None]
    new = _by_words([packed(one) for one in now if _choosable(one)])
    chosen = (one for one in kept.names.named() if id_of(one[1]) not in changed)
    hidden = [row for row in kept.hidden if id_of(row) not in changed]
    hidden += [packed(one) for one in now if not _choosable(one)]
    return replace(kept, names=Names(merge(chosen, new.named())), hidden=hidden)


async def _breathing(things: AsyncIterator[T]) -> AsyncIterator[T]:
    """Yield everything, and let others have their turn now and then."""
    count = 0
    async for thing in things:
        yield thing
        count += 1
        if count % _BREATH == 0:
            await asyncio.sleep(0)


def _choosable(guest: Guest) -> bool:
    return guest.enabled and bool(guest.address)

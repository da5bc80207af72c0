"""What typeahead looks in: the tenant's apps and guests by name, kept in memory and read again and again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from access.ports import AccessError, Clock, Directory
from access.rules.finding import Names, folded
from access.rules.model import App, Group, Guest, ObjectId

T = TypeVar("T", App, Guest)

PERIOD = timedelta(minutes=10)
"""How long what is new or gone may stay unnoticed.

A reading of 5,000 apps and 20,000 guests is 27 calls of 1 unit each, of 8,000 units that such a tenant has in
ten seconds; what counts is Guestlist's own CPU for it (docs/performance.md). A typed name needs no index.
"""
OLDEST = timedelta(hours=1)
"""How old may be what is searched, where it cannot be read anew; after that the directory is asked."""
_LONGEST = 100
_BREATH = 100
"""After how many rows others have their turn on the event loop."""


@dataclass(frozen=True, slots=True)
class _Shelf(Generic[T]):
    read_at: datetime
    names: Names[T]


@dataclass(slots=True)
class Index:
    """Answers from memory where that is warm, else from the directory. It knows nothing of who may see what.

    The groups of an app are read when somebody first looks at its access, and kept as long: to ask all
    apps for theirs would be a call each.
    """

    directory: Directory
    clock: Clock
    _apps: _Shelf[App] | None = None
    _guests: _Shelf[Guest] | None = None
    _groups: dict[ObjectId, tuple[datetime, Sequence[Group]]] = field(default_factory=dict)

    async def refresh(self) -> None:
        """Read apps and guests anew; what cannot be read stays as it was."""
        begun = self.clock.now()
        self._groups = {app: kept for app, kept in self._groups.items() if begun - kept[0] < OLDEST}
        apps = await _shelved(self.directory.every_app(), lambda app: app.name)
        self._apps = _Shelf(begun, apps)
        begun = self.clock.now()
        choosable = (guest async for guest in self.directory.every_guest() if _choosable(guest))
        guests = await _shelved(choosable, lambda guest: f"{guest.name} {guest.address}")
        self._guests = _Shelf(begun, guests)

    async def apps(self) -> Names[App]:
        """Return every app, by name."""
        if self._apps is not None and self._young(self._apps.read_at, OLDEST):
            return self._apps.names
        return Names((folded(app.name), app) for app in await self.directory.apps())

    async def app(self, app_id: ObjectId) -> App | None:
        return next((app for app in (await self.apps()).things if app.object_id == app_id), None)

    async def groups_of(self, app_id: ObjectId) -> Sequence[Group]:
        """Return the groups that are assigned to the app."""
        kept = self._groups.get(app_id)
        if kept is not None and self._young(kept[0], PERIOD):
            return kept[1]
        begun = self.clock.now()
        try:
            groups = await self.directory.groups_of_app(app_id)
        except AccessError:
            if kept is not None and self._young(kept[0], OLDEST):
                return kept[1]
            raise
        self._groups[app_id] = (begun, groups)
        return groups

    async def guests(self, text: str, most: int) -> Sequence[Guest]:
        """Return the guests whose name or address best matches the text."""
        if self._guests is not None and self._young(self._guests.read_at, OLDEST):
            return self._guests.names.best(text, most)
        found = await self.directory.guests_named(text.strip()[:_LONGEST], most)
        return [guest for guest in found if _choosable(guest)][:most]

    def _young(self, read_at: datetime, most: timedelta) -> bool:
        return abs(self.clock.now() - read_at) < most


def _choosable(guest: Guest) -> bool:
    return guest.enabled and bool(guest.address)


async def _shelved(things: AsyncIterator[T], name: Callable[[T], str]) -> Names[T]:
    named: list[tuple[str, T]] = []
    async for thing in things:
        named.append((folded(name(thing)), thing))
        if len(named) % _BREATH == 0:
            await asyncio.sleep(0)
    named.sort(key=lambda one: f"{one[0]} {one[1].object_id}")
    return Names(named)

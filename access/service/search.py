"""Searching for the request form: what a person may see of apps, their roles and groups, and guests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from access.ports import PolicySource, Store
from access.rules.finding import Names, words_of
from access.rules.gives import gives_in
from access.rules.model import App, Give, Guest, ObjectId
from access.rules.visible import visible
from access.service.index import Apps, Index
from access.service.roster import Reach, Roster
from access.service.shared import Remembered

REMEMBERED = timedelta(seconds=30)
"""How long it is remembered what somebody may request for: they type on, and nothing is decided by it."""
RENEWED = timedelta(seconds=10)
"""How old that is when a further search has it read again, for which nobody waits."""
MOST_REMEMBERED = 1_000
"""Of how many people at most."""
_RECENT = 15
_SHORTEST_ID = 4


@dataclass(frozen=True, slots=True)
class Known:
    """The names of the apps that somebody may request for and that are switched on."""

    apps: Apps | None = None
    reach: Reach | None = None

    def names(self) -> list[str]:
        return [app.name for app in self.apps.names.things if self._has(app)] if self.apps else []

    def near(self, text: str, most: int, least: float) -> list[str]:
        """Return the likeliest names for a misspelt one; `least` is how alike they must be, of 1."""
        found = self.apps.spellings.near(text, most, least, self._has) if self.apps else []
        return [app.name for app in found]

    def _has(self, app: App) -> bool:
        return app.enabled and self.reach is not None and self.reach.includes(app)


@dataclass(slots=True)
class Searches:
    """Finds no more than the person may request for; what they choose is checked again when it is sent."""

    index: Index
    roster: Roster
    policy: PolicySource
    store: Store
    _reaches: Remembered[Reach] = field(init=False)

    def __post_init__(self) -> None:
        self._reaches = Remembered(self.index.clock, REMEMBERED, most=MOST_REMEMBERED, renewed=RENEWED)

    async def apps(self, person_id: ObjectId, text: str, most: int) -> Sequence[App]:
        """Return the best apps; where nothing is typed, those asked for last, then those that they own."""
        reach = await self._reach(person_id)
        names = (await self.index.apps()).names
        if words_of(text):
            found = names.best(text, most, lambda app: app.enabled and reach.includes(app))
            return found or _by_id(names, text, most, reach)
        apps = [app for app in names.things if app.enabled and reach.includes(app)]
        return (await self._likely_first(apps, reach, person_id))[:most]

    async def known(self, person_id: ObjectId) -> Known:
        """Return the apps that the person may request for: they decide how a line is read."""
        reach = await self._reach(person_id)
        return Known(await self.index.apps(), reach)

    async def called(self, person_id: ObjectId, text: str) -> Sequence[App]:
        """Return the apps of this object id or of exactly this name that the person may request for."""
        reach, apps = await self._reach(person_id), await self.index.apps()
        one = apps.by_id.get(ObjectId(text.strip().lower()))
        found = [one] if one else [app for app in apps.names.called(text) if is_called(app.name, text)]
        return [app for app in found if reach.includes(app)]

    async def may_ask_for_any(self, person_id: ObjectId) -> bool:
        """Tell whether there is an app for which the person may request."""
        reach = await self._reach(person_id)
        return any(reach.includes(app) for app in (await self.index.apps()).names.things)

    async def gives(self, person_id: ObjectId, app_id: ObjectId) -> Sequence[Give]:
        """Return what can be given for an app that the person may request for, the policy's choice first."""
        reach = await self._reach(person_id)
        app = (await self.index.apps()).by_id.get(app_id)
        if app is None or not app.enabled or not reach.includes(app):
            return []
        return gives_in(app, await self.index.groups_of(app_id), reach.policy)

    async def guests(self, person_id: ObjectId, text: str, most: int) -> Sequence[Guest]:
        """Return the best guests; who may ask for nothing learns nothing of who is in the directory."""
        return await self.index.guests(text, most) if await self.may_ask_for_any(person_id) else []

    async def _likely_first(self, apps: Sequence[App], reach: Reach, person_id: ObjectId) -> Sequence[App]:
        asked = [record.request.app.object_id for record in await self.store.requested_by(person_id, _RECENT)]
        places = {app_id: place for place, app_id in enumerate(dict.fromkeys(asked))}

        def likely(app: App) -> tuple[int, bool]:
            return places.get(app.object_id, len(places)), app.object_id not in reach.owned

        return sorted(apps, key=likely)

    async def _reach(self, person_id: ObjectId) -> Reach:
        """Return what somebody may request for, which is read once for whatever they type at a time."""
        policy = self.policy.current()
        return await self._reaches.get(person_id, lambda: self.roster.reach(policy, person_id), policy)


def _by_id(names: Names[App], text: str, most: int, reach: Reach) -> Sequence[App]:
    """Return the apps whose application id begins as a name ends: so are those of one name told apart."""
    *words, beginning = words_of(text)

    def may(app: App) -> bool:
        return app.app_id.startswith(beginning) and app.enabled and reach.includes(app)

    return names.best(" ".join(words), most, may) if len(beginning) >= _SHORTEST_ID else []


def is_called(name: str, text: str) -> bool:
    """Tell whether this is the name that was typed, as far as can be seen, whatever its case."""
    return visible(name).casefold() == visible(text).casefold()

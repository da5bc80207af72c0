"""Searching for the request form: what a person may see of apps, their roles and groups, and guests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.ports import PolicySource, Store
from access.rules.finding import Names, words_of
from access.rules.model import App, Give, Guest, ObjectId
from access.service.check import gives_in
from access.service.index import Index
from access.service.roster import Reach, Roster

REMEMBERED = timedelta(seconds=30)
"""How long it is remembered what somebody may request for: they type on, and nothing is decided by it."""
_RECENT = 15


@dataclass(slots=True)
class Searches:
    """Finds no more than the person may request for; what they choose is checked again when it is sent."""

    index: Index
    roster: Roster
    policy: PolicySource
    store: Store
    _reaches: dict[ObjectId, tuple[datetime, Reach]] = field(default_factory=dict)

    async def apps(self, person_id: ObjectId, text: str, most: int) -> Sequence[App]:
        """Return the best apps; where nothing is typed, those asked for last, then those that they own."""
        reach = await self._reach(person_id)
        names = await self.index.apps()
        if not words_of(text):
            names = Names(("", app) for app in await self._likely_first(names.things, reach, person_id))
        return names.best(text, most, lambda app: app.enabled and reach.includes(app))

    async def names(self, person_id: ObjectId) -> list[str]:
        """Return the name of every app that the person may request for: they decide how a line is read."""
        reach = await self._reach(person_id)
        apps = (await self.index.apps()).things
        return [app.name for app in apps if app.enabled and reach.includes(app)]

    async def gives(self, person_id: ObjectId, app_id: ObjectId) -> Sequence[Give]:
        """Return what can be given for an app that the person may request for, the policy's choice first."""
        reach = await self._reach(person_id)
        app = await self.index.app(app_id)
        if app is None or not app.enabled or not reach.includes(app):
            return []
        return gives_in(app, await self.index.groups_of(app_id), reach.policy)

    async def guests(self, person_id: ObjectId, text: str, most: int) -> Sequence[Guest]:
        """Return the best guests; who may ask for nothing learns nothing of who is in the directory."""
        reach = await self._reach(person_id)
        if not any(reach.includes(app) for app in (await self.index.apps()).things):
            return []
        return await self.index.guests(text, most)

    async def _likely_first(self, apps: Sequence[App], reach: Reach, person_id: ObjectId) -> Sequence[App]:
        asked = [record.request.app.object_id for record in await self.store.requested_by(person_id, _RECENT)]
        places = {app_id: place for place, app_id in enumerate(dict.fromkeys(asked))}

        def likely(app: App) -> tuple[int, bool]:
            return places.get(app.object_id, len(places)), app.object_id not in reach.owned

        return sorted(apps, key=likely)

    async def _reach(self, person_id: ObjectId) -> Reach:
        policy, now = self.policy.current(), self.index.clock.now()
        young = {who: kept for who, kept in self._reaches.items() if abs(now - kept[0]) < REMEMBERED}
        kept = young.get(person_id)
        if kept is None or kept[1].policy is not policy:
            kept = (now, await self.roster.reach(policy, person_id))
            self._reaches = {**young, person_id: kept}
        return kept[1]

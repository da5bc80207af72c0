"""The forecast for the guests whom a draft is about: read afresh where something is decided by it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from access.ports import Directory
from access.rules.clues import Unread
from access.rules.conditional_access import AccessPolicy
from access.rules.guards import Guard, Scope
from access.rules.model import App, Guest, ObjectId
from access.rules.outlook import OfApp, Outlook, named_apart, outlook
from access.rules.protecting import with_drafts
from access.service.visitors import Tenant, Visitors

MOST_APPS = 200
MOST_NAMED = 20
"""At how many apps everybody is tried that policies tell apart; of each kind one."""
MOST_GUESTS = 500
"""Of how many guests who hold no app it is foreseen; the card says that there are more."""
SOME_APP = App(ObjectId(""), "")
"""Stands for the apps that no policy names: everybody is tried there whom a draft for all apps means."""


@dataclass(frozen=True, slots=True)
class Outlooks:
    """Tries guests at each app that they hold, and whom a draft means beyond, before and after."""

    visitors: Visitors
    directory: Directory

    async def of(
        self, guard: Guard, drafts: Sequence[AccessPolicy], apps: Sequence[App], tenant: Tenant | Unread
    ) -> Outlook | Unread:
        if isinstance(tenant, Unread):
            return tenant
        # What the drafts ask about counts, too: whom they spare is told by groups and roles.
        tenant = tenant.drafted(with_drafts(tenant.protection, drafts))
        meant = [one for one in apps if one.app_id][:MOST_APPS]
        held = await asyncio.gather(*(self.visitors.held(one.object_id) for one in meant))
        whose = await self._whose(guard.scope)
        found, left, more = list[OfApp](), len(apps) - len(meant), False
        for app, guests in zip(meant, held, strict=True):
            found.append(
                await self._tried(
                    app, [one for one in guests if whose is None or one.object_id in whose], tenant
                )
            )
        if not guard.scope.app_id:
            holders = {one.object_id: one for each in found for one in each.guests}
            others, more = await self._others(whose, holders)
            everybody = await self._tried(SOME_APP, [*holders.values(), *others], tenant)
            named = named_apart(tenant.protection)
            found += (everybody, *(replace(everybody, app=one, counts=False) for one in named[:MOST_NAMED]))
            left += len(named[MOST_NAMED:])
        at = tenant.read_at  # thousands of sign-ins are foreseen
        return await asyncio.to_thread(outlook, found, tenant.protection, drafts, at, left=left, more=more)

    async def _tried(self, app: App, guests: Sequence[Guest], tenant: Tenant) -> OfApp:
        return OfApp(app, tuple(guests), tuple(await self.visitors.seen(guests, tenant)))

    async def _whose(self, scope: Scope) -> frozenset[ObjectId] | None:
        """Return the guests that are meant, None for all."""
        if scope.guest_id:
            return frozenset({ObjectId(scope.guest_id)})
        if scope.group_id:
            members = await self.directory.everybody_in(ObjectId(scope.group_id))
            return frozenset(one.object_id for one in members)
        return None

    async def _others(
        self, whose: frozenset[ObjectId] | None, holders: Collection[ObjectId]
    ) -> tuple[Sequence[Guest], bool]:
        """Return those who hold no app, as many as one look may read, and whether there are more."""
        ids = list[ObjectId]()
        if whose is not None:
            ids = sorted(whose - set(holders))[: MOST_GUESTS + 1]
        else:
            async for one in self.directory.every_guest():
                if one.object_id not in holders:
                    ids.append(one.object_id)
                if len(ids) > MOST_GUESTS:
                    break
        return await self.directory.guests(ids[:MOST_GUESTS]), len(ids) > MOST_GUESTS

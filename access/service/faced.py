"""What guests face at the sign-in to the apps of those who ask, from Conditional Access as it stands."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from access.ports import AccessError, NotKept
from access.rules.clues import Unread
from access.rules.faced import AppFaced, FacedPage, NotFaced, barest_first, faced, sums
from access.rules.guest_list import NoSuchApp, cut
from access.rules.model import App, ObjectId
from access.rules.refusals import Unreadable
from access.service.guest_lists import GuestLists, Mine
from access.service.shared import Remembered
from access.service.visitors import KEPT, Tenant, Visitors

SECURITY = "security_admins"
MOST_APPS = 200
"""Of how many apps guests are read; the card says what was left."""


@dataclass(frozen=True, slots=True)
class _Looked:
    faced: AppFaced
    unread: int
    """Guests whose memberships count and are not known."""


@dataclass(slots=True)
class Faces:
    """Tells owners of their apps, and admins and security admins of all, in figures without names."""

    lists: GuestLists
    visitors: Visitors
    _apps: Remembered[_Looked] = field(init=False)

    def __post_init__(self) -> None:
        self._apps = Remembered(self.visitors.clock, KEPT, most=MOST_APPS)

    async def look(
        self, app: str, page: int, person_id: ObjectId
    ) -> FacedPage | NoSuchApp | NotFaced | Unreadable:
        """Return a page of what guests face, or of the one app that is named."""
        try:
            mine = await self.mine(person_id)
            found = mine.called(app) if app else mine.every()
            if not found or (app and len(found) != 1):
                await self.lists.refused("protect", app, person_id)
                return NoSuchApp()
            tenant = await self.visitors.tenant()
            if isinstance(tenant, Unread):
                return NotFaced(tenant)
            return await self._page(found, tenant, page, found[0] if app else None)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def mine(self, person_id: ObjectId) -> Mine:
        """Return the apps of which somebody is told: their own, or all as an admin of either kind."""
        mine, decisions = await self.lists.mine(person_id), self.lists.decisions
        if mine.apps is None or mine.is_admin:
            return mine
        secures = await decisions.roster.has_role(self.lists.policy.current(), SECURITY, person_id)
        return replace(mine, is_admin=secures)

    async def _page(
        self, found: Sequence[App], tenant: Tenant, page: int, one: App | None
    ) -> FacedPage | NotFaced:
        apps = [app for app in found if app.app_id][:MOST_APPS]
        looked = await asyncio.gather(*(self._app(app, tenant) for app in apps))
        every = barest_first(each.faced for each in looked)
        rows, page, pages = cut(every, page)
        return FacedPage(
            rows=rows,
            sums=sums(every),
            page=page,
            pages=pages,
            total=len(every),
            read_at=tenant.read_at,
            app=one,
            left=len(found) - len(apps),
            unread=sum(each.unread for each in looked),
            defaults=tenant.protection.security_defaults,
        )

    async def _app(self, app: App, tenant: Tenant) -> _Looked:
        return await self._apps.get(app.object_id, lambda: self._look_at(app, tenant), tenant)

    async def _look_at(self, app: App, tenant: Tenant) -> _Looked:
        visitors = await self.visitors.seen(await self.visitors.held(app.object_id), tenant)
        unread = sum(one.groups is None for one in visitors)
        return _Looked(faced(app, visitors, tenant.protection), unread)

"""The forecast for the guests whom a draft is about: read afresh where something is decided by it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from access.ports import Directory
from access.rules.clues import Unread
from access.rules.conditional_access import AccessPolicy
from access.rules.faced import mentioned
from access.rules.guards import Guard, Scope
from access.rules.model import App, ObjectId
from access.rules.outlook import OfApp, Outlook, outlook
from access.rules.protecting import with_drafts
from access.service.visitors import Tenant, Visitors

MOST_APPS = 200


@dataclass(frozen=True, slots=True)
class Outlooks:
    """Tries each guest who holds an app of the draft at that app, before and after."""

    visitors: Visitors
    directory: Directory

    async def of(
        self, guard: Guard, drafts: Sequence[AccessPolicy], apps: Sequence[App], tenant: Tenant | Unread
    ) -> Outlook | Unread:
        if isinstance(tenant, Unread):
            return tenant
        # What the drafts ask about counts, too: whom they spare is told by groups and roles.
        tenant = replace(tenant, told=mentioned(with_drafts(tenant.protection, drafts)))
        meant = [one for one in apps if one.app_id][:MOST_APPS]
        held = await asyncio.gather(*(self.visitors.held(one.object_id) for one in meant))
        whose = await self._whose(guard.scope)
        found, left = list[OfApp](), len(apps) - len(meant)
        for app, guests in zip(meant, held, strict=True):
            these = [one for one in guests if whose is None or one.object_id in whose]
            if these:
                seen = await self.visitors.seen(these, tenant)
                found.append(OfApp(app, tuple(these), tuple(seen)))
        return outlook(found, tenant.protection, drafts, tenant.read_at, left=left)

    async def _whose(self, scope: Scope) -> frozenset[ObjectId] | None:
        """Return the guests that are meant, None for all."""
        if scope.guest_id:
            return frozenset({ObjectId(scope.guest_id)})
        if scope.group_id:
            members = await self.directory.group_members(ObjectId(scope.group_id))
            return frozenset(one.object_id for one in members)
        return None

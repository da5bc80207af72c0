"""What guests face at the sign-in to the apps of those who ask, from Conditional Access as it stands."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from access.ports import (
    AccessError,
    Memberships,
    Missing,
    NotKept,
    ProtectionReader,
    TenantPolicies,
    tried,
)
from access.rules.addresses import domain_of
from access.rules.clues import Unread
from access.rules.conditional_access import Protection, Visitor
from access.rules.faced import (
    SOME_TENANT,
    AppFaced,
    FacedPage,
    Mentioned,
    NotFaced,
    barest_first,
    faced,
    mentioned,
    seen_as,
    sums,
)
from access.rules.guest_list import NoSuchApp, cut
from access.rules.model import App, Guest, ObjectId
from access.rules.refusals import Unreadable
from access.rules.tenant_facts import CrossTenants
from access.service.guest_lists import GuestLists, Mine
from access.service.shared import Remembered

SECURITY = "security_admins"
MOST_APPS, MOST_GUESTS = 200, 500
"""Of how many apps guests are read, and of how many guests what they are in; the card says what was left."""
_AT_ONCE = 4
_KEPT = timedelta(minutes=2)
"""For so long pages are turned without reading anew: Graph answers one call a second about policies."""


@dataclass(frozen=True, slots=True)
class _Tenant:
    """What holds for all guests; an object of its own for each reading, by which what rests on it is kept."""

    protection: Protection
    told: Mentioned
    between: CrossTenants | Unread
    read_at: datetime
    asked: set[ObjectId] = field(default_factory=set, compare=False)
    """The guests of whom it is read what they are in."""


@dataclass(frozen=True, slots=True)
class _Looked:
    faced: AppFaced
    unread: int
    """Guests whose memberships count and are not known."""


@dataclass(slots=True)
class Faces:
    """Tells owners of their apps, and admins and security admins of all, in figures without names."""

    lists: GuestLists
    reader: ProtectionReader
    policies: TenantPolicies
    most_guests: int = MOST_GUESTS
    _tenants: Remembered[_Tenant] = field(init=False)
    _apps: Remembered[_Looked] = field(init=False)
    _guests: Remembered[Memberships] = field(init=False)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False)

    def __post_init__(self) -> None:
        clock = self.lists.decisions.requests.check.clock
        self._tenants = Remembered(clock, _KEPT, most=1)
        self._apps = Remembered(clock, _KEPT, most=MOST_APPS)
        self._guests = Remembered(clock, _KEPT, most=2 * self.most_guests)

    async def look(
        self, app: str, page: int, person_id: ObjectId
    ) -> FacedPage | NoSuchApp | NotFaced | Unreadable:
        """Return a page of what guests face, or of the one app that is named."""
        try:
            mine = await self._mine(person_id)
            found = mine.called(app) if app else mine.every()
            if not found or (app and len(found) != 1):
                await self.lists.refused("protect", app, person_id)
                return NoSuchApp()
            tenant = await tried(self._tenants.get("tenant", self._tenant, self))
            if isinstance(tenant, Unread):
                return NotFaced(tenant)
            return await self._page(found, tenant, page, found[0] if app else None)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def _mine(self, person_id: ObjectId) -> Mine:
        """Return the apps of which somebody is told: their own, or all as an admin of either kind."""
        mine, decisions = await self.lists.mine(person_id), self.lists.decisions
        if mine.apps is None or mine.is_admin:
            return mine
        secures = await decisions.roster.has_role(self.lists.policy.current(), SECURITY, person_id)
        return replace(mine, is_admin=secures)

    async def _page(
        self, found: Sequence[App], tenant: _Tenant, page: int, one: App | None
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

    async def _tenant(self) -> _Tenant:
        read_at = self.lists.decisions.now()
        protection, between = await asyncio.gather(
            self.reader.protection(), tried(self.policies.cross_tenants())
        )
        return _Tenant(protection, mentioned(protection), between, read_at)

    async def _app(self, app: App, tenant: _Tenant) -> _Looked:
        return await self._apps.get(app.object_id, lambda: self._look_at(app, tenant), tenant)

    async def _look_at(self, app: App, tenant: _Tenant) -> _Looked:
        try:
            async with self._turn:
                held = await self.lists.guests.guests_of(app.object_id)
        except Missing:
            held = []
        guests = [one.guest for one in held]
        tenants = await self._homes(guests, tenant)
        within = await self._within(guests, tenant)
        visitors = [_visitor(one, tenant, tenants, within) for one in guests]
        unread = sum(one.groups is None for one in visitors)
        return _Looked(faced(app, visitors, tenant.protection), unread)

    async def _within(self, guests: Sequence[Guest], tenant: _Tenant) -> Mapping[ObjectId, Memberships]:
        """Read what guests are in where a policy asks for it, of so many as one look may."""
        if not tenant.told.of_membership:
            return {one.object_id: Memberships() for one in guests}
        few = [one for one in guests if self._may_ask(one.object_id, tenant)]
        read = await asyncio.gather(*(self._member_of(one.object_id, tenant) for one in few))
        found = zip((one.object_id for one in few), read, strict=True)
        return {guest: within for guest, within in found if within is not None}

    def _may_ask(self, guest: ObjectId, tenant: _Tenant) -> bool:
        """Tell whether one more guest may be asked for: all apps of all who look share what may be."""
        if guest not in tenant.asked and len(tenant.asked) < self.most_guests:
            tenant.asked.add(guest)
        return guest in tenant.asked

    async def _member_of(self, guest: ObjectId, tenant: _Tenant) -> Memberships | None:
        async def read() -> Memberships:
            async with self._turn:
                return await self.reader.memberships_of_guest(guest)

        found = await tried(self._guests.get(guest, read, tenant))
        return None if isinstance(found, Unread) else found

    async def _homes(self, guests: Sequence[Guest], tenant: _Tenant) -> Mapping[str, str | None]:
        """Return the tenants of the guests' domains, where some settings tell one from another."""
        partners = not isinstance(tenant.between, Unread) and bool(tenant.between.partners)
        domains = sorted({domain_of(one.address) for one in guests})
        if not (tenant.told.tenants or partners):
            return dict.fromkeys(domains, SOME_TENANT)
        read = await asyncio.gather(*(tried(self.policies.tenant_of(one)) for one in domains))
        known = zip(domains, read, strict=True)
        return {domain: None if isinstance(found, Unread) else found for domain, found in known}


def _visitor(
    guest: Guest,
    tenant: _Tenant,
    homes: Mapping[str, str | None],
    within: Mapping[ObjectId, Memberships],
) -> Visitor:
    home, member = homes[domain_of(guest.address)], within.get(guest.object_id)
    trust = None
    if not isinstance(tenant.between, Unread) and home is not None:
        trust = tenant.between.of(home).trust
    return seen_as(
        guest,
        tenant.told,
        tenant=home,
        trust=trust,
        groups=member.groups if member else None,
        roles=member.roles if member else None,
    )

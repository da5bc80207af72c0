"""Who guests are as Conditional Access tells them apart, of whom only what it asks about is read."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from access.ports import AppGuests, Clock, Memberships, Missing, ProtectionReader, TenantPolicies, tried
from access.rules.addresses import domain_of
from access.rules.clues import Unread
from access.rules.conditional_access import Protection, Visitor
from access.rules.faced import Mentioned, mentioned, seen_as
from access.rules.homes import SOME_TENANT, Homes, homes
from access.rules.model import Guest, ObjectId
from access.rules.tenant_facts import CrossTenants
from access.service.shared import Remembered

MOST_GUESTS, MOST_DOMAINS = 500, 500
"""Of how many guests it is read what they are in, and of how many domains whose; more are not sure."""
KEPT = timedelta(minutes=2)
"""For so long pages are turned without reading anew: Graph answers one call a second about policies."""
_AT_ONCE = 4
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tenant:
    """What holds for all guests; an object of its own for each reading, by which what rests on it is kept."""

    protection: Protection
    told: Mentioned
    homes: Homes
    between: CrossTenants | Unread
    read_at: datetime
    asked: set[ObjectId] = field(default_factory=set, compare=False)
    """The guests of whom it is read what they are in."""
    domains: set[str] = field(default_factory=set, compare=False)
    """The domains of which it is read whose they are."""

    def drafted(self, protection: Protection) -> "Tenant":
        """Return it with what holds once a draft does told apart, too: whom it spares, what it asks about."""
        between = None if isinstance(self.between, Unread) else self.between
        return replace(self, told=mentioned(protection), homes=self.homes | homes(protection, between))


@dataclass(slots=True)
class Visitors:
    """Reads what holds for all guests at most once in two minutes, for everybody who asks."""

    clock: Clock
    guests: AppGuests
    reader: ProtectionReader
    policies: TenantPolicies
    most_guests: int = MOST_GUESTS
    _tenants: Remembered[Tenant] = field(init=False)
    _members: Remembered[Memberships] = field(init=False)
    _owners: Remembered[str] = field(init=False)
    """Whose tenants domains are."""
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False)

    def __post_init__(self) -> None:
        self._tenants = Remembered(self.clock, KEPT, most=1)
        self._members = Remembered(self.clock, KEPT, most=2 * self.most_guests)
        self._owners = Remembered(self.clock, KEPT, most=2 * MOST_DOMAINS)

    async def tenant(self, *, anew: bool = False) -> Tenant | Unread:
        """Return what holds for all guests; `anew` where something is decided by it."""
        if anew:
            return await tried(self._read())
        return await tried(self._tenants.get("tenant", self._read, self))

    async def held(self, app_id: ObjectId) -> Sequence[Guest]:
        """Return the guests of an app; of one that is gone there are none."""
        try:
            async with self._turn:
                return [one.guest for one in await self.guests.guests_of(app_id)]
        except Missing:
            return []

    async def seen(self, guests: Sequence[Guest], tenant: Tenant) -> list[Visitor]:
        """Return the guests as the policies tell them apart, in their order."""
        tenants = await self._homes(guests, tenant)
        within = await self._within(guests, tenant)
        return [_visitor(one, tenant, tenants, within) for one in guests]

    async def _read(self) -> Tenant:
        read_at = self.clock.now()
        protection, between = await asyncio.gather(
            self.reader.protection(), tried(self.policies.cross_tenants())
        )
        told = homes(protection, None if isinstance(between, Unread) else between)
        return Tenant(protection, mentioned(protection), told, between, read_at)

    async def _within(self, guests: Sequence[Guest], tenant: Tenant) -> Mapping[ObjectId, Memberships]:
        """Read what guests are in where a policy asks for it, of so many as one look may."""
        if not tenant.told.of_membership:
            return {one.object_id: Memberships() for one in guests}
        few = [one for one in guests if _is_of_few(one.object_id, tenant.asked, self.most_guests)]
        read = await asyncio.gather(*(self._member_of(one.object_id, tenant) for one in few))
        found = zip((one.object_id for one in few), read, strict=True)
        return {guest: within for guest, within in found if within is not None}

    async def _member_of(self, guest: ObjectId, tenant: Tenant) -> Memberships | None:
        async def read() -> Memberships:
            async with self._turn:
                return await self.reader.memberships_of_guest(guest)

        found = await tried(self._members.get(guest, read, tenant))
        return None if isinstance(found, Unread) else found

    async def _homes(self, guests: Sequence[Guest], tenant: Tenant) -> Mapping[str, str | None]:
        """Return the tenants of the guests' domains where something hangs on them, of so many as may be."""
        domains = [one for one, _ in Counter(domain_of(one.address) for one in guests).most_common()]
        if not tenant.homes.matter:
            return dict.fromkeys(domains, SOME_TENANT)
        few = [one for one in domains if one and _is_of_few(one, tenant.domains, MOST_DOMAINS)]
        read = await asyncio.gather(*(self._home_of(one) for one in few))
        known = {domain: tenant.homes.of(found) for domain, found in zip(few, read, strict=True)}
        return dict.fromkeys(domains) | known

    async def _home_of(self, domain: str) -> str | None:
        async def read() -> str:
            async with self._turn:
                return await self.policies.tenant_of(domain)

        found = await tried(self._owners.get(domain, read, self))
        return None if isinstance(found, Unread) else found


def _is_of_few(one: T, asked: set[T], most: int) -> bool:
    """Tell whether one more may be asked for: all apps of all who look share what may be."""
    if one not in asked and len(asked) < most:
        asked.add(one)
    return one in asked


def _visitor(
    guest: Guest,
    tenant: Tenant,
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

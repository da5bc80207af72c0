"""Whom a change of the tenant's settings concerns: guests of Guestlist's apps and requests that wait."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from access.ports import Directory, Missing, Store, TenantPolicies, tried
from access.rules.addresses import domain_of
from access.rules.clues import Unread
from access.rules.conditional_access import Protection
from access.rules.faced import Mentioned, mentioned
from access.rules.homes import SOME_TENANT, Homes, homes
from access.rules.kinds import ON_ACCOUNTS, Kind
from access.rules.model import App, ObjectId, Record, Request, StepKind
from access.rules.snapshots import Snapshot
from access.rules.watch_effects import Entry, Foreseen, Prospect, Shape, Visit, effect, entry

_LOT = 300
MOST_APPS, MOST_DOMAINS, MOST_GROUPS, MOST_WAITING = 300, 300, 50, 1000
"""Of how many something is read at most; of the rest it is said that they were left out."""
_OF_NO_GUEST = ON_ACCOUNTS | {Kind.SETUP, Kind.PROTECT, Kind.EXTEND, Kind.BULK}


@dataclass(slots=True)
class Effects:
    """Foresees once for all guests whom no setting tells apart, however many they are."""

    store: Store
    directory: Directory
    policies: TenantPolicies

    async def of(self, was: Snapshot, now: Snapshot) -> Foreseen:
        """Return what it means."""
        look = _Look(self.directory, self.policies, was, now)
        await look.groups_of()
        visits = [visit async for visit in self._visits(look)]
        prospects = await self._prospects(look)
        entries: dict[Shape, tuple[Entry, Entry]] = {}
        for shape in dict.fromkeys(one.shape for one in visits):
            entries[shape] = (entry(shape, was), entry(shape, now))
            await asyncio.sleep(0)  # thousands of sign-ins are foreseen for some shapes
        return Foreseen(effect(visits, prospects, entries, was, now), look.gaps, look.domains())

    async def _visits(self, look: "_Look") -> AsyncIterator[Visit]:
        after = ""
        while lot := await self.store.active(_LOT, after):
            after = lot[-1].request_id
            for one in lot:
                shape = await look.shape(one, one.guest_id)
                if one.guest_id and shape:
                    yield Visit(one.guest_id, one.app.object_id, shape)

    async def _prospects(self, look: "_Look") -> list[Prospect]:
        """Return the requests of guests that wait for a decision, oldest first."""
        found: list[Prospect] = []
        after = 0
        while lot := await self.store.waiting(_LOT, after):
            after = lot[-1].request.number
            for one in lot:
                found += await self._prospect(look, one)
            if len(found) >= MOST_WAITING:
                look.gaps = True
                break
        return found

    async def _prospect(self, look: "_Look", record: Record) -> list[Prospect]:
        request = record.request
        if request.kind in _OF_NO_GUEST:
            return []
        shape = await look.shape(request, request.guest_id)
        if shape is None:
            return []
        invites = request.plan is not None and StepKind.INVITE in request.plan.steps
        return [Prospect(request.label, domain_of(request.address), shape, invites)]


@dataclass(slots=True)
class _Look:
    """What was read of apps, domains and groups for one look; each is read once."""

    directory: Directory
    policies: TenantPolicies
    was: Snapshot
    now: Snapshot
    gaps: bool = False
    _apps: dict[ObjectId, str] = field(default_factory=dict)
    _tenants: dict[str, str | None] = field(default_factory=dict)
    _members: dict[str, frozenset[str]] | None = field(default_factory=dict)
    _told: tuple[Mentioned, Mentioned] = field(init=False)
    _homes: Homes = field(init=False)

    def __post_init__(self) -> None:
        self._told = _told(self.was), _told(self.now)
        self._homes = homes(self.was.protection, self.was.between) | homes(
            self.now.protection, self.now.between
        )

    async def shape(self, request: Request, guest_id: ObjectId | None) -> Shape | None:
        """Return all of a guest and their app that counts; None where the app is gone or not known."""
        app = await self._app(request.app.object_id)
        if not app:
            return None
        groups = None if self._members is None else self._groups(self._members, guest_id)
        named = guest_id if guest_id and any(guest_id in one.users for one in self._told) else ""
        tenant = self._homes.of(await self._tenant(domain_of(request.address)))
        return Shape(app, tenant, groups, named)

    def domains(self) -> dict[str, str]:
        """Return a domain of each tenant that was found, for tenants have no other name here."""
        return {tenant: domain for domain, tenant in sorted(self._tenants.items(), reverse=True) if tenant}

    async def groups_of(self) -> None:
        """Read who is in the groups that policies name; where one cannot be read, nobody's are known."""
        ids = sorted(frozenset().union(*(one.groups for one in self._told)))
        if len(ids) > MOST_GROUPS:
            self._members, self.gaps = None, True
            return
        members = {}
        for one in ids:
            found = await self._in_group(ObjectId(one))
            if isinstance(found, Unread):
                self._members, self.gaps = None, True
                return
            members[one] = found
        self._members = members

    async def _in_group(self, group_id: ObjectId) -> frozenset[str] | Unread:
        async def read() -> frozenset[str]:
            try:
                found = await self.directory.everybody_in(group_id)
            except Missing:  # a policy may name one that is gone, which has nobody in it
                return frozenset()
            return frozenset(person.object_id for person in found)

        return await tried(read())

    @staticmethod
    def _groups(members: dict[str, frozenset[str]], guest_id: ObjectId | None) -> frozenset[str]:
        return frozenset(group for group, ids in members.items() if guest_id in ids)

    async def _app(self, app_id: ObjectId) -> str:
        if app_id not in self._apps:
            if len(self._apps) >= MOST_APPS:
                self.gaps = True
                return ""
            found = await tried(self.directory.app(app_id))
            self._apps[app_id] = found.app_id.lower() if isinstance(found, App) else ""
            self.gaps |= isinstance(found, Unread)
        return self._apps[app_id]

    async def _tenant(self, domain: str) -> str | None:
        """Return whose tenant a domain is, asked only where something hangs on it."""
        if not self._homes.matter:
            return SOME_TENANT
        if domain not in self._tenants:
            if not domain or len(self._tenants) >= MOST_DOMAINS:
                self.gaps = True
                return None
            found = await tried(self.policies.tenant_of(domain))
            self._tenants[domain] = None if isinstance(found, Unread) else found
            self.gaps |= isinstance(found, Unread)
        return self._tenants[domain]


def _told(seen: Snapshot) -> Mentioned:
    return mentioned(seen.protection or Protection(()))

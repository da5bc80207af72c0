"""Whom a change of the tenant's settings concerns: guests of Guestlist's apps and requests that wait."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace

from access.ports import Directory, Memberships, Missing, ProtectionReader, Store, TenantPolicies, tried
from access.rules.addresses import domain_of
from access.rules.authority import guest_of
from access.rules.bulk import Bulk
from access.rules.clues import Unread
from access.rules.conditional_access import GuestType, Protection, Visitor
from access.rules.faced import Mentioned, kind_of, mentioned
from access.rules.homes import SOME_TENANT, Homes, homes
from access.rules.kinds import ON_ACCOUNTS, Kind
from access.rules.model import App, GiveKind, ObjectId, Record, Request, StepKind
from access.rules.snapshots import Snapshot
from access.rules.watch_effects import Entry, Foreseen, Prospect, Shape, Visit, effect, entry
from access.service.inviting import inviting

_LOT = 300
MOST_APPS, MOST_DOMAINS, MOST_GROUPS, MOST_WAITING, MOST_OF_LIST = 300, 300, 50, 1000, 20
"""Of how many something is read at most; of the rest it is said that they were left out."""
_OF_NO_GUEST = ON_ACCOUNTS | {Kind.SETUP, Kind.PROTECT, Kind.EXTEND}


@dataclass(slots=True)
class Effects:
    """Foresees once for all guests whom no setting tells apart, however many they are."""

    store: Store
    directory: Directory
    policies: TenantPolicies
    reader: ProtectionReader

    async def of(self, was: Snapshot, now: Snapshot) -> Foreseen:
        """Return what it means; what was never read before counts as what it is now."""
        was = Snapshot(*(getattr(was, part) or getattr(now, part) for part in Snapshot.__dataclass_fields__))
        look = _Look(self.directory, self.policies, self.reader, was, now)
        await look.groups_of()
        visits = [visit async for visit in self._visits(look)]
        prospects = await self._prospects(look)
        entries: dict[Shape, tuple[Entry, Entry]] = {}
        for shape in dict.fromkeys([*(one.shape for one in visits), *(one.shape for one in prospects)]):
            entries[shape] = (entry(shape, was), entry(shape, now))
            await asyncio.sleep(0)  # thousands of sign-ins are foreseen for some shapes
        return Foreseen(effect(visits, prospects, entries, was, now), look.gaps, look.domains())

    async def _visits(self, look: "_Look") -> AsyncIterator[Visit]:
        after = ""
        while lot := await self.store.active(_LOT, after):
            after = lot[-1].request_id
            await look.kinds_of(one.guest_id for one in lot)
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
            await look.kinds_of(guest_of(one.request) for one in lot)
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
        if request.bulk is not None:
            return await self._of_list(look, request, request.bulk)
        shape = await look.shape_once_given(request, guest_of(request))
        if shape is None:
            return []
        invites = request.plan is not None and StepKind.INVITE in request.plan.steps
        return [Prospect(request.label, domain_of(request.address), shape, invites)]

    async def _of_list(self, look: "_Look", request: Request, bulk: Bulk) -> list[Prospect]:
        """Return one prospect for each domain of a list, as of a guest who is invited where any is."""
        found = list[Prospect]()
        look.gaps |= len(bulk.domains) > MOST_OF_LIST
        domains = [domain for domain, _ in bulk.domains[:MOST_OF_LIST]]
        invites = await inviting(self.store, self.directory, bulk, domains)
        for domain in domains:
            shape = await look.shape_once_given(replace(request, address=f"@{domain}"), None)
            found += [Prospect(request.label, domain, shape, domain in invites)] if shape else []
        return found


@dataclass(slots=True)
class _Look:
    """What was read of apps, domains and groups for one look; each is read once."""

    directory: Directory
    policies: TenantPolicies
    reader: ProtectionReader
    was: Snapshot
    now: Snapshot
    gaps: bool = False
    _apps: dict[ObjectId, App | None] = field(default_factory=dict)
    _kinds: dict[ObjectId, GuestType] = field(default_factory=dict)
    _given: dict[ObjectId, Memberships | Unread] = field(default_factory=dict)
    _by_rule: frozenset[str] | Unread | None = None
    _tenants: dict[str, str | None] = field(default_factory=dict)
    _members: dict[str, frozenset[str]] | None = field(default_factory=dict)
    _told: Mentioned = field(init=False)
    _homes: Homes = field(init=False)

    def __post_init__(self) -> None:
        self._told = _told(self.was) | _told(self.now)
        self._homes = homes(self.was.protection, self.was.between) | homes(
            self.now.protection, self.now.between
        )

    async def shape(self, request: Request, guest_id: ObjectId | None) -> Shape | None:
        """Return all of a guest and their app that counts; None where the app is gone or not known."""
        app = await self._app(request.app.object_id)
        if not app:
            return None
        kind = self._kinds.get(guest_id or ObjectId(""), GuestType.B2B_GUEST)
        is_local = kind is GuestType.INTERNAL_GUEST
        visitor = Visitor(
            object_id=guest_id if guest_id and guest_id in self._told.users else "",
            kind=kind,
            tenant="" if is_local else self._homes.of(await self._tenant(domain_of(request.address))),
            groups=None if self._members is None else self._groups(self._members, guest_id),
        )
        return Shape(app.app_id.lower(), visitor, by_microsoft=app.by_microsoft)

    async def shape_once_given(self, request: Request, guest_id: ObjectId | None) -> Shape | None:
        """Return the same of a request that waits: its give is theirs, who is new has registered none."""
        shape = await self.shape(request, guest_id)
        if shape is None:
            return None
        visitor = replace(shape.visitor, registered=None if guest_id else False)
        return replace(shape, visitor=await self._once_given(visitor, request, guest_id))

    async def _once_given(self, visitor: Visitor, request: Request, guest_id: ObjectId | None) -> Visitor:
        if not self._told.of_membership:
            return visitor
        held = [await tried(self.reader.memberships_of_guest(guest_id))] if guest_id else []
        if request.give.kind is GiveKind.GROUP:
            held.append(await self._by_group(request.give.object_id))
        known = [one for one in held if isinstance(one, Memberships)]
        if self._by_rule is None:
            self._by_rule = await tried(self.reader.by_rule(self._told.groups))
        if isinstance(self._by_rule, Unread) or len(known) < len(held):
            self.gaps = True
            return replace(visitor, groups=None, roles=None)
        groups = self._told.groups & frozenset().union(*(one.groups for one in known))
        roles = self._told.roles & frozenset().union(*(one.roles for one in known))
        return replace(visitor, groups=groups, roles=roles, unsure_groups=self._by_rule - groups)

    async def _by_group(self, group_id: ObjectId) -> Memberships | Unread:
        if group_id not in self._given:
            self._given[group_id] = await tried(self.reader.memberships_of_group(group_id))
        return self._given[group_id]

    async def kinds_of(self, guests: Iterable[ObjectId | None]) -> None:
        """Read as what these guests count where a policy is for some of their kinds alone."""
        ids = {one for one in guests if one} - self._kinds.keys()
        if not ids or not self._told.of_kind:
            return
        found = await tried(self.directory.guests(sorted(ids)))
        self.gaps |= isinstance(found, Unread)
        self._kinds |= {} if isinstance(found, Unread) else {one.object_id: kind_of(one) for one in found}

    def domains(self) -> dict[str, str]:
        """Return a domain of each tenant that was found, for tenants have no other name here."""
        return {tenant: domain for domain, tenant in sorted(self._tenants.items(), reverse=True) if tenant}

    async def groups_of(self) -> None:
        """Read who is in the groups that policies name; where one cannot be read, nobody's are known."""
        ids = sorted(self._told.groups)
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

    async def _app(self, app_id: ObjectId) -> App | None:
        if app_id not in self._apps:
            if len(self._apps) >= MOST_APPS:
                self.gaps = True
                return None
            found = await tried(self.directory.app(app_id))
            self._apps[app_id] = found if isinstance(found, App) and found.app_id else None
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

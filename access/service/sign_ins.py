"""A guest's sign-ins at an app, foreseen by what of Conditional Access and of the guest can be read."""

from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from access.ports import Clock, Memberships, ProtectionReader, tried
from access.rules import what_if
from access.rules.authority import are_fresh
from access.rules.clues import Unread
from access.rules.conditional_access import GuestType, Protection, Target, Trust, Visitor
from access.rules.faced import kind_of
from access.rules.maybe import Unknown
from access.rules.model import Give, GiveKind, Guest, ObjectId, Person
from access.rules.sign_ins import EVERY_PLATFORM, Differs, Foreseen, foresee_all, hangs_on, spots
from access.rules.tenant_facts import AddressFacts, AppFacts, TenantSettings, trust_of
from access.service.shared import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose sign-in it is: who is not in the directory yet has a tenant, and what would be given."""

    guest: Guest | None
    tenant: str | Unread
    """Of their domain, in lower case; nothing where it has none."""
    trust: Trust | Unread | None
    group: ObjectId | None = None
    """That would be given."""
    among: frozenset[str] = frozenset()
    """Groups of which one may be chosen."""


def whose_of(
    found: Guest | Person | Unread | None,
    settings: TenantSettings,
    address: AddressFacts,
    app: AppFacts | Unread,
    given: tuple[Give | None, Sequence[Give]],
) -> Whose | Unread:
    """Return whose sign-in it is; of somebody who may be in the directory, nobody can say."""
    if isinstance(found, Unread):
        return found
    give, to_choose = given
    is_there = isinstance(app, AppFacts) and not app.gone
    return Whose(
        guest=found if isinstance(found, Guest) else None,
        tenant=address.tenant,
        trust=trust_of(settings.cross_tenant, address.tenant),
        group=give.object_id if give and give.kind is GiveKind.GROUP and is_there else None,
        among=frozenset(one.object_id for one in to_choose if one.kind is GiveKind.GROUP),
    )


@dataclass(slots=True)
class SignIns:
    """Reads the policies at most twice a minute, and of a guest only what a policy asks about."""

    reader: ProtectionReader
    clock: Clock
    _kept: tuple[datetime, Protection | Unread] | None = field(default=None, init=False)
    _readings: Shared[Protection | Unread] = field(default_factory=Shared, init=False)

    async def protection(self) -> Protection | Unread:
        """Return what the tenant demands, read at most half a minute ago; many who ask share a reading."""
        if self._kept is not None and are_fresh(self._kept[0], self.clock.now()):
            return self._kept[1]
        return await self._readings.once("protection", self._read)

    def forget(self) -> None:
        """Have the policies read anew."""
        self._kept = None

    async def foresee(
        self,
        whose: Whose,
        target: Target,
        protection: Protection,
        *,
        named: bool,
        compared: bool = False,
    ) -> Foreseen:
        """Foresee the sign-ins from everywhere; unless `named`, no policy is called by its name.

        `compared` asks Microsoft about some of them, too, where the guest is there to be asked about.
        """
        shown = protection if named else protection.unnamed()
        visitor, unread = await self._visitor(whose, protection)
        seen = foresee_all(visitor, target, shown, EVERY_PLATFORM)
        if whose.guest is not None and hangs_on(seen, Unknown.REGISTERED):
            has = await tried(self.reader.has_registered(whose.guest.object_id))
            if isinstance(has, Unread):
                unread = {**unread, Unknown.REGISTERED: has}
            else:
                visitor = replace(visitor, registered=has)
                seen = foresee_all(visitor, target, shown, EVERY_PLATFORM)
        matters = tuple((what, why) for what, why in unread.items() if hangs_on(seen, what))
        differs = await self._differing(visitor, target, protection) if named and compared else None
        return Foreseen(seen, matters, named=named, visitor=visitor, differs=differs)

    async def _differing(
        self, visitor: Visitor, target: Target, protection: Protection
    ) -> tuple[Differs, ...] | None:
        """Return where Microsoft says otherwise; None where it cannot be asked, or does not answer."""
        if not visitor.object_id:
            return None
        found: list[Differs] = []
        for spot in what_if.to_ask(spots(protection)):
            said = await tried(self.reader.what_if(what_if.asked(visitor, target, spot)))
            if isinstance(said, Unread):
                return None
            found += what_if.differences(visitor, target, spot, protection, said)
        return tuple(found)

    async def _read(self) -> Protection | Unread:
        read_at, found = self.clock.now(), await tried(self.reader.protection())
        # What was away is read again by whoever asks next.
        self._kept = None if found is Unread.AWAY else (read_at, found)
        return found

    async def _visitor(self, whose: Whose, protection: Protection) -> tuple[Visitor, dict[Unknown, Unread]]:
        guest, unread = whose.guest, dict[Unknown, Unread]()
        if isinstance(whose.tenant, Unread):
            unread[Unknown.HOME] = whose.tenant
        if isinstance(whose.trust, Unread):
            unread[Unknown.TRUST] = whose.trust
        home = None if isinstance(whose.tenant, Unread) else whose.tenant
        visitor = Visitor(
            object_id=guest.object_id if guest else "",
            kind=kind_of(guest) if guest else GuestType.B2B_GUEST,
            tenant="" if guest and guest.is_local else home,
            trust=None if isinstance(whose.trust, Unread) else whose.trust,
            registered=None if guest else False,
        )
        if not protection.tells_by_membership():
            return visitor, unread
        return await self._within(visitor, whose, protection, unread)

    async def _within(
        self, visitor: Visitor, whose: Whose, protection: Protection, unread: dict[Unknown, Unread]
    ) -> tuple[Visitor, dict[Unknown, Unread]]:
        """Return the visitor with what they are in, and what they may be in by a rule or a choice."""
        held = [await tried(one) for one in self._memberships(whose)]
        known = [one for one in held if isinstance(one, Memberships)]
        lacking = next((one for one in held if isinstance(one, Unread)), None)
        if lacking is not None:
            gaps = {Unknown.GROUPS: lacking, Unknown.ROLES: lacking}
            return replace(visitor, groups=None, roles=None), unread | gaps
        groups = frozenset(group for one in known for group in one.groups)
        roles = frozenset(role for one in known for role in one.roles)
        meant = protection.groups() - groups
        by_rule = await tried(self.reader.by_rule(meant)) if meant else frozenset[str]()
        if isinstance(by_rule, Unread):
            unread, by_rule = {**unread, Unknown.GROUPS: by_rule}, meant
        unsure = by_rule | (meant & whose.among)
        return replace(visitor, groups=groups, roles=roles, unsure_groups=unsure), unread

    def _memberships(self, whose: Whose) -> Iterable[Coroutine[Any, Any, Memberships]]:
        if whose.guest is not None:
            yield self.reader.memberships_of_guest(whose.guest.object_id)
        if whose.group is not None:
            yield self.reader.memberships_of_group(whose.group)

"""Will it work? For the tenant, a domain, an address, and an app: read part by part, for who may ask."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from access.ports import (
    AccessError,
    ClueReader,
    Disposables,
    Footing,
    Missing,
    NotKept,
    TenantPolicies,
    tried,
)
from access.rules import readiness
from access.rules.addresses import domain_of
from access.rules.app_items import of_app
from access.rules.authority import are_fresh
from access.rules.causes import Cause
from access.rules.checking import domain_to_tell
from access.rules.clues import Holder, Unread
from access.rules.conditional_access import Protection, Target
from access.rules.gives import can_hold, chosen_of, gives_in, unassigned
from access.rules.model import (
    App,
    AuditFact,
    Give,
    GiveKind,
    Guest,
    Kind,
    ObjectId,
    Person,
    Request,
)
from access.rules.plan import is_invited
from access.rules.policy import Policy
from access.rules.providers import READ_POLICIES
from access.rules.readied import Asked, NotForYou, Read, Readied, held_by
from access.rules.readiness import Item
from access.rules.refusals import Field, Problem, ProblemCode, Unreadable
from access.rules.sign_ins import Foreseen, of_sign_in, of_unnamed
from access.rules.tenant_facts import AddressFacts, AppFacts, TenantSettings
from access.service.decide import Decisions
from access.service.given import Given, named_give
from access.service.prospect import able
from access.service.search import Searches
from access.service.shared import Shared
from access.service.sign_ins import SignIns, Whose, whose_of

ADMINS = ("admins",)
A_MOMENT = timedelta(seconds=5)


@dataclass(slots=True)
class Readiness:
    """Tells admins, and who may request for any app; of an app only who may request for it."""

    decisions: Decisions
    searches: Searches
    policies: TenantPolicies
    footing: Footing
    clues: ClueReader
    disposables: Disposables
    sign_ins: SignIns
    _kept: tuple[datetime, TenantSettings] | None = field(default=None, init=False)
    _readings: Shared[tuple[datetime, TenantSettings]] = field(default_factory=Shared, init=False)

    async def look(
        self, asked: Asked, person_id: ObjectId, admins: Sequence[str] = ADMINS
    ) -> Readied | NotForYou | Problem | Unreadable:
        """Return how everything stands that was asked for; what cannot be read is an item and no failure."""
        try:
            person = await self.decisions.directory.person(person_id)
            is_admin = person is not None and await self.is_admin(person, admins)
            if person is None or not (is_admin or await self._may(person)):
                await self._refused(person_id, NotForYou.__name__)
                return NotForYou()
            given = await self._given(asked, person, every=is_admin) if asked.app else None
            if isinstance(given, Problem):
                if given.code in {ProblemCode.NOT_ALLOWED, ProblemCode.APP_UNKNOWN}:
                    await self._refused(person_id, "NotTheirApp")
                return given
            return await self._readied(asked, given, named=is_admin, compared=is_admin)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def of_request(
        self, request: Request, person_id: ObjectId, admins: Sequence[str] = ADMINS
    ) -> Readied | Unreadable:
        """Return how everything stands for a request; that this person may see it, the caller has asked."""
        try:
            person = await self.decisions.directory.person(person_id)
            named = person is not None and await self.is_admin(person, admins)
            return await self.seen_of(request, named=named)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def seen_of(self, request: Request, *, named: bool, renews: bool = False) -> Readied:
        """Return how everything stands for a request or its renewal; policies by name only for admins."""
        app = await self.decisions.directory.app(request.app.object_id)
        app = app or App(request.app.object_id, request.app.name)  # of one that is gone, an item says so
        asked = Asked(domain_to_tell(request), request.address, request.app.name)
        renews = renews or request.kind is Kind.EXTEND  # which invites nobody again
        found = await self._readied(asked, Given(app, request.give), named=named, renews=renews)
        return replace(found, label=request.label)

    async def of_draft(self, address: str, app: App, give: Give | None, domain: str = "") -> tuple[Item, ...]:
        """Return how everything stands for what a form or a list holds, whose asker may ask for that app."""
        asked = Asked(domain_of(address) if address else domain, address, app.name)
        return (await self._readied(asked, Given(app, give), named=False)).items

    def forget(self) -> None:
        """Have what is set read anew, for whoever has just changed it."""
        self._kept = None
        self.sign_ins.forget()

    def renew(self) -> None:
        """Have it read anew for who asks again, unless it was read a moment ago."""
        if self._kept is not None and self.decisions.now() - self._kept[0] >= A_MOMENT:
            self.forget()

    async def is_admin(self, person: Person, roles: Sequence[str]) -> bool:
        """Tell whether somebody is in one of these roles of the policy at this moment."""
        policy, roster = self.decisions.requests.policy.current(), self.decisions.roster
        return able(person) and any([await roster.has_role(policy, one, person.object_id) for one in roles])

    async def _may(self, person: Person) -> bool:
        return able(person) and await self.searches.may_ask_for_any(person.object_id)

    async def _readied(
        self, asked: Asked, given: Given | None, *, named: bool, compared: bool = False, renews: bool = False
    ) -> Readied:
        found = await tried(self._found(asked.address))
        guest = found if isinstance(found, Guest) else None
        (read_at, settings), address, app, protection = await asyncio.gather(
            self._settings(),
            self._address(asked, found),
            tried(self._app(given)),
            self._protection(given),
        )
        invites = not renews and is_invited(guest)
        items = [*readiness.of_tenant(settings, invites=invites)]
        if address is not None:
            items.append(readiness.of_policy(address.domain, denies=self._denies(address.domain, given)))
            app_id = given.app.app_id.lower() if given else ""
            local = guest is not None and guest.is_local
            items += readiness.of_address(settings, address, app_id, invites=invites, is_local=local)
        if app is not None and given is not None:
            items += of_app(settings, app, [one.name for one in given.to_choose])
        foreseen = None
        if address is not None and given is not None and app is not None:
            whose = whose_of(found, settings, address, app, (given.give, given.to_choose))
            foreseen = await self._foreseen(whose, app, protection, named=named, compared=compared)
            right = READ_POLICIES if protection is foreseen else readiness.READ_DIRECTORY
            seen = foreseen if isinstance(foreseen, Unread) else foreseen.seen
            items += (of_sign_in(seen, right), *of_unnamed(seen))
        return Readied(
            asked=asked,
            items=tuple(dict.fromkeys(items)),
            read_at=read_at,
            app=given.app if given else None,
            give=named_give(given, app),
            guest=guest,
            foreseen=foreseen if isinstance(foreseen, Foreseen) else None,
            read=Read(settings, address, app),
            for_admin=named,
        )

    async def _protection(self, given: Given | None) -> Protection | Unread:
        """Read the policies only where an app is asked for: of each call Microsoft answers one a second."""
        return await self.sign_ins.protection() if given else Unread.AWAY

    async def _foreseen(
        self,
        whose: Whose | Unread,
        app: AppFacts | Unread,
        protection: Protection | Unread,
        *,
        named: bool,
        compared: bool,
    ) -> Foreseen | Unread:
        if isinstance(app, Unread) or isinstance(whose, Unread) or isinstance(protection, Unread):
            return next(one for one in (app, whose, protection) if isinstance(one, Unread))
        target = Target(app.app_id, app.by_microsoft)
        return await self.sign_ins.foresee(whose, target, protection, named=named, compared=compared)

    async def _settings(self) -> tuple[datetime, TenantSettings]:
        """Return what holds for all guests, read at most half a minute ago; many who ask share a reading."""
        if self._kept is not None and are_fresh(self._kept[0], self.decisions.now()):
            return self._kept
        return await self._readings.once("settings", self._read)

    async def _read(self) -> tuple[datetime, TenantSettings]:
        read_at, policies = self.decisions.now(), self.policies
        (guests, domains, between, order, google), (rights, premium) = await asyncio.gather(
            asyncio.gather(
                tried(policies.for_guests()),
                tried(policies.domain_list()),
                tried(policies.cross_tenants()),
                tried(policies.redemption()),
                tried(policies.google()),
            ),
            asyncio.gather(tried(self.footing.permissions()), tried(self.footing.premium())),
        )
        settings = TenantSettings(
            invites=guests if isinstance(guests, Unread) else guests.invites,
            guest_role=guests if isinstance(guests, Unread) else guests.role,
            domains=domains,
            cross_tenant=between,
            redemption=order,
            google=google,
            rights=rights,
            premium=premium,
        )
        # What was away is read again by whoever asks next.
        away = Unread.AWAY in (guests, domains, between, order, google, rights, premium)
        self._kept = None if away else (read_at, settings)
        return read_at, settings

    async def _found(self, address: str) -> Guest | Person | None:
        return await self.decisions.directory.find_by_address(address) if address else None

    async def _address(self, asked: Asked, found: Guest | Person | Unread | None) -> AddressFacts | None:
        if not asked.domain:
            return None
        guest_id = found.object_id if isinstance(found, Guest) else ObjectId("")
        own, tenant, federated, holders = await asyncio.gather(
            tried(self.decisions.directory.own_domains()),
            tried(self.policies.tenant_of(asked.domain)),
            tried(self.policies.federates(asked.domain)),
            tried(self._holders(asked.address, guest_id)),
        )
        return AddressFacts(
            domain=asked.domain,
            own=own if isinstance(own, Unread) else asked.domain in own,
            disposable=self.disposables.knows(asked.domain),
            tenant=tenant,
            holders=held_by(asked, found, holders),
            disabled=isinstance(found, Guest) and not found.enabled,
            federated=federated,
        )

    async def _holders(self, address: str, guest_id: ObjectId) -> Sequence[Holder]:
        return await self.clues.holders(address, guest_id) if address else ()

    async def _app(self, given: Given | None) -> AppFacts | None:
        """Read the app, and the group that would be given, which may be gone."""
        if given is None:
            return None
        group = given.give if given.give and given.give.kind is GiveKind.GROUP else None
        try:
            found = await self.footing.app(given.app.object_id, group.object_id if group else None)
            role = None if group else given.give
            return found.of_role(role.name, gone=not can_hold(given.app, role)) if role else found
        except Missing as missing:
            if group is None or missing.cause is not Cause.GROUP_GONE:
                raise
        facts = await self.footing.app(given.app.object_id, None)
        return facts.without(group.name)

    async def _given(self, asked: Asked, person: Person, *, every: bool) -> Given | Problem:
        """Return the app as the request form reads it, and what that gives where nothing is chosen.

        `every` app is for admins, who mend what others are told of.
        """
        policy = self.decisions.requests.policy.current()
        app = await self.decisions.requests.check.app_for(asked.app, policy, person, every=every)
        if isinstance(app, Problem):
            return app
        groups = await self.decisions.directory.groups_of_app(app.object_id)
        gives, usual = gives_in(app, groups, policy), policy.rules_for(app.object_id).give
        give = chosen_of(gives, asked.access, usual)
        if give is None and asked.access:
            names = (app.name, *(one.name for one in gives[:5]))
            return Problem(Field.ACCESS, ProblemCode.ACCESS_UNKNOWN, names)
        give = give or unassigned(usual)
        if give is None:
            return Given(app, to_choose=tuple(gives))
        rules = policy.rules_for(app.object_id, give, asked.domain)
        within = self.decisions.roster.is_within
        if not every and not await within(policy, rules, app, give, person):
            return Problem(Field.APP, ProblemCode.NOT_ALLOWED, (app.name,))
        return Given(app, give)

    def _denies(self, domain: str, given: Given | None) -> bool:
        policy: Policy = self.decisions.requests.policy.current()
        if policy.domains.refuse(domain):
            return True
        return bool(given and given.give and policy.refused_by(given.app.object_id, given.give, domain))

    async def _refused(self, person_id: ObjectId, why: str) -> None:
        fact = AuditFact(what="act.refused", actor=person_id, detail={"act": "check", "refused": why})
        await self.decisions.store.write_audit(fact)

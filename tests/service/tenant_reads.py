"""What a tenant has set about guests, for both ports that read it, each reading refused where it is to be."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from access.ports import AccessError, Missing
from access.rules.causes import Cause
from access.rules.conditional_access import Trust
from access.rules.model import ObjectId
from access.rules.readiness import ADD_MEMBERS, ASSIGN, INVITE
from access.rules.tenant_facts import (
    AppFacts,
    CrossTenant,
    CrossTenants,
    DomainList,
    GuestRole,
    GuestSettings,
    InvitesFrom,
    RedemptionOrder,
    Side,
)
from tests.service.fakes import Tenant

T = TypeVar("T")

OPEN = CrossTenant(Side(), Side(), Trust())
USUAL = GuestSettings(InvitesFrom.EVERYONE, GuestRole.GUEST)
NO_LIST, ORDER = DomainList(), RedemptionOrder()
CLOSED = CrossTenant(Side(blocks=True), Side())


@dataclass
class FakeTenantReads:
    """Says what is set; `refuses` holds what a reading is refused with, `read` what was read."""

    tenant: Tenant
    guests: GuestSettings = USUAL
    domains: DomainList = NO_LIST
    between: CrossTenants = field(default_factory=lambda: CrossTenants(OPEN))
    order: RedemptionOrder = ORDER
    has_google: bool = False
    federated: set[str] = field(default_factory=set)
    tenants: dict[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset({INVITE, ASSIGN, ADD_MEMBERS})
    licensed: bool = True
    apps: dict[ObjectId, AppFacts] = field(default_factory=dict)
    groups: dict[ObjectId, AppFacts] = field(default_factory=dict)
    disposable: set[str] = field(default_factory=lambda: {"mailinator.com"})
    refuses: dict[str, AccessError] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def for_guests(self) -> GuestSettings:
        return self._meet("for_guests", self.guests)

    async def domain_list(self) -> DomainList:
        return self._meet("domain_list", self.domains)

    async def cross_tenants(self) -> CrossTenants:
        return self._meet("cross_tenants", self.between)

    async def redemption(self) -> RedemptionOrder:
        return self._meet("redemption", self.order)

    async def google(self) -> bool:
        return self._meet("google", self.has_google)

    async def federates(self, domain: str) -> bool:
        return self._meet("federates", domain in self.federated)

    async def tenant_of(self, domain: str) -> str:
        return self._meet("tenant_of", self.tenants.get(domain, ""))

    async def permissions(self) -> frozenset[str]:
        return self._meet("permissions", self.given)

    async def premium(self) -> bool:
        return self._meet("premium", self.licensed)

    async def app(self, app_id: ObjectId, group_id: ObjectId | None) -> AppFacts:
        found = self.tenant.apps.get(app_id)
        if found is None:
            raise Missing(Cause.APP_GONE)
        usual = AppFacts(
            app_id=found.app_id or str(app_id),
            enabled=found.enabled,
            required=True,
            home_page=found.home_page or "https://records.example",
            on_premises=False,
        )
        facts = self._meet("app", self.apps.get(app_id, usual))
        if group_id is None:
            return facts
        if group_id not in self.tenant.groups:
            raise Missing(Cause.GROUP_GONE)
        name = self.tenant.groups[group_id].name
        of = self.groups.get(group_id, facts.giving(name, assigned=True, unfit=None))
        return replace(facts, group=of.group, assigned=of.assigned, unfit=of.unfit)

    def knows(self, domain: str) -> bool:
        return domain in self.disposable

    def _meet(self, name: str, value: T) -> T:
        self.read.append(name)
        if name in self.refuses:
            raise self.refuses[name]
        return value

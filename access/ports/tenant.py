"""What the tenant has set about guests, and what Guestlist itself holds: all of it optional to read."""

from typing import Protocol

from access.rules.model import ObjectId
from access.rules.tenant_facts import (
    AppFacts,
    CrossTenants,
    DomainList,
    GuestSettings,
    RedemptionOrder,
)


class TenantPolicies(Protocol):
    """Reads of the tenant's settings. Each may raise `Refused` (rights missing) or `Unfamiliar`."""

    async def for_guests(self) -> GuestSettings:
        """Return who may invite, and what guests may see of the directory."""
        ...

    async def domain_list(self) -> DomainList:
        """Return the tenant's own list of domains."""
        ...

    async def cross_tenants(self) -> CrossTenants:
        """Return whom cross-tenant access settings let in."""
        ...

    async def redemption(self) -> RedemptionOrder:
        """Return who is asked to vouch for a guest."""
        ...

    async def google(self) -> bool:
        """Tell whether Google is an identity provider of the tenant."""
        ...

    async def federates(self, domain: str) -> bool:
        """Tell whether the tenant has a federation for a domain."""
        ...

    async def tenant_of(self, domain: str) -> str:
        """Return the Entra tenant that has a domain, in lower case; nothing where none has."""
        ...


class Footing(Protocol):
    """On what footing Guestlist, and an app, stand in this tenant."""

    async def permissions(self) -> frozenset[str]:
        """Return Microsoft Graph's permissions that Guestlist was given, by name."""
        ...

    async def premium(self) -> bool:
        """Tell whether the tenant has Entra ID P1 or P2."""
        ...

    async def app(self, app_id: ObjectId, group_id: ObjectId | None) -> AppFacts:
        """Return how an app stands, and a group that would be given; raises `Missing`."""
        ...


class Disposables(Protocol):
    def knows(self, domain: str) -> bool:
        """Tell whether a domain gives addresses to anybody for minutes."""
        ...

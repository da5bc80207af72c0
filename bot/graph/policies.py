"""The TenantPolicies port: who may invite, which domains and tenants are let in, who vouches for guests."""

from access.ports import Missing
from access.rules.tenant_facts import CrossTenants, DomainList, GuestSettings, RedemptionOrder
from bot.graph.client import GraphClient, Row, ask, quoted, rows_of
from bot.graph.pacer import Kind
from bot.graph.policy_shapes import (
    cross_tenant_from,
    domains_from,
    guest_settings_from,
    is_google,
    redemption_from,
)

_FEDERATION = "directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation"


class GraphPolicies:
    """Each reading has a permission of its own, and none is needed to invite."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._sdk = client.sdk

    async def for_guests(self) -> GuestSettings:
        request = self._sdk.policies.authorization_policy.to_get_request_information()
        asked = ask(request, "allowInvitesFrom", "guestUserRoleId")
        return guest_settings_from((await self._client.call(asked, Kind.READ)).body)

    async def domain_list(self) -> DomainList:
        """Read the list of domains, which is a deny list or an allow list, in beta only."""
        request = self._client.follow(f"{self._client.beta}/policies/b2bManagementPolicies")
        return domains_from(rows_of(await self._client.call(request, Kind.READ)))

    async def cross_tenants(self) -> CrossTenants:
        settings = self._sdk.policies.cross_tenant_access_policy
        rows = self._client.pages(settings.partners.to_get_request_information())
        partners = {str(row.get("tenantId")).lower(): cross_tenant_from(row) async for row in rows}
        return CrossTenants(cross_tenant_from(await self._default()), partners)

    async def redemption(self) -> RedemptionOrder:
        return redemption_from(await self._default())

    async def google(self) -> bool:
        providers = self._sdk.identity.identity_providers.to_get_request_information()
        return any([is_google(row) async for row in self._client.pages(providers)])

    async def federates(self, domain: str) -> bool:
        """Ask for the one domain; the cast is in no builder of the SDK's."""
        held = ask(self._client.follow(f"{self._client.base}/{_FEDERATION}"))
        held.url += f"?$filter=domains/any(x: x/id eq {quoted(domain)})".replace(" ", "%20")
        return bool(rows_of(await self._client.call(held, Kind.READ)))

    async def tenant_of(self, domain: str) -> str:
        found = self._sdk.tenant_relationships.find_tenant_information_by_domain_name_with_domain_name(domain)
        try:
            answer = await self._client.call(ask(found.to_get_request_information()), Kind.READ)
        except Missing:
            return ""
        return str(answer.body.get("tenantId") or "").lower()

    async def _default(self) -> Row:
        default = self._sdk.policies.cross_tenant_access_policy.default.to_get_request_information()
        return (await self._client.call(default, Kind.READ)).body

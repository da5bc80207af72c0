"""The tenant's policies, as far as they are read: today whom cross-tenant access settings let in."""

from access.ports import Missing
from access.rules.clues import Door
from bot.graph.client import GraphClient, Row, ask
from bot.graph.pacer import Kind

_PARTS = {"usersAndGroups": "AllUsers", "applications": "AllApplications"}
"""What is blocked or allowed of inbound collaboration, and the target that means everything."""


class GraphPolicies:
    """Reads with `Policy.Read.All`, which is optional."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._sdk = client.sdk

    async def door(self, domain: str) -> Door:
        """Tell whether guests of a domain are let in: by its tenant's own settings, else by the default.

        Whose tenant a domain is has to be asked only where some tenant has settings of its own.
        """
        settings = self._sdk.policies.cross_tenant_access_policy
        default = (await self._client.call(settings.default.to_get_request_information(), Kind.READ)).body
        rows = self._client.pages(settings.partners.to_get_request_information())
        partners = {str(row.get("tenantId")).lower(): row async for row in rows}
        tenant = await self._tenant_of(domain) if partners else ""
        return _inbound(partners.get(tenant, {}), default)

    async def _tenant_of(self, domain: str) -> str:
        """Return the id of the tenant that has a domain, nothing where none has."""
        found = self._sdk.tenant_relationships.find_tenant_information_by_domain_name_with_domain_name(domain)
        try:
            answer = await self._client.call(ask(found.to_get_request_information()), Kind.READ)
        except Missing:
            return ""
        return str(answer.body.get("tenantId") or "").lower()


def _inbound(partner: Row, default: Row) -> Door:
    """Read each part from the tenant's own settings where they say something, else from the default."""
    own, general = (one.get("b2bCollaborationInbound") or {} for one in (partner, default))
    doors = {_part(own.get(name) or general.get(name) or {}, every) for name, every in _PARTS.items()}
    if Door.CLOSED in doors:
        return Door.CLOSED
    return Door.FOR_SOME if Door.FOR_SOME in doors else Door.OPEN


def _part(setting: Row, every: str) -> Door:
    """Read one part; what names some people or apps alone holds for them, whoever they are."""
    targets = {str(one.get("target")) for one in setting.get("targets") or ()}
    if targets and every not in targets:
        return Door.FOR_SOME
    return Door.CLOSED if setting.get("accessType") == "blocked" else Door.OPEN

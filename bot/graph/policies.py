"""The tenant's policies: today whom cross-tenant access settings and the list of domains let in."""

import json

from access.ports import Missing, Refused
from access.rules.causes import Cause
from access.rules.clues import Door
from bot.graph.client import GraphClient, Row, ask, rows_of
from bot.graph.pacer import Kind

_PARTS = {"usersAndGroups": "AllUsers", "applications": "AllApplications"}
"""What is blocked or allowed of inbound collaboration, and the target that means everything."""


_LISTS = ("InvitationsAllowedAndBlockedDomainsPolicy", "invitationsAllowedAndBlocked")
_KEYS = ("AllowedDomains", "BlockedDomains")


class GraphPolicies:
    """Reads with `Policy.Read.All` and `Policy.Read.B2BManagementPolicy`, which are optional."""

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

    async def listed(self, domain: str) -> bool:
        """Tell whether the list of domains keeps one out: it is a deny list or an allow list, beta only."""
        request = self._client.follow(f"{self._client.beta}/policies/b2bManagementPolicies")
        rows = rows_of(await self._client.call(request, Kind.READ))
        lists = [_domains(text) for row in rows for text in row.get("definition") or ()]
        allowed = {one for allow, _ in lists for one in allow}
        blocked = {one for _, block in lists for one in block}
        return domain.lower() in blocked or bool(allowed and domain.lower() not in allowed)

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


def _domains(text: str) -> tuple[set[str], set[str]]:
    """Read what is allowed and what is blocked of a definition, which is JSON within JSON.

    Of two names for what is within, one is in examples of the documentation and one is read in the field.
    """
    try:
        policy = json.loads(text)["B2BManagementPolicy"]
        inner: Row = next((policy[name] for name in _LISTS if name in policy), {})
        allowed, blocked = ({str(one).lower() for one in inner.get(key) or ()} for key in _KEYS)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(Cause.REFUSED, "A list of domains of an unknown shape") from error
    return allowed, blocked


def _part(setting: Row, every: str) -> Door:
    """Read one part; what names some people or apps alone holds for them, whoever they are."""
    targets = {str(one.get("target")) for one in setting.get("targets") or ()}
    if targets and every not in targets:
        return Door.FOR_SOME
    return Door.CLOSED if setting.get("accessType") == "blocked" else Door.OPEN

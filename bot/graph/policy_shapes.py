"""From Graph's JSON to what the tenant has set about guests; a word that is not known is not guessed at."""

import json
from collections.abc import Sequence
from typing import Any

from access.ports import Unfamiliar
from access.rules.addresses import read_domain
from access.rules.conditional_access import Trust
from access.rules.tenant_facts import (
    CrossTenant,
    DomainList,
    GuestRole,
    GuestSettings,
    InvitesFrom,
    Provider,
    RedemptionOrder,
    Side,
)
from bot.graph.client import Row

_LISTS = ("InvitationsAllowedAndBlockedDomainsPolicy", "invitationsAllowedAndBlocked")
_KEYS = ("AllowedDomains", "BlockedDomains")
_BLOCKS = {"allowed": False, "blocked": True}
_ORDER = "invitationRedemptionIdentityProviderConfiguration"


def guest_settings_from(row: Row) -> GuestSettings:
    try:
        return GuestSettings(
            InvitesFrom(row["allowInvitesFrom"]), GuestRole(str(row["guestUserRoleId"]).lower())
        )
    except (KeyError, ValueError) as error:
        raise Unfamiliar("The authorization policy is of an unknown shape") from error


def cross_tenant_from(row: Row) -> CrossTenant:
    """Read inbound collaboration and trust; what is null is inherited."""
    inbound, trusted = row.get("b2bCollaborationInbound") or {}, row.get("inboundTrust")
    return CrossTenant(
        users=_side(inbound.get("usersAndGroups"), "allusers"),
        apps=_side(inbound.get("applications"), "allapplications"),
        trust=_trust(trusted) if trusted else None,
    )


def redemption_from(row: Row) -> RedemptionOrder:
    """Read who vouches first; where nothing is said, the order is the documented one."""
    said = row.get(_ORDER)
    if not said:
        return RedemptionOrder()
    try:
        order = tuple(Provider(one) for one in said["primaryIdentityProviderPrecedenceOrder"])
        return RedemptionOrder(order, Provider(said["fallbackIdentityProvider"]))
    except (KeyError, ValueError, TypeError) as error:
        raise Unfamiliar("An order of redemption of an unknown shape") from error


def domains_from(rows: Sequence[Row]) -> DomainList:
    held = [(str(row.get("id") or ""), text) for row in rows for text in row.get("definition") or ()]
    found = [_domains(text) for _, text in held]
    allowed, blocked = ({one for each in found for one in each[key]} for key in (0, 1))
    policy_id, definition = held[0] if len(held) == 1 else ("", "")
    return DomainList(frozenset(allowed), frozenset(blocked), policy_id, definition)


def is_google(row: Row) -> bool:
    return str(row.get("identityProviderType")).lower() == "google"


def _side(setting: Row | None, every: str) -> Side | None:
    if not setting:
        return None
    targets = {str(one.get("target")).lower() for one in setting.get("targets") or ()}
    try:
        blocks = _BLOCKS[str(setting.get("accessType"))]
    except KeyError as error:
        raise Unfamiliar("A cross-tenant setting of an unknown shape") from error
    return Side(blocks, not targets or every in targets, frozenset(targets - {every}))


def _trust(said: Row) -> Trust:
    return Trust(
        mfa=bool(said.get("isMfaAccepted")),
        compliant=bool(said.get("isCompliantDeviceAccepted")),
        joined=bool(said.get("isHybridAzureADJoinedDeviceAccepted")),
    )


def _domains(text: str) -> tuple[set[str], set[str]]:
    """Read what is allowed and what is blocked of a definition, which is JSON within JSON.

    Of two names for what is within, one is in examples of the documentation and one is read in the field.
    """
    try:
        policy: Any = json.loads(text)["B2BManagementPolicy"]
        inner: Row = next((policy[name] for name in _LISTS if name in policy), {})
        allowed, blocked = ({_domain(str(one)) for one in inner.get(key) or ()} for key in _KEYS)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unfamiliar("A list of domains of an unknown shape") from error
    return allowed, blocked


def _domain(text: str) -> str:
    return read_domain(text.strip()) or text.strip().lower()

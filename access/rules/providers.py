"""Which identity provider would likely be the first to vouch for a guest who accepts."""

from dataclasses import dataclass

from access.rules.clues import Unread
from access.rules.tenant_facts import AddressFacts, Provider, TenantSettings

READ_POLICIES = "Policy.Read.All"
READ_TENANTS = "CrossTenantInformation.ReadBasic.All"
READ_FEDERATIONS = "Domain.Read.All"
READ_PROVIDERS = "IdentityProvider.Read.All"
GOOGLE = "google"
_GOOGLE = {"gmail.com", "googlemail.com"}
_MICROSOFT = {"outlook.com", "hotmail.com", "live.com", "msn.com"}


@dataclass(frozen=True, slots=True)
class NotTold:
    """Why it is not known who vouches; `needs` is the permission that reads what is missing."""

    why: Unread
    needs: str


def likely(settings: TenantSettings, facts: AddressFacts) -> str | NotTold:
    """Return the first of the tenant's order that can; which account a guest really has, nobody can ask."""
    order = settings.redemption
    if isinstance(order, Unread):
        return NotTold(order, READ_POLICIES)
    for provider in order.first:
        if found := _vouches(provider, settings, facts):
            return found
    return order.fallback


def _vouches(one: Provider, settings: TenantSettings, facts: AddressFacts) -> str | NotTold:
    """Return who vouches, nothing where this one does not, or why that is not known."""
    match one:
        case Provider.ENTRA:
            return _if(
                facts.tenant if isinstance(facts.tenant, Unread) else bool(facts.tenant), one, READ_TENANTS
            )
        case Provider.FEDERATION:
            return _if(facts.federated, one, READ_FEDERATIONS)
        case Provider.SOCIAL if facts.domain in _GOOGLE:
            return _if(settings.google, GOOGLE, READ_PROVIDERS)
        case Provider.SOCIAL:
            return _if(facts.domain in _MICROSOFT, Provider.MICROSOFT_ACCOUNT, "")
        case _:
            return one


def _if(holds: bool | Unread, word: str, needs: str) -> str | NotTold:  # noqa: FBT001 - what was read
    return NotTold(holds, needs) if isinstance(holds, Unread) else word if holds else ""

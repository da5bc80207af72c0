"""Which identity provider would likely be the first to vouch for a guest who accepts."""

from access.rules.clues import Unread
from access.rules.tenant_facts import AddressFacts, Provider, TenantSettings

GOOGLE = "google"
_GOOGLE = {"gmail.com", "googlemail.com"}
_MICROSOFT = {"outlook.com", "hotmail.com", "live.com", "msn.com"}


def likely(settings: TenantSettings, facts: AddressFacts) -> str | Unread:
    """Return the first of the tenant's order that can; which account a guest really has, nobody can ask."""
    order = settings.redemption
    if isinstance(order, Unread):
        return order
    for provider in order.first:
        if found := _vouches(provider, settings, facts):
            return found
    return order.fallback


def _vouches(one: Provider, settings: TenantSettings, facts: AddressFacts) -> str | Unread:
    """Return who vouches, nothing where this one does not, or why that is not known."""
    match one:
        case Provider.ENTRA:
            return _if(facts.tenant if isinstance(facts.tenant, Unread) else bool(facts.tenant), one)
        case Provider.FEDERATION:
            return _if(facts.federated, one)
        case Provider.SOCIAL if facts.domain in _GOOGLE:
            return _if(settings.google, GOOGLE)
        case Provider.SOCIAL:
            return _if(facts.domain in _MICROSOFT, Provider.MICROSOFT_ACCOUNT)
        case _:
            return one


def _if(holds: bool | Unread, word: str) -> str | Unread:  # noqa: FBT001 - what was read
    return holds if isinstance(holds, Unread) else word if holds else ""

"""Whose tenant a guest is of: asked only where something hangs on it, and told as far as it is told apart."""

from dataclasses import dataclass

from access.rules.conditional_access import Control, Demands, PolicyState, Protection, Trust
from access.rules.tenant_facts import CrossTenants

SOME_TENANT = "some-tenant"
"""Stands for every tenant that no policy and no partner's settings name."""
_NOTHING = Protection(())


@dataclass(frozen=True, slots=True)
class Homes:
    """The tenants that are named, and whether an account of no tenant meets other than one of some."""

    named: frozenset[str] = frozenset()
    vouching: bool = False

    @property
    def matter(self) -> bool:
        return bool(self.named) or self.vouching

    def of(self, tenant: str | None) -> str | None:
        """Return a tenant that is named; all others are one, and none and not read stay what they are."""
        return tenant if not tenant or tenant in self.named else SOME_TENANT

    def __or__(self, other: "Homes") -> "Homes":
        return Homes(self.named | other.named, self.vouching or other.vouching)


def homes(protection: Protection | None, between: CrossTenants | None) -> Homes:
    """Return what policies and cross-tenant settings tell apart; what was not read tells nothing apart."""
    protection = protection or _NOTHING
    counted = [one for one in protection.policies if one.state is not PolicyState.DISABLED]
    outside = [each.external for one in counted for each in (one.include, one.exclude)]
    named = frozenset(
        tenant for one in outside if one is not None for tenant in one.tenants or frozenset[str]()
    )
    partners = frozenset(between.partners) if between else frozenset[str]()
    trust = between.default.trust if between else None
    demands = [one.demands for one in counted]
    demands += [Demands(controls=frozenset({Control.MFA}))] if protection.security_defaults else []
    # Of accounts of no tenant it is not said that the default keeps them out.
    apart = between is not None and between.keeps_out
    return Homes(named | partners, apart or any(_vouches(one, trust) for one in demands))


def _vouches(demands: Demands, trust: Trust | None) -> bool:
    """Tell whether a guest's own tenant could answer for what is demanded; None stands for may be."""
    believed = {
        Control.MFA: trust is None or trust.mfa,
        Control.COMPLIANT_DEVICE: trust is None or trust.compliant,
        Control.JOINED_DEVICE: trust is None or trust.joined,
    }
    # What is known of strengths is of accounts of a tenant, whomever it believes.
    return demands.strength is not None or any(believed.get(one, False) for one in demands.controls)

"""What the tenant has set about guests, and what is known of an address and an app: values, or why not."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from access.rules.clues import Holder, Unread
from access.rules.conditional_access import Trust
from access.rules.setup_plans import Unfit


class InvitesFrom(StrEnum):
    """Who may invite: Graph's `allowInvitesFrom`."""

    NONE = "none"
    ADMINS_AND_INVITERS = "adminsAndGuestInviters"
    MEMBERS = "adminsGuestInvitersAndAllMembers"
    EVERYONE = "everyone"


class GuestRole(StrEnum):
    """What guests may see of the directory, by the id of the role that the tenant gives them."""

    AS_MEMBERS = "a0b1b346-4d3e-4e8b-98f8-753987be4970"
    GUEST = "10dae51f-b6af-4016-8d66-8c2a99b929b3"
    RESTRICTED = "2af84b1e-32c8-42b7-82bc-daa82404023b"


class Provider(StrEnum):
    """Who can vouch for a guest that accepts, in Graph's words for the order of redemption."""

    ENTRA = "azureActiveDirectory"
    FEDERATION = "externalFederation"
    SOCIAL = "socialIdentityProviders"
    PASSCODE = "emailOneTimePasscode"
    MICROSOFT_ACCOUNT = "microsoftAccount"
    DEFAULT = "defaultConfiguredIdp"


@dataclass(frozen=True, slots=True)
class GuestSettings:
    """What the tenant's authorization policy says of guests."""

    invites: InvitesFrom
    role: GuestRole


@dataclass(frozen=True, slots=True)
class DomainList:
    """The tenant's own list: those alone that are allowed, or all but those blocked; in punycode."""

    allowed: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    policy_id: str = field(default="", compare=False)
    definition: str = field(default="", compare=False)
    """The policy as Graph has it, whole, for whoever drafts a change; nothing where that is not one text."""

    def bars(self, domain: str) -> bool:
        return domain in self.blocked or bool(self.allowed and domain not in self.allowed)


@dataclass(frozen=True, slots=True)
class Side:
    """Whom, or to which apps, inbound access is allowed or blocked; `every` is all of them."""

    blocks: bool = False
    every: bool = True
    targets: frozenset[str] = frozenset()
    """Ids in lower case: of apps' registrations, and of people and groups there, whom nobody here knows."""


@dataclass(frozen=True, slots=True)
class CrossTenant:
    """Inbound settings for one tenant, or for all; None is inherited from the default."""

    users: Side | None = None
    apps: Side | None = None
    trust: Trust | None = None

    def over(self, default: "CrossTenant") -> "CrossTenant":
        """Return these settings, with the default's where they say nothing."""
        return CrossTenant(
            self.users or default.users, self.apps or default.apps, self.trust or default.trust
        )


@dataclass(frozen=True, slots=True)
class CrossTenants:
    """The default, and what other tenants have of their own, by tenant id in lower case."""

    default: CrossTenant
    partners: dict[str, CrossTenant] = field(default_factory=dict)

    @property
    def keeps_out(self) -> bool:
        """Tell whether the default keeps anybody out, or from any app."""
        sides = (self.default.users, self.default.apps)
        return any(one is not None and (one.blocks or not one.every) for one in sides)

    def of(self, tenant: str) -> CrossTenant:
        own = self.partners.get(tenant)
        return own.over(self.default) if own else self.default


def trust_of(settings: CrossTenants | Unread, tenant: str | Unread) -> Trust | Unread | None:
    """Return what is believed a tenant, None where that is not told, or it is not known which tenant."""
    if isinstance(settings, Unread):
        return settings
    if isinstance(tenant, Unread):
        return None if settings.partners else settings.default.trust
    return settings.of(tenant).trust


@dataclass(frozen=True, slots=True)
class RedemptionOrder:
    """Who is asked to vouch for a guest, the first that can, else the fallback."""

    first: tuple[Provider, ...] = (Provider.ENTRA, Provider.FEDERATION, Provider.SOCIAL)
    fallback: Provider = Provider.PASSCODE


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """Everything that is read once for all guests; `rights` are the permissions that Guestlist holds."""

    invites: InvitesFrom | Unread
    guest_role: GuestRole | Unread
    domains: DomainList | Unread
    cross_tenant: CrossTenants | Unread
    redemption: RedemptionOrder | Unread
    google: bool | Unread
    """Whether guests of Google sign in with it."""
    rights: frozenset[str] | Unread
    premium: bool | Unread
    """Whether the tenant has Entra ID P1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFacts:
    """What is known of an address; of a domain alone, `holders` is None."""

    domain: str
    own: bool | Unread
    """Whether the domain is one of the tenant's own."""
    disposable: bool
    tenant: str | Unread
    """The domain's Entra tenant, in lower case; nothing where it has none."""
    holders: Sequence[Holder] | Unread | None = ()
    disabled: bool = False
    """Whether it is a guest whose account is switched off."""
    federated: bool | Unread = False
    """Whether the tenant has a federation for this domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFacts:
    """How an app stands for guests, and what would be given; `group` names it, nothing for a role."""

    app_id: str
    """Of its registration, in lower case."""
    enabled: bool
    required: bool | Unread
    home_page: str
    on_premises: bool | Unread
    by_microsoft: bool = False
    group: str = ""
    assigned: bool | Unread = True
    unfit: Unfit | None = None
    role: str = ""
    """The name of the role that would be given instead of a group."""
    gone: bool = False
    """Whether there is no such group any more, or no such role that people may hold."""

    def giving(self, group: str, *, assigned: bool | Unread, unfit: Unfit | None) -> "AppFacts":
        return replace(self, group=group, assigned=assigned, unfit=unfit)

    def of_role(self, name: str, *, gone: bool) -> "AppFacts":
        """Return the app with a role that would be given."""
        return replace(self, role=name, gone=gone)

    def without(self, group: str) -> "AppFacts":
        """Return the app with a group that would be given and is not there."""
        return replace(self, group=group, gone=True)

"""Conditional Access as Microsoft Graph has it: policies, named locations, and a sign-in to try them on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from access.rules.maybe import Unknown

Network = IPv4Network | IPv6Network

EVERY = "All"
NONE = "None"
TRUSTED = "AllTrusted"
GUESTS = "GuestsOrExternalUsers"
MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000"
"""The ranges that multifactor authentication trusts, which no API reads."""
REGISTER = "urn:user:registersecurityinfo"


class PolicyState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    REPORT_ONLY = "enabledForReportingButNotEnforced"


class GuestType(StrEnum):
    """How somebody external is known here; a guest of Guestlist is nearly always the second."""

    INTERNAL_GUEST = "internalGuest"
    B2B_GUEST = "b2bCollaborationGuest"
    B2B_MEMBER = "b2bCollaborationMember"
    DIRECT_CONNECT = "b2bDirectConnectUser"
    OTHER = "otherExternalUser"
    SERVICE_PROVIDER = "serviceProvider"


class Platform(StrEnum):
    ANDROID = "android"
    IOS = "iOS"
    WINDOWS = "windows"
    MACOS = "macOS"
    LINUX = "linux"
    OTHER = "other"
    """One that Conditional Access has no name for, as Chrome OS."""


class Client(StrEnum):
    """What the guest signs in with."""

    BROWSER = "browser"
    MODERN = "mobileAppsAndDesktopClients"
    ACTIVE_SYNC = "exchangeActiveSync"
    LEGACY = "other"


class Control(StrEnum):
    BLOCK = "block"
    MFA = "mfa"
    COMPLIANT_DEVICE = "compliantDevice"
    JOINED_DEVICE = "domainJoinedDevice"
    APPROVED_APP = "approvedApplication"
    PROTECTED_APP = "compliantApplication"
    PASSWORD_CHANGE = "passwordChange"  # noqa: S105 - a word of Graph's, no secret
    RISK_REMEDIATION = "riskRemediation"


class Operator(StrEnum):
    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, slots=True)
class External:
    """Guests of these types; of every tenant where `tenants` is None."""

    types: frozenset[str]
    tenants: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """People by object id or keyword, by group, by role (template ids), and as guests."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    external: External | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """What is included and excluded, as Graph's words; None stands for a condition that is not set."""

    include: frozenset[str]
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule over the attributes of devices or apps, which are included or excluded by it."""

    rule: str
    excludes: bool


@dataclass(frozen=True, slots=True)
class Strength:
    """An authentication strength; `combinations` are Graph's, None where they were not read."""

    strength_id: str
    name: str
    combinations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """The grant controls of a policy; a control that Guestlist does not know is in `others`."""

    operator: Operator = Operator.AND
    controls: frozenset[Control] = frozenset()
    others: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    custom: frozenset[str] = frozenset()
    strength: Strength | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPolicy:
    """A policy of Conditional Access; a condition that is not set holds for every sign-in."""

    policy_id: str
    name: str
    state: PolicyState | None
    """None where Graph's word for it is not known."""
    include: Picked
    exclude: Picked = Picked()
    apps: Within = Within(frozenset())
    app_filter: Filter | None = None
    actions: frozenset[str] = frozenset()
    """User actions that it is for."""
    elsewhere: bool = False
    """Whether it is for something no app sign-in is: workload identities, or authentication contexts."""
    platforms: Within | None = None
    locations: Within | None = None
    clients: frozenset[str] = frozenset({"all"})
    sign_in_risk: frozenset[str] = frozenset()
    user_risk: frozenset[str] = frozenset()
    insider_risk: frozenset[str] = frozenset()
    device_filter: Filter | None = None
    flows: frozenset[str] = frozenset()
    """Transfer methods that it is for, which no ordinary sign-in uses."""
    unread: frozenset[Unknown] = frozenset()
    """Conditions that are set, and that cannot be tried."""
    demands: Demands = Demands()
    stopping_session: bool = False
    """Whether it binds sessions to a device's own key, which could stop one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLocation:
    """A location that the tenant has named: ranges of addresses, countries, or what Guestlist cannot tell."""

    location_id: str
    name: str
    trusted: bool = False
    networks: tuple[Network, ...] | None = None
    countries: frozenset[str] | None = None
    with_unknown: bool = False
    """Whether addresses of no known country belong to it."""
    by_gps: bool = False


@dataclass(frozen=True, slots=True)
class Trust:
    """What this tenant believes the guest's own one about."""

    mfa: bool = False
    compliant: bool = False
    joined: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """Return what is believed, by the names of these fields."""
        return tuple(one for one in ("mfa", "compliant", "joined") if getattr(self, one))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The guest whose sign-in is foreseen; None stands for what was not read."""

    object_id: str = ""
    """Nothing for somebody who is not in the directory yet."""
    kind: GuestType = GuestType.B2B_GUEST
    tenant: str | None = None
    """Their home tenant, in lower case; nothing where their account is of no Microsoft Entra tenant."""
    groups: frozenset[str] | None = frozenset()
    """With those that hold these."""
    unsure_groups: frozenset[str] = frozenset()
    """Groups whose rule may take them in."""
    roles: frozenset[str] | None = frozenset()
    trust: Trust | None = None
    registered: bool | None = None
    """Whether they have registered a method of multifactor authentication here."""


@dataclass(frozen=True, slots=True)
class Target:
    """The app that is signed in to, by the id of its registration."""

    app_id: str
    by_microsoft: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sign-in comes from.

    `country` is of two letters, nothing where the address maps to none, None where it is not known.
    `networks` are the ranges that the address is in; none stands for one outside of all that are named.
    """

    country: str | None = None
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in to be foreseen; with an action, the registration of methods in its course."""

    visitor: Visitor
    target: Target
    platform: Platform
    place: Place
    client: Client = Client.BROWSER
    action: str = ""


@dataclass(frozen=True, slots=True)
class Protection:
    """What the tenant demands of sign-ins; locations are by their id."""

    policies: tuple[AccessPolicy, ...]
    locations: dict[str, NamedLocation] = field(default_factory=dict)
    security_defaults: bool = False

    def unnamed(self) -> "Protection":
        """Return the same without what policies and strengths are called, for who may not know it."""
        return replace(self, policies=tuple(_unnamed(one) for one in self.policies))

    def groups(self) -> frozenset[str]:
        """Return the groups that its policies tell people by."""
        return frozenset(one for picked in self._picked() for one in picked.groups)

    def tells_by_membership(self) -> bool:
        """Tell whether it matters what somebody is in."""
        return any(picked.groups or picked.roles for picked in self._picked())

    def _picked(self) -> Iterable[Picked]:
        counted = (one for one in self.policies if one.state is not PolicyState.DISABLED)
        return (picked for policy in counted for picked in (policy.include, policy.exclude))


def _unnamed(policy: AccessPolicy) -> AccessPolicy:
    strength = policy.demands.strength
    demands = replace(policy.demands, strength=replace(strength, name="") if strength else None)
    return replace(policy, name="", demands=demands)

"""Which change of a setting lets through what fails by it: exact values, the least change first.

Nothing of it is written to the tenant: an admin does that. Roles are those that Microsoft names as the least.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from access.rules.addresses import read_domain
from access.rules.because import Because
from access.rules.model import App, Give, GiveKind
from access.rules.readiness import INVITE, Item, Stands
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import DomainList, InvitesFrom, TenantSettings

GRAPH, BETA = "https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/beta"
_ANY_ROLE = "00000000-0000-0000-0000-000000000000"
"""The role that stands for an app without roles."""
LISTS = ("InvitationsAllowedAndBlockedDomainsPolicy", "invitationsAllowedAndBlocked")
ALLOWED, BLOCKED = "AllowedDomains", "BlockedDomains"


class Setting(StrEnum):
    """What is to be changed, each on a page of its own in the portal."""

    INVITES = "invites"
    DOMAINS = "domains"
    PARTNER = "partner"
    NEW_PARTNER = "new-partner"
    DEFAULT = "default"
    TRUST = "trust"
    APP = "app"
    ASSIGNMENT = "assignment"
    GROUP = "group"
    ALL_GROUPS = "all-groups"


class Opens(StrEnum):
    """Whom else the change lets in, or what else it does."""

    ADMINS_INVITE = "admins-invite"
    MEMBERS_INVITE = "members-invite"
    DOMAIN_ADDED = "domain-added"
    DOMAIN_STRUCK = "domain-struck"
    ONE_TENANT_ONE_APP = "one-tenant-one-app"
    ONE_TENANT = "one-tenant"
    EVERY_TENANT = "every-tenant"
    BELIEVED = "believed"
    ON_FOR_ALL = "on-for-all"
    MEMBERS_GET_IT = "members-get-it"
    GUESTS_IN_GROUP = "guests-in-group"
    GUESTS_IN_GROUPS = "guests-in-groups"


@dataclass(frozen=True, slots=True)
class Value:
    """One value, by the name that Graph has for it; `inherited` where it is the default's until now."""

    name: str
    was: str
    now: str
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The change as a call of Graph, for whoever makes it so."""

    method: str
    url: str
    body: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One way to change it; without a call where one would need what was not read."""

    setting: Setting
    values: tuple[Value, ...]
    opens: Opens
    call: Call | None = None
    after_entry: bool = field(default=False, kw_only=True)
    """Whether it changes a partner's entry that another draft makes."""


ROLES: Mapping[Setting, tuple[str, ...]] = {
    Setting.INVITES: ("Guest Inviter", "Privileged Role Administrator"),
    Setting.DOMAINS: ("Global Administrator",),
    Setting.PARTNER: ("Security Administrator",),
    Setting.NEW_PARTNER: ("Security Administrator",),
    Setting.DEFAULT: ("Security Administrator",),
    Setting.TRUST: ("Security Administrator",),
    Setting.APP: ("Cloud Application Administrator",),
    Setting.ASSIGNMENT: ("Cloud Application Administrator",),
    Setting.GROUP: ("Groups Administrator",),
    Setting.ALL_GROUPS: ("Global Administrator",),
}
"""Who may, by Microsoft's *Least privileged roles by task*; of two the other by Graph."""
_BY_SETTING = frozenset(
    {
        Because.INVITES_OFF,
        Because.INVITES_RESTRICTED,
        Because.DOMAIN_BLOCKED,
        Because.DOMAIN_NOT_ALLOWED,
        Because.TENANT_BLOCKED,
        Because.APP_BLOCKED,
        Because.APP_DISABLED,
        Because.GROUP_NOT_ASSIGNED,
    }
)


def by_setting(item: Item) -> bool:
    """Tell whether an item fails by what somebody has set, so that a change can be drafted."""
    if item.stands is not Stands.FAILS:
        return False
    bars = {Unfit.BARS_GUESTS, Unfit.TENANT_BARS_GUESTS}
    return item.because in _BY_SETTING or (item.because is Because.GROUP_UNFIT and item.of in bars)


def of_invites(settings: TenantSettings) -> tuple[Draft, ...]:
    """Draft who may invite: admins alone is enough for an app that has the right to."""
    if not isinstance(settings.invites, InvitesFrom):
        return ()
    may = isinstance(settings.rights, frozenset) and INVITE in settings.rights
    wanted = [(InvitesFrom.MEMBERS, Opens.MEMBERS_INVITE)]
    if may and settings.invites is InvitesFrom.NONE:
        wanted.insert(0, (InvitesFrom.ADMINS_AND_INVITERS, Opens.ADMINS_INVITE))
    name, url = "allowInvitesFrom", f"{GRAPH}/policies/authorizationPolicy"
    return tuple(
        Draft(
            Setting.INVITES,
            (Value(name, settings.invites, one),),
            opens,
            Call("PATCH", url, written({name: one})),
        )
        for one, opens in wanted
    )


def of_domains(listed: DomainList, domain: str) -> tuple[Draft, ...]:
    """Draft the list with a domain let in: struck from what is blocked, added to what alone is allowed."""
    struck, added = domain in listed.blocked, bool(listed.allowed) and domain not in listed.allowed
    values = []
    if struck:
        values.append(Value(BLOCKED, domain, ""))
    if added:
        values.append(Value(ALLOWED, "", domain))
    opens = Opens.DOMAIN_ADDED if added else Opens.DOMAIN_STRUCK
    return (Draft(Setting.DOMAINS, tuple(values), opens, _listing(listed, domain, added=added)),)


def of_app(app: App) -> tuple[Draft, ...]:
    """Draft that people can sign in to it again."""
    name = "accountEnabled"
    url = f"{GRAPH}/servicePrincipals/{app.object_id}"
    call = Call("PATCH", url, written({name: True}))
    return (Draft(Setting.APP, (Value(name, "false", "true"),), Opens.ON_FOR_ALL, call),)


def of_assignment(app: App, give: Give | None) -> tuple[Draft, ...]:
    """Draft the group's assignment; with which role is somebody's choice where the app has several."""
    if give is None or give.kind is not GiveKind.GROUP:
        return ()
    roles = [str(one.role_id) for one in app.roles] or [_ANY_ROLE]
    body = {"principalId": give.object_id, "resourceId": app.object_id, "appRoleId": roles[0]}
    url = f"{GRAPH}/servicePrincipals/{app.object_id}/appRoleAssignedTo"
    call = Call("POST", url, written(body)) if len(roles) == 1 else None
    return (
        Draft(Setting.ASSIGNMENT, (Value("appRoleAssignedTo", "", give.name),), Opens.MEMBERS_GET_IT, call),
    )


def of_group(unfit: str, give: Give | None) -> tuple[Draft, ...]:
    """Draft that a group takes guests; the id of its setting is to be read first, so there is no call."""
    value = (Value("AllowToAddGuests", "false", "true"),)
    if unfit == Unfit.TENANT_BARS_GUESTS:
        return (Draft(Setting.ALL_GROUPS, value, Opens.GUESTS_IN_GROUPS),)
    return (Draft(Setting.GROUP, value, Opens.GUESTS_IN_GROUP),) if give else ()


def written(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


def _listing(listed: DomainList, domain: str, *, added: bool) -> Call | None:
    """Return the whole list as it would be: Graph takes it as one text, with all else that stands in it."""
    if not (listed.policy_id and listed.definition):
        return None
    whole = json.loads(listed.definition)
    policy = whole["B2BManagementPolicy"]
    inner = next(policy[name] for name in LISTS if name in policy)
    if BLOCKED in inner:
        inner[BLOCKED] = _without(inner[BLOCKED], domain)
    if added:
        inner[ALLOWED] = [*inner[ALLOWED], domain]
    url = f"{BETA}/policies/b2bManagementPolicies/{listed.policy_id}"
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return Call("PATCH", url, written({"definition": [text]}))


def _without(domains: Sequence[str], domain: str) -> list[str]:
    return [one for one in domains if (read_domain(one.strip()) or one.strip().lower()) != domain]

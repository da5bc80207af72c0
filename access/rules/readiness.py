"""Will it work? What could be read of tenant, address, group and app, item by item; nothing is guessed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from access.rules.because import Because
from access.rules.clues import Holder, Unread
from access.rules.conditional_access import Trust
from access.rules.providers import READ_POLICIES, READ_TENANTS, NotTold, likely
from access.rules.tenant_facts import (
    AddressFacts,
    CrossTenants,
    DomainList,
    GuestRole,
    InvitesFrom,
    Side,
    TenantSettings,
    trust_of,
)

INVITE = "User.Invite.All"
ASSIGN = "AppRoleAssignment.ReadWrite.All"
ADD_MEMBERS = "GroupMember.ReadWrite.All"
READ_DOMAIN_LIST = "Policy.Read.B2BManagementPolicy"
READ_DIRECTORY = "Directory.Read.All"
_SUITES = frozenset({"office365", "allmicrosoftapps"})
"""Words that stand for apps of Microsoft's among the targets of cross-tenant access."""
WRITES_ALL = "Directory.ReadWrite.All"
_INVITES = frozenset({INVITE, "User.ReadWrite.All", WRITES_ALL})


class Topic(StrEnum):
    """What is looked at, in the order in which it is told."""

    PERMISSIONS = "permissions"
    INVITES = "invites"
    GUEST_ROLE = "guest-role"
    ADDRESS = "address"
    COLLISION = "collision"
    POLICY = "policy"
    """Guestlist's own."""
    DOMAIN_LIST = "domain-list"
    CROSS_TENANT = "cross-tenant"
    TRUST = "trust"
    """What of the guest's own tenant is believed here."""
    PROVIDER = "provider"
    APP = "app"
    GROUP = "group"
    ROLE = "role"
    SIGN_IN = "sign-in"


class Stands(StrEnum):
    """How an item stands."""

    OK = "ok"
    FAILS = "fails"
    NOTE = "note"
    """It works, and there is something to know about it."""
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing looked at; `of` names what it is about, `unread` why it was not checked.

    Where a permission is missing, `of` is that one.
    """

    topic: Topic
    stands: Stands
    because: Because | None = None
    of: str = ""
    unread: Unread | None = None

    @property
    def code(self) -> str:
        """What a plan is bound to: the same facts give the same word."""
        return f"{self.topic}:{self.because or self.unread or self.stands}"


def of_tenant(settings: TenantSettings, *, invites: bool = True) -> tuple[Item, ...]:
    """Look at what holds for every guest; `invites` where one is yet to be invited."""
    inviting = (_may_invite(settings.rights), _invites(settings)) if invites else ()
    return (*inviting, _guest_role(settings.guest_role))


def of_address(
    settings: TenantSettings,
    facts: AddressFacts,
    app_id: str = "",
    *,
    invites: bool = True,
    is_local: bool = False,
) -> tuple[Item, ...]:
    """Look at a guest's address, or at a domain; with an app, whether its tenant may come to that one.

    Who is not invited needs no provider any more, and the tenant's list of domains does not hold for them.
    A guest whose account is of this tenant comes from no other.
    """
    listed = (domain_list(settings.domains, facts.domain),) if invites else ()
    return (
        _address(facts),
        *((_collision(facts.holders),) if facts.holders is not None else ()),
        *listed,
        *(() if is_local else _between(settings.cross_tenant, facts.tenant, app_id)),
        *((_provider(settings, facts),) if invites else ()),
    )


def of_policy(domain: str, *, denies: bool) -> Item:
    """Tell what Guestlist's own policy says of guests from a domain."""
    return fails(Topic.POLICY, Because.POLICY_DENIES, domain) if denies else ok(Topic.POLICY, domain)


def will_fail(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return what keeps it from working."""
    return tuple(one for one in items if one.stands is Stands.FAILS)


def not_checked(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(one for one in items if one.stands is Stands.NOT_CHECKED)


def codes(items: Iterable[Item]) -> str:
    """Return what a plan is bound to: what fails and what was not checked, without what is fine."""
    return ",".join(sorted(one.code for one in items if one.stands in {Stands.FAILS, Stands.NOT_CHECKED}))


def ok(topic: Topic, of: str = "") -> Item:
    return Item(topic, Stands.OK, of=of)


def fails(topic: Topic, because: Because, of: str = "") -> Item:
    return Item(topic, Stands.FAILS, because, of)


def note(topic: Topic, because: Because, of: str = "") -> Item:
    return Item(topic, Stands.NOTE, because, of)


def not_read(topic: Topic, why: Unread, needs: str = READ_DIRECTORY) -> Item:
    return Item(topic, Stands.NOT_CHECKED, of=needs if why is Unread.PERMISSION else "", unread=why)


def _may_invite(rights: frozenset[str] | Unread) -> Item:
    if isinstance(rights, Unread):
        return not_read(Topic.PERMISSIONS, rights)
    has = bool(_INVITES & rights)
    return ok(Topic.PERMISSIONS, INVITE) if has else fails(Topic.PERMISSIONS, Because.NO_INVITE_RIGHT, INVITE)


def _invites(settings: TenantSettings) -> Item:
    match settings.invites:
        case Unread() as why:
            return not_read(Topic.INVITES, why, READ_POLICIES)
        case InvitesFrom.NONE:
            return fails(Topic.INVITES, Because.INVITES_OFF, InvitesFrom.NONE)
        case InvitesFrom.ADMINS_AND_INVITERS:
            return _restricted(settings.rights)
        case said:
            return ok(Topic.INVITES, said)


def _restricted(rights: frozenset[str] | Unread) -> Item:
    """Tell what is reported of apps: those with the right to invite may, those without may not."""
    of = InvitesFrom.ADMINS_AND_INVITERS
    if isinstance(rights, Unread) or INVITE in rights:
        return note(Topic.INVITES, Because.INVITES_RESTRICTED, of)
    return fails(Topic.INVITES, Because.INVITES_RESTRICTED, of)


def _guest_role(role: GuestRole | Unread) -> Item:
    match role:
        case Unread() as why:
            return not_read(Topic.GUEST_ROLE, why, READ_POLICIES)
        case GuestRole.GUEST:
            return ok(Topic.GUEST_ROLE)
        case GuestRole.RESTRICTED:
            return note(Topic.GUEST_ROLE, Because.GUESTS_RESTRICTED)
        case GuestRole.AS_MEMBERS:
            return note(Topic.GUEST_ROLE, Because.GUESTS_AS_MEMBERS)


def _address(facts: AddressFacts) -> Item:
    if isinstance(facts.own, Unread):
        return not_read(Topic.ADDRESS, facts.own)
    if facts.own:
        return fails(Topic.ADDRESS, Because.OWN_DOMAIN, facts.domain)
    if facts.disabled:
        return fails(Topic.ADDRESS, Because.GUEST_DISABLED)
    if facts.disposable:
        return note(Topic.ADDRESS, Because.DISPOSABLE, facts.domain)
    return ok(Topic.ADDRESS, facts.domain)


def _collision(holders: Sequence[Holder] | Unread) -> Item:
    if isinstance(holders, Unread):
        return not_read(Topic.COLLISION, holders)
    if holders:
        return fails(Topic.COLLISION, Because.HELD_BY_OTHER, f"{holders[0].kind} {holders[0].name}".strip())
    return ok(Topic.COLLISION)


def domain_list(listed: DomainList | Unread, domain: str) -> Item:
    """Tell whether the tenant's own list of domains lets guests of one in."""
    if isinstance(listed, Unread):
        return not_read(Topic.DOMAIN_LIST, listed, READ_DOMAIN_LIST)
    if not listed.bars(domain):
        return ok(Topic.DOMAIN_LIST, domain)
    blocked = domain in listed.blocked
    because = Because.DOMAIN_BLOCKED if blocked else Because.DOMAIN_NOT_ALLOWED
    return fails(Topic.DOMAIN_LIST, because, domain)


def cross_tenant(settings: CrossTenants | Unread, tenant: str | Unread, app_id: str) -> Item:
    """Tell whether people of a tenant are let in, by its own settings, else by the default."""
    topic = Topic.CROSS_TENANT
    if isinstance(settings, Unread):
        return not_read(topic, settings, READ_POLICIES)
    if isinstance(tenant, Unread) and (settings.partners or settings.keeps_out):
        return not_read(topic, tenant, READ_TENANTS)
    own = settings.of("" if isinstance(tenant, Unread) else tenant)
    users, apps = _lets_in(own.users, ""), _lets_in(own.apps, app_id)
    if tenant == "" and False in {users, apps}:
        # By its overview the default is for organisations of Microsoft Entra; of others it is said both ways.
        return not_read(topic, Unread.UNDOCUMENTED)
    if users is False:
        return fails(topic, Because.TENANT_BLOCKED)
    if apps is False:
        return fails(topic, Because.APP_BLOCKED)
    return ok(topic) if users and apps else not_read(topic, Unread.UNCLEAR)


def _lets_in(side: Side | None, one: str) -> bool | None:
    """Tell whether one is let in; None where it holds for some, and nobody can tell whether for this one."""
    if side is None or side.every:
        return side is None or not side.blocks
    if not one or (one not in side.targets and _SUITES & side.targets):
        return None
    return (one in side.targets) is not side.blocks


def _between(settings: CrossTenants | Unread, tenant: str | Unread, app_id: str) -> Iterable[Item]:
    return cross_tenant(settings, tenant, app_id), *_trust(settings, tenant)


def _trust(settings: CrossTenants | Unread, tenant: str | Unread) -> Iterable[Item]:
    """Tell what is believed the guest's own tenant, where they have one; what was not read is told above."""
    trust = trust_of(settings, tenant)
    if tenant == "" or isinstance(trust, Unread):
        return ()
    if trust is None and isinstance(tenant, Unread):
        return ()
    return (ok(Topic.TRUST, ",".join((trust or Trust()).named)),)


def _provider(settings: TenantSettings, facts: AddressFacts) -> Item:
    offered = likely(settings, facts)
    if isinstance(offered, NotTold):
        return not_read(Topic.PROVIDER, offered.why, offered.needs)
    return note(Topic.PROVIDER, Because.LIKELY, offered)

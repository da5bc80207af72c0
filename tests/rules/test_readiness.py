"""Readiness: each item is fine, fails because, is to be known, or was not checked; nothing is guessed."""

from dataclasses import replace
from typing import Any

import pytest

from access.rules.app_items import of_app
from access.rules.because import Because
from access.rules.clues import Holder, HolderKind, Unread
from access.rules.conditional_access import Trust
from access.rules.readiness import (
    Item,
    Stands,
    Topic,
    codes,
    cross_tenant,
    not_checked,
    of_address,
    of_policy,
    of_tenant,
    will_fail,
)
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import (
    AddressFacts,
    AppFacts,
    CrossTenant,
    CrossTenants,
    DomainList,
    GuestRole,
    InvitesFrom,
    Provider,
    RedemptionOrder,
    Side,
    TenantSettings,
)

FABRIKAM = "55555555-0000-4000-8000-000000000001"
POLICIES, MISSING = "Policy.Read.All", Unread.PERMISSION
APP = "11111111-0000-4000-8000-000000000001"
OTHER_APP = "11111111-0000-4000-8000-000000000002"
OPEN = CrossTenant(Side(), Side(), Trust())
SETTINGS = TenantSettings(
    invites=InvitesFrom.EVERYONE,
    guest_role=GuestRole.GUEST,
    domains=DomainList(),
    cross_tenant=CrossTenants(OPEN),
    redemption=RedemptionOrder(),
    google=False,
    rights=frozenset({"User.Invite.All", "AppRoleAssignment.ReadWrite.All", "GroupMember.ReadWrite.All"}),
    premium=True,
)
ADDRESS = AddressFacts(domain="fabrikam.com", own=False, disposable=False, tenant=FABRIKAM)
RECORDS = AppFacts(app_id=APP, enabled=True, required=True, home_page="https://records", on_premises=False)


def _of(items: tuple[Item, ...], topic: Topic) -> Item:
    return next(item for item in items if item.topic is topic)


def _said(item: Item) -> tuple[Any, ...]:
    return (item.stands, item.because or item.unread, item.of)


@pytest.mark.parametrize(
    ("settings", "topic", "said"),
    [
        ({}, Topic.INVITES, (Stands.OK, None, "everyone")),
        (
            {"invites": InvitesFrom.MEMBERS},
            Topic.INVITES,
            (Stands.OK, None, "adminsGuestInvitersAndAllMembers"),
        ),
        ({"invites": InvitesFrom.NONE}, Topic.INVITES, (Stands.FAILS, Because.INVITES_OFF, "none")),
        (
            {"invites": InvitesFrom.ADMINS_AND_INVITERS},
            Topic.INVITES,
            (Stands.NOTE, Because.INVITES_RESTRICTED, "adminsAndGuestInviters"),
        ),
        (
            {"invites": InvitesFrom.ADMINS_AND_INVITERS, "rights": frozenset({"User.ReadWrite.All"})},
            Topic.INVITES,
            (Stands.FAILS, Because.INVITES_RESTRICTED, "adminsAndGuestInviters"),
        ),
        (
            {"invites": InvitesFrom.ADMINS_AND_INVITERS, "rights": Unread.PERMISSION},
            Topic.INVITES,
            (Stands.NOTE, Because.INVITES_RESTRICTED, "adminsAndGuestInviters"),
        ),
        ({"invites": Unread.PERMISSION}, Topic.INVITES, (Stands.NOT_CHECKED, Unread.PERMISSION, POLICIES)),
        ({}, Topic.GUEST_ROLE, (Stands.OK, None, "")),
        (
            {"guest_role": GuestRole.RESTRICTED},
            Topic.GUEST_ROLE,
            (Stands.NOTE, Because.GUESTS_RESTRICTED, ""),
        ),
        (
            {"guest_role": GuestRole.AS_MEMBERS},
            Topic.GUEST_ROLE,
            (Stands.NOTE, Because.GUESTS_AS_MEMBERS, ""),
        ),
        ({"guest_role": Unread.AWAY}, Topic.GUEST_ROLE, (Stands.NOT_CHECKED, Unread.AWAY, "")),
        ({}, Topic.PERMISSIONS, (Stands.OK, None, "User.Invite.All")),
        (
            {"rights": frozenset({"User.ReadWrite.All"})},
            Topic.PERMISSIONS,
            (Stands.OK, None, "User.Invite.All"),
        ),
        (
            {"rights": frozenset[str]()},
            Topic.PERMISSIONS,
            (Stands.FAILS, Because.NO_INVITE_RIGHT, "User.Invite.All"),
        ),
        ({"rights": Unread.AWAY}, Topic.PERMISSIONS, (Stands.NOT_CHECKED, Unread.AWAY, "")),
    ],
)
def test_what_the_tenant_has_set_is_told(
    settings: dict[str, Any], topic: Topic, said: tuple[Any, ...]
) -> None:
    assert _said(_of(of_tenant(replace(SETTINGS, **settings)), topic)) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, (Stands.OK, None, "fabrikam.com")),
        ({"own": True}, (Stands.FAILS, Because.OWN_DOMAIN, "fabrikam.com")),
        ({"own": Unread.AWAY}, (Stands.NOT_CHECKED, Unread.AWAY, "")),
        ({"disabled": True}, (Stands.FAILS, Because.GUEST_DISABLED, "")),
        ({"disposable": True}, (Stands.NOTE, Because.DISPOSABLE, "fabrikam.com")),
    ],
)
def test_an_address_is_looked_at(facts: dict[str, Any], said: tuple[Any, ...]) -> None:
    assert _said(_of(of_address(SETTINGS, replace(ADDRESS, **facts)), Topic.ADDRESS)) == said


@pytest.mark.parametrize(
    ("holders", "said"),
    [
        ((), (Stands.OK, None, "")),
        (
            (Holder(HolderKind.CONTACT, "Ana Ruiz"),),
            (Stands.FAILS, Because.HELD_BY_OTHER, "contact Ana Ruiz"),
        ),
        (Unread.PERMISSION, (Stands.NOT_CHECKED, Unread.PERMISSION, "Directory.Read.All")),
    ],
)
def test_an_address_that_something_else_holds_collides(holders: Any, said: tuple[Any, ...]) -> None:
    assert _said(_of(of_address(SETTINGS, replace(ADDRESS, holders=holders)), Topic.COLLISION)) == said


@pytest.mark.parametrize(
    ("domains", "said"),
    [
        (DomainList(), (Stands.OK, None, "fabrikam.com")),
        (DomainList(allowed=frozenset({"fabrikam.com"})), (Stands.OK, None, "fabrikam.com")),
        (
            DomainList(allowed=frozenset({"northwind.com"})),
            (Stands.FAILS, Because.DOMAIN_NOT_ALLOWED, "fabrikam.com"),
        ),
        (
            DomainList(blocked=frozenset({"fabrikam.com"})),
            (Stands.FAILS, Because.DOMAIN_BLOCKED, "fabrikam.com"),
        ),
        (DomainList(blocked=frozenset({"northwind.com"})), (Stands.OK, None, "fabrikam.com")),
        (Unread.PERMISSION, (Stands.NOT_CHECKED, Unread.PERMISSION, "Policy.Read.B2BManagementPolicy")),
    ],
)
def test_the_tenant_s_list_of_domains_is_held_to(domains: Any, said: tuple[Any, ...]) -> None:
    assert _said(_of(of_address(replace(SETTINGS, domains=domains), ADDRESS), Topic.DOMAIN_LIST)) == said


ALLOWED_APP = Side(blocks=False, every=False, targets=frozenset({APP}))
BLOCKED_APP = Side(blocks=True, every=False, targets=frozenset({APP}))
SOME = Side(blocks=False, every=False, targets=frozenset({"somebody"}))


@pytest.mark.parametrize(
    ("default", "own", "tenant", "app", "said"),
    [
        (OPEN, None, FABRIKAM, APP, (Stands.OK, None)),
        (CrossTenant(Side(blocks=True), Side()), None, FABRIKAM, APP, (Stands.FAILS, Because.TENANT_BLOCKED)),
        (CrossTenant(Side(), Side(blocks=True)), None, FABRIKAM, APP, (Stands.FAILS, Because.APP_BLOCKED)),
        (CrossTenant(Side(blocks=True), Side()), None, "", APP, (Stands.NOT_CHECKED, Unread.UNDOCUMENTED)),
        (CrossTenant(Side(), Side(blocks=True)), None, "", APP, (Stands.NOT_CHECKED, Unread.UNDOCUMENTED)),
        (CrossTenant(Side(blocks=True), Side()), OPEN, FABRIKAM, APP, (Stands.OK, None)),
        (OPEN, CrossTenant(Side(blocks=True)), FABRIKAM, APP, (Stands.FAILS, Because.TENANT_BLOCKED)),
        (OPEN, CrossTenant(Side(blocks=True)), "", APP, (Stands.OK, None)),
        (
            OPEN,
            CrossTenant(Side(blocks=True)),
            Unread.PERMISSION,
            APP,
            (Stands.NOT_CHECKED, Unread.PERMISSION),
        ),
        (
            CrossTenant(Side(blocks=True), Side()),
            None,
            Unread.AWAY,
            APP,
            (Stands.NOT_CHECKED, Unread.AWAY),
        ),
        (OPEN, CrossTenant(), FABRIKAM, APP, (Stands.OK, None)),
        (CrossTenant(Side(), ALLOWED_APP), None, FABRIKAM, APP, (Stands.OK, None)),
        (CrossTenant(Side(), ALLOWED_APP), None, FABRIKAM, "another", (Stands.FAILS, Because.APP_BLOCKED)),
        (CrossTenant(Side(), ALLOWED_APP), None, FABRIKAM, "", (Stands.NOT_CHECKED, Unread.UNCLEAR)),
        (CrossTenant(Side(), BLOCKED_APP), None, FABRIKAM, APP, (Stands.FAILS, Because.APP_BLOCKED)),
        (CrossTenant(Side(), BLOCKED_APP), None, FABRIKAM, "another", (Stands.OK, None)),
        (CrossTenant(SOME, Side()), None, FABRIKAM, APP, (Stands.NOT_CHECKED, Unread.UNCLEAR)),
        (CrossTenant(SOME, BLOCKED_APP), None, FABRIKAM, APP, (Stands.FAILS, Because.APP_BLOCKED)),
    ],
)
def test_settings_between_tenants_let_in_or_keep_out(
    default: CrossTenant, own: CrossTenant | None, tenant: Any, app: str, said: tuple[Any, ...]
) -> None:
    between = CrossTenants(default, {FABRIKAM: own} if own else {})
    items = of_address(replace(SETTINGS, cross_tenant=between), replace(ADDRESS, tenant=tenant), app)
    assert _said(_of(items, Topic.CROSS_TENANT))[:2] == said


@pytest.mark.parametrize(
    ("default", "own", "tenant", "said"),
    [
        (Trust(), None, FABRIKAM, ["OK "]),
        (Trust(mfa=True, joined=True), None, FABRIKAM, ["OK mfa,joined"]),
        (Trust(mfa=True), Trust(compliant=True), FABRIKAM, ["OK compliant"]),
        (Trust(mfa=True), None, "", []),
        (Trust(mfa=True), None, Unread.PERMISSION, ["OK mfa"]),
        (Trust(mfa=True), Trust(), Unread.PERMISSION, []),
    ],
)
def test_what_is_believed_of_the_guest_s_own_tenant_is_told(
    default: Trust, own: Trust | None, tenant: Any, said: list[str]
) -> None:
    between = CrossTenants(replace(OPEN, trust=default), {FABRIKAM: CrossTenant(trust=own)} if own else {})
    items = of_address(replace(SETTINGS, cross_tenant=between), replace(ADDRESS, tenant=tenant))
    told = [one for one in items if one.topic is Topic.TRUST]
    assert [f"{one.stands.name} {one.of}" for one in told] == said


def test_a_role_that_nobody_can_hold_fails_and_one_that_people_may_is_fine() -> None:
    held, gone = (of_app(SETTINGS, RECORDS.of_role("Reader", gone=one)) for one in (False, True))
    assert _said(_of(held, Topic.ROLE)) == (Stands.OK, None, "Reader")
    assert _said(_of(gone, Topic.ROLE)) == (Stands.FAILS, Because.ROLE_GONE, "Reader")


def test_settings_between_tenants_that_were_not_read_are_not_checked() -> None:
    items = of_address(replace(SETTINGS, cross_tenant=Unread.PERMISSION), ADDRESS)
    assert _said(_of(items, Topic.CROSS_TENANT)) == (Stands.NOT_CHECKED, Unread.PERMISSION, POLICIES)


MINE = RedemptionOrder((Provider.SOCIAL, Provider.ENTRA), Provider.MICROSOFT_ACCOUNT)


@pytest.mark.parametrize(
    ("settings", "facts", "of"),
    [
        ({}, {}, "azureActiveDirectory"),
        ({}, {"tenant": ""}, "emailOneTimePasscode"),
        ({}, {"tenant": "", "federated": True}, "externalFederation"),
        ({}, {"federated": True}, "azureActiveDirectory"),
        ({}, {"tenant": "", "domain": "outlook.com"}, "microsoftAccount"),
        ({"google": True}, {"tenant": "", "domain": "gmail.com"}, "google"),
        ({}, {"tenant": "", "domain": "gmail.com"}, "emailOneTimePasscode"),
        ({"redemption": MINE}, {"tenant": ""}, "microsoftAccount"),
        ({"redemption": MINE}, {"domain": "outlook.com"}, "microsoftAccount"),
        ({"redemption": MINE}, {}, "azureActiveDirectory"),
    ],
)
def test_whoever_would_vouch_first_is_told_as_likely(
    settings: dict[str, Any], facts: dict[str, Any], of: str
) -> None:
    item = _of(of_address(replace(SETTINGS, **settings), replace(ADDRESS, **facts)), Topic.PROVIDER)
    assert _said(item) == (Stands.NOTE, Because.LIKELY, of)


@pytest.mark.parametrize(
    ("settings", "facts", "why"),
    [
        ({"redemption": MISSING}, {}, (MISSING, POLICIES)),
        ({}, {"tenant": MISSING}, (MISSING, "CrossTenantInformation.ReadBasic.All")),
        ({}, {"tenant": "", "federated": MISSING}, (MISSING, "Domain.Read.All")),
        ({"google": MISSING}, {"tenant": "", "domain": "gmail.com"}, (MISSING, "IdentityProvider.Read.All")),
        ({}, {"tenant": "", "federated": Unread.AWAY}, (Unread.AWAY, "")),
    ],
)
def test_nobody_is_told_as_likely_who_comes_after_what_was_not_read(
    settings: dict[str, Any], facts: dict[str, Any], why: tuple[Unread, str]
) -> None:
    item = _of(of_address(replace(SETTINGS, **settings), replace(ADDRESS, **facts)), Topic.PROVIDER)
    assert _said(item) == (Stands.NOT_CHECKED, *why)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, [(Stands.OK, None, "")]),
        ({"enabled": False, "required": False}, [(Stands.FAILS, Because.APP_DISABLED, "")]),
        ({"required": False}, [(Stands.NOTE, Because.NOT_REQUIRED, "")]),
        ({"required": Unread.AWAY}, [(Stands.NOT_CHECKED, Unread.AWAY, "")]),
        (
            {"home_page": "", "on_premises": True},
            [(Stands.NOTE, Because.NO_HOME_PAGE, ""), (Stands.NOTE, Because.ON_PREMISES, "")],
        ),
    ],
)
def test_an_app_is_looked_at(facts: dict[str, Any], said: list[tuple[Any, ...]]) -> None:
    items = of_app(SETTINGS, replace(RECORDS, **facts))
    assert [_said(one) for one in items if one.topic is Topic.APP] == said


@pytest.mark.parametrize(
    ("settings", "facts", "topic", "said"),
    [
        ({}, {}, Topic.GROUP, (Stands.OK, None, "Guests")),
        ({}, {"unfit": Unfit.DYNAMIC}, Topic.GROUP, (Stands.FAILS, Because.GROUP_UNFIT, "dynamic")),
        ({}, {"unfit": Unfit.SYNCED}, Topic.GROUP, (Stands.FAILS, Because.GROUP_UNFIT, "synced")),
        ({}, {"unfit": Unfit.BARS_GUESTS}, Topic.GROUP, (Stands.FAILS, Because.GROUP_UNFIT, "bars-guests")),
        ({}, {"gone": True}, Topic.GROUP, (Stands.FAILS, Because.GROUP_GONE, "Guests")),
        ({}, {"unfit": Unfit.UNREAD}, Topic.GROUP, (Stands.NOT_CHECKED, Unread.AWAY, "")),
        ({}, {"assigned": False}, Topic.GROUP, (Stands.FAILS, Because.GROUP_NOT_ASSIGNED, "Guests")),
        ({}, {"assigned": Unread.AWAY}, Topic.GROUP, (Stands.NOT_CHECKED, Unread.AWAY, "")),
        ({"premium": False}, {}, Topic.GROUP, (Stands.NOTE, Because.NO_LICENCE, "Guests")),
        ({"premium": Unread.AWAY}, {}, Topic.GROUP, (Stands.NOT_CHECKED, Unread.AWAY, "")),
        (
            {"rights": frozenset({"User.Invite.All"})},
            {},
            Topic.PERMISSIONS,
            (Stands.FAILS, Because.NO_MEMBER_RIGHT, "GroupMember.ReadWrite.All"),
        ),
        (
            {"rights": frozenset({"User.Invite.All"})},
            {"group": ""},
            Topic.PERMISSIONS,
            (Stands.FAILS, Because.NO_ASSIGN_RIGHT, "AppRoleAssignment.ReadWrite.All"),
        ),
        ({"rights": Unread.AWAY}, {}, Topic.PERMISSIONS, (Stands.NOT_CHECKED, Unread.AWAY, "")),
    ],
)
def test_what_would_be_given_is_looked_at(
    settings: dict[str, Any], facts: dict[str, Any], topic: Topic, said: tuple[Any, ...]
) -> None:
    facts = {"group": "Guests"} | facts
    assert _said(_of(of_app(replace(SETTINGS, **settings), replace(RECORDS, **facts)), topic)) == said


def test_who_has_accepted_is_not_invited_so_that_nothing_of_inviting_is_looked_at() -> None:
    closed = replace(
        SETTINGS, invites=InvitesFrom.NONE, domains=DomainList(blocked=frozenset({"fabrikam.com"}))
    )
    items = (*of_tenant(closed, invites=False), *of_address(closed, ADDRESS, invites=False))
    assert will_fail(items) == ()
    topics = [one.topic for one in items]
    told = [Topic.GUEST_ROLE, Topic.ADDRESS, Topic.COLLISION, Topic.CROSS_TENANT, Topic.TRUST]
    assert topics == told


def test_of_a_domain_alone_nothing_is_said_of_who_has_an_address() -> None:
    topics = [one.topic for one in of_address(SETTINGS, replace(ADDRESS, holders=None))]
    assert Topic.COLLISION not in topics


def test_an_app_that_could_not_be_read_is_not_checked() -> None:
    assert [_said(one) for one in of_app(SETTINGS, Unread.AWAY)] == [(Stands.NOT_CHECKED, Unread.AWAY, "")]


def test_what_is_to_be_chosen_is_told_and_no_group_is_guessed() -> None:
    items = of_app(SETTINGS, replace(RECORDS, group=""), ("Reader", "Guests"))
    assert _said(_of(items, Topic.GROUP)) == (Stands.NOTE, Because.TO_CHOOSE, "Reader, Guests")
    assert [one.topic for one in items] == [Topic.APP, Topic.GROUP]


@pytest.mark.parametrize("denies", [True, False])
def test_guestlist_s_own_policy_is_told_too(*, denies: bool) -> None:
    said = (Stands.FAILS, Because.POLICY_DENIES) if denies else (Stands.OK, None)
    assert _said(of_policy("fabrikam.com", denies=denies)) == (*said, "fabrikam.com")


def test_a_plan_is_bound_to_what_fails_and_what_was_not_checked_alone() -> None:
    fine = (*of_tenant(SETTINGS), *of_address(SETTINGS, ADDRESS), *of_app(SETTINGS, RECORDS))
    assert codes(fine) == ""
    other = replace(SETTINGS, invites=InvitesFrom.NONE, domains=Unread.PERMISSION)
    items = (*of_tenant(other), *of_address(other, replace(ADDRESS, disposable=True)))
    assert codes(items) == "domain-list:permission,invites:invites-off"
    assert [one.topic for one in will_fail(items)] == [Topic.INVITES]
    assert [one.topic for one in not_checked(items)] == [Topic.DOMAIN_LIST]


@pytest.mark.parametrize("blocks", [True, False])
def test_a_suite_of_microsofts_that_partners_are_let_into_may_hold_the_app(blocks: bool) -> None:  # noqa: FBT001 - a case
    suite = Side(blocks=blocks, every=False, targets=frozenset({"office365", OTHER_APP}))
    settings = CrossTenants(CrossTenant(Side(), suite, Trust()))
    assert cross_tenant(settings, "t", APP).stands is Stands.NOT_CHECKED
    named = cross_tenant(settings, "t", OTHER_APP)
    assert named.stands is (Stands.FAILS if blocks else Stands.OK)

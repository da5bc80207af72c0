"""What is drafted for each setting that fails: the values, the call of Graph, and what else it opens.

Each case names the sentence that it rests on, of Microsoft's documentation where it has one.
"""

import json
from dataclasses import dataclass, replace

import pytest

from access.rules.because import Because
from access.rules.clues import Unread
from access.rules.conditional_access import GuestType, Target, Trust, Visitor
from access.rules.model import App, AppRole, Give, GiveKind, ObjectId
from access.rules.partner_drafts import of_partner, of_trust
from access.rules.readiness import ADD_MEMBERS, INVITE, Item, Stands, Topic
from access.rules.setting_drafts import (
    ROLES,
    Draft,
    Opens,
    Setting,
    by_setting,
    of_app,
    of_assignment,
    of_domains,
    of_group,
    of_invites,
)
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import (
    CrossTenant,
    CrossTenants,
    DomainList,
    GuestRole,
    InvitesFrom,
    RedemptionOrder,
    Side,
    TenantSettings,
)
from tests.forecast.building import APP, demand, policy, protection

FABRIKAM = "0e71112a-6a5d-54dd-ac20-9a421112bb52"
RECORDS, OTHER = "da664a73-ce64-5d09-bb8a-d62310b976ab", "aaaaaaaa-0000-4000-8000-000000000001"
GROUP = Give(GiveKind.GROUP, ObjectId("group-1"), "Health Records guests")
READER, WRITER = AppRole(ObjectId("reader"), "Reader"), AppRole(ObjectId("writer"), "Writer")
SHUT, OPEN, TO_OTHER = Side(blocks=True), Side(), Side(every=False, targets=frozenset({OTHER}))
NOT_RECORDS = Side(blocks=True, every=False, targets=frozenset({RECORDS, "office365"}))
NO_TRUST = Trust()
ALL_OPEN = CrossTenant(OPEN, OPEN, Trust())
NONE = TenantSettings(
    invites=InvitesFrom.NONE,
    guest_role=GuestRole.GUEST,
    domains=DomainList(),
    cross_tenant=CrossTenants(ALL_OPEN),
    redemption=RedemptionOrder(),
    google=False,
    rights=frozenset({INVITE, ADD_MEMBERS}),
    premium=True,
)


@dataclass(frozen=True)
class Case:
    """What is drafted, as text, and the sentence by which it is so."""

    name: str
    drafts: tuple[Draft, ...]
    said: tuple[str, ...]
    rests_on: str


def listed(**lists: list[str]) -> DomainList:
    """Return the list as it is read of a policy with something else in it."""
    whole = {"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": lists, "Version": 1}}
    return DomainList(
        frozenset(lists.get("AllowedDomains", ())),
        frozenset(one.lower() for one in lists.get("BlockedDomains", ())),
        "policy-1",
        json.dumps(whole),
    )


def between(default: CrossTenant = ALL_OPEN, entry: CrossTenant | None = None) -> CrossTenants:
    return CrossTenants(default, {FABRIKAM: entry} if entry else {})


def partner(settings: CrossTenants, app: str = RECORDS, *, premium: bool = True) -> tuple[Draft, ...]:
    return of_partner(settings, FABRIKAM, app, premium=premium)


def trusted(
    control: str, *, trust: Trust = NO_TRUST, tenant: str = FABRIKAM, entry: CrossTenant | None = None
) -> tuple[Draft, ...]:
    visitor = Visitor(kind=GuestType.B2B_GUEST, tenant=tenant, trust=trust, registered=False)
    settings = between(replace(ALL_OPEN, trust=trust), entry)
    return of_trust(settings, visitor, Target(APP), protection(policy(demand(control))))


def said(draft: Draft) -> str:
    values = "; ".join(f"{one.name}: {one.was}{'*' * one.inherited} -> {one.now}" for one in draft.values)
    where = f"{draft.call.method} {draft.call.url.split('.com', 1)[1]}" if draft.call else "no call"
    return f"{draft.setting} ({draft.opens}): {values} | {where}"


IN = "b2bCollaborationInbound"
XTAP = "/v1.0/policies/crossTenantAccessPolicy"
INHERITED = "null in a partner's entry is inherited from the default (crossTenantAccessPolicy)"
EVERYBODY_TOO = "Default settings apply to all external tenants without settings of their own"
CASES = (
    Case(
        "invitations are off and the app may invite",
        of_invites(NONE),
        (
            (
                "invites (admins-invite): allowInvitesFrom: none -> adminsAndGuestInviters | "
                "PATCH /v1.0/policies/authorizationPolicy"
            ),
            (
                "invites (members-invite): allowInvitesFrom: none -> adminsGuestInvitersAndAllMembers | "
                "PATCH /v1.0/policies/authorizationPolicy"
            ),
        ),
        "none: Prevent everyone, including admins, from inviting external users",
    ),
    Case(
        "invitations are off and the app has no right to invite",
        of_invites(replace(NONE, rights=frozenset({ADD_MEMBERS}))),
        (
            (
                "invites (members-invite): allowInvitesFrom: none -> adminsGuestInvitersAndAllMembers | "
                "PATCH /v1.0/policies/authorizationPolicy"
            ),
        ),
        "seen: apps without User.Invite.All are refused under adminsAndGuestInviters",
    ),
    Case(
        "invitations are of admins alone and the app has no right to",
        of_invites(replace(NONE, invites=InvitesFrom.ADMINS_AND_INVITERS, rights=frozenset({ADD_MEMBERS}))),
        (
            (
                "invites (members-invite): allowInvitesFrom: adminsAndGuestInviters -> "
                "adminsGuestInvitersAndAllMembers | PATCH /v1.0/policies/authorizationPolicy"
            ),
        ),
        "adminsGuestInvitersAndAllMembers: Allow the above admin roles and all other User role members",
    ),
    Case("invite settings were not read", of_invites(replace(NONE, invites=Unread.AWAY)), (), "no guess"),
    Case(
        "a domain is denied",
        of_domains(listed(BlockedDomains=["Fabrikam.com", "a.example"]), "fabrikam.com"),
        (
            (
                "domains (domain-struck): BlockedDomains: fabrikam.com ->  | "
                "PATCH /beta/policies/b2bManagementPolicies/policy-1"
            ),
        ),
        "You can create either an allowlist or a blocklist",
    ),
    Case(
        "a domain is not among those allowed",
        of_domains(listed(AllowedDomains=["a.example"], BlockedDomains=[]), "fabrikam.com"),
        (
            (
                "domains (domain-added): AllowedDomains:  -> fabrikam.com | "
                "PATCH /beta/policies/b2bManagementPolicies/policy-1"
            ),
        ),
        "Only domains in the allowlist can receive invitations",
    ),
    Case(
        "a domain is denied and not allowed either",
        of_domains(listed(AllowedDomains=["a.example"], BlockedDomains=["fabrikam.com"]), "fabrikam.com"),
        (
            (
                "domains (domain-added): BlockedDomains: fabrikam.com -> ; AllowedDomains:  -> fabrikam.com "
                "| PATCH /beta/policies/b2bManagementPolicies/policy-1"
            ),
        ),
        "the beta API may hold both lists",
    ),
    Case(
        "the list is in more than one text",
        of_domains(DomainList(blocked=frozenset({"fabrikam.com"})), "fabrikam.com"),
        ("domains (domain-struck): BlockedDomains: fabrikam.com ->  | no call",),
        "definition: A string collection containing a JSON string",
    ),
    Case(
        "all are kept out by the default",
        partner(between(CrossTenant(SHUT, SHUT))),
        (
            (
                f"new-partner (one-tenant-one-app): {IN}.usersAndGroups: blocked: all* -> allowed: all; "
                f"{IN}.applications: blocked: all* -> allowed: {RECORDS} | POST {XTAP}/partners"
            ),
            (
                f"new-partner (one-tenant): {IN}.usersAndGroups: blocked: all* -> allowed: all; "
                f"{IN}.applications: blocked: all* -> allowed: all | POST {XTAP}/partners"
            ),
            (
                f"default (every-tenant): {IN}.usersAndGroups: blocked: all -> allowed: all; "
                f"{IN}.applications: blocked: all -> allowed: {RECORDS} | PATCH {XTAP}/default"
            ),
        ),
        EVERYBODY_TOO,
    ),
    Case(
        "all are kept out by the default, and the tenant has no P1",
        partner(between(CrossTenant(SHUT, SHUT)), premium=False),
        (
            (
                f"new-partner (one-tenant): {IN}.usersAndGroups: blocked: all* -> allowed: all; "
                f"{IN}.applications: blocked: all* -> allowed: all | POST {XTAP}/partners"
            ),
            (
                f"default (every-tenant): {IN}.usersAndGroups: blocked: all -> allowed: all; "
                f"{IN}.applications: blocked: all -> allowed: all | PATCH {XTAP}/default"
            ),
        ),
        "Select applications (requires a Microsoft Entra ID P1 or P2 subscription)",
    ),
    Case(
        "all are kept out by the default, and the partner has an entry that says nothing",
        partner(between(CrossTenant(SHUT, OPEN), CrossTenant(trust=Trust(mfa=True)))),
        (
            (
                f"partner (one-tenant-one-app): {IN}.usersAndGroups: blocked: all* -> allowed: all | "
                f"PATCH {XTAP}/partners/{FABRIKAM}"
            ),
            (
                f"default (every-tenant): {IN}.usersAndGroups: blocked: all -> allowed: all | "
                f"PATCH {XTAP}/default"
            ),
        ),
        INHERITED,
    ),
    Case(
        "a partner is kept out by its own entry",
        partner(between(entry=CrossTenant(SHUT, SHUT)), ""),
        (
            (
                f"partner (one-tenant): {IN}.usersAndGroups: blocked: all -> allowed: all; "
                f"{IN}.applications: blocked: all -> allowed: all | PATCH {XTAP}/partners/{FABRIKAM}"
            ),
        ),
        "Customize settings: enforced for this organization instead of the default settings",
    ),
    Case(
        "a partner is let into other apps alone",
        partner(between(entry=CrossTenant(OPEN, TO_OTHER))),
        (
            (
                f"partner (one-tenant-one-app): {IN}.applications: allowed: {OTHER} -> "
                f"allowed: {OTHER}, {RECORDS} | PATCH {XTAP}/partners/{FABRIKAM}"
            ),
            (
                f"partner (one-tenant): {IN}.applications: allowed: {OTHER} -> allowed: all | "
                f"PATCH {XTAP}/partners/{FABRIKAM}"
            ),
        ),
        "Allow access: Allows the applications specified under Applies to",
    ),
    Case(
        "a partner is kept out of the app",
        partner(between(entry=CrossTenant(OPEN, NOT_RECORDS))),
        (
            (
                f"partner (one-tenant-one-app): {IN}.applications: blocked: {RECORDS}, Office365 -> "
                f"blocked: Office365 | PATCH {XTAP}/partners/{FABRIKAM}"
            ),
            (
                f"partner (one-tenant): {IN}.applications: blocked: {RECORDS}, Office365 -> allowed: all | "
                f"PATCH {XTAP}/partners/{FABRIKAM}"
            ),
        ),
        "Block access: Blocks the applications specified under Applies to",
    ),
    Case(
        "a guest of no tenant of Entra comes under the default alone",
        of_partner(between(CrossTenant(SHUT, SHUT)), "", "", premium=True),
        (
            (
                f"default (every-tenant): {IN}.usersAndGroups: blocked: all -> allowed: all; "
                f"{IN}.applications: blocked: all -> allowed: all | PATCH {XTAP}/default"
            ),
        ),
        EVERYBODY_TOO,
    ),
    Case(
        "whose tenant it is was not read, so that no call can name it",
        of_partner(between(CrossTenant(SHUT, OPEN)), Unread.PERMISSION, "", premium=True),
        (
            f"new-partner (one-tenant): {IN}.usersAndGroups: blocked: all* -> allowed: all | no call",
            (
                f"default (every-tenant): {IN}.usersAndGroups: blocked: all -> allowed: all | "
                f"PATCH {XTAP}/default"
            ),
        ),
        "Type the full domain name (or tenant ID) for the organization",
    ),
    Case(
        "a device must be compliant, which only the guest's tenant can tell",
        trusted("compliantDevice"),
        (f"trust (believed): inboundTrust.isCompliantDeviceAccepted: false* -> true | POST {XTAP}/partners",),
        "Trust compliant devices: lets Conditional Access trust compliant device claims",
    ),
    Case(
        "a device must be joined, and the partner's entry says already what else is believed",
        trusted("domainJoinedDevice", trust=Trust(mfa=True), entry=CrossTenant(trust=Trust(mfa=True))),
        (
            (
                f"trust (believed): inboundTrust.isHybridAzureADJoinedDeviceAccepted: false -> true | "
                f"PATCH {XTAP}/partners/{FABRIKAM}"
            ),
        ),
        "Trust Microsoft Entra hybrid joined devices",
    ),
    Case("no trust opens what is blocked for all", trusted("block"), (), "block: Block access"),
    Case(
        "a guest of no tenant is believed nothing", trusted("compliantDevice", tenant=""), (), EVERYBODY_TOO
    ),
    Case(
        "sign-in to the app is switched off",
        of_app(App(ObjectId("app-1"), "Health Records")),
        ("app (on-for-all): accountEnabled: false -> true | PATCH /v1.0/servicePrincipals/app-1",),
        "accountEnabled: true if the service principal account is enabled",
    ),
    Case(
        "the group is not assigned and the app has no roles",
        of_assignment(App(ObjectId("app-1"), "Health Records"), GROUP),
        (
            (
                "assignment (members-get-it): appRoleAssignedTo:  -> Health Records guests | "
                "POST /v1.0/servicePrincipals/app-1/appRoleAssignedTo"
            ),
        ),
        "a default app role ID of zeros can be specified for an app that declares no roles",
    ),
    Case(
        "the group is not assigned and somebody has to choose a role",
        of_assignment(App(ObjectId("app-1"), "Health Records", roles=(READER, WRITER)), GROUP),
        ("assignment (members-get-it): appRoleAssignedTo:  -> Health Records guests | no call",),
        "appRoleId: the identifier for the app role to assign",
    ),
    Case(
        "a group bars guests",
        of_group(Unfit.BARS_GUESTS, GROUP),
        ("group (guests-in-group): AllowToAddGuests: false -> true | no call",),
        "PATCH /groups/{id}/settings/{id}",
    ),
    Case(
        "the tenant bars guests from groups",
        of_group(Unfit.TENANT_BARS_GUESTS, GROUP),
        ("all-groups (guests-in-groups): AllowToAddGuests: false -> true | no call",),
        "You must include the entire collection set. You cannot update a single set of values.",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_what_is_drafted(case: Case) -> None:
    assert tuple(said(one) for one in case.drafts) == case.said
    assert case.rests_on


def test_the_list_is_drafted_whole_with_all_else_that_stands_in_it() -> None:
    [draft] = of_domains(listed(BlockedDomains=["Fabrikam.com", "a.example"]), "fabrikam.com")
    assert draft.call is not None
    [text] = json.loads(draft.call.body)["definition"]
    assert json.loads(text) == {
        "B2BManagementPolicy": {
            "InvitationsAllowedAndBlockedDomainsPolicy": {"BlockedDomains": ["a.example"]},
            "Version": 1,
        }
    }


def test_an_entry_is_drafted_with_the_names_that_graph_has() -> None:
    draft = partner(between(CrossTenant(SHUT, SHUT)))[0]
    assert draft.call is not None
    assert json.loads(draft.call.body) == {
        "tenantId": FABRIKAM,
        "b2bCollaborationInbound": {
            "usersAndGroups": {
                "accessType": "allowed",
                "targets": [{"target": "AllUsers", "targetType": "user"}],
            },
            "applications": {
                "accessType": "allowed",
                "targets": [{"target": RECORDS, "targetType": "application"}],
            },
        },
    }


def test_people_who_are_named_by_their_ids_are_left_as_they_are() -> None:
    named = Side(every=False, targets=frozenset({"somebody"}))
    for draft in partner(between(entry=CrossTenant(named, SHUT))):
        assert draft.call is not None
        assert set(json.loads(draft.call.body)["b2bCollaborationInbound"]) == {"applications"}


def test_what_is_believed_already_stays_believed() -> None:
    [draft] = trusted("compliantDevice", trust=Trust(mfa=True))
    assert draft.call is not None
    assert json.loads(draft.call.body)["inboundTrust"] == {
        "isMfaAccepted": True,
        "isCompliantDeviceAccepted": True,
        "isHybridAzureADJoinedDeviceAccepted": False,
    }


def test_each_setting_names_who_may_change_it() -> None:
    assert set(ROLES) == set(Setting)
    assert all(ROLES.values())


def test_every_way_to_open_is_drafted_by_some_case() -> None:
    assert {draft.opens for case in CASES for draft in case.drafts} == set(Opens)


@pytest.mark.parametrize("because", list(Because))
def test_only_what_somebody_has_set_is_drafted_and_only_where_it_fails(because: Because) -> None:
    of = Unfit.BARS_GUESTS if because is Because.GROUP_UNFIT else ""
    assert not by_setting(Item(Topic.APP, Stands.NOTE, because, of))
    ours = {
        *(
            Because.INVITES_OFF,
            Because.INVITES_RESTRICTED,
            Because.DOMAIN_BLOCKED,
            Because.DOMAIN_NOT_ALLOWED,
        ),
        *(Because.TENANT_BLOCKED, Because.APP_BLOCKED, Because.APP_DISABLED, Because.GROUP_NOT_ASSIGNED),
        Because.GROUP_UNFIT,
    }
    assert by_setting(Item(Topic.APP, Stands.FAILS, because, of)) is (because in ours)
    assert not by_setting(Item(Topic.GROUP, Stands.FAILS, Because.GROUP_UNFIT, Unfit.DYNAMIC))

"""What a tenant has set about guests, as Graph tells it, and each permission that a reading may lack."""

from typing import Any

import pytest

from access.ports import Missing, Refused, Unfamiliar, tried
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.conditional_access import Trust
from access.rules.model import DEFAULT_ACCESS, ObjectId
from access.rules.readiness import Stands, cross_tenant
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import CrossTenant, GuestRole, InvitesFrom, Provider, RedemptionOrder, Side
from bot.disposable import DisposableList
from bot.graph import Graph
from bot.graph.policy_shapes import cross_tenant_from, domains_from, guest_settings_from, redemption_from
from tests.graph.conftest import Entra
from tests.graph.test_activity import call

FABRIKAM = "0e71112a-6a5d-54dd-ac20-9a421112bb52"
NOBODY = ObjectId("6c6f9d3e-0d9f-4f3b-8a55-0f2b1f2a9b10")


async def lets_in(graph: Graph, domain: str) -> bool:
    settings = await graph.policies.cross_tenants()
    return cross_tenant(settings, await graph.policies.tenant_of(domain), "").stands is Stands.OK


@pytest.mark.parametrize("invites", list(InvitesFrom))
@pytest.mark.parametrize(
    ("switch", "role"),
    [("guest", GuestRole.GUEST), ("restricted", GuestRole.RESTRICTED), ("asMembers", GuestRole.AS_MEMBERS)],
)
async def test_who_may_invite_and_what_guests_may_see_is_read(
    entra: Entra, graph: Graph, invites: InvitesFrom, switch: str, role: GuestRole
) -> None:
    await entra.switch(allowInvitesFrom=invites, guestRole=switch)
    found = await graph.policies.for_guests()
    assert (found.invites, found.role) == (invites, role)


async def test_cross_tenant_settings_are_read_from_the_default(entra: Entra, graph: Graph) -> None:
    assert await lets_in(graph, "fabrikam.com")
    await entra.switch(crossTenant="blocked", inboundTrustMfa=True)
    assert not await lets_in(graph, "fabrikam.com")
    assert (await graph.policies.cross_tenants()).default.trust == Trust(mfa=True)


async def test_the_settings_for_a_tenant_come_before_the_default(entra: Entra, graph: Graph) -> None:
    await entra.switch(crossTenant="blocked", crossTenantPartner="allowed")
    assert await lets_in(graph, "fabrikam.com")
    assert not await lets_in(graph, "outlook.com")
    await entra.switch(crossTenant="allowed", crossTenantPartner="blocked")
    assert not await lets_in(graph, "fabrikam.com")
    assert await lets_in(graph, "outlook.com")


async def test_whose_tenant_a_domain_is_is_read_and_none_is_none(graph: Graph) -> None:
    assert await graph.policies.tenant_of("fabrikam.com") == FABRIKAM
    assert await graph.policies.tenant_of("outlook.com") == ""


@pytest.mark.parametrize("key", ["InvitationsAllowedAndBlockedDomainsPolicy", "invitationsAllowedAndBlocked"])
async def test_a_list_of_domains_denies_what_it_names_or_allows_nothing_else(
    entra: Entra, graph: Graph, key: str
) -> None:
    read = graph.policies.domain_list
    assert not (await read()).bars("fabrikam.com")
    await entra.switch(domainListKey=key, blockedDomains="Fabrikam.com, bücher.example")
    assert (await read()).blocked == {"fabrikam.com", "xn--bcher-kva.example"}
    assert not (await read()).bars("outlook.com")
    await entra.switch(blockedDomains="", allowedDomains="fabrikam.com")
    assert not (await read()).bars("fabrikam.com")
    assert (await read()).bars("outlook.com")


async def test_a_list_of_domains_of_which_a_replica_does_not_know_is_not_taken_for_none(
    entra: Entra, graph: Graph
) -> None:
    await entra.switch(domainListReadable=False)
    assert await tried(graph.policies.domain_list()) is Unread.AWAY


@pytest.mark.parametrize(
    ("switch", "order"),
    [
        ("documented", RedemptionOrder()),
        (
            "socialFirst",
            RedemptionOrder((Provider.SOCIAL, Provider.ENTRA, Provider.FEDERATION), Provider.PASSCODE),
        ),
    ],
)
async def test_who_is_asked_first_to_vouch_for_a_guest_is_read(
    entra: Entra, graph: Graph, switch: str, order: RedemptionOrder
) -> None:
    await entra.switch(redemptionOrder=switch)
    assert await graph.policies.redemption() == order


@pytest.mark.parametrize("on", [True, False])
async def test_whether_google_vouches_for_guests_is_read(entra: Entra, graph: Graph, *, on: bool) -> None:
    await entra.switch(googleGuests=on)
    assert await graph.policies.google() is on


async def test_a_federation_with_a_domain_is_read(entra: Entra, graph: Graph) -> None:
    assert await graph.policies.federates("fabrikam.com") is False
    await entra.switch(federatedDomains="northwind.com, fabrikam.com")
    assert await graph.policies.federates("fabrikam.com") is True
    assert await graph.policies.federates("bücher.example") is False


READS: dict[str, Any] = {
    "policyPermission": (
        lambda graph: graph.policies.for_guests(),
        lambda graph: graph.policies.cross_tenants(),
        lambda graph: graph.policies.redemption(),
    ),
    "domainListPermission": (lambda graph: graph.policies.domain_list(),),
    "tenantNames": (lambda graph: graph.policies.tenant_of("fabrikam.com"),),
    "providerPermission": (lambda graph: graph.policies.google(),),
    "domainPermission": (lambda graph: graph.policies.federates("fabrikam.com"),),
}


@pytest.mark.parametrize("switch", sorted(READS))
async def test_without_its_permission_a_reading_is_not_guessed_and_the_others_go_on(
    entra: Entra, graph: Graph, switch: str
) -> None:
    await entra.switch(**{switch: False})
    for name, readings in READS.items():
        for read in readings:
            if name != switch:
                assert not isinstance(await tried(read(graph)), Unread)
                continue
            with pytest.raises(Refused) as refused:
                await read(graph)
            assert refused.value.cause is Cause.RIGHTS_MISSING


async def test_while_graph_is_away_nothing_is_guessed(entra: Entra, graph: Graph) -> None:
    await entra.fault("503", "/policies/authorizationPolicy", method="GET", times=2)
    assert await tried(graph.policies.for_guests()) is Unread.AWAY
    assert not isinstance(await tried(graph.policies.for_guests()), Unread)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ({"allowInvitesFrom": "partners", "guestUserRoleId": GuestRole.GUEST}, guest_settings_from),
        ({"allowInvitesFrom": "everyone", "guestUserRoleId": NOBODY}, guest_settings_from),
        ({"b2bCollaborationInbound": {"applications": {"accessType": "ask"}}}, cross_tenant_from),
        (
            {"invitationRedemptionIdentityProviderConfiguration": {"fallbackIdentityProvider": "x"}},
            redemption_from,
        ),
        ([{"definition": ["{}"]}], domains_from),
    ],
)
def test_a_word_that_is_not_known_is_told_as_such(row: Any, read: Any) -> None:
    with pytest.raises(Unfamiliar):
        read(row)


def test_what_is_null_between_tenants_is_inherited_and_what_names_some_is_for_them() -> None:
    assert cross_tenant_from({"inboundTrust": None, "b2bCollaborationInbound": None}) == CrossTenant()
    targets = [{"target": "ABC", "targetType": "application"}]
    inbound = {"usersAndGroups": None, "applications": {"accessType": "allowed", "targets": targets}}
    found = cross_tenant_from({"inboundTrust": None, "b2bCollaborationInbound": inbound})
    assert found == CrossTenant(apps=Side(blocks=False, every=False, targets=frozenset({"abc"})))


async def test_what_guestlist_was_given_is_read_by_the_names_that_graph_has(
    entra: Entra, graph: Graph
) -> None:
    every = await graph.footing.permissions()
    assert {"User.Invite.All", "GroupMember.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"} <= every
    assert "Directory.ReadWrite.All" not in every
    await entra.switch(withheldPermissions="GroupMember.ReadWrite.All", appHasUserInviteAll=False)
    assert every - await graph.footing.permissions() == {"GroupMember.ReadWrite.All", "User.Invite.All"}


async def test_what_graph_calls_its_roles_is_read_once(entra: Entra, graph: Graph) -> None:
    for _ in range(2):
        await graph.footing.permissions()
    assert len(await entra.calls("GET", "(appId='00000003-0000-0000-c000-000000000000')")) == 1


@pytest.mark.parametrize("licence", [True, False])
async def test_whether_the_tenant_has_p1_is_read(entra: Entra, graph: Graph, *, licence: bool) -> None:
    await entra.switch(signInLicence=licence)
    assert await graph.footing.premium() is licence


async def test_an_app_is_read_as_it_stands_for_guests(entra: Entra, graph: Graph) -> None:
    app = entra.app("health-records")
    facts = await graph.footing.app(app, None)
    assert (facts.enabled, facts.required, facts.on_premises, facts.group) == (True, True, False, "")
    assert facts.home_page == "https://health-records.contoso-health.com/"
    assert facts.app_id == "da664a73-ce64-5d09-bb8a-d62310b976ab"
    tags = ["WindowsAzureActiveDirectoryIntegratedApp", "WindowsAzureActiveDirectoryOnPremApp"]
    off = {"appRoleAssignmentRequired": False, "accountEnabled": False, "tags": tags}
    await entra.set_properties(app, **off)
    facts = await graph.footing.app(app, None)
    assert (facts.enabled, facts.required, facts.on_premises) == (False, False, True)
    with pytest.raises(Missing):
        await graph.footing.app(NOBODY, None)


@pytest.mark.parametrize(
    ("key", "unfit", "assigned"),
    [
        ("guests-health-records", None, True),
        ("case-review", None, False),
        ("board", Unfit.BARS_GUESTS, False),
        ("all-clinicians", Unfit.DYNAMIC, False),
        ("onprem-imaging", Unfit.SYNCED, False),
    ],
)
async def test_a_group_is_read_with_what_keeps_guests_out_of_it_and_of_the_app(
    entra: Entra, graph: Graph, key: str, unfit: Unfit | None, *, assigned: bool
) -> None:
    facts = await graph.footing.app(entra.app("health-records"), entra.group(key))
    assert (facts.unfit, facts.assigned) == (unfit, assigned)


async def test_a_group_within_an_assigned_one_is_not_assigned(entra: Entra, graph: Graph) -> None:
    app, outer, inner = entra.app("lab-results"), "guests-health-records", entra.group("case-review")
    given = {"act": "assign", "group": outer, "app": "lab-results", "role": DEFAULT_ACCESS}
    await entra.control("act", given)
    link = {"@odata.id": f"{entra.url}/v1.0/directoryObjects/{inner}"}
    await call(entra, f"/groups/{entra.group(outer)}/members/$ref", link)
    assert (await graph.footing.app(app, entra.group(outer))).assigned is True
    assert (await graph.footing.app(app, inner)).assigned is False


async def test_the_tenant_s_own_setting_bars_every_microsoft_365_group(entra: Entra, graph: Graph) -> None:
    await entra.switch(tenantAddsGuests=False)
    facts = await graph.footing.app(entra.app("case-review"), entra.group("case-review"))
    assert facts.unfit is Unfit.TENANT_BARS_GUESTS


@pytest.mark.parametrize(
    ("domain", "known"),
    [("mailinator.com", True), ("x.mailinator.com", True), ("fabrikam.com", False), ("com", False)],
)
def test_a_domain_of_throw_away_addresses_is_known_with_what_is_below_it(domain: str, *, known: bool) -> None:
    assert DisposableList().knows(domain) is known

"""`/settings` over HTTP: a request fails, an admin is told the change and makes it, and it is delivered."""

import pytest

from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve_anyway, audited, button, send, settled, shown, told, waiting_for
from tests.journeys.test_who_may_see import said

FAILED = "Delivery failed"
FOR_ANA = '/settings ana@fabrikam.com to "Health Records"'


async def refused(clinic: Clinic) -> str:
    """Have Megan's request approved where no guest may be invited, and return what she then reads."""
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await approve_anyway(clinic)
    return str(await clinic.card("megan", FAILED, "channel"))


async def test_what_failed_by_a_setting_is_changed_by_an_admin_and_delivered(clinic: Clinic) -> None:
    await clinic.switch(allowInvitesFrom="none")
    failed = await refused(clinic)
    assert "/settings R-1001" in failed
    answer = await told(clinic, "lidia", "/settings R-1001")
    for words in (
        "The tenant's settings, for guests from fabrikam.com in Health Records",
        "One setting stands in the way",
        "allowInvitesFrom: none → adminsAndGuestInviters",
        "allowInvitesFrom: none → adminsGuestInvitersAndAllMembers",
        "Only users assigned to specific admin roles can invite guest users",
        "PATCH https://graph.microsoft.com/v1.0/policies/authorizationPolicy",
        '{"allowInvitesFrom": "adminsAndGuestInviters"}',
        "Who may: Guest Inviter, by Graph Privileged Role Administrator.",
        "Guestlist itself changes no setting",
    ):
        assert words in answer, words
    assert "ana@" not in answer.lower(), "an admin need not be a party of the request"
    card = await clinic.card("lidia", "One setting stands in the way")
    await clinic.switch(allowInvitesFrom="adminsAndGuestInviters")
    again = shown(await send(clinic, "lidia", "personal", button(card, "settings.again")))
    assert "No setting stands in the way" in again
    await clinic.say("megan", "/retry R-1001")
    await settled(clinic)


async def test_the_least_change_is_of_one_tenant_and_one_app_with_what_graph_takes(clinic: Clinic) -> None:
    await clinic.switch(crossTenant="blocked", blockedDomains="fabrikam.com, mailinator.com")
    answer = await told(clinic, "lidia", FOR_ANA)
    for words in (
        "2 settings stand in the way",
        "BlockedDomains: fabrikam.com → not set",
        '{\\"BlockedDomains\\":[\\"mailinator.com\\"]}',
        "The least: this tenant, this app",
        "Every tenant",
        "b2bCollaborationInbound.usersAndGroups: blocked: all (from the default) → allowed: all",
        "POST https://graph.microsoft.com/v1.0/policies/crossTenantAccessPolicy/partners",
        '"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]',
        "Who may: Security Administrator.",
        "Who may: Global Administrator.",
    ):
        assert words in answer, words
    card = await clinic.card("lidia", "2 settings stand in the way")
    await clinic.switch(crossTenantPartner="allowed", blockedDomains="mailinator.com")
    again = shown(await send(clinic, "lidia", "personal", button(card, "settings.again")))
    assert "No setting stands in the way" in again


async def test_of_an_entry_and_what_is_trusted_in_it_the_second_changes_what_the_first_makes(
    clinic: Clinic,
) -> None:
    """A second POST would be refused, for the entry is there by then."""
    trusts = "PATCH https://graph.microsoft.com/v1.0/policies/crossTenantAccessPolicy/partners/"
    await clinic.switch(crossTenant="blocked")
    await clinic.act(act="setPolicy", policy="Guests: managed devices", state="enabled")
    answer = await told(clinic, "lidia", FOR_ANA)
    assert "2 settings stand in the way" in answer
    makes = "POST https://graph.microsoft.com/v1.0/policies/crossTenantAccessPolicy/partners\n"
    assert answer.count(makes) == 2, "for one app, and for all"
    assert answer.index(makes) < answer.index(trusts)
    assert "First make the settings for this tenant" in answer
    await clinic.switch(crossTenantPartner="allowed")
    after = await told(clinic, "lidia", FOR_ANA)
    assert "One setting stands in the way" in after
    assert trusts in after
    assert "First make" not in after


async def test_a_check_leads_an_admin_there_and_tells_others_what_to_type(clinic: Clinic) -> None:
    await clinic.switch(blockedDomains="fabrikam.com")
    theirs = await told(clinic, "megan", "/check fabrikam.com")
    assert "What an admin would have to change is told by" in theirs
    card = await clinic.card("megan", "Can guests from fabrikam.com be invited?")
    assert "settings.view" not in str(card)
    await told(clinic, "lidia", "/check fabrikam.com")
    card = await clinic.card("lidia", "Can guests from fabrikam.com be invited?")
    opened = shown(await send(clinic, "lidia", "personal", button(card, "settings.view")))
    assert "BlockedDomains: fabrikam.com → not set" in opened
    forged = shown(await send(clinic, "lidia", "personal", button(card, "settings.view", asked="/deny R-1")))
    assert "The tenant's settings for guests" in forged, "what a button carries is read as a line of its own"


async def test_alone_it_tells_what_is_set(clinic: Clinic) -> None:
    await clinic.switch(allowedDomains="fabrikam.com,northwind.com", crossTenantPartner="allowed")
    await clinic.switch(policyPermission=True, providerPermission=False)
    answer = await told(clinic, "lidia", "/settings")
    for words in (
        "The tenant's settings for guests",
        "Allowed alone: fabrikam.com, northwind.com",
        "people allowed: all; apps allowed: all; trusted nothing",
        "Tenants with own settings",
        "Not read: Guestlist lacks IdentityProvider.Read.All.",
    ):
        assert words in answer, (words, answer)


@pytest.mark.parametrize("line", ["/settings", "/settings R-1001", "/settings R-4711", FOR_ANA])
async def test_others_are_told_whom_to_ask_and_security_admins_what_is_to_be_changed(
    clinic: Clinic, line: str
) -> None:
    for who in ("megan", "alex", "diego"):
        assert "Ask one of them: Adele" in await told(clinic, who, line)
    assert len(await audited(clinic, "act.refused")) == 3
    assert "Ask one of them" not in await told(clinic, "isaiah", line)


async def test_what_cannot_be_read_is_no_setting_that_stands_in_the_way(clinic: Clinic) -> None:
    await clinic.switch(policyPermission=False)
    answer = await told(clinic, "lidia", "/settings fabrikam.com")
    assert "Not sure: 2 settings not read" in answer
    assert "Policy.Read.All" in answer


@pytest.mark.parametrize("line", ["/settings fabrikam", "/settings ana+x@fabrikam.com"])
async def test_what_was_mistyped_is_said_with_what_can_be_typed(clinic: Clinic, line: str) -> None:
    assert "/settings R-1042" in await told(clinic, "lidia", line)


async def test_before_others_it_is_answered_in_ones_own_chat_and_nothing_is_written(clinic: Clinic) -> None:
    await clinic.switch(allowInvitesFrom="none")
    here, own = await said(clinic, "adele", "/settings fabrikam.com", "channel")
    assert "fabrikam" not in here
    assert "allowInvitesFrom: none" in own
    calls = await clinic.ledger("graph.call")
    assert {one["detail"]["method"] for one in calls} == {"GET"}

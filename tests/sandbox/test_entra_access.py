"""Invitations, assignments, groups and policies of the sandbox's tenant, and refusals in Graph's words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.entra.tenant import NO_ROLE
from tests.sandbox.entra import Entra, opened

ADDRESS = "ana@fabrikam.com"


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


async def test_an_invitation_makes_a_pending_guest_with_sponsor_and_a_secret_link(entra: Entra) -> None:
    answer = await entra.invite(invitedUserSponsors=[{"id": entra.person("megan")}])
    assert (answer.status, answer.body["status"]) == (201, "PendingAcceptance")
    assert answer.body["invitedUser"] == {"id": answer.body["invitedUser"]["id"]}
    user = await entra.get(
        f"/users/{answer.body['invitedUser']['id']}", _expand="sponsors", _select="userPrincipalName"
    )
    assert user.body["userPrincipalName"] == "ana_fabrikam.com#EXT#@contosohealth.onmicrosoft.com"
    assert [sponsor["id"] for sponsor in user.body["sponsors"]] == [entra.person("megan")]
    secret = answer.body["inviteRedeemUrl"].partition("ticket=")[2].partition("&")[0]
    assert secret not in str(await entra.control("ledger"))


@pytest.mark.parametrize("status", ["Completed", "PendingAcceptance"])
async def test_inviting_again_keeps_the_guest_and_kills_the_old_link(entra: Entra, status: str) -> None:
    await entra.switch(reinviteStatus=status)
    first, second = await entra.invite(), await entra.invite("ANA@fabrikam.com")
    assert first.body["invitedUser"] == second.body["invitedUser"]
    statuses = []
    for answer in (first, second):
        async with entra.http.get(answer.body["inviteRedeemUrl"]) as shown:
            statuses.append(shown.status)
    assert statuses == [410, 200]
    await entra.control("act", {"act": "accept", "address": ADDRESS})
    assert (await entra.invite()).body["status"] == status
    created = await entra.ledger("invitation.created")
    assert [entry["repeated"] for entry in created] == [False, True, True]


async def test_somebody_invited_by_hand_is_found_by_whoever_invites_them_again(
    entra: Entra,
) -> None:
    await entra.control("act", {"act": "invite", "address": ADDRESS})
    assert await entra.ledger("invitation.created") == await entra.ledger("user.created") == []
    (by_hand,) = await entra.ledger("user.byHand")
    assert (await entra.invite()).body["invitedUser"] == {"id": by_hand["guest"]}
    assert await entra.ledger("user.created") == []
    again = await entra.http.post(
        f"{entra.url}/sandbox/act", json={"act": "invite", "address": ADDRESS.upper()}
    )
    assert again.status == 400


@pytest.mark.parametrize(
    ("switches", "address", "status", "words"),
    [
        ({}, "megan.bowen@contoso-health.com", 400, "already exists in the directory as object ID"),
        ({}, "debra.berger@contoso-health.com", 400, "but the account is blocked from signing in"),
        ({}, "case-review@contoso-health.com", 400, "already exists in the directory"),
        ({}, "somebody@contoso-health.com", 400, "is a verified domain of this directory"),
        ({}, "ana+audit@fabrikam.com", 400, "Invalid email address"),
        ({}, ".ana@fabrikam.com", 400, "Invalid email address"),
        ({}, "ana@fabrikam", 400, "Invalid email address"),
        (
            {"invalidAddressText": "The invited user's email address is not valid."},
            "a@b",
            400,
            "is not valid",
        ),
        ({"allowInvitesFrom": "none"}, ADDRESS, 403, "Guest invitations not allowed"),
        (
            {"allowInvitesFrom": "adminsAndGuestInviters", "appHasUserInviteAll": False},
            ADDRESS,
            403,
            "Guest invitations not allowed",
        ),
        ({"abuseBlock": 0}, ADDRESS, 403, "due to suspicious activity"),
        ({"blockedDomains": "fabrikam.com, evil.example"}, ADDRESS, 403, "Guest invitations not allowed"),
        (
            {"allowedDomains": "other.example", "domainRefusal": 400},
            ADDRESS,
            400,
            "Guest invitations not allowed",
        ),
        ({"crossTenant": "blocked", "crossTenantRefusal": 400}, ADDRESS, 400, "cross-tenant access settings"),
        ({"dailyInvitations": 0}, ADDRESS, 429, "Too many requests"),
    ],
)
async def test_an_invitation_is_refused_in_the_words_of_the_service(
    entra: Entra, switches: dict[str, Any], address: str, status: int, words: str
) -> None:
    await entra.switch(**switches)
    answer = await entra.invite(address)
    assert answer.status == status
    assert words in answer.message
    assert await entra.ledger("user.created") == []


async def test_guest_inviters_may_invite_with_the_right_permission(entra: Entra) -> None:
    await entra.switch(allowInvitesFrom="adminsAndGuestInviters")
    assert (await entra.invite()).status == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"inviteRedirectUrl": None}, 400),
        ({"invitedUserType": "Member"}, 403),
        ({"invitedUserSponsors": [{"id": "11111111-1111-1111-1111-111111111111"}]}, 404),
        ({"nickname": "x"}, 400),
        ({"resetRedemption": True, "invitedUser": {"id": "11111111-1111-1111-1111-111111111111"}}, 400),
    ],
)
async def test_a_malformed_invitation_has_no_effect(entra: Entra, body: dict[str, Any], status: int) -> None:
    assert (await entra.invite(**body)).status == status
    assert await entra.ledger("user.created") == []


async def test_a_reset_makes_an_accepted_guest_pending_again(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.control("act", {"act": "accept", "address": ADDRESS})
    assert (await entra.invite(resetRedemption=True, invitedUser={"id": guest})).status == 201
    state = await entra.get(f"/users/{guest}", _select="externalUserState")
    assert state.body["externalUserState"] == "PendingAcceptance"


async def test_a_deleted_guest_cannot_be_invited_again(entra: Entra) -> None:
    await entra.call("DELETE", f"/users/{await entra.guest()}")
    assert "blocked from signing in" in (await entra.invite()).message


async def test_microsofts_mail_never_carries_the_inviters_words(entra: Entra) -> None:
    await entra.invite(
        sendInvitationMessage=True, invitedUserMessageInfo={"customizedMessageBody": "SECRET WORDS"}
    )
    [sent] = await entra.ledger("mail.sent")
    assert (sent["to"], sent["linkIsNewest"]) == ([ADDRESS], True)
    async with entra.http.get(f"{entra.url}/guest/ana/inbox") as inbox:
        text = await inbox.text()
    assert "Accept invitation" in text
    assert "SECRET WORDS" not in text


async def test_invitations_cannot_be_listed(entra: Entra) -> None:
    assert (await entra.get("/invitations")).status == 404


# -- assignments ----------------------------------------


async def test_an_assignment_is_made_once_read_back_and_removed_once(entra: Entra) -> None:
    guest, app = await entra.guest(), entra.app("health-records")
    made = await entra.assign(guest)
    assert made.status == 201
    assert (await entra.assign(guest)).message == "Permission being assigned already exists on the object"
    path = f"/servicePrincipals/{app['id']}/appRoleAssignedTo/{made.body['id']}"
    assert (await entra.get(path)).body["principalId"] == guest
    mine = await entra.get(f"/users/{guest}/appRoleAssignments", _filter=f"resourceId eq {app['id']}")
    assert [each["id"] for each in mine.value] == [made.body["id"]]
    assert [(await entra.call("DELETE", path)).status for _ in range(2)] == [204, 404]
    assert (await entra.get(path)).status == 404


@pytest.mark.parametrize(
    ("app", "role", "status"),
    [
        ("health-records", NO_ROLE, 400),
        ("bed-board", NO_ROLE, 201),
        ("bed-board", "11111111-1111-1111-1111-111111111111", 400),
        ("health-records", "nonsense", 400),
        ("microsoft-graph", 0, 400),
    ],
)
async def test_a_role_must_be_offered_to_users(entra: Entra, app: str, role: int | str, status: int) -> None:
    assert (await entra.assign(await entra.guest(), app, role)).status == status


async def test_what_a_group_is_assigned_shows_among_the_members_assignments(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.join("guests-health-records", guest)
    [assignment] = (await entra.get(f"/users/{guest}/appRoleAssignments")).value
    assert assignment["principalId"] == entra.group("guests-health-records")


async def test_an_app_is_found_by_app_id_and_gone_when_deleted(entra: Entra) -> None:
    app = entra.app("health-records")
    assert (await entra.get(f"/servicePrincipals(appId='{app['appId']}')")).body["id"] == app["id"]
    owners = (await entra.get(f"/servicePrincipals/{app['id']}/owners", _select="id")).value
    assert [owner["id"] for owner in owners] == app["owners"]
    await entra.control("act", {"act": "deleteApp", "app": "health-records"})
    assert (await entra.get(f"/servicePrincipals/{app['id']}")).status == 404
    assert (await entra.assign(await entra.guest())).status == 404


# -- groups ----------------------------------------


async def test_a_member_is_added_once_and_removed_once(entra: Entra) -> None:
    guest, group = await entra.guest(), entra.group("guests-health-records")
    assert (await entra.join("guests-health-records", guest)).status == 204
    assert "'members'" in (await entra.join("guests-health-records", guest)).message
    path = f"/groups/{group}/members/{guest}/$ref"
    assert [(await entra.call("DELETE", path)).status for _ in range(2)] == [204, 404]
    assert (await entra.get(f"/users/{guest}")).status == 200


async def test_deleting_a_member_without_ref_deletes_the_member(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.join("guests-health-records", guest)
    path = f"/groups/{entra.group('guests-health-records')}/members/{guest}"
    assert (await entra.call("DELETE", path)).status == 204
    assert (await entra.get(f"/users/{guest}")).status == 404


@pytest.mark.parametrize(
    ("group", "status"),
    [("all-clinicians", 400), ("onprem-imaging", 400), ("board", 403), ("case-review", 204)],
)
async def test_closed_groups_refuse_guests(entra: Entra, group: str, status: int) -> None:
    assert (await entra.join(group, await entra.guest())).status == status


async def test_members_are_bound_all_or_none_and_at_most_twenty(entra: Entra) -> None:
    group = entra.group("guests-health-records")
    guests = [await entra.guest(f"guest{number}@fabrikam.com") for number in range(3)]
    links = [f"{entra.url}/v1.0/directoryObjects/{guest}" for guest in guests]

    async def bind(given: list[str]) -> int:
        return (await entra.call("PATCH", f"/groups/{group}", {"members@odata.bind": given})).status

    assert await bind([*links, links[0][:-4] + "ffff"]) == 404
    assert await bind(links[:1] * 21) == 400
    assert (await entra.get(f"/groups/{group}/members")).value == []
    assert await bind(links) == 204
    members = (await entra.get(f"/groups/{group}/members/microsoft.graph.user", _select="id")).value
    assert [member["id"] for member in members] == guests


# -- policies, the bot's app ----------------------------------------


async def test_policies_say_what_the_switches_say(entra: Entra) -> None:
    await entra.switch(throttling="off", allowInvitesFrom="none", guestMfa=False, crossTenant="blocked")
    assert (await entra.get("/policies/authorizationPolicy")).body["allowInvitesFrom"] == "none"
    policy, *_ = (await entra.get("/identity/conditionalAccess/policies")).value
    assert policy["state"] == "disabled"
    default = await entra.get("/policies/crossTenantAccessPolicy/default")
    assert default.body["b2bCollaborationInbound"]["usersAndGroups"]["accessType"] == "blocked"
    assert (await entra.get("/identity/conditionalAccess/namedLocations")).value[0]["isTrusted"] is True


@pytest.mark.parametrize("key", ["InvitationsAllowedAndBlockedDomainsPolicy", "invitationsAllowedAndBlocked"])
async def test_the_domain_list_is_beta_only_and_json_in_text(entra: Entra, key: str) -> None:
    await entra.switch(blockedDomains="evil.example", domainListKey=key)
    path = "/policies/b2bManagementPolicies"
    assert (await entra.get(path)).status == 404
    [policy] = (await entra.call("GET", path, root="/beta")).value
    assert policy["definition"] == [
        f'{{"B2BManagementPolicy": {{"{key}": {{"BlockedDomains": ["evil.example"]}}}}}}'
    ]
    await entra.switch(domainListReadable=False)
    assert (await entra.call("GET", path, root="/beta")).status == 404


async def test_the_app_is_installed_for_a_person_with_the_permission_only(entra: Entra) -> None:
    bot = entra.story.bot
    [app] = (await entra.get("/appCatalogs/teamsApps", _filter=f"externalId eq '{bot['appId']}'")).value
    body = {"teamsApp@odata.bind": f"{entra.url}/v1.0/appCatalogs/teamsApps/{app['id']}"}
    path = f"/users/{entra.person('nia')}/teamwork/installedApps"
    assert (await entra.call("POST", path, body)).status == 403
    await entra.switch(installPermission=True)
    assert [(await entra.call("POST", path, body)).status for _ in range(2)] == [201, 409]

"""The audit log of the directory: who did what, in the shape, order and delay in which Graph tells it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.entra import Entra, opened

LOG = "/auditLogs/directoryAudits"
BOT = "4f0a2c75-8f0c-5b1e-9d57-2b1f6c0e7a31"


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened(auditLag=0, throttling="off") as sandbox:
        yield sandbox


async def told(entra: Entra, activity: str) -> list[dict[str, Any]]:
    return (await entra.get(LOG, _filter=f"activityDisplayName eq '{activity}'")).value


async def test_an_invitation_is_told_with_its_address_and_the_service_principal_that_made_it(
    entra: Entra,
) -> None:
    guest = await entra.guest()
    [entry] = await told(entra, "Invite external user")
    assert (entry["loggedByService"], entry["result"]) == ("Invited Users", "success")
    assert entry["initiatedBy"]["user"] is None
    assert (entry["initiatedBy"]["app"]["servicePrincipalId"], entry["initiatedBy"]["app"]["appId"]) == (
        BOT,
        None,
    )
    assert [target["id"] for target in entry["targetResources"]] == [guest]
    details = {each["key"]: each["value"] for each in entry["additionalDetails"]}
    assert details["invitedUserEmailAddress"] == "ana@fabrikam.com"
    [made] = await told(entra, "Add user")
    assert made["initiatedBy"]["app"]["displayName"] == "Microsoft B2B Admin Worker"


async def test_a_membership_names_the_member_then_the_group_and_an_assignment_the_app_then_the_user(
    entra: Entra,
) -> None:
    guest = await entra.guest()
    await entra.join("case-review", guest)
    await entra.assign(guest)
    [joined] = await told(entra, "Add member to group")
    assert [each["id"] for each in joined["targetResources"]] == [guest, entra.group("case-review")]
    modified = {p["displayName"]: p["newValue"] for p in joined["targetResources"][0]["modifiedProperties"]}
    assert modified["Group.ObjectID"] == f'"{entra.group("case-review")}"'
    [assigned] = await told(entra, "Add app role assignment grant to user")
    assert [each["type"] for each in assigned["targetResources"]] == ["ServicePrincipal", "User"]
    changed = {p["displayName"]: p["newValue"] for p in assigned["targetResources"][0]["modifiedProperties"]}
    app = entra.app("health-records")
    assert changed == {"AppRole.Id": f'"{app["appRoles"][0]["id"]}"', "User.ObjectID": f'"{guest}"'}


async def test_what_admins_do_in_the_portal_is_told_under_their_name(entra: Entra) -> None:
    guest, role = await entra.guest(), entra.app("health-records")["appRoles"][0]["id"]
    of = {"id": guest, "group": "case-review"}
    await entra.control("act", {"act": "addMember", **of})
    await entra.control("act", {"act": "removeMember", **of, "by": "megan"})
    await entra.control("act", {"act": "assign", "id": guest, "app": "health-records", "role": role})
    await entra.control("act", {"act": "removeAssignment", "id": guest, "app": "health-records"})
    await entra.control("act", {"act": "deleteGuest", "id": guest})
    by = {
        "Add member to group": "isaiah",
        "Remove member from group": "megan",
        "Add app role assignment grant to user": "isaiah",
        "Remove app role assignment from user": "isaiah",
        "Delete user": "isaiah",
    }
    for activity, person in by.items():
        [entry] = await told(entra, activity)
        assert entry["initiatedBy"]["user"]["id"] == entra.person(person), activity
        assert entry["initiatedBy"]["app"] is None


async def test_what_is_refused_is_not_in_the_log_and_what_is_there_already_neither(entra: Entra) -> None:
    guest = await entra.guest()
    assert [(await entra.assign(guest)).status for _ in range(2)] == [201, 400]
    assert len(await told(entra, "Add app role assignment grant to user")) == 1


async def test_an_entry_arrives_late_and_leaves_when_its_days_are_over(entra: Entra) -> None:
    await entra.switch(auditLag=3600)
    await entra.guest()
    assert await told(entra, "Invite external user") == []
    await entra.switch(auditLag=0)
    await entra.invite()
    assert len(await told(entra, "Invite external user")) == 1
    await entra.switch(auditDays=0)
    assert await told(entra, "Invite external user") == []


async def test_the_log_is_paged_newest_first_or_as_it_is_ordered(entra: Entra) -> None:
    await entra.control("act", {"act": "addAudits", "count": 25, "group": "case-review", "person": "megan"})
    times: list[str] = []
    answer = await entra.get(LOG, _top="10", _orderby="activityDateTime")
    while True:
        times += [entry["activityDateTime"] for entry in answer.value]
        if "@odata.nextLink" not in answer.body:
            break
        answer = await entra.call("GET", answer.body["@odata.nextLink"])
    assert times == sorted(times)
    assert len(times) == 25
    newest = [entry["activityDateTime"] for entry in (await entra.get(LOG)).value]
    assert newest == times[::-1]
    assert (await entra.get(LOG, _top="1001")).status == 400


async def test_the_log_is_filtered_by_time_activity_and_initiator_and_nothing_is_guessed(
    entra: Entra,
) -> None:
    await entra.guest()
    now = datetime.now(UTC)
    past, later = [f"{now + timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ}" for h in (-1, 1)]
    for text, count in {
        f"activityDateTime ge {past} and activityDateTime le {later}": 2,
        f"activityDateTime ge {later}": 0,
        f"(activityDisplayName eq 'Add user' or startswith(activityDisplayName,'Invite')) and "
        f"activityDateTime ge {past}": 2,
        "initiatedBy/app/displayName eq 'Guestlist'": 1,
        "initiatedBy/app/appId eq 'bb5439cc-b87f-58ae-8f2e-f778cae333de'": 0,
    }.items():
        assert len((await entra.get(LOG, _filter=text)).value) == count, text
    await entra.switch(auditAppId="named")
    await entra.invite()
    named = await entra.get(LOG, _filter="initiatedBy/app/appId eq 'bb5439cc-b87f-58ae-8f2e-f778cae333de'")
    assert len(named.value) == 1
    for text in ("initiatedBy/app/servicePrincipalId eq 'x'", "result eq 'success'", "activityDateTime gt x"):
        refused = await entra.get(LOG, _filter=text)
        assert (refused.status, refused.message) == (400, "Invalid filter clause")


async def test_without_its_permission_the_log_is_refused(entra: Entra) -> None:
    await entra.switch(auditPermission=False)
    refused = await entra.get(LOG)
    assert (refused.status, refused.body["error"]["code"]) == (403, "Authentication_MSGraphPermissionMissing")


async def test_reports_have_a_limit_of_their_own() -> None:
    async with opened() as entra:
        assert [(await entra.get(LOG)).status for _ in range(6)] == [200] * 5 + [429]
        assert (await entra.get("/users")).status == 200

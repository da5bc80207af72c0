"""The directory's audit log over HTTP: only our own identity's deeds, in the port's words."""

import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from access.ports import NewGroup, Refused
from access.rules.causes import Cause
from access.rules.model import Detail, ObjectId
from access.rules.reconcile import Deed
from access.rules.reconciled import Act
from bot.credential import StaticCredential
from bot.graph.accounts import GraphAccounts
from bot.graph.activity import GraphActivity
from bot.graph.client import GraphClient
from bot.graph.limits import LIMITS, Limit
from bot.graph.own_rights import OwnRights
from bot.graph.pacer import Pacer
from bot.graph.profiles import GraphProfiles
from bot.graph.self_service import GraphSelfService
from sandbox.settings import Settings
from tests.graph.conftest import CLINIC

HOUR = timedelta(hours=1)
APP_ID = CLINIC["bot"]["appId"]
QUICK = {**LIMITS, "reports": Limit(1000, 1000)}


@asynccontextmanager
async def activity_at(url: str) -> AsyncIterator[GraphActivity]:
    """Read a log that is throttled by nobody."""
    client = GraphClient(url, StaticCredential(Settings().token), Pacer(limits=QUICK))
    yield GraphActivity(client, APP_ID)
    await client.close()


@pytest.fixture
async def activity(entra: Any) -> AsyncIterator[GraphActivity]:
    await entra.switch(auditLag=0, throttling="off")
    async with activity_at(entra.url) as opened:
        yield opened


async def deeds(activity: GraphActivity) -> list[Deed]:
    now = datetime.now(UTC)
    return [deed async for deed in activity.deeds(now - HOUR, now + HOUR)]


async def call(entra: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Do something with Guestlist's own token, past Guestlist."""
    headers = {"Authorization": f"Bearer {Settings().token}"}
    async with entra.http.post(f"{entra.url}/v1.0{path}", json=body, headers=headers) as answer:
        assert answer.ok, await answer.text()
        text = await answer.text()
        return dict(json.loads(text)) if text else {}


async def a_guest(entra: Any) -> str:
    body = {"invitedUserEmailAddress": "ana@fabrikam.com", "inviteRedirectUrl": "https://x.example"}
    return str((await call(entra, "/invitations", body))["invitedUser"]["id"])


@pytest.mark.parametrize("named", ["absent", "named"])
async def test_what_our_identity_did_is_read_with_everything_that_an_approval_names(
    entra: Any, activity: GraphActivity, named: str
) -> None:
    await entra.switch(auditAppId=named)
    guest, app, group = await a_guest(entra), entra.app("health-records"), entra.group("case-review")
    role = entra.role("health-records").object_id
    joining = {"@odata.id": f"{entra.url}/v1.0/directoryObjects/{guest}"}
    await call(entra, f"/groups/{group}/members/$ref", joining)
    assigning = {"principalId": guest, "resourceId": app, "appRoleId": role}
    await call(entra, f"/servicePrincipals/{app}/appRoleAssignedTo", assigning)
    invited, joined, assigned = await deeds(activity)
    assert (invited.act, invited.principal, invited.address) == (Act.INVITATION, guest, "ana@fabrikam.com")
    assert (joined.act, joined.principal, joined.resource) == (Act.MEMBERSHIP, guest, group)
    assert (assigned.act, assigned.principal, assigned.resource) == (Act.ASSIGNMENT, guest, app)
    assert assigned.role == role
    assert invited.entry.startswith("Invited Users_")
    assert abs(datetime.now(UTC) - assigned.at) < HOUR
    assert "fabrikam" not in repr(invited)


async def test_power_that_our_identity_gave_to_an_application_or_group_is_a_deed_too(
    entra: Any, activity: GraphActivity
) -> None:
    graph_app = next(app for app in CLINIC["apps"] if app["key"] == "microsoft-graph")
    billing, group = entra.app("billing"), entra.group("case-review")
    for principal, app, role in (
        (billing, graph_app["id"], graph_app["appRoles"][0]["id"]),
        (group, entra.app("health-records"), entra.role("health-records").object_id),
    ):
        body = {"principalId": principal, "resourceId": app, "appRoleId": role}
        await call(entra, f"/servicePrincipals/{app}/appRoleAssignedTo", body)
    found = await deeds(activity)
    assert [(deed.act, deed.principal) for deed in found] == [
        (Act.ASSIGNMENT, billing),
        (Act.ASSIGNMENT, group),
    ]


async def test_acts_on_accounts_and_of_a_set_up_are_read_with_what_they_were_done_to(
    entra: Any, activity: GraphActivity
) -> None:
    guest, app, group = await a_guest(entra), entra.app("patient-portal"), entra.group("case-review")
    owner = entra.person("megan")
    client = GraphClient(entra.url, StaticCredential(Settings().token), Pacer(limits=QUICK))
    accounts = GraphAccounts(client)
    for act in (accounts.block, accounts.unblock, accounts.delete, accounts.put_back):
        await act(ObjectId(guest))
    setting_up = GraphSelfService(client, OwnRights(client, APP_ID))
    made = await setting_up.make(ObjectId(app), NewGroup("guestlist-1", "Guests", "x", [ObjectId(owner)]))
    await setting_up.require(ObjectId(app))
    await client.close()
    found = [(deed.act, deed.principal, deed.resource) for deed in (await deeds(activity))[1:]]
    assert found == [
        (Act.BLOCK, guest, ""),
        (Act.UNBLOCK, guest, ""),
        (Act.DELETION, guest, ""),
        (Act.RESTORING, guest, ""),
        (Act.GROUP, made.group_id, ""),
        (Act.OWNER, owner, made.group_id),
        (Act.REQUIRED, app, ""),
    ]
    assert group != made.group_id


async def test_what_our_identity_did_to_policies_is_read_however_microsoft_writes_it(
    entra: Any, activity: GraphActivity
) -> None:
    conditions = {
        "users": {"includeUsers": ["GuestsOrExternalUsers"]},
        "applications": {"includeApplications": ["All"]},
    }
    state, controls = "enabledForReportingButNotEnforced", {"operator": "OR", "builtInControls": ["mfa"]}
    body = {"displayName": "By hand", "state": state, "conditions": conditions, "grantControls": controls}
    policy = (await call(entra, "/identity/conditionalAccess/policies", body))["id"]
    url = f"{entra.url}/v1.0/identity/conditionalAccess/policies/{policy}"
    headers = {"Authorization": f"Bearer {Settings().token}"}
    async with entra.http.patch(url, json={"state": "enabled"}, headers=headers) as answer:
        assert answer.ok, await answer.text()
    async with entra.http.delete(url, headers=headers) as answer:
        assert answer.ok, await answer.text()
    of_policy = (Act.POLICY_MADE, Act.POLICY_CHANGED, Act.POLICY_DELETED)
    assert [(deed.act, deed.principal) for deed in await deeds(activity)] == [
        (act, policy) for act in of_policy
    ]
    row = {
        "id": "e1",
        "activityDisplayName": "Update Conditional Access policy",
        "activityDateTime": "2026-11-21T09:00:00Z",
        "initiatedBy": {"app": {"servicePrincipalId": "our-own"}},
        "targetResources": [{"id": "P1", "type": "Policy", "modifiedProperties": []}],
    }
    async with (
        serving([row, row | {"activityDisplayName": "Add named location"}]) as url,
        activity_at(url) as other,
    ):
        assert [(deed.act, deed.principal) for deed in await deeds(other)] == [(Act.POLICY_CHANGED, "p1")]


async def test_details_that_were_written_are_read_and_an_update_beside_a_block_is_no_deed_of_its_own(
    entra: Any, activity: GraphActivity
) -> None:
    guest = await a_guest(entra)
    client = GraphClient(entra.url, StaticCredential(Settings().token), Pacer(limits=QUICK))
    await GraphProfiles(client).write(ObjectId(guest), {Detail.NAME: "Ana Sousa", Detail.COMPANY: "Contoso"})
    await GraphAccounts(client).block(ObjectId(guest))
    await client.close()
    headers = {"Authorization": f"Bearer {Settings().token}"}
    async with entra.http.patch(
        f"{entra.url}/v1.0/users/{guest}", json={"usageLocation": "DE"}, headers=headers
    ) as answer:
        assert answer.ok, await answer.text()
    found = [(deed.act, deed.principal, set(deed.details)) for deed in (await deeds(activity))[1:]]
    assert found == [
        (Act.PROFILE, guest, {"name", "company"}),
        (Act.BLOCK, guest, set()),
        (Act.PROFILE, guest, {"UsageLocation"}),
    ]


async def test_what_was_written_under_another_name_of_ours_is_asked_for_by_our_id(
    entra: Any, activity: GraphActivity
) -> None:
    await deeds(activity)
    asked = [str(call) for call in await entra.calls("GET", "/auditLogs/directoryAudits")]
    assert any("Update user" in one and f"initiatedBy/app/appId eq '{APP_ID}'" in one for one in asked), asked


async def test_what_others_did_is_none_of_its_business(entra: Any, activity: GraphActivity) -> None:
    guest = await a_guest(entra)
    by_admin = {"id": guest, "group": "case-review"}
    await entra.control("act", {"act": "addMember", **by_admin})
    await entra.control("act", {"act": "removeMember", **by_admin})
    await entra.control("act", {"act": "addAudits", "count": 30, "group": "case-review", "person": "megan"})
    assert [deed.act for deed in await deeds(activity)] == [Act.INVITATION]


async def test_only_the_time_asked_for_is_read_and_our_own_id_is_asked_once(
    entra: Any, activity: GraphActivity
) -> None:
    await a_guest(entra)
    now = datetime.now(UTC)
    assert [deed async for deed in activity.deeds(now + HOUR, now + 2 * HOUR)] == []
    assert len([deed async for deed in activity.deeds(now - HOUR, now + HOUR)]) == 1
    assert len(await entra.calls("GET", f"/servicePrincipals(appId='{APP_ID}')")) == 1


async def test_the_oldest_entry_says_how_far_back_the_log_goes(entra: Any, activity: GraphActivity) -> None:
    assert await activity.oldest() is None
    await entra.control("act", {"act": "addAudits", "count": 3, "group": "case-review", "person": "megan"})
    oldest = await activity.oldest()
    assert oldest is not None
    assert abs(datetime.now(UTC) - oldest) < HOUR


async def test_a_log_without_its_permission_is_refused_in_words(entra: Any, activity: GraphActivity) -> None:
    await entra.switch(auditPermission=False)
    with pytest.raises(Refused) as refused:
        await deeds(activity)
    assert refused.value.cause is Cause.RIGHTS_MISSING


async def test_a_shape_that_microsoft_documents_otherwise_is_read_all_the_same(
    activity: GraphActivity,
) -> None:
    """Its sample has the group first and no property of the member's."""
    row = {
        "id": "e1",
        "activityDisplayName": "Add member to group",
        "activityDateTime": "2018-01-09T21:20:02.7215374Z",
        "result": "success",
        "initiatedBy": {"user": None, "app": {"appId": APP_ID, "servicePrincipalId": None}},
        "targetResources": [
            {"id": "GROUP", "Type": "Group", "type": "Group", "modifiedProperties": []},
            {"id": "USER", "type": "User", "modifiedProperties": []},
        ],
        "additionalDetails": None,
    }
    async with serving([row]) as url, activity_at(url) as other:
        [deed] = await deeds(other)
    assert (deed.principal, deed.resource) == ("user", "group")
    assert deed.at == datetime(2018, 1, 9, 21, 20, 2, 721537, tzinfo=UTC)


@pytest.mark.parametrize("broken", [{"activityDateTime": "soon"}, {"targetResources": ["x"]}, {"id": None}])
async def test_an_entry_of_an_unknown_shape_is_refused_and_no_bug(broken: dict[str, Any]) -> None:
    row = {
        "id": "e1",
        "activityDisplayName": "Add member to group",
        "activityDateTime": "2018-01-09T21:20:02Z",
        "initiatedBy": {"app": {"servicePrincipalId": "our-own"}},
        "targetResources": [{"id": "user", "type": "User"}],
        **broken,
    }
    if row["id"] is None:
        del row["id"]
    async with serving([row]) as url, activity_at(url) as other:
        with pytest.raises(Refused):
            await deeds(other)


@asynccontextmanager
async def serving(rows: list[dict[str, Any]], pages: int = 1) -> AsyncIterator[str]:
    """Serve the same page so many times, and who we are."""

    async def answer(request: web.Request) -> web.Response:
        if "servicePrincipals" in request.path:
            return web.json_response({"id": "our-own"})
        page = int(request.query.get("$skiptoken", "1"))
        body: dict[str, Any] = {"value": rows}
        if page < pages:
            body["@odata.nextLink"] = f"http://{request.host}{request.path}?$skiptoken={page + 1}"
        return web.json_response(body)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_ten_thousand_entries_are_read_in_no_more_memory_than_two_thousand() -> None:
    row = {
        "id": "Directory_1",
        "activityDisplayName": "Add member to group",
        "activityDateTime": "2026-11-21T09:00:00.0000000Z",
        "initiatedBy": {"user": {"id": "somebody"}, "app": None},
        "targetResources": [{"id": "x", "type": "User", "modifiedProperties": []}],
        "additionalDetails": [],
    }
    peaks = []
    for pages in (2, 2, 10):
        async with serving([row] * 1000, pages) as url, activity_at(url) as activity:
            tracemalloc.start()
            assert await deeds(activity) == []
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[2] < 2 * peaks[1], "five times as much is read"

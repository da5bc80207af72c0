"""Making a group for an app's guests in the sandbox's tenant, with Graph's statuses and words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.entra import Entra, opened

NEW: dict[str, Any] = {
    "displayName": "Portal guests",
    "mailEnabled": False,
    "mailNickname": "guestlist-1",
    "securityEnabled": True,
}


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


def of(entra: Entra, kind: str, key: str) -> str:
    return next(str(one["id"]) for one in entra.story.raw[kind] if one["key"] == key)


async def test_a_group_is_made_with_owners_and_found_by_its_nickname(entra: Entra) -> None:
    megan = entra.person("megan")
    owners = {"owners@odata.bind": [f"{entra.url}/v1.0/users/{megan}"]}
    made = await entra.call("POST", "/groups", NEW | owners)
    assert made.status == 201
    found = await entra.get("/groups", _filter="mailNickname eq 'guestlist-1'", _select="id")
    assert found.value == [{"id": made.body["id"]}]
    owned = await entra.get(f"/groups/{made.body['id']}/owners", _select="id")
    assert [one["id"] for one in owned.value] == [megan]
    again = await entra.call("POST", "/groups", NEW)
    assert (again.status, again.body["id"] != made.body["id"]) == (201, True)


@pytest.mark.parametrize("lacks", sorted(NEW))
async def test_what_a_group_must_have_is_said(entra: Entra, lacks: str) -> None:
    answer = await entra.call("POST", "/groups", {k: v for k, v in NEW.items() if k != lacks})
    assert answer.status == 400
    assert answer.message == f"A value is required for property '{lacks}' of resource 'Group'."


async def test_an_owner_is_added_once(entra: Entra) -> None:
    group, person = of(entra, "groups", "guests-health-records"), entra.person("megan")
    body = {"@odata.id": f"{entra.url}/v1.0/users/{person}"}
    assert (await entra.call("POST", f"/groups/{group}/owners/$ref", body)).status == 204
    twice = await entra.call("POST", f"/groups/{group}/owners/$ref", body)
    assert (twice.status, "already exist" in twice.message) == (400, True)


async def test_an_app_is_changed_to_require_assignment_and_in_nothing_else(entra: Entra) -> None:
    path = f"/servicePrincipals/{of(entra, 'apps', 'patient-portal')}"
    assert (await entra.call("PATCH", path, {"appRoleAssignmentRequired": False})).status == 204
    assert (await entra.get(path)).body["appRoleAssignmentRequired"] is False
    assert (await entra.call("PATCH", path, {"displayName": "Mine"})).status == 400


@pytest.mark.parametrize(
    ("withheld", "method", "path", "body"),
    [
        ("Group.Create,Group.ReadWrite.All", "POST", "/groups", NEW),
        ("Group.ReadWrite.All", "POST", "/groups/{group}/owners/$ref", {}),
        (
            "Application.ReadWrite.All",
            "PATCH",
            "/servicePrincipals/{app}",
            {"appRoleAssignmentRequired": True},
        ),
        ("AppRoleAssignment.ReadWrite.All", "POST", "/servicePrincipals/{app}/appRoleAssignedTo", {}),
    ],
)
async def test_a_permission_that_is_withheld_is_missed_and_not_listed(
    entra: Entra, withheld: str, method: str, path: str, body: Any
) -> None:
    own = entra.story.bot["servicePrincipalId"]
    every = await entra.get(f"/servicePrincipals/{own}/appRoleAssignments")
    await entra.switch(withheldPermissions=withheld)
    ids = {"group": of(entra, "groups", "guests-health-records"), "app": of(entra, "apps", "patient-portal")}
    answer = await entra.call(method, path.format(**ids), body)
    assert (answer.status, answer.body["error"]["code"]) == (403, "Authorization_RequestDenied")
    held = await entra.get(f"/servicePrincipals/{own}/appRoleAssignments")
    assert len(held.value) == len(every.value) - len(withheld.split(","))


async def test_settings_say_where_guests_are_barred(entra: Entra) -> None:
    board, review = (of(entra, "groups", key) for key in ("board", "case-review"))
    [barred] = (await entra.get(f"/groups/{board}/settings")).value
    assert barred["values"] == [{"name": "AllowToAddGuests", "value": "false"}]
    assert (await entra.get(f"/groups/{review}/settings")).value == []
    assert (await entra.get("/groupSettings")).value == []
    await entra.switch(tenantAddsGuests=False)
    [tenant] = (await entra.get("/groupSettings")).value
    assert tenant["displayName"] == "Group.Unified"


async def test_what_the_tenant_bought_says_whether_it_has_p1(entra: Entra) -> None:
    def plans(answer: Any) -> list[str]:
        return [plan["servicePlanName"] for sku in answer.value for plan in sku["servicePlans"]]

    assert plans(await entra.get("/subscribedSkus")) == ["AAD_PREMIUM"]
    await entra.switch(signInLicence=False)
    assert "AAD_PREMIUM" not in plans(await entra.get("/subscribedSkus"))

"""Conditional Access over Graph: reading, writing, what is refused, `evaluate`, and who has registered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.entra import Entra, opened

Json = dict[str, Any]
POLICIES, PLACES = "/identity/conditionalAccess/policies", "/identity/conditionalAccess/namedLocations"
AUDITS, OURS = "/auditLogs/directoryAudits", "loggedByService eq 'Conditional Access'"
EVALUATE, RESISTANT = "/identity/conditionalAccess/evaluate", "00000000-0000-0000-0000-000000000004"
STRANGER = "11111111-0000-4000-8000-000000000001"
FUTURE = {"Prefer": "include-unknown-enum-members"}
GUESTS: Json = {
    "guestOrExternalUserTypes": "b2bCollaborationGuest",
    "externalTenants": {
        "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
        "membershipKind": "all",
    },
}
MFA: Json = {"operator": "OR", "builtInControls": ["mfa"]}


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened(throttling="off", auditLag=0) as sandbox:
        yield sandbox


def body(**more: Any) -> Json:
    usual: Json = {
        "displayName": "Draft",
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "users": {"includeGuestsOrExternalUsers": GUESTS},
            "applications": {"includeApplications": ["All"]},
        },
        "grantControls": MFA,
    }
    return usual | more


def typed(types: object) -> Json:
    return {"includeGuestsOrExternalUsers": GUESTS | {"guestOrExternalUserTypes": types}}


def about(users: Json | None = None, **conditions: Any) -> Json:
    usual = {"applications": {"includeApplications": ["All"]}, "users": users or {"includeUsers": ["All"]}}
    return body(conditions=usual | conditions)


async def names(entra: Entra) -> list[str]:
    return [each["displayName"] for each in (await entra.get(POLICIES)).value]


async def test_the_story_has_policies_of_which_two_are_enforced(entra: Entra) -> None:
    found = {each["displayName"]: each["state"] for each in (await entra.get(POLICIES)).value}
    assert [name for name, state in found.items() if state == "enabled"] == [
        "Guests: MFA",
        "Admins: phishing-resistant sign-in",
    ]
    assert found["Guests: managed devices"] == "enabledForReportingButNotEnforced"
    assert len(found) == 6


async def test_a_policy_is_made_changed_and_deleted_and_the_audit_log_says_so(entra: Entra) -> None:
    made = await entra.call("POST", POLICIES, body())
    assert made.status == 201
    where = f"{POLICIES}/{made.body['id']}"
    conditions = made.body["conditions"]
    assert conditions["clientAppTypes"] == ["all"]
    assert (conditions["users"]["excludeUsers"], conditions["platforms"]) == ([], None)
    assert made.body["grantControls"]["termsOfUse"] == []
    assert (await entra.call("PATCH", where, {"state": "enabled"})).status == 204
    read = await entra.get(where)
    assert (read.body["state"], read.body["conditions"]) == ("enabled", conditions)
    assert read.body["modifiedDateTime"]
    assert (await entra.call("DELETE", where)).status == 204
    assert (await entra.get(where)).status == 404
    audits = (await entra.get(AUDITS, _filter=OURS)).value
    assert [(each["activityDisplayName"], each["category"]) for each in reversed(audits)] == [
        (f"{act} conditional access policy", "Policy") for act in ("Add", "Update", "Delete")
    ]
    assert {each["initiatedBy"]["app"]["displayName"] for each in audits} == {"Guestlist"}
    [change] = audits[1]["targetResources"][0]["modifiedProperties"]
    assert '"state": "enabled"' in change["newValue"]
    assert '"state": "enabled"' not in change["oldValue"]
    kinds = [f"policy.{act}" for act in ("added", "updated", "deleted")]
    assert [len(await entra.ledger(kind)) for kind in kinds] == [1, 1, 1]


async def test_two_policies_may_have_one_name(entra: Entra) -> None:
    first, second = [await entra.call("POST", POLICIES, body()) for _ in range(2)]
    assert first.body["id"] != second.body["id"]
    assert (await names(entra)).count("Draft") == 2


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            about(
                {
                    "includeGuestsOrExternalUsers": GUESTS
                    | {"guestOrExternalUserTypes": ["b2bCollaborationGuest"]}
                }
            ),
            "1007",
        ),
        (about({"includeGuestsOrExternalUsers": GUESTS | {"guestOrExternalUserTypes": "guest"}}), "1007"),
        (
            about({"includeUsers": ["GuestsOrExternalUsers"], "includeGuestsOrExternalUsers": GUESTS}),
            "cannot be combined",
        ),
        (
            body(
                grantControls=MFA | {"authenticationStrength": {"id": "00000000-0000-0000-0000-000000000002"}}
            ),
            "1108",
        ),
        (body(grantControls={"operator": "OR", "authenticationStrength": {"id": "unknown"}}), "1007"),
        (body(grantControls={"operator": "OR", "builtInControls": ["bloodTest"]}), "1007"),
        (body(state="on"), "1007"),
        (body(colour="red"), "1007"),
        (body(displayName=""), "displayName"),
        (body(grantControls=None), "grantControls"),
        (about(platforms={"includePlatforms": ["amiga"]}), "1007"),
        (about(moonPhase={"include": ["full"]}), "1007"),
        (about({"includeUsers": "All"}), "1007"),
        (about({"includeGuestsOrExternalUsers": "b2bCollaborationGuest"}), "1007"),
        (about(applications="All"), "1007"),
        (body(conditions=None), "1007"),
        (body(grantControls={"operator": "OR", "authenticationStrength": RESISTANT}), "1007"),
        (body(stateFrom="guestMfa"), "1007"),
        (about({"excludeUsers": ["All"]}), "users"),
        (about({"includeUsers": [STRANGER]}), "was not found in the directory"),
        (
            about(locations={"includeLocations": [STRANGER]}),
            "unknown named location",
        ),
        (
            about(
                applications={
                    "includeApplications": ["All"],
                    "includeUserActions": ["urn:user:registerdevice"],
                }
            ),
            "1012",
        ),
    ],
)
async def test_a_policy_that_graph_does_not_take_is_refused(entra: Entra, sent: Json, words: str) -> None:
    answer = await entra.call("POST", POLICIES, sent)
    assert (answer.status, answer.body["error"]["code"]) == (400, "BadRequest")
    assert words in answer.message
    assert "Draft" not in await names(entra)


async def test_what_is_left_out_of_a_change_stays_as_it_is(entra: Entra) -> None:
    where = f"{POLICIES}/{(await entra.call('POST', POLICIES, body())).body['id']}"
    strength = {"operator": "OR", "authenticationStrength": {"id": RESISTANT}}
    refused = await entra.call("PATCH", where, {"grantControls": strength})
    assert "1108" in refused.message
    assert (
        await entra.call("PATCH", where, {"grantControls": strength | {"builtInControls": []}})
    ).status == 204
    found = (await entra.get(where)).body
    assert found["grantControls"]["authenticationStrength"]["displayName"] == "Phishing resistant MFA"
    assert found["conditions"]["users"]["includeGuestsOrExternalUsers"] == GUESTS


async def test_words_of_the_future_are_told_to_whoever_asks_for_them(entra: Entra) -> None:
    linux = {"includePlatforms": ["windows", "linux"]}
    made = await entra.call("POST", POLICIES, about(platforms=linux))
    where = f"{POLICIES}/{made.body['id']}"
    for headers, told in ((FUTURE, "linux"), ({}, "unknownFutureValue")):
        found = await entra.call("GET", where, headers=headers)
        assert found.body["conditions"]["platforms"]["includePlatforms"] == ["windows", told]


@pytest.mark.parametrize(
    "withheld", ["Policy.ReadWrite.ConditionalAccess", "Application.Read.All", "policyPermission"]
)
async def test_a_write_takes_three_permissions(entra: Entra, withheld: str) -> None:
    await entra.switch(
        **({withheld: False} if withheld == "policyPermission" else {"withheldPermissions": withheld})
    )
    where = f"{POLICIES}/{entra.story.raw['conditionalAccess'][0]['id']}"
    for method, path, sent in (
        ("POST", POLICIES, body()),
        ("PATCH", where, {"state": "disabled"}),
        ("DELETE", where, None),
    ):
        answer = await entra.call(method, path, sent)
        assert (answer.status, answer.body["error"]["code"]) == (403, "AccessDenied")
    readable = await entra.get(POLICIES)
    assert readable.status == (403 if withheld == "policyPermission" else 200)
    assert await entra.ledger("policy.deleted") == []


async def test_writes_share_the_one_request_a_second_and_say_nothing_of_when(entra: Entra) -> None:
    await entra.switch(throttling="documented")
    answers = [await entra.get(PLACES), await entra.call("POST", POLICIES, body())]
    assert [answer.status for answer in answers] == [200, 429]
    assert "Retry-After" not in answers[1].headers


async def test_the_switch_of_the_guests_mfa_and_the_policy_are_one_thing(entra: Entra) -> None:
    where = f"{POLICIES}/{entra.story.raw['conditionalAccess'][0]['id']}"
    for position, state in (
        (False, "disabled"),
        ("reportOnly", "enabledForReportingButNotEnforced"),
        (True, "enabled"),
    ):
        await entra.switch(guestMfa=position)
        assert (await entra.get(where)).body["state"] == state
    await entra.call("PATCH", where, {"state": "disabled"})
    assert (await entra.control("switches"))["guestMfa"]["value"] is False


async def test_an_admin_changes_a_state_in_the_portal_and_the_log_names_them(entra: Entra) -> None:
    act = {"act": "setPolicy", "policy": "Health Records: terms of use", "state": "enabled"}
    await entra.control("act", act)
    assert {"displayName": act["policy"], "state": "enabled"}.items() <= next(
        each for each in (await entra.control("state"))["policies"] if each["displayName"] == act["policy"]
    ).items()
    [entry] = (await entra.get(AUDITS, _filter=OURS)).value
    assert entry["initiatedBy"]["user"]["displayName"] == "Isaiah Langer"
    for wrong in ({**act, "state": "on"}, {**act, "policy": "No such"}):
        async with entra.http.post(f"{entra.url}/sandbox/act", json=wrong) as answer:
            assert answer.status == 400


async def test_named_locations_are_read_and_made(entra: Entra) -> None:
    countries = {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Where we work"}
    made = await entra.call("POST", PLACES, countries | {"countriesAndRegions": ["FR"]})
    assert (made.status, made.body["includeUnknownCountriesAndRegions"]) == (201, False)
    assert (await entra.get(f"{PLACES}/{made.body['id']}")).body["countriesAndRegions"] == ["FR"]
    assert [each["displayName"] for each in (await entra.get(PLACES)).value].count("Where we work") == 2
    ranges = {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Here"}
    for wrong in (
        countries,
        ranges,
        ranges | {"ipRanges": [{"cidrAddress": "300.0.0.1/8"}]},
        {"displayName": "Untyped"},
    ):
        assert (await entra.call("POST", PLACES, wrong)).status == 400
    assert (await entra.get(f"{PLACES}/unknown")).status == 404


async def test_strengths_and_security_defaults_are_read(entra: Entra) -> None:
    found = (await entra.get("/identity/conditionalAccess/authenticationStrength/policies")).value
    assert [each["id"][-1] for each in found] == ["2", "3", "4"]
    path = "/policies/identitySecurityDefaultsEnforcementPolicy"
    assert (await entra.get(path)).body["isEnabled"] is False
    await entra.switch(securityDefaults=True)
    assert (await entra.get(path)).body["isEnabled"] is True
    await entra.switch(policyPermission=False)
    assert (await entra.get(path)).status == 403


# -- what is foreseen, and who has registered ----------------------------------------


def question(identity: Json, **conditions: Any) -> Json:
    return {
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", **identity},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": ["da664a73-ce64-5d09-bb8a-d62310b976ab"],
        },
        "signInConditions": {"devicePlatform": "windows", "clientAppType": "browser", **conditions},
    }


async def evaluated(entra: Entra, asked: Json) -> dict[str, str]:
    answer = await entra.call("POST", EVALUATE, asked)
    assert all(each["policyApplies"] == (each["analysisReasons"] == "notSet") for each in answer.value)
    return {each["displayName"]: each["analysisReasons"] for each in answer.value}


async def test_evaluate_says_of_each_policy_whether_it_applies_and_why_not(entra: Entra) -> None:
    guest = {"userId": await entra.guest()}
    await entra.control(
        "act", {"act": "setPolicy", "policy": "Health Records: only where we work", "state": "enabled"}
    )
    assert await evaluated(entra, question(guest, country="BR")) == {
        "Guests: MFA": "notSet",
        "Health Records: only where we work": "notSet",
        "Guests: known platforms only": "policyNotEnabled",
        "Health Records: terms of use": "policyNotEnabled",
        "Guests: managed devices": "notSet",
        "Admins: phishing-resistant sign-in": "users",
    }
    at_work = await evaluated(entra, question(guest, country="US") | {"appliedPoliciesOnly": True})
    assert list(at_work) == ["Guests: MFA", "Guests: managed devices"]
    wrong = question(guest, ipAddress="here")
    assert (await entra.call("POST", EVALUATE, wrong)).status == 400
    untold = await evaluated(entra, question(guest))
    assert untold["Health Records: only where we work"] == "notEnoughInformation"


async def test_evaluate_may_take_a_guest_who_is_not_there_yet(entra: Entra) -> None:
    stranger = {
        "externalUserType": "b2bCollaborationGuest",
        "externalTenantId": "0e71112a-6a5d-54dd-ac20-9a421112bb52",
    }
    assert (await evaluated(entra, question(stranger)))["Guests: MFA"] == "notSet"
    await entra.switch(evaluateStrangers=False)
    assert (await entra.call("POST", EVALUATE, question(stranger))).status == 400


async def test_evaluate_is_not_everywhere_and_needs_one_of_three_permissions(entra: Entra) -> None:
    asked = question({"userId": await entra.guest()})
    reads = "Policy.Read.ConditionalAccess, Policy.ReadWrite.ConditionalAccess"
    await entra.switch(withheldPermissions=reads)
    assert (await entra.call("POST", EVALUATE, asked)).status == 200
    await entra.switch(policyPermission=False)
    assert (await entra.call("POST", EVALUATE, asked)).status == 403
    await entra.switch(evaluate="absent")
    assert (await entra.call("POST", EVALUATE, asked)).status == 404


async def test_the_report_of_methods_says_guest_in_lower_case(entra: Entra) -> None:
    guest, path = await entra.guest(), "/reports/authenticationMethods/userRegistrationDetails"
    [row] = (await entra.get(path, _filter="userType eq 'guest'")).value
    assert (row["id"], row["isMfaRegistered"], row["methodsRegistered"]) == (guest, False, [])
    entra.world.tenant.registered.add(guest)
    [row] = (await entra.get(path, _filter="userType eq 'guest' and isMfaRegistered eq true")).value
    assert "softwareOneTimePasscode" in row["methodsRegistered"]
    await entra.switch(auditPermission=False)
    assert (await entra.get(path)).status == 403
    await entra.switch(auditPermission=True, signInLicence=False)
    assert (await entra.get(path)).body["error"]["code"].startswith("Authentication_RequestFromNonPremium")

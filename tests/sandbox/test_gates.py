"""When a policy applies to a sign-in, what it asks of a guest, and how that ends: each rule both ways."""

from typing import Any

import pytest

from sandbox.entra.gates import REGISTERING, SignIn, why_not
from sandbox.entra.passage import Standing, Step, judge, told

Json = dict[str, Any]
APP, OTHER_APP, ANA, TEAM, FABRIKAM, TERMS = "app", "other-app", "ana", "team", "fabrikam", "terms"
OFFICE: Json = {"id": "office", "isTrusted": True, "ipRanges": [{"cidrAddress": "203.0.113.0/24"}]}
BRANCH: Json = {"id": "branch", "isTrusted": False, "ipRanges": [{"cidrAddress": "2001:db8:1::/48"}]}
DACH: Json = {"id": "dach", "countriesAndRegions": ["DE", "AT"], "includeUnknownCountriesAndRegions": False}
NOWHERE: Json = {"id": "nowhere", "countriesAndRegions": [], "includeUnknownCountriesAndRegions": True}
PLACES = [OFFICE, BRANCH, DACH, NOWHERE]


def sign_in(**facts: Any) -> SignIn:
    usual: Json = {
        "user": ANA,
        "kind": "b2bCollaborationGuest",
        "home": FABRIKAM,
        "groups": frozenset({TEAM}),
        "app": APP,
        "platform": "windows",
        "address": "192.0.2.1",
        "country": "DE",
    }
    return SignIn(**usual | facts)


def policy(grant: Json | None = None, *, name: str = "P", state: str = "enabled", **conditions: Any) -> Json:
    usual: Json = {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}}
    controls = grant or {"operator": "OR", "builtInControls": ["block"]}
    return {
        "id": name,
        "displayName": name,
        "state": state,
        "conditions": usual | conditions,
        "grantControls": controls,
    }


def demand(*controls: str, operator: str = "OR", **more: Any) -> Json:
    return {"operator": operator, "builtInControls": list(controls), **more}


def external(types: str, *tenants: str) -> Json:
    kind = (
        {"membershipKind": "enumerated", "members": list(tenants)} if tenants else {"membershipKind": "all"}
    )
    return {"guestOrExternalUserTypes": types, "externalTenants": kind}


USERS: list[tuple[Json, bool]] = [
    ({"includeUsers": ["All"]}, True),
    ({"includeUsers": ["None"]}, False),
    ({"includeUsers": [ANA]}, True),
    ({"includeUsers": ["somebody"]}, False),
    ({"includeUsers": ["All"], "excludeUsers": [ANA]}, False),
    ({"includeUsers": ["All"], "excludeUsers": ["somebody"]}, True),
    ({"includeGroups": [TEAM]}, True),
    ({"includeGroups": ["others"]}, False),
    ({"includeUsers": [ANA], "excludeGroups": [TEAM]}, False),
    ({"includeRoles": ["admins"]}, False),
    ({"includeUsers": ["GuestsOrExternalUsers"]}, True),
    ({"includeUsers": ["All"], "excludeUsers": ["GuestsOrExternalUsers"]}, False),
    ({"includeGuestsOrExternalUsers": external("internalGuest,b2bCollaborationGuest")}, True),
    ({"includeGuestsOrExternalUsers": external("internalGuest,serviceProvider")}, False),
    ({"includeGuestsOrExternalUsers": external("b2bCollaborationGuest", FABRIKAM.upper())}, True),
    ({"includeGuestsOrExternalUsers": external("b2bCollaborationGuest", "northwind")}, False),
    (
        {
            "includeUsers": ["All"],
            "excludeGuestsOrExternalUsers": external("b2bCollaborationGuest", FABRIKAM),
        },
        False,
    ),
]


@pytest.mark.parametrize(("users", "applies"), USERS)
def test_whom_a_policy_is_for(users: Json, applies: bool) -> None:  # noqa: FBT001 - of a table
    assert why_not(policy(users=users), sign_in(), PLACES) == ("" if applies else "users")


@pytest.mark.parametrize(
    ("apps", "why"),
    [
        ({"includeApplications": ["All"]}, ""),
        ({"includeApplications": [APP.upper()]}, ""),
        ({"includeApplications": [OTHER_APP]}, "application"),
        ({"includeApplications": ["None"]}, "application"),
        ({"includeApplications": ["All"], "excludeApplications": [APP]}, "application"),
        ({"includeApplications": ["All"], "excludeApplications": [OTHER_APP]}, ""),
        ({"includeApplications": ["Office365"]}, "application"),
        ({"includeUserActions": [REGISTERING]}, "userActions"),
        ({"includeAuthenticationContextClassReferences": ["c1"]}, "authenticationContext"),
    ],
)
def test_for_which_app_a_policy_is(apps: Json, why: str) -> None:
    assert why_not(policy(applications=apps), sign_in(), PLACES) == why


@pytest.mark.parametrize(
    ("include", "exclude", "platform", "applies"),
    [
        (["all"], [], "other", True),
        (["iOS", "windows"], [], "windows", True),
        (["iOS", "android"], [], "windows", False),
        (["all"], ["windows"], "windows", False),
        (["all"], ["android", "iOS", "windows", "macOS", "linux"], "other", True),
        (["all"], ["android", "iOS", "windows", "macOS", "linux"], "linux", False),
    ],
)
def test_on_which_platforms_a_policy_applies(
    include: list[str],
    exclude: list[str],
    platform: str,
    applies: bool,  # noqa: FBT001 - of a table
) -> None:
    row = policy(platforms={"includePlatforms": include, "excludePlatforms": exclude})
    assert why_not(row, sign_in(platform=platform), PLACES) == ("" if applies else "devicePlatform")


@pytest.mark.parametrize(
    ("include", "exclude", "facts", "applies"),
    [
        (["All"], [], {}, True),
        (["All"], ["AllTrusted"], {}, True),
        (["All"], ["AllTrusted"], {"address": "203.0.113.9"}, False),
        (["AllTrusted"], [], {"address": "2001:db8:1::9"}, False),
        (["office"], [], {"address": "203.0.113.9"}, True),
        (["office"], [], {"address": "203.0.114.9"}, False),
        (["branch"], [], {"address": "2001:db8:1::9"}, True),
        (["dach"], [], {"country": "AT"}, True),
        (["dach"], [], {"country": "US"}, False),
        (["All"], ["dach"], {"country": "DE"}, False),
        (["dach"], ["office"], {"address": "203.0.113.9"}, False),
        (["nowhere"], [], {"country": ""}, True),
        (["dach"], [], {"country": ""}, False),
        (["gone"], [], {}, False),
    ],
)
def test_from_which_places_a_policy_applies(
    include: list[str],
    exclude: list[str],
    facts: Json,
    applies: bool,  # noqa: FBT001 - of a table
) -> None:
    row = policy(locations={"includeLocations": include, "excludeLocations": exclude})
    assert why_not(row, sign_in(**facts), PLACES) == ("" if applies else "location")


@pytest.mark.parametrize(
    ("conditions", "facts", "why"),
    [
        ({"clientAppTypes": ["browser"]}, {}, ""),
        ({"clientAppTypes": ["mobileAppsAndDesktopClients", "other"]}, {}, "clientApps"),
        ({"clientAppTypes": ["easSupported"]}, {"client": "exchangeActiveSync"}, ""),
        (
            {"clientAppTypes": ["easSupported"]},
            {"client": "exchangeActiveSync", "platform": "linux"},
            "clientApps",
        ),
        ({"signInRiskLevels": ["high"]}, {}, "signInRisk"),
        ({"signInRiskLevels": ["high"]}, {"sign_in_risk": "high"}, ""),
        ({"userRiskLevels": ["high"]}, {}, "userRisk"),
        ({"insiderRiskLevels": "elevated"}, {}, "insiderRisk"),
        ({"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}, {}, "authenticationFlow"),
        ({"clientApplications": {"includeServicePrincipals": ["x"]}}, {}, "workloadIdentities"),
        (
            {"locations": {"includeLocations": ["All"]}},
            {"address": "", "country": ""},
            "notEnoughInformation",
        ),
    ],
)
def test_what_else_keeps_a_policy_away(conditions: Json, facts: Json, why: str) -> None:
    assert why_not(policy(**conditions), sign_in(**facts), PLACES) == why


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ('device.model -eq "S"', False),
        ('device.model -ne "S"', True),
        ('device.model -notContains "-eq x" -or device.isCompliant -eq True', True),
        ('device.model -ne "S" -and device.isCompliant -eq True', False),
    ],
)
def test_a_device_of_which_nothing_is_known_fits_only_what_something_is_not(
    rule: str,
    fits: bool,  # noqa: FBT001 - of a table
) -> None:
    for mode, applies in (("include", fits), ("exclude", not fits)):
        row = policy(devices={"deviceFilter": {"mode": mode, "rule": rule}})
        assert why_not(row, sign_in(), PLACES) == ("" if applies else "devices")


REGISTERED, HOME = Standing(registered=True), Standing(home_mfa=True, home_compliant=True, home_joined=True)
RESISTANT = {"id": "00000000-0000-0000-0000-000000000004"}
ANY_MFA = {"id": "00000000-0000-0000-0000-000000000002"}
ENDS: list[tuple[Json, Standing, Json, Step, int]] = [
    (demand("block", "mfa"), HOME, {}, Step.STOPPED, 53003),
    (demand("mfa"), Standing(), {}, Step.REGISTER, 50079),
    (demand("mfa"), REGISTERED, {}, Step.PROVE, 50076),
    (demand("mfa"), Standing(proven=True), {}, Step.MET, 0),
    (demand("mfa"), HOME, {}, Step.MET, 0),
    (demand("mfa"), HOME, {"home": ""}, Step.REGISTER, 50079),
    (demand(termsOfUse=[TERMS]), Standing(), {}, Step.AGREE, 50158),
    (demand(termsOfUse=[TERMS]), Standing(agreed=frozenset({TERMS})), {}, Step.MET, 0),
    (demand("compliantDevice"), REGISTERED, {}, Step.STOPPED, 53000),
    (demand("compliantDevice"), HOME, {}, Step.MET, 0),
    (demand("domainJoinedDevice"), REGISTERED, {}, Step.STOPPED, 53001),
    (demand("domainJoinedDevice"), HOME, {}, Step.MET, 0),
    (demand("domainJoinedDevice"), HOME, {"platform": "macOS"}, Step.STOPPED, 53001),
    (demand("approvedApplication"), HOME, {}, Step.STOPPED, 53002),
    (demand("passwordChange"), HOME, {}, Step.STOPPED, 53003),
    (demand(authenticationStrength=RESISTANT), HOME, {}, Step.MET, 0),
    (demand(authenticationStrength=RESISTANT), REGISTERED, {}, Step.STOPPED, 53003),
    (
        demand(authenticationStrength={"id": f"{'0' * 8}-0000-0000-0000-{'2':0>12}"}),
        REGISTERED,
        {},
        Step.PROVE,
        50076,
    ),
    (demand("mfa", "compliantDevice", operator="OR"), REGISTERED, {}, Step.PROVE, 50076),
    (demand("mfa", "compliantDevice", operator="AND"), REGISTERED, {}, Step.STOPPED, 53000),
    (demand("mfa", operator="AND", termsOfUse=[TERMS]), REGISTERED, {}, Step.PROVE, 50076),
    (demand("mfa", operator="AND", termsOfUse=[TERMS]), Standing(proven=True), {}, Step.AGREE, 50158),
    (demand("mfa", operator="OR", termsOfUse=[TERMS]), Standing(agreed=frozenset({TERMS})), {}, Step.MET, 0),
    (demand("mfa", operator="OR", termsOfUse=[TERMS]), REGISTERED, {}, Step.PROVE, 50076),
    (demand(customAuthenticationFactors=["x"]), REGISTERED, {}, Step.STOPPED, 50158),
    (demand("mfa"), REGISTERED, {"client": "other"}, Step.STOPPED, 53003),
    (demand(), REGISTERED, {"client": "other"}, Step.MET, 0),
]


@pytest.mark.parametrize(("grant", "standing", "facts", "step", "code"), ENDS)
def test_what_a_policy_asks_and_where_that_ends(
    grant: Json, standing: Standing, facts: Json, step: Step, code: int
) -> None:
    found = judge([policy(grant)], sign_in(**facts), standing, PLACES)
    assert (found.step, found.code) == (step, code)


def test_of_two_policies_one_that_stops_comes_before_one_that_asks() -> None:
    found = judge([policy(demand("mfa"), name="Asks"), policy(name="Stops")], sign_in(), REGISTERED, PLACES)
    assert (found.step, found.by) == (Step.STOPPED, "Stops")


def test_whoever_may_not_register_here_is_stopped_when_they_would_have_to() -> None:
    barred = policy(name="R", applications={"includeUserActions": [REGISTERING]})
    rows = [policy(demand("mfa")), barred]
    assert judge(rows, sign_in(), Standing(), PLACES).code == 53010
    assert judge(rows, sign_in(), REGISTERED, PLACES).code == 50076
    circle = policy(demand("mfa"), name="R", applications={"includeUserActions": [REGISTERING]})
    assert judge([rows[0], circle], sign_in(), Standing(), PLACES).by == "R"


def test_what_only_reports_and_what_is_off_stop_nobody_and_are_in_the_log() -> None:
    reports = "enabledForReportingButNotEnforced"
    rows = [
        policy(name="Stops", state=reports),
        policy(demand("mfa"), name="Asks", state=reports),
        policy(demand("compliantDevice"), name="Met", state=reports),
        policy(name="Elsewhere", state=reports, platforms={"includePlatforms": ["iOS"]}),
        policy(name="Off", state="disabled"),
        policy(demand("mfa"), name="On"),
        policy(name="Not here", locations={"includeLocations": ["office"]}),
    ]
    standing = Standing(registered=True, home_compliant=True)
    found = judge(rows, sign_in(), standing, PLACES)
    assert (found.step, found.by) == (Step.PROVE, "On")
    assert {each["displayName"]: (each["result"], each["enforcedGrantControls"]) for each in told(found)} == {
        "Stops": ("reportOnlyFailure", ["Block"]),
        "Asks": ("reportOnlyInterrupted", ["Mfa"]),
        "Met": ("reportOnlySuccess", ["RequireCompliantDevice"]),
        "Elsewhere": ("reportOnlyNotApplied", []),
        "Off": ("notEnabled", []),
        "On": ("failure", ["Mfa"]),
        "Not here": ("notApplied", []),
    }
    proven = told(judge(rows, sign_in(), Standing(proven=True, home_compliant=True), PLACES))
    assert next(each for each in proven if each["displayName"] == "On")["result"] == "success"

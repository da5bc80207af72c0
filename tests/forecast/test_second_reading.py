"""The evaluator against the second reading: what it is sure of holds in every world that may be."""

from ipaddress import ip_network
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from access.rules.applying import applies
from access.rules.conditional_access import Attempt, Client, GuestType, Place, Platform, Target, Trust
from access.rules.forecast import Verdict, foresee
from access.rules.maybe import Maybe
from bot.graph.conditional_access import policy_of
from tests.forecast.building import (
    ADMIN,
    ANA,
    APP,
    BRANCH,
    DACH,
    DYNAMIC,
    FABRIKAM,
    NETWORK,
    NORTHWIND,
    OFFICE,
    OTHER,
    OTHER_APP,
    READER,
    STRANGE,
    TEAM,
    TERMS,
    WHEREVER,
    Json,
    attempt,
    demand,
    guests,
    policy,
    protection,
    visitor,
)
from tests.forecast.worlds import World, applies_in, stopped_in, tried


def some(*values: Any, most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def rarely(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Leave a condition unset three times of four: a policy with all of them set applies to nobody."""
    return st.integers(0, 3).flatmap(lambda number: strategy if number == 3 else st.none())


EXTERNALS = st.builds(
    lambda types, tenants: guests(*types, tenants=tenants),
    st.lists(st.sampled_from([*GuestType, "unknownFutureValue"]), min_size=1, max_size=3, unique=True),
    st.sampled_from([None, [FABRIKAM], [NORTHWIND], [FABRIKAM.upper(), NORTHWIND]]),
)
USERS = st.fixed_dictionaries(
    {
        "includeUsers": st.sampled_from(
            [["All"], ["All"], ["None"], [ANA], [OTHER], ["GuestsOrExternalUsers"], []]
        ),
        "excludeUsers": some(ANA, OTHER, most=1),
        "includeGroups": some(TEAM, STRANGE, DYNAMIC),
        "excludeGroups": some(TEAM, STRANGE, DYNAMIC, most=1),
        "includeRoles": some(READER, ADMIN, most=1),
        "excludeRoles": some(ADMIN, most=1),
        "includeGuestsOrExternalUsers": rarely(EXTERNALS),
        "excludeGuestsOrExternalUsers": rarely(EXTERNALS),
    }
)
APPS = st.fixed_dictionaries(
    {
        "includeApplications": st.sampled_from(
            [["All"], ["All"], [APP], [OTHER_APP], ["Office365", OTHER_APP], ["None"], ["Everything"], []]
        ),
        "excludeApplications": some(APP, OTHER_APP, "Office365", most=1),
        "applicationFilter": rarely(
            st.sampled_from([{"mode": way, "rule": "x"} for way in ("include", "exclude")])
        ),
    }
)
PLATFORMS = st.fixed_dictionaries(
    {
        "includePlatforms": some("all", "windows", "iOS", "unknownFutureValue"),
        "excludePlatforms": some("windows", "linux", most=1),
    }
)
PLACES = (
    "All",
    "AllTrusted",
    OFFICE,
    BRANCH,
    DACH,
    WHEREVER,
    NETWORK,
    "00000000-0000-0000-0000-000000000000",
    "gone",
)
LOCATIONS = st.fixed_dictionaries(
    {"includeLocations": some(*PLACES, most=3), "excludeLocations": some(*PLACES[1:], most=2)}
)
DEVICES = st.sampled_from(
    [
        {"deviceFilter": {"mode": mode, "rule": rule}}
        for mode in ("include", "exclude")
        for rule in (
            'device.model -eq "S"',
            'device.model -ne "S"',
            'device.displayName -notContains "-eq x"',
        )
    ]
)
RISKS = st.sampled_from([["high"], ["low", "medium"], ["none", "low", "medium", "high"]])
CONDITIONS = st.fixed_dictionaries(
    {
        "users": USERS,
        "applications": APPS,
        "platforms": rarely(PLATFORMS),
        "locations": rarely(LOCATIONS),
        "devices": rarely(DEVICES),
        "clientAppTypes": st.sampled_from(
            [["all"], ["all"], ["browser"], ["mobileAppsAndDesktopClients", "other"]]
        ),
        "signInRiskLevels": rarely(RISKS),
        "userRiskLevels": rarely(RISKS),
        "insiderRiskLevels": rarely(st.sampled_from(["minor", "moderate,elevated"])),
        "authenticationFlows": rarely(st.just(None) | st.just({"transferMethods": "deviceCodeFlow"})),
    }
)
GRANTS = st.builds(
    lambda controls, operator, terms, custom: demand(
        *controls, operator=operator, termsOfUse=terms, customAuthenticationFactors=custom
    ),
    some(
        "block",
        "mfa",
        "compliantDevice",
        "domainJoinedDevice",
        "compliantApplication",
        "bloodTest",
        "mfa",
        most=3,
    ),
    st.sampled_from(["AND", "OR"]),
    some(TERMS, most=1),
    rarely(st.just(["Duo"])).map(lambda found: found or []),
)
POLICIES = st.builds(lambda conditions, grant: policy(grant, **conditions), CONDITIONS, GRANTS)
VISITORS = st.builds(
    visitor,
    object_id=st.sampled_from([ANA, ""]),
    kind=st.sampled_from([GuestType.B2B_GUEST, GuestType.B2B_GUEST, *GuestType]),
    tenant=st.sampled_from([FABRIKAM, FABRIKAM, NORTHWIND, "", None]),
    groups=st.sampled_from([frozenset({TEAM}), frozenset[str](), None]),
    roles=st.sampled_from([frozenset({READER}), None]),
    trust=st.sampled_from([None, Trust(), Trust(mfa=True), Trust(compliant=True, joined=True)]),
    registered=st.sampled_from([True, False, None]),
)
WHERE = [
    (),
    ("203.0.113.7/32",),
    ("198.51.100.0/24",),
    ("2001:db8:1::/64",),
    ("198.51.100.9/32", "192.0.2.1/32"),
]
ATTEMPTS = st.builds(
    attempt,
    VISITORS,
    target=st.sampled_from([Target(APP), Target(APP, by_microsoft=True)]),
    platform=st.sampled_from(list(Platform)),
    place=st.builds(
        Place,
        st.sampled_from(["DE", "US", "", None]),
        st.sampled_from(WHERE).map(lambda found: tuple(ip_network(one) for one in found)),
    ),
    client=st.sampled_from([Client.BROWSER, Client.BROWSER, Client.MODERN, Client.LEGACY]),
)


def _stopped(policies: list[Json], at: Attempt, world: World) -> bool:
    return any(applies_in(one, at, world) and stopped_in(one, at, world) for one in policies)


@settings(max_examples=250, deadline=None)
@given(POLICIES, ATTEMPTS)
def test_a_policy_applies_where_it_applies_in_every_world(row: Json, at: Attempt) -> None:
    answer = applies(policy_of(row), at, protection().locations)
    found = [(applied, world) for applied, world in tried(lambda world: applies_in(row, at, world))]
    in_worlds = {applied for applied, _ in found}
    if isinstance(answer, Maybe):
        twice = any(world.again for _, world in found)
        assert in_worlds == {True, False} or twice, "it is the same in every world"
    else:
        assert in_worlds == {answer}


@settings(max_examples=250, deadline=None)
@given(st.lists(POLICIES, min_size=1, max_size=2), ATTEMPTS)
def test_a_sign_in_ends_as_it_does_in_every_world(rows: list[Json], at: Attempt) -> None:
    rows = [row | {"conditions": row["conditions"] | {"signInRiskLevels": []}} for row in rows]
    verdict = foresee(at, protection(*rows)).verdict
    found = {stopped for stopped, _ in tried(lambda world: _stopped(rows, at, world))}
    if verdict is Verdict.BLOCKED:
        assert found == {True}
    elif verdict is not Verdict.UNSURE:
        assert found == {False}

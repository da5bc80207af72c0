"""Guestlist's forecast against the sandbox's own reading of the same policies, through Graph's JSON.

Neither knows the other. Where the forecast is sure, with everything known, the sign-in must end so.
"""

from collections import Counter
from ipaddress import ip_network
from random import Random

import pytest

from access.rules.conditional_access import (
    REGISTER,
    Attempt,
    Client,
    GuestType,
    Operator,
    Place,
    Platform,
    Trust,
)
from access.rules.forecast import Verdict, foresee
from access.rules.passing import Need
from sandbox.entra.gates import SignIn
from sandbox.entra.passage import Passage, Standing, Step, judge
from tests.forecast.building import (
    ADMIN,
    ANA,
    APP,
    BRANCH,
    DACH,
    FABRIKAM,
    LOCATIONS,
    MFA_STRENGTH,
    MORE_TERMS,
    NORTHWIND,
    OFFICE,
    OTHER,
    OTHER_APP,
    PASSWORDLESS,
    READER,
    RESISTANT,
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
    strength,
    visitor,
)
from tests.forecast.cases import CASES, Case

ELSEWHERE = "192.0.2.250"
"""An address outside of all that the tenant has named."""
STEPS = {
    Need.TERMS: Step.AGREE,
    Need.MFA_HERE: Step.PROVE,
    Need.MFA_REGISTER: Step.REGISTER,
    Need.MFA_AT_HOME: Step.AT_HOME,
    Need.STRENGTH_AT_HOME: Step.AT_HOME,
    Need.COMPLIANT_DEVICE: Step.AT_HOME,
    Need.JOINED_DEVICE: Step.AT_HOME,
}


def tried(policies: list[Json], at: Attempt) -> Passage:
    """Sign in at the sandbox, as the attempt says."""
    who = at.visitor
    trust = who.trust or Trust()
    sign_in = SignIn(
        user=who.object_id,
        kind=who.kind,
        home=who.tenant or "",
        groups=who.groups or frozenset(),
        roles=who.roles or frozenset(),
        app=at.target.app_id,
        platform=at.platform,
        address=str(at.place.networks[0][0]) if at.place.networks else ELSEWHERE,
        country=at.place.country or "",
        client=at.client,
    )
    standing = Standing(
        home_mfa=trust.mfa,
        home_compliant=trust.compliant,
        home_joined=trust.joined,
        registered=who.registered is True,
    )
    return judge(policies, sign_in, standing, LOCATIONS)


def known(at: Attempt) -> bool:
    """Tell whether nothing about the guest is left open, and it is one who comes to the sandbox at all.

    Whoever has an account of ours does not: they may have a device and methods of ours as well.
    """
    who = at.visitor
    facts = (who.tenant, who.groups, who.roles, who.trust, who.registered, at.place.country)
    alone = len(at.place.networks) < 2 and all(one.num_addresses == 1 for one in at.place.networks)
    return (
        None not in facts and alone and who.kind not in {GuestType.DIRECT_CONNECT, GuestType.INTERNAL_GUEST}
    )


def strange(policies: list[Json]) -> bool:
    """Tell whether a policy has a control that is none of Graph's, which the sandbox would not have taken."""
    return any("bloodTest" in one["grantControls"]["builtInControls"] for one in policies)


def differs(policies: list[Json], at: Attempt) -> str:
    """Say how the sandbox ends a sign-in otherwise than foreseen, nothing where it does not."""
    protected = protection(*policies)
    foreseen, found = foresee(at, protected), tried(policies, at)
    ended = Verdict.ASKS if found.asks else Verdict.WORKS
    if found.step is Step.STOPPED:
        ended = Verdict.BLOCKED
    if foreseen.unsure or foreseen.verdict is Verdict.UNSURE:
        return ""
    if foreseen.verdict is not ended:
        return f"foreseen {foreseen.verdict}, {ended} with {found.code} by {found.by}"
    choice = any(one.demands.operator is Operator.OR for one in protected.policies)
    wanted = {STEPS[ask.need] for ask in foreseen.asks}
    if foreseen.verdict is Verdict.ASKS and not choice and wanted != found.asks:
        return f"foreseen to be asked {sorted(wanted)}, asked {sorted(found.asks)}"
    return ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_sandbox_ends_a_sign_in_as_the_table_says(case: Case) -> None:
    if not case.security_defaults and known(case.attempt) and not strange(list(case.policies)):
        assert differs(list(case.policies), case.attempt) == ""


def some(chance: Random, *words: str, most: int = 2) -> list[str]:
    return chance.sample(words, chance.randint(0, min(most, len(words))))


def who(chance: Random) -> Json:
    kinds = ("internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "serviceProvider")
    tenants = chance.choice([None, [FABRIKAM], [NORTHWIND], [NORTHWIND, FABRIKAM.upper()]])
    users: Json = {
        "includeUsers": chance.choice([["All"]] * 5 + [[ANA], [OTHER], ["GuestsOrExternalUsers"], []])
    }
    users |= {"excludeUsers": some(chance, OTHER, ANA, most=chance.choice([0, 0, 1]))}
    users |= {
        f"{way}Groups": some(chance, TEAM, STRANGE, most=1)
        for way in ("include", "exclude")[: chance.choice([1, 1, 2])]
    }
    users |= {
        f"{way}Roles": some(chance, READER, ADMIN, most=1)
        for way in ("include", "exclude")[: chance.choice([0, 0, 2])]
    }
    if chance.random() < 0.4:
        way = chance.choice(["include", "include", "exclude"])
        users[f"{way}GuestsOrExternalUsers"] = guests(*(some(chance, *kinds) or kinds), tenants=tenants)
    return users


def what(chance: Random) -> Json:
    if chance.random() < 0.15:
        return {"includeApplications": [], "includeUserActions": [REGISTER]}
    included = chance.choice([["All"]] * 4 + [[APP], [OTHER_APP, APP], [OTHER_APP], ["Office365"]])
    return {
        "includeApplications": included,
        "excludeApplications": some(chance, OTHER_APP, APP, most=chance.choice([0, 0, 1])),
    }


def where(chance: Random) -> Json:
    places = (OFFICE, BRANCH, DACH, WHEREVER, "AllTrusted")
    included = chance.choice([["All"], ["All"], some(chance, *places)])
    return {"includeLocations": included, "excludeLocations": some(chance, *places)}


def demanded(chance: Random) -> Json:
    if chance.random() < 0.2:
        return strength(chance.choice([MFA_STRENGTH, PASSWORDLESS, RESISTANT]))
    usual = ("mfa", "mfa", "compliantDevice", "domainJoinedDevice")
    words = set(
        some(chance, *usual, chance.choice(["block", "approvedApplication", "passwordChange", "mfa"]))
    )
    return demand(
        *sorted(words),
        operator=chance.choice(["AND", "OR"]),
        termsOfUse=some(chance, TERMS, MORE_TERMS, most=1),
    )


def any_policy(chance: Random, name: str) -> Json:
    """Make a policy that has its good chance to apply: few conditions are set."""
    platforms = {
        "includePlatforms": chance.choice([["all"], some(chance, "windows", "iOS", "linux")]),
        "excludePlatforms": some(chance, "windows", "android", "linux"),
    }
    conditions: Json = {"users": who(chance), "applications": what(chance)}
    rare: Json = {
        "platforms": platforms,
        "locations": where(chance),
        "clientAppTypes": some(chance, "browser", "mobileAppsAndDesktopClients", "other"),
        "authenticationFlows": {"transferMethods": "deviceCodeFlow"},
        "devices": {
            "deviceFilter": {"mode": chance.choice(["include", "exclude"]), "rule": chance.choice(RULES)}
        },
    }
    conditions |= {key: value for key, value in rare.items() if chance.random() < 0.12}
    state = chance.choice(["enabled"] * 6 + ["disabled", "enabledForReportingButNotEnforced"])
    return policy(demanded(chance), name=name, state=state, **conditions)


def any_attempt(chance: Random) -> Attempt:
    trust = chance.choice([Trust(), Trust(), Trust(mfa=True), Trust(mfa=True, compliant=True, joined=True)])
    guest = visitor(
        kind=chance.choice([GuestType.B2B_GUEST, GuestType.B2B_GUEST, GuestType.B2B_MEMBER]),
        tenant=chance.choice([FABRIKAM, FABRIKAM, ""]),
        groups=chance.choice([frozenset({TEAM}), frozenset()]),
        unsure_groups=frozenset(),
        trust=trust,
        registered=chance.random() < 0.5,
    )
    address = chance.choice([(), ("203.0.113.7/32",), ("198.51.100.9/32",), ("2001:db8:1::9/128",)])
    place = Place(chance.choice(["DE", "US", "FR", ""]), tuple(ip_network(one) for one in address))
    client = chance.choice([Client.BROWSER] * 5 + [Client.MODERN, Client.LEGACY])
    return attempt(guest, place=place, platform=chance.choice(list(Platform)), client=client)


RULES = ('device.model -eq "S"', 'device.model -ne "S"', 'device.displayName -notContains "-eq x"')


@pytest.mark.parametrize("seed", range(8))
def test_the_sandbox_ends_a_sign_in_as_it_is_foreseen(seed: int) -> None:
    chance, found, verdicts = Random(seed), [], Counter[Verdict]()
    for _ in range(500):
        policies = [any_policy(chance, f"P{number}") for number in range(chance.randint(1, 3))]
        at = any_attempt(chance)
        verdicts[foresee(at, protection(*policies)).verdict] += 1
        if difference := differs(policies, at):
            found.append((difference, policies, at))
    assert found == []
    assert min(verdicts[one] for one in (Verdict.WORKS, Verdict.ASKS, Verdict.BLOCKED)) > 50, verdicts

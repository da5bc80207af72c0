"""Microsoft's own evaluation beside the forecast: where they differ, and what says nothing."""

from typing import Any

from access.rules import what_if
from access.rules.conditional_access import Target
from access.rules.sign_ins import spots
from tests.forecast.building import APP, DACH, demand, policy, protection, visitor

OUTSIDE = {"includeLocations": ["All"], "excludeLocations": [DACH]}


def differing(said: dict[str, bool], *policies: dict[str, Any], place: int = 0) -> list[tuple[str, bool]]:
    tenant = protection(*({**one, "id": one["displayName"]} for one in policies))
    spot = what_if.to_ask(spots(tenant))[place]
    found = what_if.differences(visitor(), Target(APP), spot, tenant, said)
    return [(one.policy, one.for_microsoft) for one in found]


def test_a_policy_that_applies_for_both_or_for_none_does_not_differ() -> None:
    others = policy(name="Others", applications={"includeApplications": ["None"]})
    assert differing({"P": True, "Others": False}, policy(demand("mfa")), others) == []


def test_a_policy_that_applies_for_one_alone_differs_whichever_it_is() -> None:
    others = policy(name="Others", applications={"includeApplications": ["None"]})
    found = differing({"P": False, "Others": True}, policy(demand("mfa")), others)
    assert found == [("P", False), ("Others", True)]


def test_what_either_is_not_sure_of_and_what_is_switched_off_differs_in_nothing() -> None:
    risky = policy(name="Risky", signInRiskLevels=["high"])
    off = policy(name="Off", state="disabled")
    assert differing({"Risky": False, "Off": True}, risky, off, policy(name="Untold")) == []


def test_a_policy_that_only_reports_is_compared_too() -> None:
    watched = policy(name="Watched", state="enabledForReportingButNotEnforced")
    assert differing({"Watched": False}, watched) == [("Watched", False)]


def test_two_places_stand_for_all_and_elsewhere_is_told_by_neither_country_nor_address() -> None:
    tenant = protection(policy(locations=OUTSIDE))
    elsewhere, countries = what_if.to_ask(spots(tenant))
    asked = [what_if.asked(visitor(), Target(APP), one) for one in (elsewhere, countries)]
    assert [(one.country, one.address) for one in asked] == [("", ""), ("AT", "")]
    assert {one.platform for one in asked} == {"windows"}

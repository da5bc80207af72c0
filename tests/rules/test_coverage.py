"""What guests of an app face: a second factor, and conditions on platform and place."""

from typing import Any

import pytest

from access.rules.conditional_access import Target, Trust
from access.rules.coverage import Cover, Covered, covered
from access.rules.sign_ins import foresee_all
from tests.forecast.building import (
    APP,
    DACH,
    OTHER,
    STRANGE,
    TERMS,
    Json,
    demand,
    policy,
    protection,
    visitor,
)

MFA = policy(demand("mfa"), name="MFA")
WINDOWS_ALONE = policy(name="W", platforms={"includePlatforms": ["all"], "excludePlatforms": ["windows"]})
DACH_ALONE = policy(name="D", locations={"includeLocations": ["All"], "excludeLocations": [DACH]})


def _covered(*policies: Json, security_defaults: bool = False, **who: Any) -> Covered:
    tenant = protection(*policies, security_defaults=security_defaults)
    return covered(foresee_all(visitor(**who), Target(APP), tenant), tenant)


@pytest.mark.parametrize(
    ("policies", "factor"),
    [
        ((), Cover.NONE),
        ((MFA,), Cover.WHOLLY),
        ((policy(),), Cover.WHOLLY),
        ((policy(demand(termsOfUse=[TERMS])),), Cover.NONE),
        ((policy(demand("mfa"), state="enabledForReportingButNotEnforced"),), Cover.NONE),
        ((policy(demand("mfa"), users={"includeUsers": [OTHER]}),), Cover.NONE),
        ((policy(demand("mfa"), platforms={"includePlatforms": ["iOS"]}),), Cover.PARTLY),
        ((policy(demand("mfa"), signInRiskLevels=["high"]),), Cover.UNSURE),
        ((policy(demand("mfa"), users={"includeGroups": [STRANGE]}),), Cover.UNSURE),
        ((policy(demand("mfa", operator="OR", termsOfUse=[TERMS])),), Cover.UNSURE),
        ((policy(demand("mfa", "compliantDevice", operator="OR")),), Cover.UNSURE),
        ((policy(demand("mfa", operator="AND", termsOfUse=[TERMS])),), Cover.WHOLLY),
    ],
)
def test_a_second_factor_is_faced_where_nobody_gets_in_without(
    policies: tuple[Json, ...], factor: Cover
) -> None:
    assert _covered(*policies, unsure_groups=frozenset({STRANGE})).factor is factor


def test_a_factor_at_home_counts_where_it_is_believed() -> None:
    assert _covered(MFA, trust=Trust(mfa=True)).factor is Cover.WHOLLY


def test_security_defaults_are_a_factor() -> None:
    assert _covered(security_defaults=True).factor is Cover.WHOLLY


@pytest.mark.parametrize(
    ("policies", "platform", "place"),
    [
        ((MFA,), Cover.NONE, Cover.NONE),
        ((WINDOWS_ALONE,), Cover.WHOLLY, Cover.NONE),
        ((DACH_ALONE,), Cover.NONE, Cover.WHOLLY),
        ((WINDOWS_ALONE, DACH_ALONE), Cover.WHOLLY, Cover.WHOLLY),
        ((policy(platforms={"includePlatforms": ["all"]}),), Cover.NONE, Cover.NONE),
        (
            (policy(platforms={"includePlatforms": ["iOS"]}, userRiskLevels=["high"]),),
            Cover.UNSURE,
            Cover.NONE,
        ),
        (
            (policy(locations={"includeLocations": [DACH]}, users={"includeUsers": [OTHER]}),),
            Cover.NONE,
            Cover.NONE,
        ),
    ],
)
def test_a_condition_is_faced_where_a_policy_with_it_asks_or_stops(
    policies: tuple[Json, ...], platform: Cover, place: Cover
) -> None:
    found = _covered(*policies)
    assert (found.platform, found.place) == (platform, place)


def test_the_barest_app_is_told_first() -> None:
    found = [_covered(), _covered(MFA), _covered(MFA, DACH_ALONE), _covered(WINDOWS_ALONE)]
    gaps = [one.gap for one in found]
    assert sorted(gaps, reverse=True) == [gaps[0], gaps[3], gaps[1], gaps[2]]

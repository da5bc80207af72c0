"""The sign-ins of a guest at an app: which places and platforms are told apart, and what of it is told."""

from typing import Any

from access.rules.because import Because
from access.rules.clues import Unread
from access.rules.conditional_access import Platform, Target
from access.rules.forecast import Verdict
from access.rules.readiness import Item, Stands
from access.rules.sign_ins import Seen, SpotKind, foresee_all, of_sign_in, spots
from tests.forecast.building import (
    APP,
    BRANCH,
    BY_GPS,
    DACH,
    OFFICE,
    WHEREVER,
    Json,
    demand,
    guests,
    policy,
    protection,
    visitor,
)

OUTSIDE: Json = {"includeLocations": ["All"], "excludeLocations": [DACH]}


def _seen(*policies: Json, **who: Any) -> tuple[Seen, ...]:
    return foresee_all(visitor(**who), Target(APP), protection(*policies))


def _item(*policies: Json, **who: Any) -> tuple[Any, ...]:
    item = of_sign_in(_seen(*policies, **who))
    return (item.stands, item.because, item.of)


def test_without_a_policy_on_places_there_is_one_place() -> None:
    assert [one.kind for one in spots(protection(policy()))] == [SpotKind.ELSEWHERE]


def test_countries_that_no_policy_tells_apart_are_one_place() -> None:
    both = policy(locations={"includeLocations": [DACH, BY_GPS], "excludeLocations": [WHEREVER]})
    found = {one.names for one in spots(protection(both)) if one.kind is SpotKind.COUNTRIES}
    assert found == {("AT", "CH"), ("DE",), ("FR",)}


def test_a_range_is_a_place_where_a_policy_means_it_or_all_that_are_trusted() -> None:
    def names(*words: str) -> set[tuple[str, ...]]:
        found = spots(
            protection(policy(locations={"includeLocations": ["All"], "excludeLocations": list(words)}))
        )
        return {one.names for one in found if one.kind is SpotKind.LOCATION}

    assert names(BRANCH) == {("Branch",)}
    assert names("AllTrusted") == {("Office",)}
    assert names(BRANCH, OFFICE) == {("Branch",), ("Office",)}


def test_a_policy_that_is_disabled_tells_no_places_apart() -> None:
    assert len(spots(protection(policy(locations=OUTSIDE, state="disabled")))) == 1


def test_platforms_with_one_forecast_are_told_together() -> None:
    seen = _seen(policy(platforms={"includePlatforms": ["all"], "excludePlatforms": ["windows", "macOS"]}))
    assert {one.platforms: one.forecast.verdict for one in seen} == {
        (Platform.WINDOWS, Platform.MACOS): Verdict.WORKS,
        (Platform.IOS, Platform.ANDROID, Platform.LINUX): Verdict.BLOCKED,
    }


def test_a_sign_in_that_is_stopped_everywhere_will_fail() -> None:
    assert _item(policy(name="No guests")) == (Stands.FAILS, Because.SIGN_IN_BLOCKED, "No guests")


def test_a_sign_in_that_is_stopped_somewhere_names_the_policy() -> None:
    assert _item(policy(name="DACH alone", locations=OUTSIDE)) == (
        Stands.NOTE,
        Because.SIGN_IN_BLOCKED_SOMEWHERE,
        "DACH alone",
    )


def test_a_sign_in_that_may_be_stopped_is_not_called_fine() -> None:
    risky = policy(name="Risk", signInRiskLevels=["high"])
    assert _item(risky) == (Stands.NOTE, Because.SIGN_IN_UNSURE, "Risk")


def test_what_a_sign_in_asks_is_told() -> None:
    asked = policy(demand("mfa"), users={"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest")})
    assert _item(asked, registered=False) == (Stands.NOTE, Because.SIGN_IN_ASKS, "mfa-register")


def test_a_sign_in_that_nothing_touches_is_fine() -> None:
    assert _item() == (Stands.OK, None, "")


def test_policies_that_were_not_read_are_not_checked() -> None:
    item = of_sign_in(Unread.PERMISSION)
    assert (item.stands, item.unread) == (Stands.NOT_CHECKED, Unread.PERMISSION)
    assert isinstance(item, Item)

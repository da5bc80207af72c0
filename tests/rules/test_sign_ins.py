"""The sign-ins of a guest at an app: which places and platforms are told apart, and what of it is told."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from access.rules.because import Because
from access.rules.clues import Unread
from access.rules.conditional_access import NamedLocation, Place, Platform, Protection, Target
from access.rules.forecast import Verdict
from access.rules.ranges import MOST_RANGES
from access.rules.readiness import Item, Stands
from access.rules.sign_ins import EVERY_PLATFORM, Seen, SpotKind, foresee_all, of_sign_in, of_unnamed, spots
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


def test_addresses_of_no_known_country_are_a_place_of_their_own_where_a_location_takes_them() -> None:
    both = protection(policy(locations={"includeLocations": [WHEREVER]}))
    nowhere = [one for one in spots(both) if one.kind is SpotKind.NO_COUNTRY]
    assert [one.place for one in nowhere] == [Place("")]
    seen = foresee_all(visitor(), Target(APP), both)
    verdicts = {one.spot.kind: one.forecast.verdict for one in seen}
    assert verdicts[SpotKind.NO_COUNTRY] is Verdict.BLOCKED
    assert verdicts[SpotKind.ELSEWHERE] is Verdict.WORKS
    assert not [
        one for one in spots(protection(policy(locations=OUTSIDE))) if one.kind is SpotKind.NO_COUNTRY
    ]


ALL, HQ = "66666666-0000-4000-8000-00000000001a", "66666666-0000-4000-8000-00000000001b"
AT_HQ, AT_BRANCH = "203.0.113.0/24", "198.51.100.0/24"


def _offices(**locations: tuple[str, ...]) -> Protection:
    """Return a tenant where guests get in from all offices alone, and HQ is told apart from these."""
    ids = {"all_offices": ALL, "hq": HQ}
    outside = policy(name="Outside", locations={"includeLocations": ["All"], "excludeLocations": [ALL]})
    at_hq = policy(name="HQ", locations={"includeLocations": [HQ]})
    named = {
        ids.get(name, name): NamedLocation(
            location_id=ids.get(name, name), name=name, networks=tuple(ip_network(one) for one in ranges)
        )
        for name, ranges in locations.items()
    }
    return replace(protection(outside, at_hq), locations=named)


def _at(found: Protection) -> dict[tuple[str, ...], Verdict]:
    seen = foresee_all(visitor(), Target(APP), found)
    return {one.spot.names: one.forecast.verdict for one in seen if one.spot.kind is SpotKind.LOCATION}


@pytest.mark.parametrize("ranges", [(AT_HQ, AT_BRANCH), (AT_BRANCH, AT_HQ)])
def test_ranges_of_one_location_that_another_tells_apart_are_places_of_their_own(
    ranges: tuple[str, ...],
) -> None:
    assert _at(_offices(all_offices=ranges, hq=(AT_HQ,))) == {
        ("all_offices", "hq"): Verdict.BLOCKED,
        ("all_offices",): Verdict.WORKS,
    }


def test_of_a_range_within_another_the_rest_is_a_place() -> None:
    halves = ("203.0.113.0/25", "203.0.113.128/25")
    assert _at(_offices(all_offices=(AT_HQ,), hq=halves[:1])) == {
        ("all_offices", "hq"): Verdict.BLOCKED,
        ("all_offices",): Verdict.WORKS,
    }
    assert _at(_offices(all_offices=(AT_HQ, "2001:db8::/32"), hq=(*halves, "2001:db8::/32"))) == {
        ("all_offices", "hq"): Verdict.BLOCKED
    }


def test_ranges_that_nothing_tells_apart_are_one_place() -> None:
    many = tuple(f"10.{number}.0.0/16" for number in range(200))
    assert _at(_offices(all_offices=many, hq=())) == {("all_offices",): Verdict.WORKS}


def test_of_more_ranges_than_are_tried_it_is_not_sure() -> None:
    many = {
        f"l{number:04}": (f"10.{number // 256}.{number % 256}.0/24",) for number in range(MOST_RANGES + 50)
    }
    outside = policy(locations={"includeLocations": ["All"], "excludeLocations": list(many)})
    found = replace(_offices(**many), policies=protection(outside).policies)
    at = _at(found)
    assert len(at) == MOST_RANGES + 1
    unsure = [names for names, verdict in at.items() if verdict is Verdict.UNSURE]
    assert [len(names) for names in unsure] == [50]
    assert set(at.values()) == {Verdict.WORKS, Verdict.UNSURE}


def test_what_stops_systems_without_a_name_alone_is_told_apart() -> None:
    named = {"includePlatforms": ["all"], "excludePlatforms": ["windows", "macOS", "iOS", "android", "linux"]}
    known, phones = (
        policy(name="Known", platforms=named),
        policy(name="P", platforms={"includePlatforms": ["iOS"]}),
    )
    at_risk = policy(name="Risk", platforms=named, signInRiskLevels=["high"])
    everywhere, all_at_risk = policy(name="All"), policy(name="All", signInRiskLevels=["high"])
    for policies, of in (
        ((known,), "Known"),
        ((known, phones), "Known"),
        ((at_risk,), "Risk"),
        ((everywhere,), ""),
        ((all_at_risk,), ""),
        ((), ""),
    ):
        seen = foresee_all(visitor(), Target(APP), protection(*policies), EVERY_PLATFORM)
        assert ", ".join(one.of for one in of_unnamed(seen)) == of
    only = foresee_all(visitor(), Target(APP), protection(known), EVERY_PLATFORM)
    assert of_sign_in(only).stands is Stands.OK, "it is told by systems with a name"

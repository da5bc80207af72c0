"""Before and after a draft, guest by guest: who comes in as now, is asked for more, or is stopped."""

from datetime import UTC, datetime
from typing import Any

import pytest

from access.rules.conditional_access import GuestType, Platform, Target
from access.rules.faced import Tally
from access.rules.guards import Scope, Spared, Sums, Wish
from access.rules.maybe import Unknown
from access.rules.model import App, Guest, ObjectId
from access.rules.outlook import Fate, OfApp, fate, outlook
from access.rules.protecting import draft
from tests.forecast.building import APP, DACH, OTHER, OTHER_APP, Json, demand, policy, protection, visitor

AT = datetime(2026, 11, 23, tzinfo=UTC)
SCOPE, SPARED = Scope(app_id=APP, app_name="Health Records"), Spared(frozenset({OTHER}))
MFA, WINDOWS = Wish(mfa=True), Wish(platforms=frozenset({Platform.WINDOWS}))
EVERY = Wish(platforms=frozenset(Platform) - {Platform.OTHER})
NOT_ON_WINDOWS = policy(demand("block"), platforms={"includePlatforms": ["windows"]})
AT_RISK = policy(demand("block"), name="At risk", signInRiskLevels=["high"])
ON_REGISTERING = policy(
    demand("block"), applications={"includeUserActions": ["urn:user:registersecurityinfo"]}
)


@pytest.mark.parametrize(
    ("wish", "policies", "found"),
    [
        (MFA, (), Fate.ASKED),
        (MFA, (policy(demand("mfa")),), Fate.SAME),
        (MFA, (policy(),), Fate.SAME),
        (WINDOWS, (), Fate.SOME),
        (Wish(locations=frozenset({DACH})), (), Fate.SOME),
        (EVERY, (), Fate.SOME),
        (WINDOWS, (NOT_ON_WINDOWS,), Fate.OUT),
        (MFA, (ON_REGISTERING,), Fate.UNSURE),
        (WINDOWS, (NOT_ON_WINDOWS, AT_RISK), Fate.OUT),
        (WINDOWS, (AT_RISK,), Fate.SOME),
        (MFA, (AT_RISK,), Fate.ASKED),
        (MFA, (ON_REGISTERING, AT_RISK), Fate.UNSURE),
        (MFA, (ON_REGISTERING, NOT_ON_WINDOWS, AT_RISK), Fate.UNSURE),
    ],
)
def test_what_becomes_of_a_guest(wish: Wish, policies: tuple[Json, ...], found: Fate) -> None:
    drafts = draft(SCOPE, wish, SPARED)
    assert fate(visitor(trust=None), Target(APP), protection(*policies), drafts) is found


def test_it_is_told_what_the_end_of_whoever_is_stopped_hangs_on() -> None:
    drafts = draft(SCOPE, WINDOWS, SPARED)
    apps = (_of(APP, "ana"),)
    assert outlook(apps, protection(NOT_ON_WINDOWS), drafts, AT, left=0).hangs_on == frozenset()
    found = outlook(apps, protection(NOT_ON_WINDOWS, AT_RISK), drafts, AT, left=0)
    assert found.hangs_on == {Unknown.SIGN_IN_RISK}
    asked = outlook(apps, protection(AT_RISK), draft(SCOPE, MFA, SPARED), AT, left=0)
    assert asked.hangs_on == frozenset()


def test_whoever_is_spared_or_no_guest_comes_in_as_now() -> None:
    drafts = draft(SCOPE, WINDOWS, SPARED)
    whos: tuple[dict[str, Any], ...] = ({"object_id": OTHER}, {"kind": GuestType.B2B_MEMBER})
    for who in whos:
        assert fate(visitor(**who), Target(APP), protection(), drafts) is Fate.SAME


def _of(app_id: str, *guests: str) -> OfApp:
    app = App(ObjectId(app_id), app_id, app_id=app_id)
    found = tuple(Guest(ObjectId(one), one.title(), f"{one}@fabrikam.com") for one in guests)
    return OfApp(app, found, tuple(visitor() for _ in found))


def test_of_several_apps_the_worst_counts_and_each_guest_once() -> None:
    drafts = draft(Scope(app_id=APP), WINDOWS, SPARED)
    apps = (_of(APP, "ana"), _of(OTHER_APP, "ana", "ben"))
    found = outlook(apps, protection(NOT_ON_WINDOWS), drafts, AT, left=3)
    assert found.sums == Sums(same=1, out=1, left=3)
    assert found.out == ("Ana",)
    assert found.before[0] != Tally()


def test_each_part_of_a_wish_is_counted_though_a_draft_has_no_id_yet() -> None:
    wish = Wish(mfa=True, platforms=frozenset({Platform.WINDOWS}), locations=frozenset({DACH}))
    found = outlook((_of(APP, "ana"),), protection(), draft(SCOPE, wish, SPARED), AT, left=0)
    assert [one.wholly for one in found.after] == [1, 1, 1]
    assert [one.none for one in found.before] == [1, 1, 1]


def test_a_look_is_told_from_a_later_one_by_who_would_be_what() -> None:
    drafts = draft(SCOPE, MFA, SPARED)
    first = outlook((_of(APP, "ana"),), protection(), drafts, AT, left=0)
    later = outlook((_of(APP, "ana", "ben"),), protection(), drafts, AT, left=0)
    assert first.whole != later.whole
    assert first.whole == outlook((_of(APP, "ana"),), protection(), drafts, AT, left=0).whole

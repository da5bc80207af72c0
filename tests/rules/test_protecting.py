"""Protecting an app: the policies that a wish takes, and what they would change for whom."""

from dataclasses import replace
from typing import Any

import pytest

from access.rules.conditional_access import GuestType, Platform, PolicyState, Target
from access.rules.forecast import Verdict, foresee
from access.rules.guards import Part, Scope, Spared, Wish
from access.rules.protecting import (
    Shift,
    draft,
    in_the_way,
    is_as_drafted,
    is_marked,
    mark_of,
    shifts,
    with_drafts,
)
from bot.graph.conditional_access import body_of, policy_of
from tests.forecast.building import (
    ANA,
    APP,
    BY_GPS,
    DACH,
    OTHER,
    OTHER_APP,
    TEAM,
    TERMS,
    Json,
    attempt,
    demand,
    policy,
    protection,
    visitor,
)

RECORDS = Scope(app_id=APP, app_name="Health Records")
BREAK_GLASS = Spared(users=frozenset({OTHER}))
WHOLE = Wish(
    mfa=True,
    terms=frozenset({TERMS}),
    platforms=frozenset({Platform.WINDOWS, Platform.MACOS}),
    locations=frozenset({DACH}),
)
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"


def _changes(
    wish: Wish, *policies: Json, app: str = APP, scope: Scope = RECORDS, **who: Any
) -> tuple[Shift, ...]:
    drafts = draft(scope, wish, BREAK_GLASS)
    return shifts(visitor(**who), Target(app), protection(*policies), drafts)


def test_each_part_of_a_wish_is_a_policy_of_its_own() -> None:
    assert len(draft(RECORDS, WHOLE, BREAK_GLASS)) == 3
    assert len(draft(RECORDS, Wish(mfa=True), BREAK_GLASS)) == 1
    assert draft(RECORDS, Wish(), BREAK_GLASS) == ()


def test_what_is_drafted_only_reports() -> None:
    assert {one.state for one in draft(RECORDS, WHOLE, BREAK_GLASS)} == {PolicyState.REPORT_ONLY}


@pytest.mark.parametrize("who", [{"object_id": OTHER}, {"roles": frozenset({GLOBAL_ADMINISTRATOR})}])
def test_nobody_is_locked_out_who_could_take_it_back(who: dict[str, Any]) -> None:
    assert _changes(WHOLE, **who) == ()


def test_members_are_not_touched() -> None:
    assert _changes(WHOLE, kind=GuestType.B2B_MEMBER) == ()


def test_another_app_is_not_touched_unless_all_are_meant() -> None:
    assert _changes(WHOLE, app=OTHER_APP) == ()
    assert _changes(WHOLE, app=OTHER_APP, scope=Scope())


@pytest.mark.parametrize("scope", [Scope(guest_id=ANA, whom="Ana"), Scope(group_id=TEAM, whom="Team")])
def test_one_guest_or_one_group_can_be_meant(scope: Scope) -> None:
    assert _changes(WHOLE, scope=scope)
    assert (
        _changes(WHOLE, scope=scope, object_id="somebody", groups=frozenset(), unsure_groups=frozenset())
        == ()
    )


def test_before_and_after_are_told_place_by_place() -> None:
    found = _changes(Wish(locations=frozenset({DACH})))
    assert {one.after.spot.names for one in found} == {()}
    assert {one.after.forecast.verdict for one in found} == {Verdict.BLOCKED}
    assert all(one.locks_out for one in found)


def test_before_and_after_are_told_platform_by_platform() -> None:
    found = _changes(Wish(platforms=frozenset({Platform.WINDOWS})))
    assert {one.after.platforms for one in found} == {
        (platform,) for platform in (Platform.MACOS, Platform.IOS, Platform.ANDROID, Platform.LINUX)
    }


def test_asking_for_more_locks_nobody_out() -> None:
    found = _changes(Wish(mfa=True))
    assert found
    assert not any(one.locks_out for one in found)


def test_what_is_faced_already_changes_nothing() -> None:
    assert _changes(Wish(mfa=True), policy(demand("mfa"))) == ()


def test_another_wish_than_the_one_that_stands_is_looked_at_from_the_places_of_both() -> None:
    there = with_drafts(protection(), draft(RECORDS, Wish(locations=frozenset({DACH})), BREAK_GLASS))
    drafts = draft(RECORDS, Wish(locations=frozenset({BY_GPS})), BREAK_GLASS)
    found = shifts(visitor(), Target(APP), there, drafts)
    assert {one.before.spot.names for one in found} == {one.after.spot.names for one in found}


def test_whoever_is_locked_out_already_is_not_counted_again() -> None:
    assert not any(one.locks_out for one in _changes(WHOLE, policy()))


def test_the_same_wish_bears_the_same_mark_and_another_app_another() -> None:
    (first,) = draft(RECORDS, Wish(mfa=True), BREAK_GLASS)
    assert is_marked(first, mark_of(RECORDS, Part.CONTROLS))
    assert not is_marked(first, mark_of(RECORDS, Part.PLACES))
    assert not is_marked(first, mark_of(Scope(app_id=OTHER_APP), Part.CONTROLS))


def test_a_long_name_is_cut_and_keeps_its_mark() -> None:
    (long,) = draft(Scope(app_id=APP, app_name="x" * 400), Wish(mfa=True), BREAK_GLASS)
    assert len(long.name) == 256
    assert is_marked(long, mark_of(RECORDS, Part.CONTROLS))


def test_what_is_drafted_is_read_back_as_it_was_written() -> None:
    for scope in (RECORDS, Scope(), Scope(guest_id=ANA), Scope(group_id=TEAM)):
        for drafted in draft(scope, WHOLE, BREAK_GLASS):
            assert is_as_drafted(policy_of(body_of(drafted) | {"id": "new"}), drafted)


def test_a_policy_that_somebody_has_changed_is_not_as_drafted() -> None:
    drafted = draft(RECORDS, WHOLE, BREAK_GLASS)[0]
    row = body_of(drafted) | {"id": "new"}
    assert is_as_drafted(policy_of(row | {"state": "enabled"}), drafted)
    assert not is_as_drafted(policy_of(row | {"grantControls": demand("block")}), drafted)


def test_types_of_guests_are_written_as_one_text() -> None:
    """msgraph-sdk leaves out a flags enumeration that is given as a list."""
    users = body_of(draft(RECORDS, WHOLE, BREAK_GLASS)[0])["conditions"]["users"]
    assert users["includeGuestsOrExternalUsers"]["guestOrExternalUserTypes"] == "b2bCollaborationGuest"


def test_guests_with_an_account_of_the_tenant_are_meant_but_by_what_was_asked_before() -> None:
    local = visitor(kind=GuestType.INTERNAL_GUEST, tenant="")
    for scope, stopped in ((replace(RECORDS, local=True), True), (RECORDS, False)):
        [drafted] = draft(scope, Wish(platforms=frozenset({Platform.WINDOWS})), BREAK_GLASS)
        assert is_as_drafted(policy_of(body_of(drafted) | {"id": "new"}), drafted)
        enforced = with_drafts(protection(), [drafted])
        seen = foresee(attempt(local, platform=Platform.LINUX), enforced)
        assert (seen.verdict is Verdict.BLOCKED) is stopped


def test_a_draft_stands_for_what_bears_its_name_already() -> None:
    drafts = draft(RECORDS, WHOLE, BREAK_GLASS)
    once = with_drafts(protection(), drafts)
    assert with_drafts(once, drafts) == once
    renamed = draft(replace(RECORDS, app_name="Records of Health"), WHOLE, BREAK_GLASS)
    assert with_drafts(once, renamed).policies == with_drafts(protection(), renamed).policies
    assert in_the_way(once, renamed) == once.policies

"""How many guests of an app face what, which apps are told first, and what has to be read of a guest."""

from typing import Any

import pytest

from access.rules.conditional_access import GuestType, Trust, Visitor
from access.rules.faced import (
    Mentioned,
    Tally,
    barest_first,
    faced,
    mentioned,
    seen_as,
    sums,
)
from access.rules.homes import SOME_TENANT
from access.rules.model import App, Guest, ObjectId
from bot.graph.shapes import guest_from
from tests.forecast.building import (
    ANA,
    APP,
    DACH,
    OTHER,
    READER,
    TEAM,
    Json,
    demand,
    guests,
    policy,
    protection,
    visitor,
)

RECORDS = App(ObjectId("records"), "Health Records", app_id=APP)
MFA = policy(demand("mfa"), name="MFA")
REPORTED = policy(demand("mfa"), name="MFA", state="enabledForReportingButNotEnforced")
DACH_ALONE = policy(name="D", locations={"includeLocations": ["All"], "excludeLocations": [DACH]})
B2B = "b2bCollaborationGuest"
NOBODY = Mentioned(frozenset(), frozenset(), frozenset())


def _guest(object_id: str = ANA, *, is_member: bool = False) -> Guest:
    return Guest(ObjectId(object_id), "Ana", "ana@fabrikam.com", is_member=is_member)


def _alike(told: Mentioned, *guests: Guest, groups: frozenset[str] = frozenset()) -> set[Visitor]:
    of: dict[str, Any] = {"tenant": SOME_TENANT, "trust": Trust(), "roles": frozenset()}
    return {seen_as(one, told, groups=groups, **of) for one in guests}


def test_each_guest_counts_by_what_they_face() -> None:
    tenant = protection(policy(demand("mfa"), users={"includeUsers": [ANA]}), DACH_ALONE)
    found = faced(RECORDS, [visitor(), visitor(object_id=OTHER), visitor(object_id=OTHER)], tenant)
    assert found.guests == 3
    assert found.factor == Tally(wholly=1, partly=2), "elsewhere they are blocked, in DACH nothing is asked"
    assert (found.platform, found.place) == (Tally(none=3), Tally(wholly=3))


def test_a_system_without_a_name_is_a_way_past_what_names_all_others() -> None:
    every = ["android", "iOS", "windows", "macOS", "linux"]
    named = protection(policy(demand("mfa"), platforms={"includePlatforms": every}))
    assert faced(RECORDS, [visitor()], named).factor == Tally(partly=1)
    rest = policy(platforms={"includePlatforms": ["all"], "excludePlatforms": every})
    closed = protection(policy(demand("mfa"), platforms={"includePlatforms": every}), rest)
    assert faced(RECORDS, [visitor()], closed).factor == Tally(wholly=1)


def test_what_only_reports_stands_apart() -> None:
    found = faced(RECORDS, [visitor()], protection(REPORTED))
    assert found.factor == Tally(none=1)
    assert found.watched == (Tally(wholly=1), Tally(none=1), Tally(none=1))


def test_the_barest_app_comes_first_and_one_without_guests_not_at_all() -> None:
    names = ("Fine", "Bare", "Unsure", "Empty")
    apps = {name: App(ObjectId(name), name, app_id=APP) for name in names}
    unsure = protection(policy(demand("mfa"), signInRiskLevels=["high"]))
    found = [
        faced(apps["Fine"], [visitor()], protection(MFA)),
        faced(apps["Empty"], [], protection()),
        faced(apps["Unsure"], [visitor()], unsure),
        faced(apps["Bare"], [visitor()], protection()),
    ]
    assert [one.app.name for one in barest_first(found)] == ["Bare", "Unsure", "Fine"]
    assert sums(found)[0] == Tally(wholly=1, unsure=1, none=1)


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        ((MFA,), NOBODY),
        (
            (policy(users={"includeUsers": [ANA], "excludeGroups": [TEAM], "includeRoles": [READER]}),),
            Mentioned(frozenset({ANA}), frozenset({TEAM}), frozenset({READER})),
        ),
        ((policy(users={"includeGroups": [TEAM]}, state="disabled"),), NOBODY),
    ],
)
def test_what_is_read_of_a_guest_is_what_some_policy_in_use_asks(
    policies: tuple[Json, ...], told: Mentioned
) -> None:
    assert mentioned(protection(*policies)) == told


def test_guests_whom_no_policy_tells_apart_are_one() -> None:
    told = Mentioned(frozenset({OTHER}), frozenset({TEAM}), frozenset())
    assert len(_alike(told, _guest(ANA), _guest("somebody"))) == 1
    assert len(_alike(told, _guest(ANA), _guest(OTHER))) == 2
    [within] = _alike(told, _guest(), groups=frozenset({TEAM, "another"}))
    assert within.groups == frozenset({TEAM})
    [member] = _alike(told, _guest(is_member=True))
    assert member.kind is GuestType.B2B_MEMBER


def test_a_guest_with_an_account_of_the_tenant_is_no_b2b_guest() -> None:
    row = {"id": ANA, "userType": "Guest", "mail": "contractor@contoso-health.com"}
    tenant = protection(policy(demand("mfa"), users={"includeGuestsOrExternalUsers": guests(B2B)}))
    kinds = {None: GuestType.INTERNAL_GUEST, "Accepted": GuestType.B2B_GUEST}
    for state, kind in kinds.items():
        [found] = _alike(NOBODY, guest_from(row | {"externalUserState": state}))
        assert found.kind is kind
        asked = faced(RECORDS, [found], tenant).factor
        assert asked == (Tally(wholly=1) if state else Tally(none=1))
    [unread] = _alike(NOBODY, guest_from(row))
    assert unread.kind is GuestType.B2B_GUEST, "what was not asked for tells nothing"

"""What of the tenant's settings is other than the night before, how it is kept, and whom it concerns."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from access.rules.changed_settings import Difference, Part, differences
from access.rules.conditional_access import (
    EVERY,
    AccessPolicy,
    Control,
    Demands,
    External,
    Filter,
    GuestType,
    NamedLocation,
    Picked,
    Platform,
    PolicyState,
    Protection,
    Strength,
    Trust,
    Visitor,
    Within,
)
from access.rules.maybe import Unknown
from access.rules.snapshots import Kept, Snapshot, read
from access.rules.tenant_facts import (
    CrossTenant,
    CrossTenants,
    DomainList,
    GuestRole,
    GuestSettings,
    InvitesFrom,
    Side,
)
from access.rules.watch_effects import Effect, Entry, Prospect, Shape, Visit, effect, entry

FABRIKAM, RECORDS = "0e71112a-6a5d-54dd-ac20-9a421112bb52", "da664a73-ce64-5d09-bb8a-d62310b976ab"
OPEN = CrossTenant(Side(), Side(), Trust())
GUESTS = Picked(external=External(frozenset({GuestType.B2B_GUEST})))
BLOCK = AccessPolicy(
    policy_id="p1",
    name="Guests: block",
    state=PolicyState.ENABLED,
    include=GUESTS,
    apps=Within(frozenset({EVERY})),
    demands=Demands(controls=frozenset({Control.BLOCK})),
)
OFF = replace(BLOCK, state=PolicyState.DISABLED)
ON_LINUX = replace(BLOCK, platforms=Within(frozenset({Platform.LINUX})))
USUAL = Snapshot(
    GuestSettings(InvitesFrom.EVERYONE, GuestRole.GUEST), DomainList(), CrossTenants(OPEN), Protection((OFF,))
)
EVERYTHING = Snapshot(
    GuestSettings(InvitesFrom.NONE, GuestRole.RESTRICTED),
    DomainList(frozenset({"a.example"}), frozenset({"b.example"})),
    CrossTenants(
        OPEN, {FABRIKAM: CrossTenant(apps=Side(blocks=True, every=False, targets=frozenset({"x"})))}
    ),
    Protection(
        (
            replace(
                BLOCK,
                state=None,
                include=replace(GUESTS, groups=frozenset({"g"}), roles=frozenset({"r"})),
                exclude=Picked(external=External(frozenset({"otherExternalUser"}), frozenset({FABRIKAM}))),
                app_filter=Filter("rule", excludes=True),
                locations=Within(frozenset({"l"}), frozenset({"m"})),
                unread=frozenset({Unknown.DEVICE}),
                demands=Demands(strength=Strength("s", "Strong", frozenset({"fido2"}))),
                stopping_session=True,
            ),
        ),
        {
            "l": NamedLocation(
                location_id="l", name="Wards", trusted=True, networks=(ip_network("10.0.0.0/8"),)
            ),
            "m": NamedLocation(location_id="m", name="Home", countries=frozenset({"DE", "AT"})),
            "n": NamedLocation(location_id="n", name="Six", networks=(ip_network("2001:db8::/32"),)),
        },
        security_defaults=True,
    ),
)


@pytest.mark.parametrize("seen", [Snapshot(), USUAL, EVERYTHING])
def test_what_is_kept_is_read_as_it_was(seen: Snapshot) -> None:
    kept = Kept("2026-11-22", seen)
    assert read(kept.written()) == kept
    assert differences(seen, seen) == ()


def test_what_another_version_has_kept_is_read_as_far_as_it_is_known() -> None:
    kept = Kept("2026-11-22", USUAL)
    assert read(kept.written()[:-1] + ',"newer": 1}') == kept
    assert read('{"night": "2026-11-22", "snapshot": {}}') == Kept("2026-11-22", Snapshot())
    for text in (None, "", "{}", "not JSON", kept.written().replace("everyone", "martians")):
        assert read(text) is None


def test_each_part_that_changes_is_told_with_what_it_was_and_is() -> None:
    found = {(one.part, one.of, one.field): (one.was, one.now) for one in differences(USUAL, EVERYTHING)}
    assert found[Part.INVITES, "", ""] == ("everyone", "none")
    assert found[Part.GUEST_ROLE, "", ""] == ("guest", "restricted")
    assert found[Part.DOMAIN, "a.example", ""] == ("", "AllowedDomains")
    assert found[Part.DOMAIN, "b.example", ""] == ("", "BlockedDomains")
    assert found[Part.PARTNER, FABRIKAM, ""] == ("", "there")
    assert found[Part.PARTNER_APPS, FABRIKAM, ""] == ("", "blocked: x")
    assert found[Part.SECURITY_DEFAULTS, "", ""] == ("off", "on")
    assert found[Part.LOCATION, "Wards", ""] == ("", "there")
    assert found[Part.POLICY_STATE, BLOCK.name, "state"] == ("disabled", "")
    assert found[Part.POLICY_CONTENT, BLOCK.name, "locations"] == ("", "include: l; exclude: m")


def test_what_has_but_an_id_is_counted_and_a_location_is_told_by_its_name() -> None:
    wards, home = NamedLocation(location_id=FABRIKAM, name="Wards"), RECORDS

    def at(*locations: str) -> Snapshot:
        policy = replace(BLOCK, locations=Within(frozenset(locations)))
        return replace(USUAL, protection=Protection((policy,), {FABRIKAM: wards}))

    [one] = differences(at(), at(FABRIKAM, home, "All"))
    assert (one.was, one.now) == ("", "include: Wards, All, 1 by id")
    [one] = differences(at(home), at(home.replace("d", "e")))
    assert (one.was, one.now) == ("include: 1 by id", "include: 1 by id (others)")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (replace(USUAL, protection=Protection(())), Difference(Part.POLICY, "disabled", "", BLOCK.name)),
        (
            replace(USUAL, between=CrossTenants(replace(OPEN, users=Side(blocks=True)))),
            Difference(Part.DEFAULT_USERS, "allowed: all", "blocked: all"),
        ),
        (
            replace(USUAL, between=CrossTenants(replace(OPEN, trust=Trust(mfa=True)))),
            Difference(Part.DEFAULT_TRUST, "", "mfa: yes"),
        ),
    ],
)
def test_one_change_is_one_difference(now: Snapshot, expected: Difference) -> None:
    assert differences(USUAL, now) == (expected,)


@pytest.mark.parametrize("part", ["guests", "domains", "between", "protection"])
def test_what_was_not_read_on_either_side_is_no_change(part: str) -> None:
    unread, other = replace(USUAL, **{part: None}), replace(EVERYTHING, **{part: None})
    assert differences(USUAL, unread) == differences(unread, USUAL) == ()
    assert differences(unread, other) == differences(USUAL, other)


def shape(tenant: str | None = "", groups: frozenset[str] | None = frozenset()) -> Shape:
    return Shape(RECORDS, Visitor(tenant=tenant, groups=groups))


CLOSED_TO_FABRIKAM = CrossTenants(OPEN, {FABRIKAM: CrossTenant(users=Side(blocks=True))})
BUT_STAFF = replace(BLOCK, exclude=Picked(groups=frozenset({"staff"})))


@pytest.mark.parametrize(
    ("who", "seen", "expected"),
    [
        (shape(), USUAL, Entry.OPEN),
        (shape(), replace(USUAL, protection=Protection((BLOCK,))), Entry.SHUT),
        (shape(), replace(USUAL, protection=Protection((ON_LINUX,))), Entry.SOMEWHERE),
        (shape(FABRIKAM), replace(USUAL, between=CLOSED_TO_FABRIKAM), Entry.SHUT),
        (shape(), replace(USUAL, between=CLOSED_TO_FABRIKAM), Entry.OPEN),
        (shape(None), replace(USUAL, between=CLOSED_TO_FABRIKAM), Entry.OPEN),
        (shape(groups=frozenset({"staff"})), replace(USUAL, protection=Protection((BUT_STAFF,))), Entry.OPEN),
        (shape(), replace(USUAL, protection=Protection((BUT_STAFF,))), Entry.SHUT),
        (shape(groups=None), replace(USUAL, protection=Protection((BUT_STAFF,))), Entry.UNSURE),
        (shape(), Snapshot(), Entry.OPEN),
    ],
)
def test_how_guests_of_a_shape_get_in_is_foreseen_and_what_was_not_read_stops_nobody(
    who: Shape, seen: Snapshot, expected: Entry
) -> None:
    assert entry(who, seen) is expected


def counted(was: Snapshot, now: Snapshot, visits: list[Visit], prospects: list[Prospect]) -> Effect:
    shapes = [*(one.shape for one in visits), *(one.shape for one in prospects)]
    entries = {one: (entry(one, was), entry(one, now)) for one in shapes}
    return effect(visits, prospects, entries, was, now)


def test_guests_and_apps_are_counted_once_each_and_both_ways() -> None:
    visits = [
        Visit("ana", "records", shape()),
        Visit("ana", "portal", shape()),
        Visit("ben", "portal", shape()),
    ]
    shut = replace(USUAL, protection=Protection((BLOCK,)))
    assert counted(USUAL, shut, visits, []) == Effect(locked_out=2, of_apps=2)
    assert counted(shut, USUAL, visits, []) == Effect(let_in=2)
    linux = replace(USUAL, protection=Protection((ON_LINUX,)))
    assert counted(USUAL, linux, visits, []) == Effect(narrowed=2)
    assert counted(linux, linux, visits, []) == Effect()


def test_what_was_not_sure_before_hides_nobody_who_is_stopped_for_certain_now() -> None:
    visits = [Visit("ana", "records", shape())]
    at_risk = replace(BLOCK, policy_id="p2", sign_in_risk=frozenset({"high"}))
    risky, both, shut = (
        replace(USUAL, protection=Protection(policies))
        for policies in ((at_risk,), (at_risk, ON_LINUX), (at_risk, BLOCK))
    )
    assert counted(risky, both, visits, []) == Effect(narrowed=1)
    assert counted(risky, shut, visits, []) == Effect(locked_out=1, of_apps=1)
    assert counted(USUAL, risky, visits, []) == Effect(unsure=1)


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        ({"guests": GuestSettings(InvitesFrom.NONE, GuestRole.GUEST)}, "R-1"),
        ({"domains": DomainList(blocked=frozenset({"fabrikam.com"}))}, "R-1"),
        ({"between": CLOSED_TO_FABRIKAM}, "R-1 R-2"),
        ({"protection": Protection((BLOCK,))}, "R-1 R-2"),
        ({"protection": Protection((ON_LINUX,))}, ""),
        ({"guests": GuestSettings(InvitesFrom.MEMBERS, GuestRole.GUEST)}, ""),
    ],
)
def test_requests_that_will_fail_by_the_change_are_named(change: dict[str, Any], fails: str) -> None:
    waiting = [
        Prospect("R-1", "fabrikam.com", shape(FABRIKAM), invites=True),
        Prospect("R-2", "fabrikam.com", shape(FABRIKAM), invites=False),
    ]
    now = replace(USUAL, **change)
    assert " ".join(counted(USUAL, now, [], waiting).failing) == fails
    assert counted(now, now, [], waiting).failing == (), "they failed before"

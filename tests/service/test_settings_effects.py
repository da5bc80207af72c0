"""A change of settings is foreseen for a large tenant with few readings, and what was left out is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from access.ports import Memberships, NotDone, Refused
from access.rules.bulk import Bulk, Verdict
from access.rules.causes import Cause
from access.rules.conditional_access import (
    REGISTER,
    AccessPolicy,
    Control,
    Demands,
    External,
    GuestType,
    Picked,
    Protection,
    Strength,
    Trust,
    Within,
)
from access.rules.lists import GuestList, bulk_of, unjudged
from access.rules.model import (
    App,
    Give,
    GiveKind,
    Group,
    Guest,
    Kind,
    ObjectId,
    Person,
    Record,
    Redemption,
    Request,
    RequestId,
    StepKind,
)
from access.rules.snapshots import Snapshot
from access.rules.tenant_facts import CrossTenant, CrossTenants, DomainList, Side
from access.rules.verdicts import Judged
from access.rules.watch_effects import Effect
from access.service.settings_effects import MOST_APPS, MOST_GROUPS, Effects
from tests.rules.making import delivered, pending
from tests.rules.test_changed_settings import BLOCK, CLOSED_TO_FABRIKAM, FABRIKAM, OFF, OPEN, RECORDS, USUAL
from tests.service.fakes import FakeDirectory, Faults, Tenant
from tests.service.protected import FakeProtection
from tests.service.tenant_reads import FakeTenantReads

ANA = "ana@fabrikam.com"
GUESTS, APPS = 10_000, 5
STAFF = ObjectId("00000000-0000-4000-8000-000000000f01")


@dataclass
class Accesses:
    """Many accesses, and what waits, page by page as the store tells them."""

    given: list[Request] = field(default_factory=list)
    asked: list[Record] = field(default_factory=list)
    lists: dict[str, GuestList] = field(default_factory=dict)

    async def active(self, limit: int, after: str = "") -> Sequence[Request]:
        later = (at for at, one in enumerate(self.given) if one.request_id > after)
        first = int(after) + 1 if after else next(later, len(self.given))
        return self.given[first : first + limit]

    async def guest_list(self, list_id: str) -> GuestList | None:
        return self.lists.get(list_id)

    async def waiting(self, limit: int, after: int = 0) -> Sequence[Record]:
        return [one for one in self.asked if one.request.number > after][:limit]


@dataclass
class World:
    store: Accesses
    directory: FakeDirectory
    reads: FakeTenantReads
    reader: FakeProtection = field(default_factory=FakeProtection)

    async def of(self, was: Snapshot, now: Snapshot) -> tuple[Effect, bool]:
        store: Any = self.store
        found = await Effects(store, self.directory, self.reads, self.reader).of(was, now)
        return found.effect, found.gaps


def app(number: int) -> App:
    return App(ObjectId(f"00000000-0000-4000-8000-{number:012}"), f"App {number}", app_id=RECORDS)


def world(guests: int = GUESTS, apps: int = APPS) -> World:
    one = delivered().request
    given = [
        replace(
            one,
            request_id=RequestId(f"{number:08}"),
            guest_id=ObjectId(f"guest-{number}"),
            address=f"guest{number}@{'fabrikam' if number % 2 else 'northwind'}.com",
            app=replace(one.app, object_id=app(number % apps).object_id),
        )
        for number in range(guests)
    ]
    tenant = Tenant()
    tenant.apps |= {app(number).object_id: app(number) for number in range(apps)}
    reads = FakeTenantReads(tenant, tenants={"fabrikam.com": FABRIKAM})
    return World(Accesses(given), FakeDirectory(tenant, Faults()), reads)


def asked_for() -> tuple[World, Record]:
    """Return a tenant in which one request for a guest of Fabrikam waits, and nobody has an access."""
    small, waits = world(0), pending()
    known = App(waits.request.app.object_id, "Health Records", app_id=RECORDS)
    small.directory.tenant.apps[known.object_id] = known
    small.reads.tenants = {waits.request.address.partition("@")[2]: FABRIKAM}
    small.store.asked.append(waits)
    return small, waits


async def test_ten_thousand_guests_cost_a_reading_for_each_app_domain_and_group_and_no_more() -> None:
    large = world()
    but_staff = replace(BLOCK, exclude=Picked(groups=frozenset({STAFF})))
    now = replace(USUAL, between=CLOSED_TO_FABRIKAM, protection=Protection((OFF, but_staff)))
    large.directory.tenant.groups[STAFF] = Group(STAFF, "Staff")
    found, gaps = await large.of(USUAL, now)
    assert (found, gaps) == (Effect(locked_out=GUESTS, of_apps=APPS), False)
    assert sorted(large.reads.read) == ["tenant_of", "tenant_of"]


async def test_whoever_is_in_a_group_by_another_group_within_it_is_in_it() -> None:
    small = world(10)
    but_staff = replace(BLOCK, exclude=Picked(groups=frozenset({STAFF})))
    ana, inner, tenant = ObjectId("guest-0"), ObjectId("inner"), small.directory.tenant
    tenant.people[ana] = Person(ana, "Ana", "ana@fabrikam.com")
    tenant.groups |= {STAFF: Group(STAFF, "Staff"), inner: Group(inner, "Inner")}
    tenant.members |= {STAFF: [inner], inner: [ana]}
    found, _ = await small.of(USUAL, replace(USUAL, protection=Protection((OFF, but_staff))))
    assert found.locked_out == 9


async def test_a_partner_that_is_shut_out_locks_out_its_guests_alone() -> None:
    found, gaps = await world(100).of(USUAL, replace(USUAL, between=CLOSED_TO_FABRIKAM))
    assert (found, gaps) == (Effect(locked_out=50, of_apps=APPS), False)


async def test_where_no_setting_tells_tenants_apart_nobody_asks_whose_a_domain_is() -> None:
    small = world(10)
    found, _ = await small.of(USUAL, GUARDED)
    assert found == Effect(locked_out=10, of_apps=APPS)
    assert small.reads.read == []


STRONG = Strength("00000000-0000-0000-0000-000000000004", "Phishing-resistant", frozenset({"fido2"}))
BY_KEY = replace(BLOCK, demands=Demands(strength=STRONG))
BY_DEVICE = replace(BLOCK, demands=Demands(controls=frozenset({Control.COMPLIANT_DEVICE})))
BELIEVED = CrossTenants(replace(OPEN, trust=Trust(mfa=True, compliant=True)))


@pytest.mark.parametrize("strangers", [{}, {"another": OPEN}])
@pytest.mark.parametrize(
    ("demanded", "between", "effect"),
    [
        (BY_KEY, CrossTenants(OPEN), Effect(locked_out=5, of_apps=1, unsure=5)),
        (BY_KEY, BELIEVED, Effect(unsure=5)),
        (BY_DEVICE, BELIEVED, Effect(locked_out=5, of_apps=1)),
        (BY_DEVICE, CrossTenants(OPEN), Effect(locked_out=10, of_apps=1)),
    ],
)
async def test_guests_of_some_tenant_and_of_none_meet_what_each_meets(
    demanded: AccessPolicy, between: CrossTenants, effect: Effect, strangers: dict[str, CrossTenant]
) -> None:
    small = world(10, apps=1)
    usual = replace(USUAL, between=replace(between, partners=strangers))
    found, gaps = await small.of(usual, replace(usual, protection=Protection((demanded,))))
    assert (found, gaps) == (effect, False)


async def test_a_tenant_or_group_that_cannot_be_read_locks_nobody_out_and_is_said() -> None:
    small = world(10)
    small.reads.refuses["tenant_of"] = NotDone(Cause.UNAVAILABLE)
    assert await small.of(USUAL, replace(USUAL, between=CLOSED_TO_FABRIKAM)) == (Effect(), True)
    many = frozenset(f"{number}" for number in range(MOST_GROUPS + 1))
    but_many = replace(BLOCK, exclude=Picked(groups=many))
    found = await small.of(USUAL, replace(USUAL, protection=Protection((but_many,))))
    assert found == (Effect(unsure=10), True)


async def test_a_policy_for_one_guest_by_their_id_locks_out_that_one() -> None:
    one = Picked(users=frozenset({"guest-1"}))
    for blocks, locked_out in ((replace(BLOCK, include=one), 1), (replace(BLOCK, exclude=one), 9)):
        found, gaps = await world(10).of(USUAL, replace(USUAL, protection=Protection((blocks,))))
        assert (found.locked_out, gaps) == (locked_out, False)


async def test_apps_beyond_the_most_are_left_out_and_that_is_said() -> None:
    found, gaps = await world(MOST_APPS + 5, MOST_APPS + 5).of(
        USUAL, replace(USUAL, protection=Protection((BLOCK,)))
    )
    assert (found.locked_out, gaps) == (MOST_APPS, True)


@pytest.mark.parametrize(("closed", "fails"), [(CLOSED_TO_FABRIKAM, 1), (CrossTenants(OPEN), 0)])
async def test_a_request_that_waits_fails_by_the_change_or_not(closed: CrossTenants, fails: int) -> None:
    small, _ = asked_for()
    found, _ = await small.of(USUAL, replace(USUAL, between=closed))
    assert len(found.failing) == fails


@pytest.mark.parametrize(
    ("kind", "steps", "fails"),
    [
        (Kind.INVITE, (StepKind.INVITE, StepKind.KNOW, StepKind.GIVE), 1),
        (Kind.INVITE, (StepKind.SPONSOR, StepKind.GIVE), 0),
        (Kind.ASSIGN, (StepKind.INVITE, StepKind.SPONSOR, StepKind.GIVE), 1),
    ],
)
async def test_a_domain_denied_since_fails_what_would_invite_whatever_was_typed(
    kind: Kind, steps: tuple[StepKind, ...], fails: int
) -> None:
    small, waits = asked_for()
    request, plan = waits.request, waits.request.plan
    assert plan is not None
    small.store.asked = [replace(waits, request=replace(request, kind=kind, plan=replace(plan, steps=steps)))]
    denied = DomainList(blocked=frozenset({request.address.partition("@")[2]}))
    found, _ = await small.of(USUAL, replace(USUAL, domains=denied))
    assert len(found.failing) == fails


async def test_a_list_that_waits_fails_once_by_any_domain_of_it_and_not_without_them() -> None:
    small, waits = asked_for()
    of_each = (("fabrikam.com", 4), ("adatum.com", 2))
    made = Bulk(list_id="l", file="", digest="", rows=6, counts=((Verdict.NEW, 6),), domains=of_each)
    small.store.asked = [
        replace(waits, request=replace(waits.request, kind=Kind.BULK, bulk=made, address=""))
    ]
    label = waits.request.label
    for denied, fails in (({"fabrikam.com", "adatum.com"}, (label,)), ({"else.example"}, ())):
        found, _ = await small.of(USUAL, replace(USUAL, domains=DomainList(blocked=frozenset(denied))))
        assert found.failing == fails
    found, _ = await small.of(USUAL, GUARDED)
    assert found.failing == (label,), "who is stopped at the sign-in"


@pytest.mark.parametrize(
    ("redemption", "fails"), [(Redemption.ACCEPTED, 0), (Redemption.PENDING, 1), (None, 1)]
)
async def test_a_denied_domain_fails_a_list_where_anybody_of_it_is_invited(
    redemption: Redemption | None, fails: int
) -> None:
    small, waits = asked_for()
    ana = Judged(number=2, written=ANA, address=ANA, verdict=Verdict.GUEST, guest_id=ObjectId("ana"))
    rows = (ana, Judged(number=3, written="bo@adatum.com", address="bo@adatum.com", verdict=Verdict.NEW))
    kept = replace(unjudged("l", ObjectId("megan"), "", (), waits.request.submitted_at), rows=rows)
    small.store.lists["l"] = kept
    if redemption is not None:  # else the account is gone since
        small.directory.tenant.guests[ObjectId("ana")] = Guest(ObjectId("ana"), "Ana", ANA, redemption)
    request = replace(waits.request, kind=Kind.BULK, bulk=bulk_of(kept), address="")
    small.store.asked = [replace(waits, request=request)]
    found, _ = await small.of(USUAL, replace(USUAL, domains=DomainList(blocked=frozenset({"fabrikam.com"}))))
    assert len(found.failing) == fails


async def test_the_default_that_keeps_people_out_shuts_nobody_out_who_has_no_tenant() -> None:
    small = world(2)
    closed = CrossTenants(CrossTenant(Side(blocks=True), Side(), Trust()))
    found, _ = await small.of(USUAL, replace(USUAL, between=closed))
    assert found == Effect(locked_out=1, of_apps=1), "of Fabrikam, and not of Northwind, which has none"


GUARDED = replace(USUAL, protection=Protection((OFF, BLOCK)))
BUT_STAFF = replace(BLOCK, exclude=Picked(groups=frozenset({STAFF})))
BUT_ADMINS = replace(BLOCK, exclude=Picked(roles=frozenset({"admin"})))
AT_REGISTERING = replace(BLOCK, policy_id="p2", actions=frozenset({REGISTER}), apps=Within(frozenset()))
BY_FACTOR = replace(BLOCK, demands=Demands(controls=frozenset({Control.MFA})))


def by(*policies: AccessPolicy) -> Snapshot:
    return replace(USUAL, protection=Protection(policies))


def of_somebody(small: World, waits: Record, guest: Guest) -> None:
    """Let the directory have known the guest when the request was made."""
    assert waits.request.plan is not None
    request = replace(waits.request, plan=replace(waits.request.plan, guest_id=guest.object_id))
    small.store.asked = [replace(waits, request=request)]
    small.directory.tenant.guests[guest.object_id] = guest


async def test_a_policy_that_blocks_the_guest_of_a_request_that_waits_fails_it_and_is_told_once() -> None:
    small, waits = asked_for()
    found, gaps = await small.of(USUAL, GUARDED)
    assert (found, gaps) == (Effect(failing=(waits.request.label,)), False)
    assert (await small.of(GUARDED, GUARDED))[0].failing == ()
    assert (await small.of(GUARDED, replace(GUARDED, between=CLOSED_TO_FABRIKAM)))[0].failing


async def test_a_group_that_would_be_given_counts_as_the_guests_and_one_by_a_rule_may() -> None:
    small, waits = asked_for()
    assert (await small.of(USUAL, by(BUT_STAFF)))[0].failing == (waits.request.label,)
    small.reader.filled_by_rule = {STAFF}
    assert (await small.of(USUAL, by(BUT_STAFF)))[0].failing == ()
    small.reader.filled_by_rule = set()
    staff = replace(waits.request, give=Give(GiveKind.GROUP, STAFF, "Staff"))
    small.store.asked = [replace(waits, request=staff)]
    assert (await small.of(USUAL, by(BUT_STAFF)))[0].failing == ()


async def test_what_the_guest_of_a_request_is_in_counts_and_where_it_is_not_read_nothing_fails() -> None:
    small, waits = asked_for()
    of_somebody(small, waits, Guest(ObjectId("ana"), "Ana", waits.request.address))
    assert (await small.of(USUAL, by(BUT_ADMINS)))[0].failing == (waits.request.label,)
    small.reader.of_guests[ObjectId("ana")] = Memberships(frozenset(), frozenset({"admin"}))
    assert await small.of(USUAL, by(BUT_ADMINS)) == (Effect(), False)
    small.reader.refuses["memberships_of_guest"] = Refused(Cause.RIGHTS_MISSING)
    assert await small.of(USUAL, by(BUT_ADMINS)) == (Effect(), True)


async def test_whoever_is_new_has_to_register_and_is_stopped_where_that_is_blocked() -> None:
    small, waits = asked_for()
    now = by(BY_FACTOR, AT_REGISTERING)
    assert (await small.of(USUAL, now))[0].failing == (waits.request.label,)
    of_somebody(small, waits, Guest(ObjectId("ana"), "Ana", waits.request.address))
    assert (await small.of(USUAL, now))[0].failing == ()


async def test_guests_who_count_as_members_or_are_local_meet_what_is_for_them() -> None:
    small, waits = asked_for()
    of_somebody(small, waits, Guest(ObjectId("ana"), "Ana", waits.request.address, is_member=True))
    assert await small.of(USUAL, GUARDED) == (Effect(), False)
    large = world(3)
    member, local, usual = (Guest(ObjectId(f"guest-{one}"), "A", "a@fabrikam.com") for one in range(3))
    known = (replace(member, is_member=True), replace(local, is_local=True), usual)
    large.directory.tenant.guests = {one.object_id: one for one in known}
    assert (await large.of(USUAL, GUARDED))[0].locked_out == 1
    every = frozenset({GuestType.B2B_GUEST, GuestType.B2B_MEMBER, GuestType.INTERNAL_GUEST})
    for_all = replace(BLOCK, include=Picked(external=External(every)))
    assert (await large.of(USUAL, by(for_all)))[0].locked_out == 3


async def test_an_app_of_microsofts_may_be_in_the_suite_that_a_policy_names() -> None:
    small, suite = world(2, apps=1), replace(BLOCK, apps=Within(frozenset({"Office365"})))
    assert (await small.of(USUAL, by(suite)))[0] == Effect()
    apps = small.directory.tenant.apps
    apps |= {key: replace(one, by_microsoft=True) for key, one in apps.items()}
    assert (await small.of(USUAL, by(suite)))[0] == Effect(unsure=2)


async def test_what_was_never_read_before_has_not_changed() -> None:
    small, _ = asked_for()
    small.store.given = world(4).store.given
    closed = replace(GUARDED, between=CLOSED_TO_FABRIKAM)
    assert (await small.of(Snapshot(), closed))[0] == Effect()

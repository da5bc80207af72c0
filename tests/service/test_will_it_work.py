"""`/check`: who may ask, what is read part by part, and that what was read is kept for half a minute."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import AccessError, NotDone, NotLicensed, Refused, Unfamiliar
from access.rules.because import Because
from access.rules.causes import Cause
from access.rules.clues import Holder, HolderKind, Unread
from access.rules.model import ObjectId
from access.rules.policy import Policy
from access.rules.readied import Asked, NotForYou, Readied
from access.rules.readiness import Item, Stands, Topic
from access.rules.refusals import Problem, ProblemCode, Unreadable
from access.rules.setup_plans import Unfit
from access.rules.tenant_facts import CrossTenants, DomainList, GuestRole, GuestSettings, InvitesFrom
from access.service.readiness import Readiness
from access.service.sign_ins import SignIns
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    OFFICE,
    PORTAL,
    VISITOR,
    House,
)
from tests.service.protected import FakeProtection
from tests.service.tenant_reads import CLOSED

DOMAIN, GUEST = Asked("fabrikam.com"), Asked("fabrikam.com", ANA)
RECORDS_FOR_ANA = Asked("fabrikam.com", ANA, "Health Records")
FABRIKAM = "55555555-0000-4000-8000-000000000001"


@pytest.fixture
def readiness(house: House) -> Readiness:
    reads = house.reads
    sign_ins = SignIns(FakeProtection(), house.clock)
    return Readiness(house.decisions, house.searches, reads, reads, house.clues, reads, sign_ins)


async def told(readiness: Readiness, asked: Asked, by: ObjectId = MEGAN) -> Readied:
    shown = await readiness.look(asked, by)
    assert isinstance(shown, Readied), shown
    return shown


def item(shown: Readied, topic: Topic) -> Item:
    return next(one for one in shown.items if one.topic is topic)


def stands(shown: Readied) -> set[Stands]:
    return {one.stands for one in shown.items if one.because is not Because.LIKELY}


async def refusals(house: House) -> list[object]:
    return [one.fact.detail for one in await house.audit() if one.fact.what == "act.refused"]


# --- who may ask -----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [MEGAN, ALEX, LIDIA])
async def test_who_may_request_for_anything_and_admins_may_check_the_tenant_and_a_guest(
    house: House, readiness: Readiness, by: ObjectId
) -> None:
    for asked in (Asked(), DOMAIN, GUEST):
        assert stands(await told(readiness, asked, by)) == {Stands.OK}
    assert await refusals(house) == []


@pytest.mark.parametrize("by", [DIEGO, LEAVER, VISITOR, ObjectId("nobody")])
@pytest.mark.parametrize("asked", [Asked(), DOMAIN, GUEST, RECORDS_FOR_ANA])
async def test_nobody_else_is_told_anything_which_is_noted(
    house: House, readiness: Readiness, by: ObjectId, asked: Asked
) -> None:
    assert isinstance(await readiness.look(asked, by), NotForYou)
    assert await refusals(house) == [{"act": "check", "refused": "NotForYou"}]
    assert house.reads.read == []


async def test_an_app_is_told_to_whoever_may_request_for_it_and_to_admins(
    house: House, readiness: Readiness
) -> None:
    shown = await readiness.look(replace(GUEST, app="Patient Portal"), ALEX)
    assert isinstance(shown, Problem)
    assert shown.code is ProblemCode.NOT_ALLOWED
    assert await refusals(house) == [{"act": "check", "refused": "NotTheirApp"}]
    for by in (MEGAN, LIDIA):
        assert isinstance(await readiness.look(replace(GUEST, app="Patient Portal"), by), Readied)


async def test_an_app_that_is_none_and_a_role_that_is_none_are_told_as_the_form_does(
    readiness: Readiness,
) -> None:
    none = await readiness.look(replace(GUEST, app="Nothing"), MEGAN)
    other = await readiness.look(replace(RECORDS_FOR_ANA, access="Writer"), MEGAN)
    assert isinstance(none, Problem)
    assert isinstance(other, Problem)
    assert (none.code, other.code) == (ProblemCode.APP_UNKNOWN, ProblemCode.ACCESS_UNKNOWN)


async def test_a_directory_that_is_away_refuses(house: House, readiness: Readiness) -> None:
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert isinstance(await readiness.look(Asked(), MEGAN), Unreadable)


# --- what is read -----------------------------------------------------------------------------------


async def test_the_tenant_is_told_with_what_stands_in_the_way(house: House, readiness: Readiness) -> None:
    house.reads.guests = GuestSettings(InvitesFrom.NONE, GuestRole.RESTRICTED)
    house.reads.given = frozenset()
    shown = await told(readiness, Asked())
    assert [one.because for one in shown.items] == [
        Because.NO_INVITE_RIGHT,
        Because.INVITES_OFF,
        Because.GUESTS_RESTRICTED,
    ]


async def test_a_domain_is_told_by_list_tenant_policy_and_provider(
    house: House, readiness: Readiness
) -> None:
    house.reads.domains = DomainList(blocked=frozenset({"fabrikam.com"}))
    house.reads.tenants, house.reads.between = {"fabrikam.com": FABRIKAM}, CrossTenants(CLOSED)
    shown = await told(readiness, DOMAIN)
    assert item(shown, Topic.DOMAIN_LIST).because is Because.DOMAIN_BLOCKED
    assert item(shown, Topic.CROSS_TENANT).because is Because.TENANT_BLOCKED
    assert item(shown, Topic.PROVIDER).of == "azureActiveDirectory"
    mailinator = await told(readiness, Asked("mailinator.com"))
    assert item(mailinator, Topic.POLICY).because is Because.POLICY_DENIES
    assert item(mailinator, Topic.ADDRESS).because is Because.DISPOSABLE


async def test_an_address_is_told_with_who_else_holds_it(house: House, readiness: Readiness) -> None:
    house.clues.others = [Holder(HolderKind.CONTACT, "Ana")]
    assert item(await told(readiness, GUEST), Topic.COLLISION).because is Because.HELD_BY_OTHER
    assert Topic.COLLISION not in {one.topic for one in (await told(readiness, DOMAIN)).items}


async def test_a_member_who_has_the_address_is_told_even_where_nothing_else_can_be_read(
    house: House, readiness: Readiness
) -> None:
    house.clues.refuses["holders"] = Refused(Cause.RIGHTS_MISSING)
    found = item(await told(readiness, Asked("fabrikam.com", "diego@contoso-health.com")), Topic.COLLISION)
    assert (found.because, found.of) == (Because.HELD_BY_OTHER, "person Diego")


async def test_who_has_accepted_is_not_invited_again_and_one_switched_off_cannot_come(
    house: House, readiness: Readiness
) -> None:
    record = await house.delivered(await house.approved())
    guest_id = record.request.guest_id
    assert guest_id is not None
    house.tenant.accepts(guest_id)
    house.reads.guests = GuestSettings(InvitesFrom.NONE, GuestRole.GUEST)
    shown = await told(readiness, GUEST)
    assert shown.guest is not None
    assert stands(shown) == {Stands.OK}
    house.tenant.guests[guest_id] = replace(house.tenant.guests[guest_id], enabled=False)
    assert item(await told(readiness, GUEST), Topic.ADDRESS).because is Because.GUEST_DISABLED


# --- what would be given ----------------------------------------------------------------------------


async def test_the_role_that_the_policy_gives_is_what_is_looked_at(readiness: Readiness) -> None:
    shown = await told(readiness, RECORDS_FOR_ANA)
    assert (shown.app and shown.app.name, shown.give and shown.give.name) == ("Health Records", "Reader")
    assert stands(shown) == {Stands.OK}


async def test_where_there_is_a_choice_it_is_told_and_can_be_named(readiness: Readiness) -> None:
    asked = replace(GUEST, app="Referral Desk")
    shown = await told(readiness, asked, ALEX)
    assert item(shown, Topic.GROUP).of == "Reader, Writer"
    named = await told(readiness, replace(asked, access="Writer"), ALEX)
    assert named.give
    assert named.give.name == "Writer"


def _giving(house: House, group: ObjectId) -> Policy:
    policy = house.policy.policy
    return replace(policy, apps={PORTAL: replace(policy.defaults, give=f"group:{group}")})


async def test_a_group_that_the_policy_gives_is_read(house: House, readiness: Readiness) -> None:
    house.policy.policy = _giving(house, GUESTS)
    shown = await told(readiness, replace(GUEST, app="Patient Portal"))
    assert (item(shown, Topic.GROUP).stands, item(shown, Topic.GROUP).of) == (Stands.OK, "Portal guests")
    facts = await house.reads.app(PORTAL, GUESTS)
    house.reads.groups[GUESTS] = replace(facts, assigned=False)
    again = await told(readiness, replace(GUEST, app="Patient Portal"))
    assert item(again, Topic.GROUP).because is Because.GROUP_NOT_ASSIGNED


async def test_a_group_that_the_policy_gives_and_nobody_could_choose_is_told(
    house: House, readiness: Readiness
) -> None:
    house.policy.policy = _giving(house, OFFICE)
    facts = await house.reads.app(PORTAL, GUESTS)
    house.reads.groups[OFFICE] = replace(facts, group="Office", unfit=Unfit.DYNAMIC)
    shown = await told(readiness, replace(GUEST, app="Patient Portal"))
    assert item(shown, Topic.GROUP).because is Because.GROUP_UNFIT
    assert shown.give
    assert shown.give.name == "Office"


async def test_a_group_that_is_gone_is_told(house: House, readiness: Readiness) -> None:
    house.policy.policy = _giving(house, ObjectId("gone"))
    shown = await told(readiness, replace(GUEST, app="Patient Portal"))
    assert item(shown, Topic.GROUP).because is Because.GROUP_GONE


# --- what cannot be read ----------------------------------------------------------------------------

WHY: list[tuple[AccessError, Unread]] = [
    (Refused(Cause.RIGHTS_MISSING), Unread.PERMISSION),
    (NotLicensed(Cause.RIGHTS_MISSING), Unread.LICENCE),
    (NotDone(Cause.THROTTLED), Unread.AWAY),
    (Unfamiliar("unknown"), Unread.UNFAMILIAR),
]


@pytest.mark.parametrize(("error", "why"), WHY)
@pytest.mark.parametrize(
    ("reading", "topics"),
    [
        ("for_guests", {Topic.INVITES, Topic.GUEST_ROLE}),
        ("domain_list", {Topic.DOMAIN_LIST}),
        ("cross_tenants", {Topic.CROSS_TENANT}),
        ("redemption", {Topic.PROVIDER}),
        ("permissions", {Topic.PERMISSIONS}),
        ("premium", {Topic.GROUP}),
        ("app", {Topic.APP, Topic.SIGN_IN}),
        ("holders", {Topic.COLLISION}),
    ],
)
async def test_what_cannot_be_read_says_why_and_keeps_nothing_else_back(
    house: House, readiness: Readiness, reading: str, topics: set[Topic], error: AccessError, why: Unread
) -> None:
    house.policy.policy = _giving(house, GUESTS)
    house.reads.refuses[reading] = house.clues.refuses[reading] = error
    shown = await told(readiness, replace(GUEST, app="Patient Portal"))
    unread = [one for one in shown.items if one.stands is Stands.NOT_CHECKED]
    assert {one.topic for one in unread} == topics
    assert {one.unread for one in unread} == {why}


async def test_what_holds_for_all_is_read_anew_after_half_a_minute(
    house: House, readiness: Readiness
) -> None:
    first = await told(readiness, Asked())
    house.reads.guests = GuestSettings(InvitesFrom.NONE, GuestRole.GUEST)
    house.clock.turn(seconds=20)
    second = await told(readiness, DOMAIN)
    assert second.read_at == first.read_at
    assert item(second, Topic.INVITES).stands is Stands.OK
    house.clock.turn(seconds=11)
    third = await told(readiness, Asked())
    assert third.read_at == first.read_at + timedelta(seconds=31)
    assert item(third, Topic.INVITES).because is Because.INVITES_OFF


async def test_what_was_away_is_read_again_by_whoever_asks_next(house: House, readiness: Readiness) -> None:
    house.reads.refuses["for_guests"] = NotDone(Cause.UNAVAILABLE)
    assert item(await told(readiness, Asked()), Topic.INVITES).unread is Unread.AWAY
    house.reads.refuses.clear()
    assert item(await told(readiness, Asked()), Topic.INVITES).stands is Stands.OK

"""The sign-in in `/check`: what is read for it and when, who is told a policy's name, what was not read."""

from dataclasses import replace
from typing import Any

import pytest

from access.ports import AccessError, Memberships, NotDone, NotLicensed, Refused
from access.rules.because import Because
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.conditional_access import Trust
from access.rules.forecast import Verdict
from access.rules.maybe import Unknown
from access.rules.model import ObjectId
from access.rules.passing import Ask, Need
from access.rules.readied import Asked, Readied
from access.rules.readiness import Item, Stands, Topic
from access.rules.tenant_facts import CrossTenant, CrossTenants, Side
from access.service.readiness import Readiness
from access.service.sign_ins import SignIns
from tests.forecast.building import (
    DACH,
    FABRIKAM,
    READER,
    RESISTANT,
    demand,
    guests,
    policy,
    protection,
    strength,
)
from tests.service.house import ALEX, ANA, GUESTS, LIDIA, MEGAN, House
from tests.service.protected import FakeProtection

RECORDS = Asked("fabrikam.com", ANA, "Health Records")
PORTAL = replace(RECORDS, app="Patient Portal")
MFA = demand("mfa")


@pytest.fixture
def entra() -> FakeProtection:
    return FakeProtection()


@pytest.fixture
def readiness(house: House, entra: FakeProtection) -> Readiness:
    house.reads.tenants = {"fabrikam.com": FABRIKAM}
    sign_ins = SignIns(entra, house.clock)
    reads = house.reads
    return Readiness(house.decisions, house.searches, reads, reads, house.clues, reads, sign_ins)


async def told(readiness: Readiness, asked: Asked = RECORDS, by: ObjectId = MEGAN) -> Readied:
    shown = await readiness.look(asked, by)
    assert isinstance(shown, Readied), shown
    return shown


def item(shown: Readied) -> Item:
    return next(one for one in shown.items if one.topic is Topic.SIGN_IN)


def verdicts(shown: Readied) -> set[Verdict]:
    assert shown.foreseen is not None
    return {one.forecast.verdict for one in shown.foreseen.seen}


def asks(shown: Readied) -> set[Ask]:
    assert shown.foreseen is not None
    return {ask for one in shown.foreseen.seen for ask in one.forecast.asks}


async def guest_of(house: House) -> ObjectId:
    record = await house.delivered(await house.approved())
    assert record.request.guest_id is not None
    return record.request.guest_id


async def test_the_policies_are_read_for_an_app_alone(readiness: Readiness, entra: FakeProtection) -> None:
    for asked in (Asked(), Asked("fabrikam.com"), Asked("fabrikam.com", ANA)):
        shown = await told(readiness, asked)
        assert Topic.SIGN_IN not in {one.topic for one in shown.items}
        assert shown.foreseen is None
    assert entra.read == []
    assert item(await told(readiness)).stands is Stands.OK
    assert entra.read == ["protection"], "what nobody is told apart by is not read"


async def test_an_admin_is_told_which_policy_and_whoever_may_ask_for_the_app_that_there_is_one(
    readiness: Readiness, entra: FakeProtection
) -> None:
    entra.demanded = protection(policy(name="Nobody from outside"))
    by_admin, by_owner = await told(readiness, by=LIDIA), await told(readiness, by=MEGAN)
    assert item(by_admin) == Item(Topic.SIGN_IN, Stands.FAILS, Because.SIGN_IN_BLOCKED, "Nobody from outside")
    assert item(by_owner) == Item(Topic.SIGN_IN, Stands.FAILS, Because.SIGN_IN_BLOCKED, "")
    assert verdicts(by_owner) == {Verdict.BLOCKED}
    assert "Nobody from outside" in repr(by_admin)
    assert "Nobody from outside" not in repr(by_owner)


async def test_the_name_of_a_strength_is_an_admins_to_know_too(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    house.reads.between = CrossTenants(CrossTenant(Side(), Side(), Trust(mfa=True)))
    entra.demanded = protection(policy(strength(RESISTANT)))
    assert asks(await told(readiness, by=LIDIA)) == {Ask(Need.STRENGTH_AT_HOME, "A strength")}
    assert asks(await told(readiness, by=MEGAN)) == {Ask(Need.STRENGTH_AT_HOME)}


@pytest.mark.parametrize(("trusts", "need"), [(True, Need.MFA_AT_HOME), (False, Need.MFA_REGISTER)])
async def test_who_is_not_there_yet_registers_here_unless_their_tenant_is_trusted(
    house: House, readiness: Readiness, entra: FakeProtection, *, trusts: bool, need: Need
) -> None:
    house.reads.between = CrossTenants(CrossTenant(Side(), Side(), Trust(mfa=trusts)))
    entra.demanded = protection(policy(MFA))
    shown = await told(readiness)
    assert asks(shown) == {Ask(need)}
    assert (item(shown).because, item(shown).of) == (Because.SIGN_IN_ASKS, need)
    assert entra.read == ["protection"]


@pytest.mark.parametrize(
    ("registered", "need"), [(True, Need.MFA_HERE), (False, Need.MFA_REGISTER), (None, Need.MFA_HERE_UNSURE)]
)
async def test_of_a_guest_who_is_there_it_is_read_whether_they_have_registered_where_it_matters(
    house: House, readiness: Readiness, entra: FakeProtection, *, registered: bool | None, need: Need
) -> None:
    await guest_of(house)
    entra.registered = registered
    await told(readiness)
    assert "has_registered" not in entra.read
    entra.demanded = protection(policy(MFA))
    house.clock.turn(seconds=31)
    shown = await told(readiness)
    assert asks(shown) == {Ask(need)}
    assert entra.read.count("has_registered") == 1


async def test_the_group_that_would_be_given_counts_as_if_the_guest_were_in_it(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    house.policy.policy = replace(
        house.policy.policy,
        apps={ObjectId("portal"): replace(house.policy.policy.defaults, give=f"group:{GUESTS}")},
    )
    entra.demanded = protection(policy(users={"includeGroups": [str(GUESTS)]}))
    assert verdicts(await told(readiness, PORTAL)) == {Verdict.BLOCKED}
    assert verdicts(await told(readiness, RECORDS)) == {Verdict.WORKS}
    entra.of_groups[GUESTS] = Memberships(roles=frozenset({READER}))
    entra.demanded = protection(policy(users={"includeRoles": [READER]}))
    house.clock.turn(seconds=31)
    assert verdicts(await told(readiness, PORTAL)) == {Verdict.BLOCKED}


async def test_what_a_guest_is_in_is_read_where_a_policy_asks_and_what_a_rule_does_stays_open(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    guest_id = await guest_of(house)
    entra.demanded = protection(policy(users={"includeGroups": ["team"]}))
    assert verdicts(await told(readiness)) == {Verdict.WORKS}
    entra.filled_by_rule = {"team"}
    assert verdicts(await told(readiness)) == {Verdict.UNSURE}
    entra.of_guests[guest_id] = Memberships(frozenset({"team"}))
    assert verdicts(await told(readiness)) == {Verdict.BLOCKED}


async def test_a_group_that_may_be_chosen_leaves_it_open(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    house.tenant.groups[ObjectId("second")] = replace(
        house.tenant.groups[GUESTS], object_id=ObjectId("second")
    )
    house.tenant.of_app[ObjectId("portal")] = [GUESTS, ObjectId("second")]
    entra.demanded = protection(policy(users={"includeGroups": [str(GUESTS)]}))
    assert item(await told(readiness, PORTAL)).because is Because.SIGN_IN_UNSURE


WHY: list[tuple[AccessError, Unread]] = [
    (Refused(Cause.RIGHTS_MISSING), Unread.PERMISSION),
    (NotLicensed(Cause.RIGHTS_MISSING), Unread.LICENCE),
    (NotDone(Cause.THROTTLED), Unread.AWAY),
]


@pytest.mark.parametrize(("error", "why"), WHY)
async def test_policies_that_cannot_be_read_are_an_item_with_the_permission_and_keep_nothing_else_back(
    readiness: Readiness, entra: FakeProtection, error: AccessError, why: Unread
) -> None:
    entra.refuses["protection"] = error
    shown = await told(readiness)
    needs = "Policy.Read.All" if why is Unread.PERMISSION else ""
    assert item(shown) == Item(Topic.SIGN_IN, Stands.NOT_CHECKED, of=needs, unread=why)
    assert shown.foreseen is None
    assert [one.topic for one in shown.items if one.stands is Stands.NOT_CHECKED] == [Topic.SIGN_IN]


@pytest.mark.parametrize(("error", "why"), WHY)
@pytest.mark.parametrize(
    ("reading", "demanded", "gaps"),
    [
        ("has_registered", policy(MFA), [Unknown.REGISTERED]),
        ("memberships_of_guest", policy(users={"includeGroups": ["team"]}), [Unknown.GROUPS]),
        ("by_rule", policy(users={"includeGroups": ["team"]}), [Unknown.GROUPS]),
        ("memberships_of_guest", policy(users={"includeRoles": [READER]}), [Unknown.ROLES]),
    ],
)
async def test_what_of_the_guest_cannot_be_read_is_said_where_it_matters_and_never_counts_as_fine(
    house: House,
    readiness: Readiness,
    entra: FakeProtection,
    reading: str,
    demanded: Any,
    gaps: list[Unknown],
    error: AccessError,
    why: Unread,
) -> None:
    await guest_of(house)
    entra.demanded, entra.refuses = protection(demanded), {reading: error}
    shown = await told(readiness)
    assert shown.foreseen is not None
    assert shown.foreseen.unread == tuple((gap, why) for gap in gaps)
    assert item(shown).stands is Stands.NOTE


async def test_whose_tenant_the_domain_is_matters_only_where_a_policy_or_a_trust_hangs_on_it(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    house.reads.refuses["tenant_of"] = Refused(Cause.RIGHTS_MISSING)
    shown = await told(readiness)
    assert shown.foreseen is not None
    assert shown.foreseen.unread == ()
    entra.demanded = protection(
        policy(users={"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest", tenants=[FABRIKAM])})
    )
    house.clock.turn(seconds=31)
    shown = await told(readiness)
    assert shown.foreseen is not None
    assert shown.foreseen.unread == ((Unknown.HOME, Unread.PERMISSION),)
    assert verdicts(shown) == {Verdict.UNSURE}


async def test_without_the_app_it_is_the_directory_that_was_not_read(
    house: House, readiness: Readiness
) -> None:
    house.reads.refuses["app"] = Refused(Cause.RIGHTS_MISSING)
    assert item(await told(readiness)).of == "Directory.Read.All"


async def test_of_a_guest_whom_the_directory_cannot_be_asked_for_nothing_is_foreseen(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    house.faults.before["find_by_address"] = [NotDone(Cause.UNAVAILABLE)]
    assert item(await told(readiness)).unread is Unread.AWAY


async def test_many_who_ask_within_half_a_minute_share_one_reading_unless_it_was_away(
    house: House, readiness: Readiness, entra: FakeProtection
) -> None:
    entra.refuses["protection"] = NotDone(Cause.THROTTLED)
    await told(readiness)
    entra.refuses.clear()
    for by in (MEGAN, ALEX, LIDIA):
        assert item(await told(readiness, by=by)).stands is Stands.OK
    assert entra.read.count("protection") == 2
    entra.demanded = protection(policy(locations={"includeLocations": ["All"], "excludeLocations": [DACH]}))
    house.clock.turn(seconds=31)
    assert item(await told(readiness)).because is Because.SIGN_IN_BLOCKED_SOMEWHERE

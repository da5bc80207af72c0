"""`/protect`: of which apps somebody is told, what is read for it, and that what was not read is no yes."""

from dataclasses import replace

import pytest

from access.ports import AccessError, Memberships, NotDone, NotLicensed, Refused
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.conditional_access import Trust
from access.rules.faced import FacedPage, NotFaced, Tally
from access.rules.guest_list import NoSuchApp
from access.rules.model import Group, Guest, ObjectId
from access.rules.policy_reader import read_policy
from access.rules.refusals import Unreadable
from access.rules.tenant_facts import CrossTenant, CrossTenants, Side
from access.service.faced import Faces
from access.service.visitors import MOST_DOMAINS, Visitors
from tests.forecast.building import APP, FABRIKAM, NORTHWIND, OTHER_APP, TEAM, demand, policy, protection
from tests.service.house import (
    ALEX,
    DESK,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    PORTAL,
    RECORDS,
    VISITOR,
    House,
)
from tests.service.protected import FakeProtection

ANA, BEN = ObjectId("ana"), ObjectId("ben")
MFA = policy(demand("mfa"))
OF_RECORDS = policy(demand("mfa"), applications={"includeApplications": [APP]})
NOT_TEAM = policy(demand("mfa"), users={"includeUsers": ["All"], "excludeGroups": [TEAM]})


@pytest.fixture
def reader(house: House) -> FakeProtection:
    """Give Health Records two guests and Patient Portal, by its group, one."""
    tenant = house.tenant
    for app_id, client in ((RECORDS, APP), (PORTAL, OTHER_APP), (DESK, "a third")):
        tenant.apps[app_id] = replace(tenant.apps[app_id], app_id=client)
    for guest, address in ((ANA, "ana@fabrikam.com"), (BEN, "ben@northwind.example")):
        tenant.guests[guest] = Guest(guest, guest.title(), address)
    for held in ((ANA, RECORDS), (BEN, RECORDS), (BEN, GUESTS)):
        tenant.access.add(held)
    return FakeProtection()


@pytest.fixture
def faces(house: House, reader: FakeProtection) -> Faces:
    return Faces(house.lists, Visitors(house.clock, house.app_guests, reader, house.reads))


async def told(faces: Faces, by: ObjectId = MEGAN, app: str = "", page: int = 1) -> FacedPage:
    found = await faces.look(app, page, by)
    assert isinstance(found, FacedPage), found
    return found


def names(page: FacedPage) -> list[str]:
    return [one.app.name for one in page.rows]


async def test_an_owner_is_told_of_their_apps_that_have_guests_the_barest_first(
    faces: Faces, reader: FakeProtection
) -> None:
    reader.demanded = protection(OF_RECORDS)
    found = await told(faces)
    assert names(found) == ["Patient Portal", "Health Records"]
    assert found.sums[0] == Tally(wholly=2, none=1)
    assert names(await told(faces, NIA)) == ["Health Records"]
    assert names(await told(faces, ALEX)) == ["Health Records"], "of Referral Desk there are no guests"


async def test_admins_and_security_admins_are_told_of_all(house: House, faces: Faces) -> None:
    assert len((await told(faces, LIDIA)).rows) == 2
    assert isinstance(await faces.look("", 1, DIEGO), NoSuchApp)
    team = ObjectId("33333333-3333-4333-8333-333333333333")
    text = POLICY.replace("[roles]", f'[roles]\nsecurity_admins = ["group:{team}"]')
    house.policy.policy = read_policy(text)
    house.tenant.groups[team] = Group(team, "Security")
    house.tenant.members[team] = [DIEGO]
    assert len((await told(faces, DIEGO)).rows) == 2


@pytest.mark.parametrize("by", [DIEGO, LEAVER, VISITOR, ObjectId("nobody")])
@pytest.mark.parametrize("app", ["Health Records", "No such app"])
async def test_an_app_of_others_and_none_are_answered_alike_and_noted(
    house: House, faces: Faces, by: ObjectId, app: str
) -> None:
    assert await faces.look(app, 1, by) == NoSuchApp()
    [refused] = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert refused.detail == {"act": "protect", "refused": "NotTheirApp"}


async def test_one_app_is_told_alone(faces: Faces, reader: FakeProtection) -> None:
    reader.demanded = protection(MFA)
    found = await told(faces, MEGAN, "Health Records")
    assert (found.app, found.sums[0]) == (found.rows[0].app, Tally(wholly=2))
    assert names(found) == ["Health Records"]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Refused(Cause.RIGHTS_MISSING), Unread.PERMISSION),
        (NotLicensed(Cause.RIGHTS_MISSING), Unread.LICENCE),
        (NotDone(Cause.UNAVAILABLE), Unread.AWAY),
    ],
)
async def test_policies_that_cannot_be_read_are_said_and_no_gap(
    faces: Faces, reader: FakeProtection, error: AccessError, why: Unread
) -> None:
    reader.refuses["protection"] = error
    assert await faces.look("", 1, MEGAN) == NotFaced(why)
    reader.refuses.clear()
    assert (await told(faces)).total == 2, "what was refused is asked anew"


async def test_guests_that_cannot_be_read_are_no_empty_list(house: House, faces: Faces) -> None:
    house.faults.before["guests_of"] = [NotDone(Cause.UNAVAILABLE)] * 9
    assert isinstance(await faces.look("", 1, MEGAN), Unreadable)


async def test_what_a_guest_is_in_is_read_only_where_a_policy_asks_for_it(
    faces: Faces, reader: FakeProtection
) -> None:
    reader.demanded = protection(MFA)
    await told(faces)
    assert "memberships_of_guest" not in reader.read
    faces = Faces(faces.lists, replace(faces.visitors))
    reader.demanded, reader.of_guests = protection(NOT_TEAM), {ANA: Memberships(frozenset({TEAM}))}
    found = await told(faces, app="Health Records")
    assert found.sums[0] == Tally(wholly=1, none=1), "Ana is excluded by her group"
    assert found.unread == 0


async def test_a_guest_whose_groups_are_not_known_counts_as_not_sure(
    faces: Faces, reader: FakeProtection
) -> None:
    reader.demanded = protection(NOT_TEAM)
    reader.refuses["memberships_of_guest"] = NotDone(Cause.UNAVAILABLE)
    found = await told(faces, app="Health Records")
    assert (found.sums[0], found.unread) == (Tally(unsure=2), 2)


async def test_of_more_guests_than_one_look_may_read_the_others_count_as_not_sure(
    faces: Faces, reader: FakeProtection
) -> None:
    reader.demanded = protection(NOT_TEAM)
    faces = Faces(faces.lists, replace(faces.visitors, most_guests=1))
    found = await told(faces)
    assert reader.read.count("memberships_of_guest") == 1
    assert found.unread == found.sums[0].unsure >= 1
    assert found.sums[0].total == 3


@pytest.mark.parametrize(("trusts", "factor"), [(True, Tally(none=1, wholly=1)), (False, Tally(wholly=2))])
async def test_a_device_that_a_partner_is_believed_about_is_no_second_factor(
    house: House, faces: Faces, reader: FakeProtection, *, trusts: bool, factor: Tally
) -> None:
    """A guest whose device cannot be vouched for is kept out, and so does not come in by a password."""
    reader.demanded = protection(policy(demand("compliantDevice")))
    house.reads.tenants["fabrikam.com"] = FABRIKAM
    own = CrossTenant(trust=Trust(compliant=trusts))
    house.reads.between = CrossTenants(CrossTenant(Side(), Side(), Trust()), {FABRIKAM: own})
    assert (await told(faces, app="Health Records")).sums[0] == factor


async def test_a_guest_of_no_tenant_has_nobody_who_vouches_for_a_device_whatever_is_believed(
    house: House, faces: Faces, reader: FakeProtection
) -> None:
    reader.demanded = protection(policy(demand("compliantDevice")))
    house.reads.tenants["fabrikam.com"] = FABRIKAM
    house.reads.between = CrossTenants(CrossTenant(trust=Trust(compliant=True)))
    assert (await told(faces, app="Health Records")).sums[0] == Tally(none=1, wholly=1)


async def test_of_more_domains_than_are_read_it_is_not_sure(
    house: House, faces: Faces, reader: FakeProtection
) -> None:
    reader.demanded = protection(policy(demand("compliantDevice")))
    house.reads.between = CrossTenants(CrossTenant(trust=Trust(compliant=True)))
    for number in range(MOST_DOMAINS):
        guest = ObjectId(f"guest-{number}")
        house.tenant.guests[guest] = Guest(guest, "", f"guest@{number}.example")
        house.tenant.access.add((guest, RECORDS))
    found = (await told(faces, app="Health Records")).sums[0]
    assert found == Tally(wholly=MOST_DOMAINS, unsure=2)
    assert house.reads.read.count("tenant_of") == MOST_DOMAINS
    await told(faces, app="Health Records")
    assert house.reads.read.count("tenant_of") == MOST_DOMAINS, "what was read is kept for two minutes"


async def test_where_trust_cannot_be_read_nothing_is_claimed(
    house: House, faces: Faces, reader: FakeProtection
) -> None:
    house.reads.tenants |= {"fabrikam.com": FABRIKAM, "northwind.example": NORTHWIND}
    reader.demanded = protection(policy(demand("compliantDevice")))
    house.reads.refuses["cross_tenants"] = Refused(Cause.RIGHTS_MISSING)
    assert (await told(faces, app="Health Records")).sums[0] == Tally(unsure=2)


async def test_pages_are_turned_for_two_minutes_without_reading_anew(
    house: House, faces: Faces, reader: FakeProtection
) -> None:
    await told(faces)
    reader.demanded = protection(MFA)
    assert (await told(faces, page=9)).sums[0].none == 3
    assert reader.read.count("protection") == 1
    house.clock.turn(minutes=2, seconds=1)
    assert (await told(faces)).sums[0] == Tally(wholly=3)


async def test_a_change_of_owners_counts_at_once(house: House, faces: Faces) -> None:
    assert len((await told(faces)).rows) == 2
    house.tenant.owners[PORTAL] = [NIA]
    assert names(await told(faces)) == ["Health Records"]

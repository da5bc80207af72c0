"""`/settings`: who is told what the tenant would have to change, that it is read anew, and never written."""

import pytest

from access.ports import NotDone
from access.rules.because import Because
from access.rules.causes import Cause
from access.rules.drafted import AskAdmins, Drafted
from access.rules.model import ObjectId
from access.rules.readied import Asked, NotForYou
from access.rules.refusals import Problem, UnknownRequest, Unreadable
from access.rules.setting_drafts import Opens, Setting
from access.rules.tenant_facts import CrossTenants, DomainList, GuestRole, GuestSettings, InvitesFrom
from access.service.readiness import Readiness
from access.service.sign_ins import SignIns
from access.service.tenant_changes import TenantChanges
from tests.service.house import ALEX, ANA, DIEGO, LEAVER, LIDIA, MEGAN, VISITOR, House
from tests.service.protected import FakeProtection
from tests.service.tenant_reads import CLOSED

FABRIKAM = "55555555-0000-4000-8000-000000000001"
RECORDS_FOR_ANA = Asked("fabrikam.com", ANA, "Health Records")
OFF = GuestSettings(InvitesFrom.NONE, GuestRole.GUEST)


@pytest.fixture
def changes(house: House) -> TenantChanges:
    reads = house.reads
    sign_ins = SignIns(FakeProtection(), house.clock)
    return TenantChanges(
        Readiness(house.decisions, house.searches, reads, reads, house.clues, reads, sign_ins)
    )


async def told(changes: TenantChanges, asked: Asked) -> Drafted:
    found = await changes.of(asked, LIDIA)
    assert isinstance(found, Drafted), found
    return found


def ways(found: Drafted) -> list[tuple[Because | None, list[Setting]]]:
    return [(item.because, [one.setting for one in drafts]) for item, drafts in found.ways]


async def refusals(house: House) -> list[object]:
    return [one.fact.detail for one in await house.audit() if one.fact.what == "act.refused"]


@pytest.mark.parametrize("by", [MEGAN, ALEX, DIEGO])
async def test_whoever_is_no_admin_is_told_whom_to_ask_and_nothing_is_read(
    house: House, changes: TenantChanges, by: ObjectId
) -> None:
    found = await changes.of(RECORDS_FOR_ANA, by)
    assert isinstance(found, AskAdmins)
    assert LIDIA in {one.object_id for one in found.admins}
    assert await changes.of_request("R-1001", by) == found, "the same, whether there is such a request"
    assert await refusals(house) == [{"act": "settings", "refused": "NotForYou"}] * 2
    assert house.reads.read == []


@pytest.mark.parametrize("by", [LEAVER, VISITOR, ObjectId("nobody")])
async def test_guests_and_leavers_are_not_told_who_the_admins_are(
    changes: TenantChanges, by: ObjectId
) -> None:
    assert isinstance(await changes.of(Asked(), by), NotForYou)


async def test_each_setting_that_fails_is_drafted(house: House, changes: TenantChanges) -> None:
    house.reads.guests, house.reads.domains = OFF, DomainList(blocked=frozenset({"fabrikam.com"}))
    house.reads.between, house.reads.tenants = CrossTenants(CLOSED), {"fabrikam.com": FABRIKAM}
    assert ways(await told(changes, RECORDS_FOR_ANA)) == [
        (Because.INVITES_OFF, [Setting.INVITES, Setting.INVITES]),
        (Because.DOMAIN_BLOCKED, [Setting.DOMAINS]),
        (Because.TENANT_BLOCKED, [Setting.NEW_PARTNER, Setting.DEFAULT]),
    ]
    assert ways(await told(changes, Asked())) == [(Because.INVITES_OFF, [Setting.INVITES, Setting.INVITES])]


async def test_the_least_lets_one_tenant_in_and_the_last_all(house: House, changes: TenantChanges) -> None:
    house.reads.between, house.reads.tenants = CrossTenants(CLOSED), {"fabrikam.com": FABRIKAM}
    [(_, drafts)] = (await told(changes, Asked("fabrikam.com"))).ways
    assert [one.opens for one in drafts] == [Opens.ONE_TENANT, Opens.EVERY_TENANT]


async def test_what_no_setting_mends_is_told_without_a_draft(house: House, changes: TenantChanges) -> None:
    house.reads.given = frozenset()
    found = await told(changes, RECORDS_FOR_ANA)
    assert {item.because: drafts for item, drafts in found.ways} == {
        Because.NO_INVITE_RIGHT: (),
        Because.NO_ASSIGN_RIGHT: (),
    }


async def test_a_look_reads_anew_what_was_read_a_moment_ago(house: House, changes: TenantChanges) -> None:
    house.reads.guests = OFF
    assert ways(await told(changes, Asked()))
    house.reads.guests = GuestSettings(InvitesFrom.EVERYONE, GuestRole.GUEST)
    assert ways(await told(changes, Asked())) == []


async def test_an_admin_is_told_of_a_request_of_others(house: House, changes: TenantChanges) -> None:
    record = await house.sent()
    house.reads.domains = DomainList(blocked=frozenset({"fabrikam.com"}))
    found = await changes.of_request(record.request.label, LIDIA)
    assert isinstance(found, Drafted)
    assert found.shown.label == record.request.label
    assert ways(found) == [(Because.DOMAIN_BLOCKED, [Setting.DOMAINS])]
    assert isinstance(await changes.of_request("R-4711", LIDIA), UnknownRequest)


async def test_an_app_that_is_not_there_is_said(changes: TenantChanges) -> None:
    found = await changes.of(Asked("fabrikam.com", "", "No such app"), LIDIA)
    assert isinstance(found, Problem)


async def test_where_the_directory_is_away_nobody_is_told_anything(
    house: House, changes: TenantChanges
) -> None:
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert isinstance(await changes.of(Asked(), LIDIA), Unreadable)

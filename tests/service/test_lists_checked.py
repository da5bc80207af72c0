"""Whether a list will work: its domains are looked at, for the line on its cards and before a press."""

from dataclasses import replace

import pytest

from access.ports import NotDone
from access.rules.causes import Cause
from access.rules.checked import Checked
from access.rules.checking import domain_to_tell, of_some
from access.rules.conditional_access import AccessPolicy, Control, Demands, Picked, PolicyState, Within
from access.rules.conditional_access import Protection as Demanded
from access.rules.model import JobKind, ObjectId, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.readied import Readied
from access.rules.refusals import WouldFail
from access.rules.tenant_facts import DomainList
from tests.service.house import ALEX, House
from tests.service.test_bulk_requests import R1, sent
from tests.service.test_dry_runs import guest
from tests.service.test_request_checks import OFF, REFUSING

BLOCKED = DomainList(blocked=frozenset({"fabrikam.com"}))
LISTED = "domain-list:domain-blocked@fabrikam.com"


@pytest.fixture(autouse=True)
def looks(house: House) -> None:
    house.requests.looks = True


async def looked(house: House, *addresses: str) -> tuple[Record, Checked]:
    record = await sent(house, *addresses)
    await house.run_due(JobKind.CHECK)
    now = await house.now(record)
    assert now.request.checked is not None
    return now, now.request.checked


async def approve(house: House, record: Record, *anyway: str) -> object:
    plan = record.request.plan
    assert plan is not None
    return await house.checks.approve(record.request.request_id, ALEX, plan.hash, frozenset(anyway))


async def leave_out(house: House, domain: str) -> object:
    return await house.checks.approve_except(R1, ALEX, [domain], None)


async def test_each_domain_of_a_list_is_looked_at_and_what_fails_names_it(house: House) -> None:
    house.reads.domains = BLOCKED
    record, found = await looked(house)
    assert found.fails == (LISTED,)
    assert of_some(record.request)
    assert domain_to_tell(record.request) == "fabrikam.com"
    cards = {job.name for job in await house.run_due(JobKind.CARD)}
    assert {"requestor", "approver/alex", "approver/nia"} <= cards


async def test_what_fails_for_everybody_is_noted_once(house: House) -> None:
    house.reads.guests = OFF
    record, found = await looked(house)
    assert found.fails == ("invites:invites-off",)
    assert not of_some(record.request)


async def test_a_sign_in_that_is_stopped_is_foreseen_for_each_domain(house: House) -> None:
    nobody = AccessPolicy(
        policy_id="p",
        name="Nobody",
        state=PolicyState.ENABLED,
        include=Picked(users=frozenset({"All"})),
        apps=Within(frozenset({"All"})),
        demands=Demands(controls=frozenset({Control.BLOCK})),
    )
    house.protection.demanded = Demanded((nobody,))
    record, found = await looked(house)
    stopped = [f"sign-in:sign-in-blocked@{one}" for one in ("fabrikam.com", "adatum.com")]
    assert [*found.fails] == stopped
    assert not of_some(record.request), "it is all of them"


async def test_nothing_of_inviting_counts_where_a_domain_s_guests_are_there(house: House) -> None:
    guest(house, "ana", "ana@fabrikam.com")
    house.reads.domains = BLOCKED
    _, found = await looked(house, "ana@fabrikam.com", "cy@adatum.com")
    assert found.fails == ()


@pytest.mark.parametrize("is_read", [True, False])
async def test_who_has_not_accepted_is_invited_again_and_whoever_cannot_be_read_may_be(
    house: House, *, is_read: bool
) -> None:
    for key, address in (("ana", "ana@fabrikam.com"), ("cy", "cy@adatum.com")):
        state = Redemption.PENDING if is_read else Redemption.ACCEPTED
        house.tenant.guests[ObjectId(key)] = replace(guest(house, key, address), redemption=state)
    house.reads.guests = OFF
    if not is_read:
        house.faults.before["guests"] = [NotDone(Cause.UNAVAILABLE)]
    _, found = await looked(house, "ana@fabrikam.com", "cy@adatum.com")
    assert found.fails == ("invites:invites-off",)


async def test_domains_beyond_those_that_are_looked_at_count_as_not_read(house: House) -> None:
    _, found = await looked(house, *(f"a@d{number}.example" for number in range(22)))
    assert (found.fails, found.unread) == ((), 2)


async def test_a_list_that_will_fail_is_approved_by_a_second_press(house: House) -> None:
    house.reads.domains = BLOCKED
    record, _ = await looked(house)
    assert isinstance(await approve(house, record), WouldFail)
    done = await approve(house, await house.now(record), LISTED)
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING
    entry = (await house.audit())[-1].fact
    assert entry.detail["will_fail"] == ["domain-list:domain-blocked"]
    assert "fabrikam" not in repr([one.fact for one in await house.audit()])


async def test_without_the_domain_that_fails_the_rest_is_approved_in_one_press(house: House) -> None:
    house.policy.policy = read_policy(REFUSING)
    house.reads.domains = BLOCKED
    record, _ = await looked(house)
    assert isinstance(await approve(house, record, LISTED), WouldFail), "the policy refuses"
    done = await leave_out(house, "fabrikam.com")
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING


async def test_what_is_left_of_a_list_is_looked_at_before_the_press(house: House) -> None:
    house.reads.domains = BLOCKED
    await looked(house)
    house.reads.guests = OFF
    house.clock.turn(minutes=1)
    found = await leave_out(house, "fabrikam.com")
    assert isinstance(found, WouldFail)
    assert found.request.state is State.PENDING_APPROVAL


async def test_the_first_domain_that_fails_is_told_in_full(house: House) -> None:
    house.reads.domains = DomainList(blocked=frozenset({"adatum.com"}))
    record, _ = await looked(house)
    told = await house.checks.readiness.of_request(record.request, ALEX)
    assert isinstance(told, Readied)
    assert (told.asked.domain, told.asked.address, told.label) == ("adatum.com", "", R1)

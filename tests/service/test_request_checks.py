"""Whether requests will work: looked at beside the cards, kept with its time, and asked about at a press."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import NotDone, Refused
from access.rules.causes import Cause
from access.rules.checked import Checked
from access.rules.checking import WHAT_STANDS, fails
from access.rules.delegating import Period
from access.rules.model import (
    App,
    AppRole,
    Guest,
    JobKind,
    JobStatus,
    ObjectId,
    Record,
    Redemption,
    State,
    StepKind,
    Term,
)
from access.rules.policy_reader import read_policy
from access.rules.readiness import will_fail
from access.rules.refusals import NotYours, WouldFail
from access.rules.tenant_facts import CrossTenants, DomainList, GuestRole, GuestSettings, InvitesFrom
from access.service.amend import Amendments, Wanted
from access.service.extend import Renewals, Where
from access.service.renewable import Wanted as Longer
from tests.service.house import ALEX, ANA, DIEGO, MEGAN, POLICY, THREAD, House, draft
from tests.service.tenant_reads import CLOSED

OFF = GuestSettings(InvitesFrom.NONE, GuestRole.GUEST)
CHARTS = ObjectId("44444444-1111-4111-8111-111111111111")
ORDER = f'\n[[app]]\nid = "{CHARTS}"\nleast_first = ["Reader", "Writer"]\n'
INVITES_OFF = ("invites:invites-off",)
REFUSING = POLICY.replace("[[defaults.stage]]", '[defaults]\nwill_fail = "refuse"\n[[defaults.stage]]', 1)
WARNING = REFUSING.replace("refuse", "warn")


@pytest.fixture(autouse=True)
def looks(house: House) -> None:
    house.requests.looks = True


async def looked(house: House, record: Record) -> Checked:
    await house.run_due(JobKind.CHECK)
    found = (await house.now(record)).request.checked
    assert found is not None
    return found


async def approve(house: House, record: Record, anyway: frozenset[str] = frozenset()) -> object:
    request = (await house.now(record)).request
    plan = request.plan
    assert plan is not None
    return await house.checks.approve(request.request_id, ALEX, plan.hash, anyway)


def check_rows(record: Record) -> list[JobStatus]:
    return [job.status for job in record.jobs.values() if job.kind is JobKind.CHECK]


# --- the line ---------------------------------------------------------------------------------------


async def test_a_request_is_looked_at_by_a_row_of_its_own_while_its_cards_are_sent(house: House) -> None:
    house.reads.guests = OFF
    record = await house.sent()
    await house.run_due(JobKind.CARD)
    assert (await house.now(record)).request.checked is None, "a card waited for the look"
    assert await looked(house, record) == Checked(house.clock.now(), "app-role:reader", INVITES_OFF)
    cards = {job.name for job in await house.run_due(JobKind.CARD)}
    assert cards == {"approver/alex", "approver/nia"}, "the thread says nothing of it"
    assert check_rows(await house.now(record)) == [JobStatus.DONE]


@pytest.mark.parametrize("is_local", [True, False])
async def test_nothing_of_inviting_is_looked_at_for_a_guest_whom_the_plan_does_not_invite(
    house: House, *, is_local: bool
) -> None:
    guest = Guest(ObjectId("ana"), "Ana", ANA, Redemption.UNKNOWN, is_local=is_local)
    house.tenant.guests[guest.object_id] = guest
    house.reads.guests, house.reads.domains = OFF, DomainList(blocked=frozenset({"fabrikam.com"}))
    house.reads.tenants = {"fabrikam.com": "55555555-0000-4000-8000-000000000001"}
    house.reads.between = CrossTenants(CLOSED)
    record = await house.sent()
    assert record.request.plan is not None
    assert StepKind.INVITE not in record.request.plan.steps
    shut_out = () if is_local else ("cross-tenant:tenant-blocked",)
    assert (await looked(house, record)).fails == shut_out, "an account of this tenant comes from no other"


async def test_a_renewal_invites_nobody_and_does_not_fail_by_it(house: House) -> None:
    record = await house.delivered(await house.approved())
    guest_id = record.request.guest_id
    assert guest_id is not None
    house.tenant.guests[guest_id] = replace(house.tenant.guests[guest_id], redemption=Redemption.PENDING)
    house.reads.guests = OFF
    form = await house.checks.readiness.seen_of(record.request, named=False, renews=True)
    assert will_fail(form.items) == ()
    wanted, where = Longer(Term(days=30)), Where(THREAD, personal=False)
    renewal = await Renewals(house.decisions).ask(record.request, MEGAN, wanted, where)
    assert isinstance(renewal, Record), renewal
    assert (await looked(house, renewal)).fails == ()


async def test_what_could_not_be_read_is_counted(house: House) -> None:
    house.reads.refuses = {
        "domain_list": Refused(Cause.RIGHTS_MISSING),
        "google": Refused(Cause.RIGHTS_MISSING),
    }
    found = await looked(house, await house.sent())
    assert (found.fails, found.unread, found.away) == ((), 1, False)


async def test_of_a_directory_that_stays_away_it_is_noted_that_nothing_was_read(house: House) -> None:
    record = await house.sent()
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    for _ in range(5):
        assert (await house.now(record)).request.checked is None
        await house.run_due(JobKind.CHECK)
        house.clock.turn(minutes=1)
    found = (await house.now(record)).request.checked
    assert found is not None
    assert found.away
    assert check_rows(await house.now(record)) == [JobStatus.DONE]


async def test_nothing_is_looked_at_once_it_is_decided(house: House) -> None:
    record = await house.approved()
    await house.run_due(JobKind.CHECK)
    after = await house.now(record)
    assert after.request.checked is None
    assert check_rows(after) == [JobStatus.DONE]
    assert house.reads.read == []


async def test_it_is_looked_at_again_where_an_approver_is_reminded_and_it_is_a_day_old(house: House) -> None:
    record = await house.sent()
    first = await looked(house, record)
    await house.run_due(JobKind.CARD)
    house.clock.turn(days=4)
    await house.run_due(JobKind.WATCH)
    again = await looked(house, record)
    assert again.at - first.at >= timedelta(days=4)


async def test_less_access_is_looked_at_anew_and_what_was_found_of_more_says_nothing(house: House) -> None:
    house.policy.policy = read_policy(POLICY + ORDER)
    roles = tuple(AppRole(ObjectId(name.lower()), name) for name in ("Writer", "Reader"))
    house.tenant.apps[CHARTS] = App(CHARTS, "Charts", roles=roles)
    house.tenant.owners[CHARTS] = [MEGAN, ALEX]
    house.reads.guests = OFF
    record = await house.sent(draft(app="Charts", access="Writer"))
    await looked(house, record)
    amended = await Amendments(house.decisions).amend("R-1001", ALEX, Wanted(None, "Reader"))
    assert isinstance(amended, Record), amended
    assert fails(amended.request) == ()
    assert check_rows(amended) == [JobStatus.READY]
    assert (await looked(house, amended)).give == amended.request.give.key


# --- the press --------------------------------------------------------------------------------------


async def test_a_first_press_on_what_will_fail_is_told_what_and_a_second_approves(
    house: House,
) -> None:
    house.reads.guests = OFF
    record = await house.sent()
    await looked(house, record)
    refused = await approve(house, record)
    assert isinstance(refused, WouldFail)
    assert (refused.may_go_on, fails(refused.request)) == (True, INVITES_OFF)
    approved = await approve(house, record, frozenset(INVITES_OFF))
    assert isinstance(approved, Record)
    assert approved.request.state is State.DELIVERING
    entries = {one.fact.what: one.fact.detail for one in await house.audit()}
    assert entries["request.approved"]["will_fail"] == [*INVITES_OFF]
    assert entries["act.refused"]["refused"] == "WouldFail"


async def test_what_fails_besides_by_then_is_shown_first(house: House) -> None:
    house.reads.guests = OFF
    record = await house.sent()
    await looked(house, record)
    house.reads.given = frozenset()
    house.clock.turn(minutes=1)
    refused = await approve(house, record, frozenset(INVITES_OFF))
    assert isinstance(refused, WouldFail)
    assert set(fails(refused.request)) > set(INVITES_OFF)


async def test_what_was_mended_meanwhile_bars_nobody(house: House) -> None:
    house.reads.guests = OFF
    record = await house.sent()
    await looked(house, record)
    house.reads.guests = GuestSettings(InvitesFrom.EVERYONE, GuestRole.GUEST)
    house.clock.turn(minutes=1)
    approved = await approve(house, record)
    assert isinstance(approved, Record), approved
    assert all("will_fail" not in one.fact.detail for one in await house.audit())


async def test_an_hour_later_a_press_looks_again_and_within_it_does_not(house: House) -> None:
    record = await house.sent()
    await looked(house, record)
    await house.run_due(JobKind.CARD)
    house.reads.guests = OFF
    house.clock.turn(minutes=90)
    refused = await approve(house, record)
    assert isinstance(refused, WouldFail)
    due = {job.name for job in await house.store.due(50) if job.kind is JobKind.CARD}
    assert "approver/alex" not in due, "the answer to the press would be taken away"
    other = await house.sent(draft(address="bo@fabrikam.com"))
    house.reads.guests = GuestSettings(InvitesFrom.EVERYONE, GuestRole.GUEST)
    house.clock.turn(minutes=1)
    await house.run_due(JobKind.CHECK)
    house.reads.guests = OFF
    house.clock.turn(minutes=59)
    assert isinstance(await approve(house, other), Record)


async def test_a_look_that_cannot_be_made_bars_nobody_of_what_is_not_known(house: House) -> None:
    record = await house.sent()
    house.reads.refuses = {name: NotDone(Cause.UNAVAILABLE) for name in ("for_guests", "permissions")}
    assert isinstance(await approve(house, record), Record)


async def test_typed_anyway_approves_what_is_known_to_fail_and_no_more(house: House) -> None:
    house.reads.guests = OFF
    record = await house.sent()
    unknown = await house.checks.approve("R-1001", ALEX, None, WHAT_STANDS)
    assert isinstance(unknown, WouldFail), "nobody had been told what fails"
    assert isinstance(await house.checks.approve("R-1001", ALEX, None, WHAT_STANDS), Record)
    assert (await house.now(record)).request.state is State.DELIVERING


async def test_a_policy_that_refuses_lets_nobody_approve_what_will_fail(house: House) -> None:
    house.policy.policy = read_policy(REFUSING)
    house.reads.guests = OFF
    record = await house.sent()
    await looked(house, record)
    for known in (frozenset[str](), frozenset(INVITES_OFF), WHAT_STANDS):
        refused = await approve(house, record, known)
        assert isinstance(refused, WouldFail)
        assert not refused.may_go_on
    house.reads.guests = GuestSettings(InvitesFrom.EVERYONE, GuestRole.GUEST)
    house.clock.turn(minutes=1)
    assert isinstance(await approve(house, record), Record)


async def test_a_policy_that_only_warns_approves_at_once_and_notes_it(house: House) -> None:
    house.policy.policy = read_policy(WARNING)
    house.reads.guests = OFF
    record = await house.sent()
    await looked(house, record)
    assert isinstance(await approve(house, record), Record)
    entries = {one.fact.what: one.fact.detail for one in await house.audit()}
    assert entries["request.approved"]["will_fail"] == [*INVITES_OFF]


async def test_who_decides_nothing_sets_off_no_look(house: House) -> None:
    house.reads.guests = OFF
    await house.sent()
    answer = await house.checks.approve("R-1001", DIEGO, None, frozenset())
    assert isinstance(answer, NotYours)
    assert house.reads.read == []


@pytest.mark.parametrize("who", [ALEX, DIEGO])
async def test_whoever_stands_in_since_a_moment_is_told_what_will_fail_as_an_approver_is(
    house: House, who: ObjectId
) -> None:
    record = await house.sent()
    await looked(house, record)
    await house.delegates.make(ALEX, house.tenant.people[DIEGO].mail, Period(None, Term(days=7)))
    house.reads.guests = OFF
    house.clock.turn(minutes=180)
    now = (await house.now(record)).request
    assert now.plan is not None
    answered = await house.checks.approve(now.request_id, who, now.plan.hash, frozenset())
    assert isinstance(answered, WouldFail), answered

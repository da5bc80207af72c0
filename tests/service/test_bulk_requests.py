"""A list becomes one request: who decides on it, what an approval is bound to, and what is left out of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules.bulk import Bulk, Verdict
from access.rules.causes import Cause
from access.rules.lists import GuestList, NotSent, WhyNotSent
from access.rules.model import Guest, JobKind, Kind, ObjectId, Record, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    AlreadyDecided,
    NotExcepted,
    NotPossible,
    NotYours,
    OwnRequest,
    PlanMoved,
    UnknownRequest,
    WillNotWork,
)
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from access.service.bulk_requests import BulkRequests
from access.service.list_prospect import sampled
from tests.service.house import ADMINS, ALEX, DIEGO, LIDIA, MEGAN, NIA, POLICY, RECORDS, THREAD, House
from tests.service.test_dry_runs import BANK, judged

R1 = "R-1001"
FABRIKAM, ADATUM = ("ana@fabrikam.com", "bo@fabrikam.com"), ("cy@adatum.com",)
ROWS = (*FABRIKAM, *ADATUM, "nobody")
BY_SPONSORS = POLICY.replace('approvers = ["app-owners"]', 'approvers = ["guest-sponsors"]')
IN_TWO = POLICY.replace("[domains]", '[[defaults.stage]]\napprovers = ["role:admins"]\n[domains]')


async def sent(house: House, *addresses: str, by: ObjectId = MEGAN) -> Record:
    made = await judged(house, *(addresses or ROWS))
    done = await BulkRequests(house.decisions).send(made.list_id, by, THREAD, personal=True)
    assert isinstance(done, Record), done
    return done


async def send(house: House, made: GuestList, by: ObjectId = MEGAN) -> object:
    return await BulkRequests(house.decisions).send(made.list_id, by, THREAD, personal=True)


def bulk_of(record: Record) -> Bulk:
    assert record.request.bulk is not None
    return record.request.bulk


async def leave_out(house: House, *domains: str, by: ObjectId = ALEX, seen: str | None = None) -> object:
    return await BulkRequests(house.decisions).approve_except(R1, by, domains, seen)


async def said(house: House, what: str) -> list[dict[str, object]]:
    return [dict(one.fact.detail) for one in await house.audit() if one.fact.what == what]


# --- sending ------------------------------------------------------------------------------------


async def test_a_list_becomes_one_request_that_waits_for_those_who_decide(house: House) -> None:
    made = await judged(house, *ROWS)
    record = await send(house, made)
    assert isinstance(record, Record)
    request, bulk = record.request, bulk_of(record)
    assert (request.request_id, request.kind, request.state) == (
        made.list_id,
        Kind.BULK,
        State.PENDING_APPROVAL,
    )
    assert [one.object_id for one in request.approvers] == [ALEX, NIA]
    assert (bulk.file, bulk.rows, bulk.domains) == (
        "partners.csv",
        3,
        (("fabrikam.com", 2), ("adatum.com", 1)),
    )
    assert dict(bulk.counts) == {Verdict.NEW: 3, Verdict.NOT_AN_ADDRESS: 1}
    await house.run_due(JobKind.CARD)
    assert {audience for _, audience, _ in house.chat.posts} == {"requestor", "approver/alex", "approver/nia"}
    assert (await house.audit())[-1].fact.what == "request.submitted"
    assert "fabrikam" not in repr([one.fact for one in await house.audit()])


async def test_pressing_twice_sends_it_once(house: House) -> None:
    made = await judged(house, *ROWS)
    first = await send(house, made)
    assert await send(house, made) == first
    assert len(await house.store.requested_by(MEGAN, 9)) == 1


async def test_of_one_app_several_lists_may_wait(house: House) -> None:
    first, second = await sent(house), await sent(house, "dee@adatum.com")
    assert (first.request.label, second.request.label) == ("R-1001", "R-1002")


@pytest.mark.parametrize("who", [ALEX, DIEGO])
async def test_a_list_of_somebody_else_is_none(house: House, who: ObjectId) -> None:
    made = await judged(house, *ROWS)
    assert await send(house, made, who) == NotSent(WhyNotSent.NO_LIST)
    await send(house, made)
    assert await send(house, made, who) == NotSent(WhyNotSent.NO_LIST)
    assert await said(house, "act.refused") == [{"act": "bulk", "refused": "no-list"}] * 2


async def test_a_list_whose_day_is_over_is_none_and_one_of_which_nobody_goes_is_not_sent(
    house: House,
) -> None:
    made = await judged(house, *ROWS)
    house.clock.turn(seconds=86_400)
    assert await send(house, made) == NotSent(WhyNotSent.NO_LIST)
    assert await send(house, await judged(house, "nobody")) == NotSent(WhyNotSent.EMPTY)


async def test_it_is_judged_again_as_of_now_when_it_is_sent(house: House) -> None:
    made = await judged(house, *ROWS)
    house.policy.policy = read_policy(POLICY.replace('"mailinator.com"', '"mailinator.com", "adatum.com"'))
    assert await send(house, made) == NotSent(Cause.LIST_MOVED)
    house.policy.policy = read_policy(POLICY + BANK.replace("bank.example", "adatum.com"))
    assert await send(house, made) == NotSent(Cause.LIST_MOVED)
    house.policy.policy = read_policy(POLICY)
    house.tenant.owners[RECORDS] = [ALEX, NIA]
    assert await send(house, made) == NotSent(WhyNotSent.NOT_ALLOWED)
    house.tenant.owners[RECORDS] = [MEGAN]
    house.tenant.members[ADMINS] = []
    assert await send(house, made) == NotSent(WhyNotSent.NO_APPROVER)
    app = house.tenant.apps[RECORDS]
    house.tenant.apps[RECORDS] = replace(app, enabled=False)
    assert await send(house, made) == NotSent(Cause.APP_DISABLED)
    assert len(await said(house, "act.refused")) == 5
    house.tenant.apps[RECORDS] = app
    house.tenant.members[ADMINS] = [LIDIA]
    assert isinstance(await send(house, made), Record)


async def test_what_each_guests_sponsors_decide_is_no_list(house: House) -> None:
    house.tenant.guests[ObjectId("ana")] = Guest(ObjectId("ana"), "Ana", "ana@fabrikam.com")
    made = await judged(house, "ana@fabrikam.com")
    house.policy.policy = read_policy(BY_SPONSORS)
    assert await send(house, made) == NotSent(Cause.LIST_MOVED)
    assert isinstance(await send(house, await judged(house, "new@fabrikam.com")), Record)


async def test_it_is_kept_for_a_month_after_the_day_until_which_it_can_be_decided(house: House) -> None:
    record = await sent(house)
    house.clock.time = record.request.closes_at + timedelta(days=30) - timedelta(seconds=1)
    assert await house.store.guest_list(record.request.request_id) is not None
    house.clock.turn(seconds=1)
    assert await house.store.guest_list(record.request.request_id) is None


# --- deciding -----------------------------------------------------------------------------------


async def test_it_is_approved_once_by_those_who_may(house: House) -> None:
    await sent(house)
    assert isinstance(await house.decisions.approve(R1, MEGAN, None), OwnRequest)
    assert isinstance(await house.decisions.approve(R1, DIEGO, None), NotYours)
    done = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING
    assert isinstance(await house.decisions.approve(R1, NIA, None), AlreadyDecided)
    assert house.tenant.invitations == []


async def test_it_is_denied_canceled_asked_about_and_closed_like_any_request(house: House) -> None:
    await sent(house)
    questions = Questions(house.decisions)
    assert isinstance(await questions.ask(R1, ALEX, "Why all of them?", None), Record)
    assert isinstance(await questions.answer(R1, MEGAN, "The audit", None), Record)
    denied = await house.decisions.deny(R1, ALEX, "Too many")
    assert isinstance(denied, Record)
    assert denied.request.state is State.DENIED
    second = await sent(house)
    canceled = await house.decisions.cancel(second.request.label, MEGAN)
    assert isinstance(canceled, Record)
    assert canceled.request.state is State.CANCELED
    third = await sent(house)
    house.clock.turn(seconds=14 * 86_400)
    await house.run_due(JobKind.TIMER)
    assert (await house.now(third)).request.state is State.EXPIRED


async def test_an_approval_is_of_the_rows_that_were_shown(house: House) -> None:
    record = await sent(house)
    assert record.request.plan is not None
    shown = record.request.plan.hash
    assert await house.store.forget(await house.store.subject("bo@fabrikam.com")) == 0
    refused = await house.decisions.approve(R1, ALEX, shown)
    assert isinstance(refused, PlanMoved)
    assert refused.moved == ("list",)
    now = await house.now(record)
    assert (bulk_of(now).rows, dict(bulk_of(now).domains)) == (2, {"fabrikam.com": 1, "adatum.com": 1})
    assert now.request.plan is not None
    assert isinstance(await house.decisions.approve(R1, ALEX, now.request.plan.hash), Record)


async def test_a_policy_that_keeps_a_domain_out_by_now_stops_the_approval_of_all(house: House) -> None:
    await sent(house)
    house.policy.policy = read_policy(POLICY.replace('"mailinator.com"', '"mailinator.com", "adatum.com"'))
    refused = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.LIST_MOVED
    rest = await leave_out(house, "adatum.com")
    assert isinstance(rest, Record)
    assert (rest.request.state, bulk_of(rest).rows) == (State.PENDING_APPROVAL, 2)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)


async def test_what_is_left_is_not_approved_by_that_press_where_the_policy_has_changed(house: House) -> None:
    record = await sent(house)
    house.policy.policy = read_policy(
        POLICY.replace("[domains]", '[defaults]\nlanding = "my-apps"\n[domains]')
    )
    assert isinstance(await leave_out(house, "adatum.com"), PlanMoved)
    assert bulk_of(await house.now(record)).left_out == ()
    assert await said(house, "request.approved") == []


async def test_where_the_rules_of_a_domain_name_others_by_now_nobody_decides_on_all(house: House) -> None:
    await sent(house)
    house.policy.policy = read_policy(POLICY + BANK.replace("bank.example", "adatum.com"))
    assert isinstance(await house.decisions.approve(R1, ALEX, None), WillNotWork)
    assert isinstance(await leave_out(house, "adatum.com"), Record)


# --- except -------------------------------------------------------------------------------------


async def test_approving_except_a_domain_approves_the_rest_and_both_are_in_the_audit(house: House) -> None:
    record = await sent(house)
    assert record.request.plan is not None
    done = await leave_out(house, "fabrikam.com", seen=record.request.plan.hash)
    assert isinstance(done, Record)
    bulk, plan = bulk_of(done), done.request.plan
    assert plan is not None
    assert (done.request.state, bulk.rows, bulk.left_out) == (State.DELIVERING, 1, ("fabrikam.com",))
    assert bulk.digest != bulk_of(record).digest
    assert plan.hash != record.request.plan.hash
    facts = [(one.fact.what, one.fact.actor) for one in await house.audit()]
    assert facts[-2:] == [("request.amended", ALEX), ("request.approved", ALEX)]
    [amended] = await said(house, "request.amended")
    assert amended == {"plan": plan.hash, "domains": 1, "rows_were": 3, "rows": 1}
    assert (await said(house, "request.approved"))[0]["plan"] == plan.hash


async def test_the_same_press_twice_excepts_and_approves_once(house: House) -> None:
    record = await sent(house)
    assert record.request.plan is not None
    shown = record.request.plan.hash
    await leave_out(house, "adatum.com", seen=shown)
    assert isinstance(await leave_out(house, "adatum.com", seen=shown), AlreadyDecided)
    assert isinstance(await leave_out(house, "adatum.com"), AlreadyDecided)
    assert len(await said(house, "request.amended")) == 1


async def test_nothing_is_excepted_of_what_was_not_shown(house: House) -> None:
    record = await sent(house)
    assert record.request.plan is not None
    shown = record.request.plan.hash
    await house.store.forget(await house.store.subject("bo@fabrikam.com"))
    assert isinstance(await leave_out(house, "adatum.com", seen=shown), PlanMoved)
    assert bulk_of(await house.now(record)).left_out == ()


async def test_what_the_list_has_not_and_all_that_it_has_cannot_be_excepted(house: House) -> None:
    record = await sent(house)
    unknown = await leave_out(house, "adatum.com", "contoso.com")
    every = await leave_out(house, "adatum.com", "fabrikam.com")
    assert isinstance(unknown, NotExcepted)
    assert (unknown.domains, unknown.is_all) == (("contoso.com",), False)
    assert isinstance(every, NotExcepted)
    assert every.is_all
    assert await house.now(record) == record
    assert [one["act"] for one in await said(house, "act.refused")] == ["except"] * 2


@pytest.mark.parametrize(("who", "refusal"), [(MEGAN, OwnRequest), (DIEGO, NotYours)])
async def test_who_may_not_decide_excepts_nothing(house: House, who: ObjectId, refusal: type) -> None:
    record = await sent(house)
    assert isinstance(await leave_out(house, "adatum.com", by=who), refusal)
    assert await house.now(record) == record


async def test_excepting_voids_the_approvals_before_it_and_begins_at_the_first_stage(house: House) -> None:
    house.policy.policy = read_policy(IN_TWO)
    record = await sent(house)
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    less = await leave_out(house, "adatum.com", by=LIDIA)
    assert isinstance(less, Record)
    assert (less.request.state, bulk_of(less).rows) == (State.PENDING_APPROVAL, 2)
    assert [one.object_id for one in less.request.approvers] == [ALEX, NIA]
    assert (await said(house, "request.amended"))[0]["void"] == [ALEX]
    assert isinstance(await house.decisions.approve(R1, NIA, None), Record)
    done = await house.decisions.approve(R1, LIDIA, None)
    assert isinstance(done, Record)
    assert (await house.now(record)).request.state is State.DELIVERING


async def test_only_of_a_list_can_some_be_excepted_and_of_no_unknown_request(house: House) -> None:
    assert isinstance(await leave_out(house, "adatum.com"), UnknownRequest)
    await house.sent()
    assert isinstance(await leave_out(house, "fabrikam.com"), NotPossible)


# --- what else can be done with it --------------------------------------------------------------


async def test_it_is_amended_by_domains_alone_and_no_retry_takes_it_up(house: House) -> None:
    await sent(house)
    assert isinstance(await Amendments(house.decisions).amend(R1, ALEX, Wanted(Term(days=3))), NotPossible)
    assert isinstance(await house.decisions.retry(R1, ALEX), NotPossible)


async def test_samples_are_read_for_the_card_as_the_list_is_kept_then(house: House) -> None:
    record = await sent(house)
    shown = await sampled(house.store, record)
    assert [one.address for one in shown.samples] == ["ana@fabrikam.com", "cy@adatum.com", "bo@fabrikam.com"]
    await house.store.forget(await house.store.subject("cy@adatum.com"))
    shown = await sampled(house.store, record)
    assert [one.address for one in shown.samples] == ["ana@fabrikam.com", "bo@fabrikam.com"]
    done = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(done, PlanMoved)

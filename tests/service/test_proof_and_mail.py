"""The end of a delivery: the proof, the mail that goes out once, and workers that die."""

from datetime import timedelta

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import JobKind, MailState, ObjectId, State
from tests.service.house import ALEX, ANA, MEGAN, House

ANA_ID = ObjectId("ana")
LOST = Unknown(Cause.UNAVAILABLE)
THROTTLED = NotDone(Cause.THROTTLED, retry_after=7)


async def test_an_access_taken_away_between_write_and_read_back_is_not_proved(house: House) -> None:
    house.access.loses_access = True
    record = await house.approved()
    assert await house.failed(record) is Cause.NOT_PROVED
    assert house.faults.calls.count("read_back") == 7
    house.access.loses_access = False
    await house.decisions.retry("R-1001", MEGAN)
    await house.delivered(record)
    assert house.faults.calls.count("give") == 2
    assert len(house.mail.sent) == 1, "the mail that was sent is not sent again"


async def test_a_guest_who_is_not_there_at_the_proof_is_gone(house: House) -> None:
    record = await house.approved()
    for _ in range(4):
        await house.run_due(JobKind.STEP)
    house.tenant.guests.clear()
    assert await house.failed(record) is Cause.GUEST_GONE


async def test_a_give_whose_answer_was_lost_is_looked_up_and_not_repeated(house: House) -> None:
    house.faults.after["give"] = [LOST]
    await house.delivered(await house.approved())
    assert house.faults.calls.count("give") == 1
    assert house.faults.calls.count("has") == 1


@pytest.mark.parametrize("call", ["draft", "send"])
async def test_a_mail_whose_answer_was_lost_is_found_by_its_key_and_goes_out_once(
    house: House, call: str
) -> None:
    house.faults.after[call] = [LOST]
    end = await house.delivered(await house.approved())
    await house.settle()
    assert (len(house.mail.letters), len(house.mail.sent)) == (1, 1)
    assert (await house.now(end)).request.mail is MailState.SENT


async def test_a_mailbox_that_asks_to_wait_holds_nothing_up(house: House) -> None:
    house.faults.before["send"] = [THROTTLED] * 3
    record = await house.approved()
    for _ in range(6):
        await house.run_due(JobKind.STEP)
    soon = (await house.now(record)).request
    assert (soon.state, soon.mail) == (State.DELIVERED, MailState.QUEUED)
    await house.settle()
    end = (await house.now(record)).request
    assert (end.mail, end.state, end.waiting_for) == (MailState.SENT, State.DELIVERED, "")


async def test_a_mail_refused_after_the_proof_can_be_tried_again(house: House) -> None:
    house.faults.before["send"] = [THROTTLED, Refused(Cause.MAIL_REFUSED)]
    record = await house.approved()
    await house.settle()
    failed = (await house.now(record)).request
    assert (failed.state, failed.mail) == (State.DELIVERED, MailState.FAILED)
    await house.decisions.retry("R-1001", MEGAN)
    await house.settle()
    assert (await house.now(record)).request.mail is MailState.SENT


async def test_a_member_who_got_the_address_meanwhile_is_given_nothing(house: House) -> None:
    record = await house.approved()
    house.tenant.people[ALEX] = type(house.tenant.people[ALEX])(ALEX, "Alex", ANA)
    assert await house.failed(record) is Cause.ADDRESS_TAKEN
    assert house.tenant.invitations == []


async def test_two_workers_at_one_step_call_once(house: House) -> None:
    record = await house.approved()
    (step,) = [job for job in await house.store.due(10) if job.kind is JobKind.STEP]
    await house.deliveries.run(step)
    await house.deliveries.run(step)
    assert len(house.tenant.invitations) == 1
    await house.delivered(record)


async def test_a_worker_that_dies_after_its_claim_is_followed_by_one_that_looks_first(house: House) -> None:
    record = await house.approved()
    (step,) = [job for job in await house.store.due(10) if job.kind is JobKind.STEP]
    await house.store.change(record.request.request_id, jobs.claim(step.key, timedelta(seconds=30)))
    assert not [job for job in await house.store.due(10) if job.kind is JobKind.STEP]
    await house.delivered(record)
    assert house.faults.calls.count("find_by_address") >= 5


async def test_a_request_nobody_decided_closes_by_itself(house: House) -> None:
    record = await house.sent()
    house.clock.turn(days=13, hours=23)
    assert await house.run_due(JobKind.TIMER) == []
    house.clock.turn(hours=1)
    await house.run_due(JobKind.TIMER)
    assert (await house.now(record)).request.state is State.EXPIRED
    assert await house.run_due(JobKind.TIMER) == []


async def test_nothing_that_is_due_spins(house: House) -> None:
    house.faults.before["send"] = [THROTTLED] * 50
    house.access.loses_access = True
    record = await house.approved()
    await house.settle()
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    house.clock.turn(days=30)
    await house.settle()
    assert await house.run_due() == []

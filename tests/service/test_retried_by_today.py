"""`/retry` of a failed delivery: right, policy and approval count as they are at the press."""

from dataclasses import replace

import pytest

from access.ports import Refused
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import Kind, MailState, ObjectId, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotYours, WillNotWork
from cards import answers
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.service.house import ALEX, MEGAN, NIA, POLICY, RECORDS, House, draft
from tests.service.test_undoing import ANAS, R1, given
from tests.service.test_undone_halfway import fails

CALLS = ["invite", "give", "read_back"]


def denies(house: House) -> None:
    house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))


async def retried(house: House, by: ObjectId = MEGAN) -> Record | object:
    again = await house.decisions.retry(R1, by)
    await house.settle()
    return again


def said(refusal: object) -> str:
    assert isinstance(refusal, WillNotWork | NotYours), refusal
    return answers.refused_text(refusal, "retry", LOOK)


@pytest.mark.parametrize("who", [MEGAN, ALEX])
@pytest.mark.parametrize("call", CALLS)
async def test_what_the_policy_denies_by_now_is_given_by_nobodys_retry(
    house: House, call: str, who: ObjectId
) -> None:
    record = await fails(house, call)
    denies(house)
    refused = await retried(house, who)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.DOMAIN_DENIED
    assert "does not allow guests from fabrikam.com" in said(refused)
    assert "/remove R-1001" in said(refused)
    assert "/invite" not in said(refused), "that would be refused, too"
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    noted = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail["act"]) for one in noted] == [(who, "retry")]


async def test_who_may_not_ask_for_the_app_any_more_has_no_delivery_taken_up(house: House) -> None:
    record = await fails(house, "give")
    house.tenant.owners[RECORDS] = [ALEX, NIA]
    refused = await retried(house)
    assert isinstance(refused, NotYours)
    assert {one.object_id for one in refused.may} == {ALEX, NIA}
    assert "Megan" not in said(refused)
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    assert isinstance(await retried(house, ALEX), Record), "who may decide on it by now may"
    assert (ANAS, RECORDS) in house.tenant.access


async def test_nor_has_who_is_not_among_those_to_whom_the_policy_has_narrowed_it(house: House) -> None:
    await fails(house, "give")
    partner = '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\nrequestors = ["role:admins"]'
    house.policy.policy = read_policy(f"{POLICY}\n{partner}")
    assert isinstance(await retried(house), NotYours)
    assert isinstance(await retried(house, ALEX), Record)


async def test_an_app_that_is_gone_is_named_instead_of_those_who_owned_it(house: House) -> None:
    await fails(house, "give")
    del house.tenant.apps[RECORDS]
    refused = await retried(house)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APP_GONE
    assert "/remove R-1001" in said(refused)


@pytest.mark.parametrize("call", CALLS)
async def test_an_approval_is_enough_for_thirty_days(house: House, call: str) -> None:
    record = await fails(house, call)
    house.clock.turn(days=29)
    assert isinstance(await retried(house), Record)
    assert (await house.now(record)).request.state is State.DELIVERED


@pytest.mark.parametrize("who", [MEGAN, ALEX])
@pytest.mark.parametrize("call", CALLS)
async def test_an_approval_that_is_older_is_not_enough_for_anybody(
    house: House, call: str, who: ObjectId
) -> None:
    record = await fails(house, call)
    house.clock.turn(days=31)
    refused = await retried(house, who)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APPROVAL_OLD
    assert "more than 30 days old" in said(refused)
    assert "Give it up with /remove R-1001, and ask anew with /invite." in said(refused)
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED


async def test_a_mail_that_failed_after_the_access_was_given_is_sent_whenever_it_is_retried(
    house: House,
) -> None:
    house.faults.before["send"] = [Refused(Cause.MAIL_REFUSED)]
    record = await given(house)
    assert record.request.mail is MailState.FAILED
    house.clock.turn(days=40)
    assert isinstance(await retried(house), Record)
    assert (await house.now(record)).request.mail is MailState.SENT


async def test_what_was_approved_automatically_is_as_old_as_that(house: House) -> None:
    waiver = '[[defaults.waiver]]\nname = "W"\nmost = 3\nper = "1d"\ndomains = ["fabrikam.com"]'
    house.policy.policy = read_policy(f"{POLICY}\n{waiver}")
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.sent()
    assert record.request.waived is not None
    await house.failed(record)
    house.clock.turn(days=31)
    refused = await retried(house)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APPROVAL_OLD


async def test_the_command_that_asks_anew_is_the_one_of_the_request(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.sent(replace(draft(), kind=Kind.ASSIGN))
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    await house.failed(record)
    house.clock.turn(days=31)
    assert "ask anew with /assign." in said(await retried(house))


def shown(record: Record, *audiences: str) -> list[str]:
    return [str(draw(record, one, LOOK)) for one in (audiences or (jobs.REQUESTOR, f"{jobs.APPROVER}{ALEX}"))]


@pytest.mark.parametrize("call", ["invite", "give"])
async def test_a_press_that_comes_too_late_takes_the_button_off_every_card_and_they_say_what_to_do(
    house: House, call: str
) -> None:
    record = await fails(house, call)
    house.clock.turn(days=31)
    for card in shown(await house.now(record)):
        assert "delivery.retry" in card
    before = len(house.chat.updates)
    assert isinstance(await retried(house), WillNotWork)
    late = await house.now(record)
    for card in shown(late):
        assert "delivery.retry" not in card
        assert "press Retry" not in card
        assert "more than 30 days old" in card
        assert "/remove R-1001" in card
        assert "/retry" not in card
    [thread] = shown(late, jobs.THREAD)
    assert "/retry" not in thread
    assert jobs.THREAD in [one[1] for one in house.chat.updates[before:]]
    version = late.request.version
    assert isinstance(await retried(house), WillNotWork)
    assert (await house.now(record)).request.version == version, "it is drawn anew once"


async def test_a_press_that_is_refused_for_something_else_leaves_the_button(house: House) -> None:
    record = await fails(house, "give")
    denies(house)
    version = (await house.now(record)).request.version
    assert isinstance(await retried(house), WillNotWork)
    assert (await house.now(record)).request.version == version

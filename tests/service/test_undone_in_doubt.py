"""`/undo` where an answer was lost or the guest is another by now: whose account goes, what may be out."""

import pytest

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import (
    Guest,
    JobKind,
    Kind,
    MailState,
    ObjectId,
    Record,
    Redemption,
    State,
)
from access.rules.refusals import NotYours, UnknownRequest
from access.rules.undoing import Stays
from access.service.undo import Undoing
from tests.service.house import ALEX, DIEGO, MEGAN, NIA, PORTAL, RECORDS, House
from tests.service.house import ANA as ADDRESS
from tests.service.test_list_comes_to_its_end import TWO_DAYS, shorter
from tests.service.test_undoing import ANAS, R1, asked, given, undone
from tests.service.test_undone_halfway import fails

LOST = Unknown(Cause.UNAVAILABLE)


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


@pytest.mark.parametrize("redemption", [Redemption.PENDING, Redemption.ACCEPTED])
async def test_an_account_that_others_made_after_ours_was_deleted_stays(
    house: House, undoing: Undoing, redemption: Redemption
) -> None:
    record = await house.approved()
    for _ in range(4):
        await house.run_due(JobKind.STEP)
    house.tenant.guests.clear()
    house.tenant.access.clear()
    assert await house.failed(record) is Cause.GUEST_GONE
    by_hand = ObjectId("by-hand")
    house.tenant.guests[by_hand] = Guest(by_hand, "Ana Ruiz", ADDRESS, redemption)
    await house.decisions.retry(R1, MEGAN)
    assert (await house.delivered(record)).request.guest_id == by_hand
    found = await asked(undoing)
    assert (found.account, Stays.ACCOUNT_BEFORE in found.stays) == (None, True)
    await undone(house, undoing)
    assert house.tenant.guests[by_hand].enabled


async def test_a_mail_whose_answer_was_lost_is_listed_as_perhaps_sent(house: House, undoing: Undoing) -> None:
    house.faults.after["send"] = [LOST]
    await fails(house, "read_back")
    assert len(house.mail.sent) == 1
    assert (await asked(undoing)).stays[0] is Stays.PERHAPS_MAIL


async def test_a_mail_that_surely_was_not_sent_is_not_listed(house: House, undoing: Undoing) -> None:
    house.faults.before["draft"] = [Refused(Cause.RIGHTS_MISSING)]
    await fails(house, "read_back")
    assert house.mail.sent == []
    assert Stays.MAIL not in (await asked(undoing)).stays


async def test_a_mail_that_is_being_sent_is_listed_of_what_was_delivered_too(
    house: House, undoing: Undoing
) -> None:
    house.faults.after["send"] = [LOST]
    house.faults.before["find"] = [LOST] * 3
    record = await house.approved()
    for _ in range(5):
        await house.run_due(JobKind.STEP)
    now = await house.now(record)
    assert (now.request.state, now.request.mail) == (State.DELIVERED, MailState.QUEUED)
    assert (await asked(undoing)).stays[0] is Stays.PERHAPS_MAIL


async def test_an_invitation_that_microsoft_may_have_mailed_is_listed(house: House, undoing: Undoing) -> None:
    house.mail.configured = False
    house.faults.after["invite"] = [LOST]
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    house.faults.before["find_by_address"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.failed(record)
    assert (await asked(undoing)).stays == (Stays.PERHAPS_MAIL, Stays.ACCOUNT_UNKNOWN, Stays.AUDIT)


@pytest.mark.parametrize("has_accepted", [True, False])
async def test_without_a_mailbox_an_account_that_we_made_and_whose_answer_was_lost_goes_too(
    house: House, undoing: Undoing, *, has_accepted: bool
) -> None:
    house.mail.configured = False
    house.faults.after["invite"] = [LOST]
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    if has_accepted:
        house.tenant.accepts(ANAS)
    await house.delivered(record)
    found = await asked(undoing)
    assert Stays.ACCOUNT_BEFORE not in found.stays
    assert found.account is not None
    await undone(house, undoing)
    assert not house.tenant.guests[ANAS].enabled


@pytest.mark.parametrize("is_half", [True, False])
async def test_the_owner_whose_undo_removes_an_account_takes_that_up_though_it_has_nothing_by_then(
    house: House, undoing: Undoing, *, is_half: bool
) -> None:
    house.tenant.owners[RECORDS] = [MEGAN, ALEX]
    await (fails(house, "give") if is_half else given(house))
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    await undone(house, undoing)
    (removal,) = [one.request for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    assert (removal.state, house.tenant.access) == (State.DELIVERY_FAILED, set())
    assert isinstance(await house.decisions.retry(removal.label, DIEGO), UnknownRequest | NotYours)
    assert house.tenant.guests[ANAS].enabled
    assert isinstance(await house.decisions.retry(removal.label, MEGAN), Record)
    await house.settle()
    assert not house.tenant.guests[ANAS].enabled


async def test_what_the_account_got_meanwhile_is_taken_up_by_nobody_who_does_not_own_that(
    house: House, undoing: Undoing
) -> None:
    house.tenant.owners |= {RECORDS: [MEGAN, ALEX], PORTAL: [NIA]}
    await given(house)
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    await undone(house, undoing)
    (removal,) = [one.request for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    house.tenant.access.add((ANAS, PORTAL))
    assert isinstance(await house.decisions.retry(removal.label, MEGAN), NotYours)
    assert house.tenant.guests[ANAS].enabled


@pytest.mark.parametrize("took_effect", [True, False])
async def test_an_account_whose_invitation_had_no_answer_until_the_last_day_was_over_is_ours_and_goes(
    house: House, undoing: Undoing, *, took_effect: bool
) -> None:
    (house.faults.after if took_effect else house.faults.before)["invite"] = [LOST]
    record = await house.approved()
    await house.run_due()
    await house.store.change(record.request.request_id, shorter((house.clock.now() + TWO_DAYS).date()))
    house.clock.turn(days=5)
    assert await house.failed(record) is Cause.TERM_OVER
    await house.decisions.retry(R1, MEGAN)
    assert await house.failed(record) is Cause.TERM_OVER
    found = await asked(undoing)
    if not took_effect:
        assert (found.account, found.stays) == (None, (Stays.ACCOUNT_UNKNOWN, Stays.AUDIT))
        return
    assert (found.account is not None, found.stays) == (True, (Stays.AUDIT,))
    await undone(house, undoing)
    assert not house.tenant.guests[ANAS].enabled

"""A guest whose address a tenant admin has changed in the directory: nothing is sent or made past that."""

from dataclasses import replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.clues import LaterInvitation, SignIn
from access.rules.coaching import GuestFile, Helps, NoGuest
from access.rules.model import MailState, ObjectId, Record, Redemption, State
from access.rules.refusals import NoAccess
from access.rules.relinking import Answered, WhyNoLink
from access.rules.undoing import NotUndone, Why
from access.service.relink import Relinks
from access.service.remove import Removals
from access.service.undo import Undoing
from tests.service.house import ALEX, ANA, DESK, MEGAN, House, draft

NEW = "ana@northwind.example"


async def given(house: House, redemption: Redemption = Redemption.PENDING) -> tuple[Record, ObjectId]:
    """Have Ana given Health Records; a day has passed since."""
    record = await house.delivered(await house.approved())
    guest_id = record.request.guest_id
    assert guest_id is not None
    house.tenant.guests[guest_id] = replace(house.tenant.guests[guest_id], redemption=redemption)
    house.clock.turn(days=1)
    return record, guest_id


def move(house: House, guest_id: ObjectId, address: str = NEW) -> None:
    house.tenant.guests[guest_id] = replace(house.tenant.guests[guest_id], address=address)


async def relinked(house: House, *, reset: bool) -> Answered:
    answer = await Relinks(house.coach).for_request("R-1001", MEGAN, reset=reset)
    assert isinstance(answer, Answered), answer
    return answer


WAYS = [(Redemption.PENDING, False), (Redemption.ACCEPTED, True)]


@pytest.mark.parametrize(("redemption", "reset"), WAYS)
async def test_no_link_goes_to_an_address_that_the_account_no_longer_has(
    house: House, redemption: Redemption, *, reset: bool
) -> None:
    record, guest_id = await given(house, redemption)
    move(house, guest_id)
    invitations, mails = len(house.tenant.invitations), len(house.mail.sent)
    assert (await relinked(house, reset=reset)).refused is WhyNoLink.MOVED
    await house.settle()
    assert (len(house.tenant.invitations), len(house.mail.sent)) == (invitations, mails)
    assert list(house.tenant.guests) == [guest_id]
    after = (await house.now(record)).request
    assert (after.guest_id, after.version) == (guest_id, record.request.version)


async def test_an_address_that_is_written_otherwise_has_not_moved(house: House) -> None:
    _, guest_id = await given(house)
    move(house, guest_id, "Ana@Fabrikam.com")
    assert (await relinked(house, reset=False)).done is not None


@pytest.mark.parametrize(("redemption", "reset"), WAYS)
async def test_an_address_that_moves_after_the_press_gets_no_link(
    house: House, redemption: Redemption, *, reset: bool
) -> None:
    record, guest_id = await given(house, redemption)
    invitations, mails = len(house.tenant.invitations), len(house.mail.sent)
    assert (await relinked(house, reset=reset)).done is not None
    move(house, guest_id)
    await house.settle()
    after = (await house.now(record)).request
    assert after.failure is not None
    assert (after.failure.cause, after.state, after.mail) == (
        Cause.ADDRESS_MOVED,
        State.DELIVERED,
        MailState.FAILED,
    )
    assert (len(house.tenant.invitations), len(house.mail.sent)) == (invitations, mails)
    assert after.guest_id == guest_id


async def test_an_address_that_moves_while_an_answer_is_lost_gets_no_second_link(house: House) -> None:
    record, guest_id = await given(house)
    await relinked(house, reset=False)
    house.faults.after["invite"] = [Unknown(Cause.UNAVAILABLE)]
    await house.run_due()
    move(house, guest_id)
    house.clock.turn(minutes=5)
    await house.settle()
    after = (await house.now(record)).request
    assert after.failure is not None
    assert after.failure.cause is Cause.ADDRESS_MOVED
    assert (after.guest_id, list(house.tenant.guests)) == (guest_id, [guest_id])
    assert len(house.mail.sent) == 1


async def test_an_account_that_is_made_in_the_same_moment_takes_nothing_over(house: House) -> None:
    record, guest_id = await given(house)
    await relinked(house, reset=False)
    house.faults.meanwhile["invite"] = lambda: move(house, guest_id)
    await house.settle()
    after = (await house.now(record)).request
    assert after.failure is not None
    assert (after.failure.cause, after.guest_id) == (Cause.ADDRESS_MOVED, guest_id)
    assert len(house.mail.sent) == 1


async def for_the_desk(house: House) -> Record:
    """Approve what gives the pending guest another app; its plan names the account."""
    house.tenant.owners[DESK] = [MEGAN, ALEX]
    record = await house.sent(draft(app="Referral Desk", access="app-role:writer"))
    approved = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(approved, Record)
    return approved


async def test_what_was_approved_for_an_account_is_delivered_to_no_other(house: House) -> None:
    _, guest_id = await given(house)
    record, held = await for_the_desk(house), set(house.tenant.access)
    move(house, guest_id)
    await house.settle()
    after = (await house.now(record)).request
    assert after.failure is not None
    assert (after.state, after.failure.cause) == (State.DELIVERY_FAILED, Cause.ADDRESS_MOVED)
    assert (after.guest_id, list(house.tenant.guests)) == (guest_id, [guest_id])
    assert house.tenant.access == held
    house.clock.turn(minutes=1)
    await house.decisions.retry(record.request.label, MEGAN)
    await house.settle()
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    assert list(house.tenant.guests) == [guest_id]
    move(house, guest_id, "ana@fabrikam.com")
    await house.decisions.retry(record.request.label, MEGAN)
    await house.settle()
    after = (await house.now(record)).request
    assert (after.state, after.guest_id) == (State.DELIVERED, guest_id)


async def test_whoever_has_the_address_by_now_is_not_whom_it_was_approved_for(house: House) -> None:
    _, guest_id = await given(house)
    record = await for_the_desk(house)
    other = ObjectId("guest-other")
    house.tenant.guests[other] = replace(house.tenant.guests[guest_id], object_id=other)
    move(house, guest_id)
    await house.settle()
    after = (await house.now(record)).request
    assert (after.state, after.guest_id) == (State.DELIVERY_FAILED, guest_id)
    assert not any(one == other for one, _ in house.tenant.access)


async def test_an_account_that_is_gone_is_made_anew_by_a_retry_alone(house: House) -> None:
    _, guest_id = await given(house)
    record = await for_the_desk(house)
    del house.tenant.guests[guest_id]
    await house.settle()
    failed = (await house.now(record)).request
    assert failed.failure is not None
    assert (failed.failure.cause, house.tenant.guests) == (Cause.GUEST_GONE, {})
    house.clock.turn(minutes=1)
    assert isinstance(await house.decisions.retry(record.request.label, ALEX), Record)
    await house.settle()
    assert (await house.now(record)).request.state is State.DELIVERED


async def test_warnings_of_an_end_go_to_the_address_of_now(house: House) -> None:
    _, guest_id = await given(house, Redemption.ACCEPTED)
    move(house, guest_id)
    house.mail.sent.clear()
    for _ in range(89):
        house.clock.turn(days=1)
        await house.settle()
    assert [one.to for one in house.mail.sent] == [NEW, NEW]


async def test_reminders_go_to_the_address_of_now_and_to_none_of_a_denied_domain(house: House) -> None:
    _, guest_id = await given(house)
    house.mail.sent.clear()
    move(house, guest_id)
    for _ in range(5):
        house.clock.turn(days=1)
        await house.settle()
    assert [one.to for one in house.mail.sent] == [NEW]
    move(house, guest_id, "ana@mailinator.com")
    for _ in range(7):
        house.clock.turn(days=1)
        await house.settle()
    assert [one.to for one in house.mail.sent] == [NEW]


async def test_what_was_taken_away_is_not_given_again_to_an_address_that_nobody_approved(
    house: House,
) -> None:
    _, guest_id = await given(house)
    assert isinstance(await Removals(house.decisions, house.policy).of_request("R-1001", MEGAN), Record)
    await house.settle()
    move(house, guest_id)
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    asked = await undoing.ask("R-1001", MEGAN)
    assert isinstance(asked, NotUndone)
    assert (asked.why, asked.cause) == (Why.REFUSED, Cause.ADDRESS_MOVED)
    del house.tenant.guests[guest_id]
    asked = await undoing.ask("R-1001", MEGAN)
    assert isinstance(asked, NotUndone)
    assert asked.why is Why.GUEST_DELETED


async def test_an_address_that_somebody_else_has_by_now_means_them_alone(house: House) -> None:
    _, guest_id = await given(house)
    other = ObjectId("guest-other")
    house.tenant.guests[other] = replace(house.tenant.guests[guest_id], object_id=other, name="Another Ana")
    move(house, guest_id)
    removals = Removals(house.decisions, house.policy)
    assert isinstance(await removals.of_guest(ANA, "Health Records", MEGAN), NoAccess)
    assert isinstance(await house.coach.of_address(ANA, MEGAN), NoGuest)
    shown = await house.coach.of_address(NEW, MEGAN)
    assert isinstance(shown, GuestFile)
    assert (shown.address, [one.request.label for one in shown.records]) == (NEW, ["R-1001"])
    ended = await removals.of_guest(NEW, "Health Records", MEGAN)
    assert isinstance(ended, Record)
    assert ended.request.guest_id == guest_id


@pytest.mark.parametrize("redemption", [Redemption.PENDING, Redemption.ACCEPTED])
async def test_whose_address_has_moved_is_never_advised_a_link(house: House, redemption: Redemption) -> None:
    _, guest_id = await given(house, redemption)
    house.clues.later = LaterInvitation(house.clock.now(), "Lidia")
    house.clues.sign_in = SignIn(house.clock.now(), 50020)
    move(house, guest_id)
    for address in (ANA, NEW):
        shown = await house.coach.of_address(address, MEGAN)
        assert isinstance(shown, GuestFile)
        assert shown.diagnosis.helps is Helps.CHANGE_ADDRESS


async def test_the_two_requests_of_one_access_end_it_with_the_last_of_them(house: House) -> None:
    first, guest_id = await given(house)
    move(house, guest_id)
    second = await house.sent(draft(address=NEW))
    assert isinstance(await house.decisions.approve(second.request.label, ALEX, None), Record)
    await house.delivered(second)
    assert (await house.now(second)).request.guest_id == guest_id
    assert house.mail.sent[-1].to == NEW
    removals = Removals(house.decisions, house.policy)
    assert isinstance(await removals.of_request(first.request.label, MEGAN), Record)
    await house.settle()
    assert house.tenant.access
    assert isinstance(await removals.of_request(second.request.label, MEGAN), Record)
    await house.settle()
    assert not house.tenant.access

"""Thirty days after a deletion nobody restores a guest, whether our clock or the directory says so first."""

from access.rules import jobs
from access.rules.model import AccountState, AssignmentState, JobKind, Left, Record
from access.rules.refusals import TooLate
from cards.draw import draw
from cards.look import Look
from tests.service.house import ANA, LIDIA, MEGAN, ZONE, House, draft
from tests.service.test_account_removals import (
    ANAS,
    account,
    assignment,
    deleted,
    given,
    removed,
    whats,
)

LOOK = Look(ZONE, personal=True)


def drawn(record: Record) -> str:
    return str(draw(record, jobs.REQUESTOR, LOOK))


async def settled(house: House, record: Record) -> Record:
    await house.settle()
    return await house.now(record)


def lets_go(house: House) -> None:
    """Have the directory let go of whom it has deleted."""
    house.accounts.deleted.clear()


async def test_whom_the_directory_has_let_go_of_before_its_time_is_not_restored(house: House) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=29)
    lets_go(house)
    late = await house.acts.restore_guest(ANA, MEGAN)
    assert isinstance(late, TooLate), late
    assert "account.restore" not in drawn(await house.now(record))
    record = await settled(house, record)
    assert account(record).state is AccountState.GONE
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    assert "put_back" not in house.faults.calls
    refused = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail["refused"]) for one in refused] == [(MEGAN, "TooLate")]
    assert "account.let-go" in await whats(house, record)
    assert house.alarms == []
    assert isinstance(await house.acts.restore(record.request.label, LIDIA), TooLate)
    assert isinstance(await house.send(draft()), Record)


async def test_whom_the_directory_lets_go_of_after_the_press_is_gone_and_who_pressed_is_told(
    house: House,
) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=29)
    assert isinstance(await house.acts.restore(record.request.label, LIDIA), Record)
    lets_go(house)
    record = await settled(house, record)
    assert account(record).state is AccountState.GONE
    assert account(record).failure is None
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    told = [one for one in record.jobs.values() if one.kind is JobKind.NOTICE]
    assert [one.name for one in told] == [f"{jobs.APPROVER}{LIDIA}"]
    assert house.alarms == []
    assert "Nobody can restore Ana any more." in drawn(record)


async def test_a_blocked_account_that_others_deleted_for_good_leaves_no_access_that_seems_to_last(
    house: House,
) -> None:
    access = await given(house)
    record = await removed(house)
    del house.tenant.guests[ANAS]
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), Record)
    record = await settled(house, record)
    assert account(record).state is AccountState.GONE
    assert (await assignment(house, access)).left is Left.GUEST_GONE


async def test_what_was_deleted_a_moment_ago_and_is_not_listed_yet_is_looked_for_again(house: House) -> None:
    await given(house)
    record = await deleted(house)
    hidden = dict(house.accounts.deleted)
    lets_go(house)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), Record)
    await house.run_due(JobKind.ACCOUNT)
    house.accounts.deleted.update(hidden)
    record = await settled(house, record)
    assert account(record).state is AccountState.RESTORED


async def test_our_clock_alone_ends_the_time_as_well_and_a_late_directory_changes_nothing(
    house: House,
) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=30, minutes=1)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), TooLate)
    record = await settled(house, record)
    assert (account(record).state, account(record).failure) == (AccountState.DELETED, None)
    assert (await assignment(house, access)).state is AssignmentState.SUSPENDED
    lets_go(house)
    house.clock.turn(hours=7)
    record = await settled(house, record)
    assert account(record).state is AccountState.GONE
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    assert "put_back" not in house.faults.calls


async def test_the_cards_of_a_removal_lose_the_way_back_when_the_time_is_over(house: House) -> None:
    access = await given(house)
    record = await deleted(house)
    assert "account.restore" in drawn(record)
    house.clock.turn(days=29, hours=22)
    assert "account.restore" in drawn(await settled(house, record))
    house.clock.turn(hours=2)
    before = len(house.chat.updates)
    record = await settled(house, record)  # the directory is late
    card = drawn(record)
    assert "account.restore" not in card
    assert f"/restore {record.request.label}" not in card
    assert "Nobody can restore Ana any more." in card
    assert [one[1] for one in house.chat.updates[before:]] == [jobs.REQUESTOR]
    house.clock.turn(hours=7)
    again = await settled(house, record)
    assert again.request.version == record.request.version, "it is said once"
    lets_go(house)
    house.clock.turn(hours=7)
    record = await settled(house, record)
    assert "Gone for good" in drawn(record)
    assert "Nobody can restore Ana any more." in drawn(record)
    assert {jobs.REQUESTOR, jobs.THREAD} <= {one[1] for one in house.chat.updates[before + 1 :]}
    assert (await assignment(house, access)).left is Left.GUEST_GONE


async def test_the_requests_card_names_the_day_until_which_a_restore_brings_the_access_back(
    house: House,
) -> None:
    access = await given(house)
    await deleted(house)
    card = drawn(await house.now(access))
    assert "within 30 days" not in card
    assert "Whoever restores the guest by Mon 28 Dec 2026" in card


async def test_the_requests_card_of_a_guest_who_is_gone_for_good_promises_no_restore(house: House) -> None:
    access = await given(house)
    await deleted(house)
    house.clock.turn(days=31)
    lets_go(house)
    await house.settle()
    card = drawn(await house.now(access))
    assert "restores" not in card
    assert "Ana is gone for good: nobody restored the account in time." in card

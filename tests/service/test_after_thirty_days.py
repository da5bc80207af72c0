"""Thirty days after a deletion nobody restores a guest, whether our clock or the directory says so first."""

from access.rules import jobs
from access.rules.accounts import RESTORABLE
from access.rules.causes import Cause
from access.rules.model import AccountState, AssignmentState, JobKind, Left, Record
from access.rules.refusals import ProblemCode, TooLate
from access.service.request import Returned
from cards import problems
from cards.account import too_late
from cards.draw import draw
from cards.look import Look
from tests.service.house import ALEX, ANA, LIDIA, MEGAN, RECORDS, ZONE, House, draft
from tests.service.test_account_removals import (
    ANAS,
    account,
    assignment,
    deleted,
    given,
    removed,
    whats,
)
from tests.service.test_removals_met import approved, asked_by_alex

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


async def restored(house: House, record: Record) -> None:
    assert isinstance(await house.acts.restore(record.request.label, LIDIA), Record)
    record = await settled(house, record)
    assert account(record).state is AccountState.RESTORED
    assert house.alarms == []


async def pressed_too_early(house: House) -> tuple[Record, Record]:
    """Return an access and its guest's removal, which a press has met where the directory listed nobody."""
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=3)
    kept = dict(house.accounts.deleted)
    lets_go(house)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), TooLate)
    house.accounts.deleted.update(kept)
    return access, record


async def test_nobody_is_invited_beside_an_account_of_which_it_is_looked_whether_it_is_gone(
    house: House,
) -> None:
    _, record = await pressed_too_early(house)
    label = record.request.label
    for minutes, until in ((0, "10:15"), (14, "10:19")):
        house.clock.turn(minutes=minutes)
        returned = await house.send(draft())
        assert isinstance(returned, Returned)
        [problem] = returned.problems
        said = problems.sentence(problem, LOOK)
        assert problem.code is ProblemCode.GUEST_LOOKED_FOR
        assert f"looks until Tue 1 Dec, {until}" in said
        assert f"/restore {label}" in said
    await settled(house, record)  # it is listed again
    returned = await house.send(draft())
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.GUEST_REMOVED]


async def test_who_hears_that_it_is_too_late_hears_from_when_on_the_guest_can_be_invited(
    house: House,
) -> None:
    await given(house)
    record = await deleted(house)
    house.clock.turn(days=3)
    lets_go(house)
    late = await house.acts.restore(record.request.label, MEGAN)
    assert isinstance(late, TooLate)
    assert "looks until Tue 1 Dec, 10:15" in str(too_late(late.request, LOOK))
    await settled(house, record)
    late = await house.acts.restore(record.request.label, MEGAN)
    assert isinstance(late, TooLate)
    assert "looks until" not in str(too_late(late.request, LOOK))


async def test_what_was_asked_before_the_removal_makes_no_second_account_meanwhile(house: House) -> None:
    other = await asked_by_alex(house)
    record = await deleted(house)
    house.clock.turn(days=3)
    lets_go(house)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), TooLate)
    await approved(house, other)
    assert await house.failed(other) is Cause.BEING_REMOVED
    assert "invite" not in house.faults.calls[-5:]
    assert account(await settled(house, record)).state is AccountState.GONE
    assert isinstance(await house.decisions.retry(other.request.label, ALEX), Record)
    await house.delivered(other)


async def test_a_directory_that_only_lagged_gives_the_time_back_and_the_card_its_button(house: House) -> None:
    access, record = await pressed_too_early(house)
    record = await settled(house, record)
    found = account(record)
    assert found.state is AccountState.DELETED
    assert found.deleted_at is not None
    assert found.gone_at == found.deleted_at + RESTORABLE
    assert "account.restore" in drawn(record)
    assert "account.listed" in await whats(house, record)
    house.clock.turn(hours=7)
    await restored(house, record)
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE


async def test_whoever_presses_again_a_moment_later_is_believed_before_the_next_look(house: House) -> None:
    access, record = await pressed_too_early(house)
    await restored(house, record)
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE


async def test_one_look_that_finds_nobody_ends_nothing(house: House) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=3)
    kept = dict(house.accounts.deleted)
    lets_go(house)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), TooLate)
    for _ in range(3):
        await house.run_due(JobKind.ACCOUNT)
        assert (await assignment(house, access)).state is AssignmentState.SUSPENDED
        house.clock.turn(minutes=5)
    house.accounts.deleted.update(kept)
    await settled(house, record)
    await restored(house, record)


async def test_who_was_called_gone_and_is_listed_all_the_same_is_restored_with_the_access(
    house: House,
) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=3)
    kept = dict(house.accounts.deleted)
    lets_go(house)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), TooLate)
    record = await settled(house, record)
    assert account(record).state is AccountState.GONE
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), TooLate)
    house.accounts.deleted.update(kept)
    await restored(house, record)
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE
    assert (ANAS, RECORDS) in house.tenant.access


async def test_a_press_that_finds_nobody_while_another_puts_the_account_back_stops_nothing(
    house: House,
) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=3)
    assert isinstance(await house.acts.restore(record.request.label, LIDIA), Record)
    kept = dict(house.accounts.deleted)
    lets_go(house)  # or rather: it was looked among the guests before, and among the deleted after that
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), Record)
    house.accounts.deleted.update(kept)
    record = await settled(house, record)
    assert account(record).state is AccountState.RESTORED
    assert account(record).put_back is not None
    assert house.tenant.guests[ANAS].enabled
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE
    assert "account.let-go" not in await whats(house, record)


async def test_the_time_that_was_given_back_ends_when_it_would_have(house: House) -> None:
    access, record = await pressed_too_early(house)
    record = await settled(house, record)
    house.clock.turn(days=26, hours=22)
    assert account(await settled(house, record)).state is AccountState.DELETED
    lets_go(house)
    house.clock.turn(hours=3)
    record = await settled(house, record)
    assert account(record).state is AccountState.GONE
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    assert house.alarms == []


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

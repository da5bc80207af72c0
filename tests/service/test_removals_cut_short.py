"""A removal from the directory, or its undoing, that somebody or something interrupts half-way."""

from datetime import timedelta
from functools import partial

import pytest

from access.ports import Refused, Unknown
from access.rules import halting
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.departing import NotTheirs
from access.rules.model import (
    AccountState,
    AssignmentState,
    Change,
    JobKind,
    Left,
    Record,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible
from access.service.remove import Removals
from tests.service.house import ANA, GUESTS, LIDIA, MEGAN, RECORDS, THREAD, House
from tests.service.test_account_removals import ANAS, account, assignment, begun, given, removed
from tests.service.test_ends import two_on_one_group


async def deletion_begun(house: House) -> None:
    """Have the account deleted after its days, and die before that is read back."""
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.ACCOUNT)
    assert ANAS not in house.tenant.guests


async def ended_meanwhile(house: House, access: Record) -> None:
    """Have somebody end an access while its guest's account is not there."""
    await Removals(house.decisions, house.policy).of_request(access.request.label, MEGAN)
    for _ in range(3):
        await house.run_due(JobKind.REMOVAL)
        house.clock.turn(seconds=1)
    assert (await assignment(house, access)).left is Left.GUEST_GONE


async def restored(house: House, record: Record) -> None:
    """Have the guest put back, and that proved, while all else stands still."""
    await house.acts.restore(record.request.label, MEGAN)
    for _ in range(9):
        await house.run_due(JobKind.ACCOUNT)
        house.clock.turn(seconds=1)
    assert account(await house.now(record)).state is AccountState.RESTORED


async def test_an_end_that_met_no_account_and_says_so_only_after_the_restore_is_taken_up_again(
    house: House,
) -> None:
    """Between the two the restore has told every access, and met this one as it was ending."""
    access = await given(house)
    record = await removed(house)
    await deletion_begun(house)
    await Removals(house.decisions, house.policy).of_request(access.request.label, MEGAN)
    house.access.meanwhile = partial(restored, house, record)
    await house.run_due(JobKind.REMOVAL)
    assert (await assignment(house, access)).state is AssignmentState.ENDING
    await house.settle()
    assert (await assignment(house, access)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_a_copy_of_the_directory_that_does_not_know_of_the_restore_yet_ends_nothing(
    house: House,
) -> None:
    access = await given(house)
    record = await removed(house)
    await deletion_begun(house)
    await house.settle()
    await restored(house, record)
    house.access.lags = 2
    await Removals(house.decisions, house.policy).of_request(access.request.label, MEGAN)
    await house.settle()
    assert (await assignment(house, access)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_an_account_that_was_restored_and_then_deleted_by_hand_is_found_gone(house: House) -> None:
    access = await given(house)
    record = await removed(house)
    await deletion_begun(house)
    await house.settle()
    await restored(house, record)
    await Removals(house.decisions, house.policy).of_request(access.request.label, MEGAN)
    del house.tenant.guests[ANAS]
    await house.settle()
    assert (await assignment(house, access)).left is Left.GUEST_GONE


@pytest.mark.parametrize("proved", [True, False])
async def test_an_access_that_ended_before_its_deletion_was_proved_does_not_come_back(
    house: House, *, proved: bool
) -> None:
    access = await given(house)
    record = await removed(house)
    await deletion_begun(house)
    await ended_meanwhile(house, access)
    house.clock.turn(hours=1)  # as Graph was away, or the process
    if proved:
        await house.settle()
        assert account(await house.now(record)).state is AccountState.DELETED
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED
    assert (await assignment(house, access)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_a_restore_cut_short_leaves_a_shared_group_to_the_access_that_is_not_told_yet(
    house: House,
) -> None:
    first, second = await two_on_one_group(house)  # the first gave the membership, the second found it there
    await house.store.change(first.request.request_id, shorter)
    record = await house.acts.remove(ANAS, LIDIA, "why", THREAD, seen=None, personal=True)
    assert isinstance(record, Record)
    await house.settle()
    house.clock.turn(days=12)
    await house.settle()
    await house.acts.restore(record.request.label, LIDIA)
    for step in (StepKind.PUT_BACK, StepKind.UNBLOCK):
        (job,) = await house.run_due(JobKind.ACCOUNT)
        assert job.name == step
    # It is read back, the first access is told, and the process dies.
    await house.store.change(first.request.request_id, halting.resume((await house.now(record)).request))
    for _ in range(3):
        await house.run_due(JobKind.TERM, JobKind.REMOVAL)
    assert (await assignment(house, first)).left is Left.STILL_NEEDED
    await house.settle()
    kept = await assignment(house, second)
    assert (kept.state, kept.was_there) == (AssignmentState.ACTIVE, False)
    assert (ANAS, GUESTS) in house.tenant.access


def shorter(record: Record, now: object) -> Change:
    ends_at = record.request.changed_at + timedelta(days=10)
    return Change(request=newer(record.request, record.request.changed_at, ends_at=ends_at))


@pytest.mark.parametrize("was_blocked", [True, False])
async def test_a_first_step_that_was_cut_short_lets_nobody_in_who_could_not_sign_in_before(
    house: House, *, was_blocked: bool
) -> None:
    await given(house)
    if was_blocked:
        await house.accounts.block(ANAS)
    house.faults.before["block"] = [Unknown(Cause.UNAVAILABLE)]
    record = await removed(house)
    assert account(record).was_blocked is was_blocked
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED
    assert house.tenant.guests[ANAS].enabled is not was_blocked


@pytest.mark.parametrize("by_address", [True, False])
async def test_a_guest_who_was_blocked_and_never_proved_to_be_can_be_restored(
    house: House, *, by_address: bool
) -> None:
    access = await given(house)
    house.faults.before["look"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await begun(house)
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    assert not house.tenant.guests[ANAS].enabled
    assert (await assignment(house, access)).halted is not None
    label = record.request.label
    acts = house.acts
    restoring = await (acts.restore_guest(ANA, MEGAN) if by_address else acts.restore(label, MEGAN))
    assert isinstance(restoring, Record)
    await house.settle()
    record = await house.now(record)
    assert (record.request.state, account(record).state) == (State.DELIVERED, AccountState.RESTORED)
    assert house.tenant.guests[ANAS].enabled
    assert (await assignment(house, access)).halted is None
    house.clock.turn(days=8)
    await house.settle()
    assert ANAS in house.tenant.guests


async def test_a_guest_whose_block_waits_for_its_proof_can_be_restored_at_once(house: House) -> None:
    await given(house)
    record = await begun(house)
    for _ in range(2):  # blocked and signed out
        await house.run_due(JobKind.ACCOUNT)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED
    assert house.tenant.guests[ANAS].enabled


async def test_a_removal_that_has_blocked_nobody_leaves_nothing_to_restore(house: House) -> None:
    await given(house)
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await begun(house)
    await house.failed(record)
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), NotPossible)
    assert await house.acts.restore_guest(ANA, MEGAN) == NotTheirs()

"""What a delivery has given stays its own when it is taken up again: its end and its undo take it away."""

from datetime import timedelta

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AssignmentState, Guest, JobKind, Left, ObjectId, Record, Redemption, State
from access.rules.undoing import Stays
from access.service.undo import Undoing
from tests.service.house import ANA, MEGAN, RECORDS, House
from tests.service.test_undoing import ANAS, R1, asked, assignment, undone


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


def lags(house: House, looks: int, *, guest: bool = False) -> None:
    """Have the directory not show a new access, or not even its guest, for so many looks of the proof."""
    house.access.unseen, house.access.hides_guest = looks, guest


async def retried(house: House, record: Record) -> Record:
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    return await house.delivered(record)


async def ended(house: House, record: Record) -> Record:
    """Let the term be over."""
    assert record.request.ends_at is not None
    house.clock.time = record.request.ends_at + timedelta(minutes=1)
    await house.settle()
    return await house.now(record)


@pytest.mark.parametrize("cause", [Cause.NOT_PROVED, Cause.GUEST_GONE])
async def test_an_access_that_was_only_not_seen_yet_is_ours_after_a_retry_and_ends(
    house: House, cause: Cause
) -> None:
    lags(house, 7, guest=cause is Cause.GUEST_GONE)
    record = await house.approved()
    assert await house.failed(record) is cause
    record = await retried(house, record)
    assert (record.request.guest_id, assignment(record).was_there) == (ANAS, False)
    assert assignment(await ended(house, record)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_it_is_ours_after_a_second_retry_and_where_the_look_for_it_lags_as_well(house: House) -> None:
    lags(house, 14)
    record = await house.approved()
    assert await house.failed(record) is Cause.NOT_PROVED
    await house.decisions.retry(R1, MEGAN)
    assert await house.failed(record) is Cause.NOT_PROVED
    house.directory.has_nothing = True
    record = await retried(house, record)
    assert not assignment(record).was_there


async def test_a_guest_who_was_deleted_and_put_back_has_the_access_until_its_end(house: House) -> None:
    record = await house.approved()
    for _ in range(4):
        await house.run_due(JobKind.STEP)
    kept = dict(house.tenant.guests)
    house.tenant.guests.clear()
    assert await house.failed(record) is Cause.GUEST_GONE
    house.tenant.guests.update(kept)  # and what they had comes back with them
    record = await retried(house, record)
    assert assignment(await ended(house, record)).left is Left.NOTHING
    assert not house.tenant.access


async def test_what_another_account_of_the_guest_was_given_by_others_is_not_ours(house: House) -> None:
    record = await house.approved()
    for _ in range(4):
        await house.run_due(JobKind.STEP)
    house.tenant.guests.clear()
    house.tenant.access.clear()
    assert await house.failed(record) is Cause.GUEST_GONE
    other = ObjectId("by-hand")
    house.tenant.guests[other] = Guest(other, "Ana Ruiz", ANA, Redemption.ACCEPTED)
    house.tenant.access.add((other, RECORDS))
    record = await retried(house, record)
    assert (record.request.guest_id, assignment(record).was_there) == (other, True)
    assert assignment(await ended(house, record)).left is Left.WAS_THERE


async def test_what_others_had_given_before_stays_theirs_over_a_retry(house: House) -> None:
    lags(house, 7)
    record = await house.approved()
    for _ in range(2):
        await house.run_due(JobKind.STEP)
    house.tenant.access.add((ANAS, RECORDS))
    assert await house.failed(record) is Cause.NOT_PROVED
    assert assignment(await retried(house, record)).was_there


async def test_an_undo_after_a_lag_and_a_retry_takes_the_access_away(house: House, undoing: Undoing) -> None:
    lags(house, 14)
    record = await house.approved()
    await house.failed(record)
    await house.decisions.retry(R1, MEGAN)
    assert await house.failed(record) is Cause.NOT_PROVED
    found = await asked(undoing)
    assert Stays.WAS_THERE not in found.stays
    assert assignment(await undone(house, undoing, seen=found.hash)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_an_undo_takes_what_was_done_before_a_retry_that_began_at_the_invitation_and_failed(
    house: House, undoing: Undoing
) -> None:
    lags(house, 7, guest=True)
    record = await house.approved()
    assert await house.failed(record) is Cause.GUEST_GONE
    house.faults.before["invite"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.decisions.retry(R1, MEGAN)
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    found = await asked(undoing)
    assert (found.gave, found.account is not None) == (True, True)
    assert {Stays.MAIL, Stays.USED} <= set(found.stays)
    record = await undone(house, undoing, seen=found.hash)
    assert (record.request.state, assignment(record).state) == (State.CANCELED, AssignmentState.ENDED)
    assert assignment(record).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_who_is_invited_anew_after_such_a_failure_has_one_access_of_ours(house: House) -> None:
    lags(house, 7, guest=True)
    record = await house.approved()
    await house.failed(record)
    house.faults.before["invite"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.decisions.retry(R1, MEGAN)
    await house.failed(record)
    record = await retried(house, record)
    assert (record.request.guest_id, assignment(record).was_there) == (ANAS, False)

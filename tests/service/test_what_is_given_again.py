"""What an undo gives again: whose it is afterwards, and that nothing ends it again unasked."""

import pytest

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import AssignmentState, Left, ObjectId, Record, Redemption
from access.service.undo import Undoing
from tests.service.house import MEGAN, RECORDS, House, draft
from tests.service.test_clean_ups import cards, days, says
from tests.service.test_clean_ups import given as long_given
from tests.service.test_undoing import R1, assignment, removed, undone

ANA = ObjectId("ana")


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.acts)


async def given_by_others(house: House) -> Record:
    """Have Ana hold Health Records by a request that found it there."""
    house.knows(Redemption.ACCEPTED)
    record = await house.approved()
    house.tenant.access.add((ANA, RECORDS))
    return await house.delivered(record)


# --- what others gave -----------------------------------------------------------------------------------


async def test_what_others_gave_stays_theirs_where_the_answer_to_giving_it_again_was_lost(
    house: House, undoing: Undoing
) -> None:
    await given_by_others(house)
    assert assignment(await removed(house)).left is Left.WAS_THERE
    house.faults.before["give"] = [Unknown(Cause.UNAVAILABLE, "the answer was lost")]
    returned = assignment(await undone(house, undoing))
    assert (returned.state, returned.was_there) == (AssignmentState.ACTIVE, True)
    assert assignment(await removed(house)).left is Left.WAS_THERE
    assert (ANA, RECORDS) in house.tenant.access


async def test_what_others_gave_stays_theirs_where_giving_it_again_was_refused_at_first(
    house: House, undoing: Undoing
) -> None:
    await given_by_others(house)
    await removed(house)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    stands = await undone(house, undoing)
    assert assignment(stands).failure is not None
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    returned = assignment(await house.now(stands))
    assert (returned.state, returned.was_there) == (AssignmentState.ACTIVE, True)
    await removed(house)
    assert (ANA, RECORDS) in house.tenant.access


async def test_what_others_took_away_meanwhile_is_given_by_guestlist_and_ends_with_it(
    house: House, undoing: Undoing
) -> None:
    await given_by_others(house)
    await removed(house)
    house.tenant.access.discard((ANA, RECORDS))
    assert assignment(await undone(house, undoing)).was_there is False
    assert assignment(await removed(house)).left is Left.NOTHING
    assert (ANA, RECORDS) not in house.tenant.access


async def test_what_another_request_needs_still_is_taken_away_with_the_last_of_the_two(
    house: House, undoing: Undoing
) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.delivered(await house.approved())
    house.tenant.access.clear()
    other = await house.approved()
    house.tenant.access.add((ANA, RECORDS))
    await house.delivered(other)
    assert assignment(await removed(house)).left is Left.STILL_NEEDED
    house.faults.before["give"] = [Unknown(Cause.UNAVAILABLE, "the answer was lost")]
    await undone(house, undoing)
    assert assignment(await removed(house)).left is Left.STILL_NEEDED
    assert assignment(await undone(house, undoing, other.request.label)).left is Left.NOTHING
    assert (ANA, RECORDS) not in house.tenant.access


# --- what the policy has ended --------------------------------------------------------------------------


async def ended_by_policy(house: House, record: Record, most: int) -> Record:
    for _ in range(most):
        await days(house, 1)
        record = await house.now(record)
        if assignment(record).state is AssignmentState.ENDED:
            return record
    raise AssertionError("the policy did not end it")


async def test_what_ended_for_a_guest_who_does_not_sign_in_is_asked_about_anew_before_it_ends_again(
    house: House, undoing: Undoing
) -> None:
    says(house, 'inactive = { then = "remove" }', 'undo = "48h"')
    record = await ended_by_policy(house, await long_given(house), 130)
    asked = len(cards(house))
    await undone(house, undoing)
    await days(house, 8)
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    assert len(cards(house)) == asked + 1


async def test_a_guest_whose_access_was_given_again_is_waited_for_anew(
    house: House, undoing: Undoing
) -> None:
    says(house, 'never_accepted = { then = "remove" }', 'undo = "48h"')
    record = await house.delivered(await house.approved(draft(term="1000d")))
    since = house.clock.now()
    record = await ended_by_policy(house, record, 60)
    waited, asked = house.clock.now() - since, len(cards(house))
    await undone(house, undoing)
    await days(house, 1)
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    assert len(cards(house)) == asked
    await ended_by_policy(house, record, waited.days + 1)
    assert len(cards(house)) == asked + 1

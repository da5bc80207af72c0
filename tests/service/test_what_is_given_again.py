"""What an undo gives again: whose it is afterwards, and that nothing ends it again unasked."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from access.ports import Refused, Store, Unknown
from access.rules.causes import Cause
from access.rules.model import AssignmentState, JobKind, Left, ObjectId, Record, Redemption
from access.rules.policy_reader import read_policy
from access.rules.undoing import Stays, Undoable, Why
from access.service.undo import Undoing
from tests.service.house import ALEX, LIDIA, MEGAN, NIA, POLICY, RECORDS, THREAD, House, draft
from tests.service.test_clean_ups import cards, days, says
from tests.service.test_clean_ups import given as long_given
from tests.service.test_undoing import ANAS, R1, asked, assignment, removed, renewed, undone, why

ANA = ObjectId("ana")


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


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
    before = len(cards(house))
    await undone(house, undoing)
    await days(house, 8)
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    assert len(cards(house)) == before + 1


async def test_a_guest_whose_access_was_given_again_is_waited_for_anew(
    house: House, undoing: Undoing
) -> None:
    says(house, 'never_accepted = { then = "remove" }', 'undo = "48h"')
    record = await house.delivered(await house.approved(draft(term="1000d")))
    since = house.clock.now()
    record = await ended_by_policy(house, record, 60)
    waited, before = house.clock.now() - since, len(cards(house))
    await undone(house, undoing)
    await days(house, 1)
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    assert len(cards(house)) == before
    await ended_by_policy(house, record, waited.days + 1)
    assert len(cards(house)) == before + 1


# --- what somebody else took away -----------------------------------------------------------------------


async def test_who_only_asked_does_not_overrule_a_removal_and_learns_who_removed_it(
    house: House, undoing: Undoing
) -> None:
    record = await given_to_a_member(house)
    await removed(house, LIDIA)
    for found in (await undoing.ask(R1, MEGAN), await undoing.undo(R1, MEGAN, None)):
        assert why(found) is Why.BY_ANOTHER
    assert await undoing.mine(MEGAN) == []
    assert assignment(await house.now(record)).state is AssignmentState.ENDED
    refused = [one.fact.detail["refused"] for one in await house.audit() if one.fact.what == "act.refused"]
    assert refused == [Why.BY_ANOTHER]


async def test_what_they_removed_themselves_they_undo_and_so_does_who_answers_for_the_access(
    house: House, undoing: Undoing
) -> None:
    await given_to_a_member(house)
    await removed(house, MEGAN)
    assert assignment(await undone(house, undoing, who=MEGAN)).state is AssignmentState.ACTIVE
    for who in (ALEX, NIA, LIDIA):
        await removed(house, LIDIA)
        assert assignment(await undone(house, undoing, who=who)).state is AssignmentState.ACTIVE


async def test_who_removed_it_is_told_once_that_somebody_else_undoes_that(
    house: House, undoing: Undoing
) -> None:
    await given_to_a_member(house)
    for who, told in ((LIDIA, 0), (ALEX, 1), (ALEX, 1)):
        await removed(house, LIDIA)
        await undone(house, undoing, who=who)
        assert [str(place) for place, _, _ in house.chat.posts].count(f"1:1/{LIDIA}") == told


async def given_to_a_member(house: House) -> Record:
    """Have Ana hold Health Records by a request of Megan's, who does not own it any more."""
    record = await house.delivered(await house.approved())
    house.tenant.owners[RECORDS] = [ALEX, NIA]
    members = '[defaults]\nrequestors = ["members"]\n[[defaults.stage]]'
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", members, 1))
    return record


# --- what crosses an undo -------------------------------------------------------------------------------


async def test_an_access_that_a_removal_overtakes_while_it_is_given_again_is_not_active(
    house: House, undoing: Undoing
) -> None:
    record = await house.delivered(await house.approved())
    await removed(house)
    await undoing.undo(R1, MEGAN, None)
    await house.run_due(JobKind.RETURN)
    removal = await house.acts.remove(ANAS, LIDIA, "left", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    for _ in range(6):
        await house.run_due(JobKind.ACCOUNT)
    await house.settle()
    stands = assignment(await house.now(record))
    assert stands.state is AssignmentState.RETURNING
    assert stands.failure is not None
    assert stands.failure.cause == Cause.BEING_REMOVED
    assert isinstance(await house.acts.restore(removal.request.label, LIDIA), Record)
    await house.settle()
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE


async def test_the_undo_of_a_renewal_moves_the_end_of_an_access_that_ends_meanwhile(
    house: House, undoing: Undoing
) -> None:
    record = await house.delivered(await house.approved())
    was = record.request.ends_at
    renewal = await renewed(house)
    assert isinstance(await undoing.undo(renewal.request.label, MEGAN, None), Record)
    await removed(house, ALEX)
    assert assignment(await house.now(renewal)).left is Left.NOTHING
    returned = await undone(house, undoing)
    assert (assignment(returned).state, returned.request.ends_at) == (AssignmentState.ACTIVE, was)
    assert assignment(returned).renewals == ()


async def test_where_a_removal_of_the_account_has_failed_an_undo_says_that_the_account_stays(
    house: House, undoing: Undoing
) -> None:
    record = await house.delivered(await house.approved())
    shown = await asked(undoing)
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.acts.remove(ANAS, MEGAN, "left", THREAD, seen=None, personal=True)
    await house.settle()
    found = await asked(undoing)
    assert shown.account is not None
    assert (found.account, Stays.ACCOUNT_FAILED in found.stays) == (None, True)
    late = await undoing.undo(R1, MEGAN, shown.hash)
    assert isinstance(late, Undoable)
    assert late.moved
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE
    assert assignment(await undone(house, undoing, seen=found.hash)).state is AssignmentState.ENDED
    assert house.tenant.guests[ANAS].enabled


class Overtaken:
    """A store in which something happens right after a look at what stands against the guest."""

    def __init__(self, house: House, happens: Callable[[], Awaitable[object]]) -> None:
        self._house, self._happens = house, [happens]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._house.store, name)

    async def of_guest(self, guest_id: ObjectId) -> object:
        seen = await self._house.store.of_guest(guest_id)
        if self._happens:
            await self._happens.pop()()
        return seen


@pytest.mark.parametrize(
    ("days_", "overtaken"), [(0, AssignmentState.ACTIVE), (8, AssignmentState.SUSPENDED)]
)
async def test_a_removal_between_the_last_look_of_a_return_and_its_note_halts_that_access_too(
    house: House, undoing: Undoing, days_: int, overtaken: AssignmentState
) -> None:
    record = await house.delivered(await house.approved())
    await removed(house)
    await undoing.undo(R1, MEGAN, None)
    await house.run_due(JobKind.RETURN)

    async def removes() -> None:
        assert isinstance(
            await house.acts.remove(ANAS, LIDIA, "left", THREAD, seen=None, personal=True), Record
        )
        for _ in range(4):
            await house.run_due(JobKind.ACCOUNT)
        house.clock.turn(days=days_)
        for _ in range(2):
            await house.run_due(JobKind.ACCOUNT)

    house.deliveries.ends.store = cast("Store", Overtaken(house, removes))
    await house.run_due(JobKind.RETURN)
    returned = assignment(await house.now(record))
    assert (returned.state, returned.failure) == (overtaken, None)
    assert returned.halted is not None
    assert returned.halted.label == "R-1002"
    assert isinstance(await house.acts.restore("R-1002", LIDIA), Record)
    await house.settle()
    resumed = assignment(await house.now(record))
    assert (resumed.state, resumed.halted) == (AssignmentState.ACTIVE, None)
    assert (ANAS, RECORDS) in house.tenant.access


async def test_what_is_given_again_and_was_never_given_comes_with_no_account_that_is_put_back(
    house: House, undoing: Undoing
) -> None:
    record = await house.delivered(await house.approved())
    await removed(house)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    stands = await undone(house, undoing)
    assert assignment(stands).failure is not None
    removal = await house.acts.remove(ANAS, LIDIA, "left", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    await house.settle()
    house.clock.turn(days=8)
    await house.settle()
    assert ANAS not in house.tenant.guests
    assert assignment(await house.now(record)).state is AssignmentState.RETURNING
    assert isinstance(await house.acts.restore(removal.request.label, LIDIA), Record)
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.RETURNING
    assert (ANAS, RECORDS) not in house.tenant.access
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    back = assignment(await house.now(record))
    assert (back.state, back.halted) == (AssignmentState.ACTIVE, None)

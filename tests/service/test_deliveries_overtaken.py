"""A guest who is removed from the directory while they are given something: nothing becomes active unseen."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from access.ports import Access, Refused
from access.rules.causes import Cause
from access.rules.model import Assignment, AssignmentState, JobKind, Left, ObjectId, Record, Redemption, State
from access.service.undo import Undoing
from tests.service.house import LIDIA, MEGAN, RECORDS, THREAD, House

ANA = ObjectId("ana")


class Overtaken:
    """A directory in which something happens right after it has answered one of our calls."""

    def __init__(self, access: Access, call: str, happens: Callable[[], Awaitable[None]]) -> None:
        self._access, self._call, self._happens = access, call, [happens]

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._access, name)
        if name != self._call:
            return method

        async def called(*args: Any, **options: Any) -> object:
            answer = await method(*args, **options)
            if self._happens:
                await self._happens.pop()()
            return answer

        return called


def overtaken(house: House, call: str, *, blocks: bool = True, deletes: bool = False) -> None:
    """Have an admin remove Ana right after a call of the delivery, before it notes the answer."""

    async def removes() -> None:
        removal = await house.acts.remove(ANA, LIDIA, "left", THREAD, seen=None, personal=True)
        assert isinstance(removal, Record)
        for _ in range(4 if blocks else 0):
            await house.run_due(JobKind.ACCOUNT)
        if deletes:
            house.clock.turn(days=8)
            for _ in range(2):
                await house.run_due(JobKind.ACCOUNT)
            house.clock.time -= timedelta(days=8)  # a deletion at once; the delivery's lease is not over

    house.deliveries.access = cast("Access", Overtaken(house.access, call, removes))


def assignment(record: Record) -> Assignment:
    assert record.request.assignment is not None
    return record.request.assignment


async def delivering(house: House) -> Record:
    house.knows(Redemption.ACCEPTED)
    return await house.approved()


async def restored(house: House) -> None:
    assert isinstance(await house.acts.restore("R-1002", LIDIA), Record)
    await house.settle()


@pytest.mark.parametrize("call", ["give", "read_back"])
async def test_who_is_blocked_between_what_a_delivery_does_and_its_note_has_an_access_that_is_halted(
    house: House, call: str
) -> None:
    record = await delivering(house)
    overtaken(house, call)
    given = assignment(await house.delivered(record))
    assert (given.state, given.failure) == (AssignmentState.ACTIVE, None)
    assert given.halted is not None
    assert given.halted.label == "R-1002"
    assert not house.tenant.guests[ANA].enabled
    await restored(house)
    resumed = assignment(await house.now(record))
    assert (resumed.state, resumed.halted) == (AssignmentState.ACTIVE, None)
    assert (ANA, RECORDS) in house.tenant.access


async def test_who_is_deleted_before_that_has_a_delivery_that_failed_and_can_be_retried_once_they_are_back(
    house: House,
) -> None:
    record = await delivering(house)
    overtaken(house, "read_back", deletes=True)
    assert await house.failed(record) is Cause.GUEST_GONE
    assert (await house.now(record)).request.assignment is None
    await restored(house)
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    assert isinstance(await house.decisions.retry("R-1001", MEGAN), Record)
    given = assignment(await house.delivered(record))
    assert (given.state, given.halted) == (AssignmentState.ACTIVE, None)
    assert (ANA, RECORDS) in house.tenant.access


async def test_who_was_restored_before_the_delivery_noted_anything_has_an_access_like_any(
    house: House,
) -> None:
    record = await delivering(house)
    overtaken(house, "give")
    for _ in range(3):
        await house.run_due(JobKind.STEP)
    assert (await house.now(record)).request.assignment is None
    assert isinstance(await house.acts.restore("R-1002", LIDIA), Record)
    for _ in range(3):
        await house.run_due(JobKind.ACCOUNT)
    given = assignment(await house.delivered(record))
    assert (given.state, given.halted) == (AssignmentState.ACTIVE, None)


async def test_what_failed_and_is_retried_while_the_guest_is_blocked_is_halted_too(house: House) -> None:
    record = await delivering(house)
    house.faults.before["read_back"] = [Refused(Cause.RIGHTS_MISSING)]
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    removal = await house.acts.remove(ANA, LIDIA, "left", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    for _ in range(4):
        await house.run_due(JobKind.ACCOUNT)
    assert isinstance(await house.decisions.retry("R-1001", MEGAN), Record)
    halted = assignment(await house.delivered(record)).halted
    assert halted is not None
    assert halted.label == "R-1002"


async def test_what_is_undone_after_it_failed_meets_no_account_and_says_so(house: House) -> None:
    record = await delivering(house)
    overtaken(house, "read_back", deletes=True)
    await house.failed(record)
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo("R-1001", MEGAN, None), Record)
    await house.settle()
    ended = assignment(await house.now(record))
    assert (ended.state, ended.left, ended.halted) == (AssignmentState.ENDED, Left.GUEST_GONE, None)

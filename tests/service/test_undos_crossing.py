"""Two undos at one moment of requests that share a sponsor: the sponsor is taken off, and once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

import pytest

from access.ports import Accounts, Directory
from access.rules.model import AssignmentState, JobKind, ObjectId, Record, Redemption
from access.service.undo import Undoing
from tests.service.house import DIEGO, MEGAN, House
from tests.service.test_removals_crossing import Call, Crossed
from tests.service.test_undoing import R1, R2, assignment, given
from tests.service.test_undone_sponsors import OURS, second

ANA = ObjectId("ana")
ORDERS = pytest.mark.parametrize("order", [(R1, R2), (R2, R1)], ids=["the adder first", "the finder first"])


async def two(house: House) -> None:
    """Have Ana, whom Diego stands for, hold two apps by requests that name Megan: the first has added her."""
    house.knows(Redemption.ACCEPTED)
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    await second(house)
    assert OURS in house.tenant.sponsors


async def press(house: House, label: str) -> None:
    begun = await Undoing(house.decisions, house.policy, house.guest_changes).undo(label, MEGAN, None)
    assert isinstance(begun, Record), begun


async def crossing(house: House, label: str, call: Call, act: Callable[[], Awaitable[object]]) -> int:
    """Undo a request while something happens at one of the calls of that press; tell how many there were."""
    people, accounts = Crossed(house.directory, call, act), Crossed(house.accounts, call, act)
    decisions = replace(house.decisions, directory=cast("Directory", people))
    acts = replace(house.acts, accounts=cast("Accounts", accounts))
    changes = replace(house.guest_changes, acts=acts)
    begun = await Undoing(decisions, house.policy, changes).undo(label, MEGAN, None)
    assert isinstance(begun, Record), begun
    return people.met + accounts.met


async def gone_once(house: House) -> None:
    """See that both accesses have ended, and the sponsor with them, and nobody else."""
    await house.settle()
    for record in await house.store.of_guest(ANA):
        assert assignment(record).state is AssignmentState.ENDED
        assert assignment(record).failure is None
    assert house.tenant.sponsors == [(ANA, DIEGO)]
    assert house.faults.calls.count("drop_sponsor") == 1
    assert house.alarms == []


CALLS = [
    *(Call("person", number) for number in (1, 2)),
    *(Call("sponsors", is_done=done) for done in (False, True)),
    *(Call("holdings", is_done=done) for done in (False, True)),
]


@pytest.mark.parametrize("steps", [0, 1, 9], ids=["pressed", "begun", "over"])
@pytest.mark.parametrize("call", CALLS, ids=lambda one: "-".join(map(str, one)))
@ORDERS
async def test_whichever_undo_meets_the_other_at_its_press_the_sponsor_goes_once(
    house: House, order: tuple[str, str], call: Call, steps: int
) -> None:
    await two(house)

    async def other() -> None:
        await press(house, order[1])
        for _ in range(steps):
            await house.run_due(JobKind.REMOVAL)

    assert await crossing(house, order[0], call, other) >= call.number
    await gone_once(house)


@pytest.mark.parametrize("steps", range(7))
@ORDERS
async def test_whichever_undo_meets_the_other_on_its_way_the_sponsor_goes_once(
    house: House, order: tuple[str, str], steps: int
) -> None:
    await two(house)
    await press(house, order[0])
    for _ in range(steps):
        await house.run_due(JobKind.REMOVAL)
    await press(house, order[1])
    await gone_once(house)


async def test_two_undos_pressed_together_take_the_sponsor_off(house: House) -> None:
    await two(house)
    await asyncio.gather(press(house, R1), press(house, R2))
    await gone_once(house)


@ORDERS
async def test_where_one_of_them_alone_is_undone_the_sponsor_stays(
    house: House, order: tuple[str, str]
) -> None:
    await two(house)
    await press(house, order[0])
    await house.settle()
    assert OURS in house.tenant.sponsors
    assert "drop_sponsor" not in house.faults.calls

"""A shared budget is asked for lots: seldom, for what is used soon, and not at all by who lacks nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from access.ports import NotKept, Share, Turns
from access.rules.causes import Cause
from bot.graph.budget import OwnBudget
from bot.graph.limits import SHARED
from bot.graph.pacer import KEPT, PATIENCE, Kind, Pacer, Priority
from tests.graph.test_pacer import Calls, Turned, settle

DOCUMENTED = {"units": (3500, 10), "invitations": (150, 5), "sends": (30, 60), "reports": (5, 10)}


class SharedOne(OwnBudget):
    """Counts how often it is asked, and can be away."""

    shared = True

    def __init__(self, timer: Turned) -> None:
        super().__init__(timer.time)
        self.asked: list[int] = []
        self.away = False

    async def take(self, service: str, shares: Sequence[Share], most: int) -> Turns:
        self.asked.append(most)
        if self.away:
            raise NotKept(Cause.UNAVAILABLE, "the database is away")
        return await super().take(service, shares, most)

    async def hold(self, service: str, seconds: float) -> None:
        if self.away:
            raise NotKept(Cause.UNAVAILABLE, "the database is away")
        await super().hold(service, seconds)


@pytest.fixture
def timer() -> Turned:
    return Turned()


@pytest.fixture
def budget(timer: Turned) -> SharedOne:
    return SharedOne(timer)


@pytest.fixture
async def calls(timer: Turned, budget: SharedOne) -> AsyncIterator[Calls]:
    calls = Calls(timer, Pacer(budget, timer))
    yield calls
    calls.end.set()
    for task in calls.tasks:
        task.cancel()
    await asyncio.gather(*calls.tasks, return_exceptions=True)


def test_what_replicas_share_stays_a_quarter_below_what_is_documented_for_any_window() -> None:
    for name, (most, seconds) in DOCUMENTED.items():
        assert SHARED[name].burst + SHARED[name].rate * (seconds + KEPT) <= 0.75 * most, name
    assert (SHARED["writes"].burst, SHARED["writes"].rate) == (0.75 * 3000, 0.75 * 20)


async def test_a_person_s_calls_one_after_the_other_ask_the_budget_seldom(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    for _ in range(12):
        calls.start(Kind.READ)
        await timer.turn(0.02)
    assert len(calls.begun) == 12
    assert len(budget.asked) <= 3


async def test_turns_that_are_not_used_soon_are_used_by_nobody(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    calls.start(Kind.READ)
    await timer.turn(KEPT + 0.01)
    calls.start(Kind.READ)
    await timer.turn(0)
    assert len(budget.asked) == 2


async def test_the_mailbox_s_few_turns_are_taken_one_by_one(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    calls.start(Kind.SENDING)
    await timer.turn(0)
    assert budget.asked == [1]


async def test_what_one_replica_was_told_stops_the_others_within_a_second(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    other = Pacer(budget, timer)
    for _ in range(5):
        calls.start(Kind.READ)
        calls.start(Kind.MAIL)
        await timer.turn(0.1)
    await other.throttled(Kind.READ, 4.0)
    for _ in range(10):
        calls.start(Kind.READ)
        calls.start(Kind.MAIL)
        await timer.turn(0.1)
    reads = [at - 1000.5 for at, name in calls.begun if name == Kind.READ]
    assert max(reads) <= KEPT
    assert sum(name == Kind.MAIL for _, name in calls.begun) == 15, "the mailbox asked for nothing"
    await timer.turn(3.1)
    assert len(calls.begun) == 30


async def test_a_long_hold_by_another_is_handed_back_at_once(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    await Pacer(budget, timer).throttled(Kind.READ, 120.0)
    calls.start(Kind.WRITE)
    await settle()
    assert [(error.cause, error.retry_after) for error in calls.refused] == [(Cause.THROTTLED, 120.0)]


async def test_without_the_database_what_is_in_hand_goes_on_and_the_rest_is_surely_not_done(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    calls.start(Kind.READ)
    await timer.turn(0)
    budget.away = True
    calls.start(Kind.READ)
    await timer.turn(0)
    assert len(calls.begun) == 2
    calls.start(Kind.INVITATION)
    await timer.turn(PATIENCE)
    assert (len(calls.begun), len(calls.refused)) == (2, 1)
    assert await calls.pacer.throttled(Kind.READ, 2.0) == 2.0
    budget.away = False
    calls.start(Kind.INVITATION)
    await timer.turn(2.1)
    assert len(calls.begun) == 3


async def test_a_person_overtakes_the_bulk_of_another_replica(
    timer: Turned, calls: Calls, budget: SharedOne
) -> None:
    bulk = Calls(timer, Pacer(budget, timer))
    bulk.start(Kind.INVITATION, 200, Priority.BACKGROUND)
    await timer.turn(3)
    calls.start(Kind.INVITATION)
    await settle()
    assert len(calls.begun) == 1
    for task in bulk.tasks:
        task.cancel()
    await asyncio.gather(*bulk.tasks, return_exceptions=True)


async def test_a_closed_pacer_gives_no_more_turns_and_waits_for_the_calls_that_run(
    timer: Turned, calls: Calls
) -> None:
    calls.start(Kind.READ, stay=True)
    await timer.turn(0)
    closing = asyncio.create_task(calls.pacer.close())
    await settle()
    calls.start(Kind.READ, name="late")
    await settle()
    assert (len(calls.refused), closing.done()) == (1, False)
    calls.end.set()
    await closing

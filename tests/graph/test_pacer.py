import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from access.ports import NotDone
from access.rules.causes import Cause
from bot.graph.limits import LIMITS, shared_out
from bot.graph.pace import Pace
from bot.graph.pacer import AT_ONCE, PATIENCE, Kind, Pacer, Priority


class Turned:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.alarms: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None], /) -> object:
        self.alarms.append((self.now + delay, callback))
        return None

    async def turn(self, seconds: float) -> None:
        """Let time pass, ringing each alarm at its time and letting everybody run after it."""
        end = self.now + seconds
        await settle()
        while due := sorted((alarm for alarm in self.alarms if alarm[0] <= end), key=lambda alarm: alarm[0]):
            self.alarms.remove(due[0])
            self.now = max(self.now, due[0][0])
            due[0][1]()
            await settle()
        self.now = end


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Calls:
    """Calls that take their turn, note when, and end at once or when told."""

    def __init__(self, timer: Turned, pacer: Pacer | None = None) -> None:
        self.timer = timer
        self.pacer = pacer or Pacer(timer=timer)
        self.begun: list[tuple[float, str]] = []
        self.refused: list[NotDone] = []
        self.end = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def start(
        self,
        kind: Kind,
        times: int = 1,
        priority: Priority = Priority.PERSON,
        *,
        name: str = "",
        stay: bool = False,
    ) -> None:
        for _ in range(times):
            self.tasks.append(asyncio.create_task(self._call(kind, priority, name or kind, stay=stay)))

    async def wait(self, seconds: float) -> None:
        """Wait on the clock that the test turns."""
        over = asyncio.Event()
        self.timer.call_later(seconds, over.set)
        await over.wait()

    async def _call(self, kind: Kind, priority: Priority, name: str, *, stay: bool) -> None:
        try:
            async with self.pacer.slot(kind, priority):
                self.begun.append((self.timer.now, name))
                if stay:
                    await self.end.wait()
        except NotDone as error:
            self.refused.append(error)


@pytest.fixture
def timer() -> Turned:
    return Turned()


@pytest.fixture
async def calls(timer: Turned) -> AsyncIterator[Calls]:
    calls = Calls(timer)
    yield calls
    calls.end.set()
    for task in calls.tasks:
        task.cancel()
    await asyncio.gather(*calls.tasks, return_exceptions=True)


async def test_no_window_of_five_seconds_sees_more_invitations_than_the_tenant_is_allowed(
    timer: Turned, calls: Calls
) -> None:
    for _ in range(12):
        calls.start(Kind.INVITATION, 40)
        await timer.turn(1.0)
    times = [at for at, _ in calls.begun]
    assert len(times) > 300
    assert max(sum(start <= at < start + 5.0 for at in times) for start in times) <= 150


async def test_the_limits_keep_to_what_is_documented_for_any_window() -> None:
    documented = {"units": (3500, 10), "invitations": (150, 5), "sends": (30, 60)}
    for name, (most, seconds) in documented.items():
        assert LIMITS[name].burst + LIMITS[name].rate * seconds <= most
    assert (LIMITS["writes"].burst, LIMITS["writes"].rate) == (3000, 3000 / 150)


async def test_a_chance_refusal_costs_little_and_is_forgotten_within_half_a_minute(timer: Turned) -> None:
    pace = Pace(timer.time)
    pace.refused("invitations")
    assert (pace.of("invitations"), pace.of("writes")) == (0.95, 1.0)
    await timer.turn(20.0)
    assert pace.of("invitations") == pytest.approx(1.0)


async def test_a_429_stops_everybody_until_retry_after(timer: Turned, calls: Calls) -> None:
    await calls.pacer.throttled(Kind.INVITATION, 3.0)
    calls.start(Kind.READ)
    calls.start(Kind.WRITE)
    await timer.turn(2.9)
    assert calls.begun == []
    await timer.turn(0.2)
    assert [round(at - 1000.0, 6) for at, _ in calls.begun] == [3.0, 3.0]


async def test_a_mailbox_that_asks_to_wait_does_not_stop_the_directory(timer: Turned, calls: Calls) -> None:
    await calls.pacer.throttled(Kind.SENDING, 3.0)
    calls.start(Kind.READ)
    calls.start(Kind.MAIL)
    await timer.turn(1.0)
    assert [name for _, name in calls.begun] == ["read"]


async def test_a_long_wait_is_handed_back_at_once_as_surely_not_done(timer: Turned, calls: Calls) -> None:
    await calls.pacer.throttled(Kind.READ, 120.0)
    calls.start(Kind.WRITE)
    await timer.turn(0.0)
    assert [(error.cause, error.retry_after) for error in calls.refused] == [(Cause.THROTTLED, 120.0)]


async def test_a_turn_that_does_not_come_up_is_given_up_with_the_time_to_come_back(
    timer: Turned, calls: Calls
) -> None:
    calls.start(Kind.READ, AT_ONCE, stay=True)
    await settle()
    calls.start(Kind.READ)
    await timer.turn(PATIENCE)
    assert [error.retry_after for error in calls.refused] == [1.0]
    calls.end.set()
    calls.start(Kind.READ, name="later")
    await timer.turn(0.0)
    assert calls.begun[-1][1] == "later"


async def test_a_429_without_retry_after_backs_off_further_each_time_until_graph_answers(
    calls: Calls,
) -> None:
    pauses = [await calls.pacer.throttled(Kind.READ, None) for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    calls.pacer.answered(Kind.READ)
    assert await calls.pacer.throttled(Kind.READ, None) == 1


async def test_where_graph_lets_through_less_than_is_documented_the_pace_becomes_what_it_lets_through(
    timer: Turned, calls: Calls
) -> None:
    let_through: list[float] = []
    refused: list[float] = []

    async def invite() -> None:
        while True:
            try:
                async with calls.pacer.slot(Kind.INVITATION, Priority.BACKGROUND):
                    now = timer.time()
                    if sum(at > now - 5.0 for at in let_through) < 75:
                        let_through.append(now)
                        continue
            except NotDone as error:
                await calls.wait(error.retry_after or 1.0)
                continue
            refused.append(now)
            await calls.wait(await calls.pacer.throttled(Kind.INVITATION, 1.0))

    calls.tasks += [asyncio.create_task(invite()) for _ in range(5)]
    await timer.turn(300.0)
    done, in_vain = (sum(at > timer.time() - 120.0 for at in times) for times in (let_through, refused))
    assert done > 0.85 * 15 * 120
    assert in_vain < 0.01 * done, "and not one after the other into the wall"


async def test_a_person_overtakes_bulk_which_leaves_a_part_of_the_budget_to_people(
    timer: Turned, calls: Calls
) -> None:
    calls.start(Kind.INVITATION, 40, Priority.BACKGROUND, name="bulk")
    await timer.turn(0.0)
    at_once = len(calls.begun)
    assert 0 < at_once < LIMITS["invitations"].burst
    calls.start(Kind.INVITATION, name="person")
    await timer.turn(0.0)
    assert calls.begun[at_once:] == [(timer.now, "person")]


async def test_bulk_never_takes_the_turns_that_are_kept_for_people(timer: Turned, calls: Calls) -> None:
    calls.start(Kind.READ, 100, Priority.BACKGROUND, name="bulk", stay=True)
    await settle()
    assert len(calls.begun) < AT_ONCE
    calls.start(Kind.READ, name="person")
    await timer.turn(0.0)
    assert calls.begun[-1][1] == "person"


async def test_never_more_calls_are_in_flight_than_the_bound(calls: Calls) -> None:
    calls.start(Kind.READ, 200, stay=True)
    await settle()
    assert len(calls.begun) == AT_ONCE


async def test_a_canceled_call_gives_its_turn_back(timer: Turned, calls: Calls) -> None:
    calls.start(Kind.READ, AT_ONCE, stay=True)
    await settle()
    calls.start(Kind.READ, name="waits")
    await settle()
    for task in calls.tasks:
        task.cancel()
    await settle()
    calls.start(Kind.READ, AT_ONCE, name="after", stay=True)
    await settle()
    assert [name for _, name in calls.begun].count("after") == AT_ONCE


async def test_a_full_mail_lane_does_not_hold_up_other_calls(timer: Turned, calls: Calls) -> None:
    calls.start(Kind.SENDING, 6)
    calls.start(Kind.WRITE, name="write")
    await timer.turn(0.0)
    assert sorted(name for _, name in calls.begun) == ["sending"] * 3 + ["write"]


async def test_a_call_that_is_canceled_while_it_waits_takes_no_turn_and_harms_nobody(calls: Calls) -> None:
    calls.start(Kind.READ, AT_ONCE, stay=True)
    await settle()
    calls.start(Kind.READ, 2, name="waits")
    await settle()
    calls.end.set()
    calls.tasks[-2].cancel()
    await settle()
    assert [name for _, name in calls.begun].count("waits") == 1
    assert [one.exception() for one in calls.tasks if not one.cancelled()] == [None] * (AT_ONCE + 1)
    calls.end.clear()
    calls.start(Kind.READ, AT_ONCE, name="next", stay=True)
    await settle()
    assert [name for _, name in calls.begun].count("next") == AT_ONCE


def test_a_share_of_the_directory_s_limits_leaves_the_mailbox_s_as_they_are() -> None:
    half = shared_out(LIMITS, 0.5)
    for name in ("units", "writes", "invitations"):
        assert half[name].rate == LIMITS[name].rate / 2
    assert half["sends"] == LIMITS["sends"]
    assert shared_out(LIMITS, 1.0) == LIMITS
    assert min(one.burst for one in shared_out(LIMITS, 0.01).values()) >= 1

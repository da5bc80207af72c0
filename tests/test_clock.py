"""No step of a host's clock ends a lease early, keeps one for ever, or goes back behind what was written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FollowingClock, SteadyClock
from bot.store import SqliteStore
from tests.store.making import TurnedClock, added

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@dataclass
class Host:
    """A host whose clock can be set while its seconds pass."""

    wall: datetime = NOON
    seconds: float = 1000.0

    def told(self) -> datetime:
        return self.wall

    def passed(self) -> float:
        return self.seconds

    def passes(self, by: timedelta) -> None:
        self.wall += by
        self.seconds += by.total_seconds()


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def clock(host: Host) -> SteadyClock:
    return SteadyClock(host.told, host.passed)


def test_a_steady_clock_tells_the_hosts_time(clock: SteadyClock, host: Host) -> None:
    assert clock.now() == NOON
    host.passes(HOUR)
    assert clock.now() == NOON + HOUR


def test_a_step_forward_is_followed(clock: SteadyClock, host: Host) -> None:
    host.wall += HOUR
    assert clock.now() == NOON + HOUR


def test_after_a_step_back_time_goes_on_slowly_until_it_is_caught_up(clock: SteadyClock, host: Host) -> None:
    host.wall -= HOUR
    told = [clock.now()]
    for _ in range(3):
        host.passes(HOUR)
        told.append(clock.now())
    assert told == [NOON, NOON + HOUR / 2, NOON + HOUR, NOON + 2 * HOUR]


def test_a_lease_ends_although_the_clock_was_set_back(clock: SteadyClock, host: Host) -> None:
    until = clock.now() + 30 * SECOND
    host.wall -= 24 * HOUR
    host.passes(59 * SECOND)
    assert clock.now() < until
    host.passes(SECOND)
    assert clock.now() >= until


def test_time_never_goes_back_behind_what_was_written(clock: SteadyClock, host: Host) -> None:
    clock.not_before(NOON + HOUR)
    assert clock.now() == NOON + HOUR
    host.passes(SECOND)
    assert clock.now() == NOON + HOUR + SECOND / 2


@given(st.lists(st.tuples(st.integers(-7200, 7200), st.integers(0, 600)), max_size=30))
def test_however_the_host_is_set_time_only_goes_on(steps: list[tuple[int, int]]) -> None:
    host = Host()
    clock = SteadyClock(host.told, host.passed)
    before, seconds = clock.now(), host.seconds
    for step, passing in steps:
        host.wall += step * SECOND
        host.passes(passing * SECOND)
        now = clock.now()
        assert now - before >= (host.seconds - seconds) / 2 * SECOND
        before, seconds = now, host.seconds


async def test_a_store_opened_on_a_host_set_back_goes_on_after_what_it_holds(
    tmp_path: Path, clock: SteadyClock
) -> None:
    earlier = TurnedClock()
    earlier.at = NOON + HOUR
    store = await SqliteStore.open(tmp_path / "guestlist.db", earlier, lambda _: None)
    record = await added(store)
    await store.close()
    again = await SqliteStore.open(tmp_path / "guestlist.db", clock, lambda _: None)
    assert clock.now() == record.request.submitted_at
    assert len(await again.due(10)) == 2
    await again.close()


def test_a_followed_clock_is_told_on_by_the_seconds_that_pass(host: Host) -> None:
    clock = FollowingClock(NOON, host.passed)
    host.wall -= 24 * HOUR
    host.passes(90 * SECOND)
    assert clock.now() == NOON + 90 * SECOND
    assert clock.age == 90


def test_of_what_was_heard_the_nearest_counts(host: Host) -> None:
    """An answer on its way for long tells too early a time, never too late a one."""
    clock = FollowingClock(NOON - SECOND, host.passed)
    clock.heard(NOON)
    assert clock.now() == NOON
    clock.heard(NOON - SECOND / 2)
    assert clock.now() == NOON
    assert clock.age == 0


def test_a_followed_clock_that_was_set_back_is_followed_soon(host: Host) -> None:
    clock = FollowingClock(NOON, host.passed)
    for _ in range(7):
        host.passes(SECOND)
        clock.heard(NOON - HOUR + (host.seconds - 1000) * SECOND)
    assert clock.now() == NOON - HOUR + 7 * SECOND

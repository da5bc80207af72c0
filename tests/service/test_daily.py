"""No more is done in any 24 hours than may be; what is beyond waits, and goes on by itself."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from access.ports import NotDone
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.model import JobKind, State
from access.service.daily import Daily
from bot.store import SqliteStore
from tests.service.house import House
from tests.service.test_list_runs import MANY, approved, bulk_of, rows
from tests.store.making import TurnedClock


async def opened(tmp_path: Path, clock: TurnedClock, most: int = 3) -> tuple[SqliteStore, Daily]:
    store = await SqliteStore.open(tmp_path / "guestlist.db", clock, lambda _: None)
    return store, Daily(store, clock, "mails", most)


async def had(daily: Daily, times: int) -> int:
    done = 0
    for _ in range(times):
        with suppress(NotDone):
            async with daily.turn():
                done += 1
    return done


async def test_so_many_are_let_through_and_more_when_the_hour_is_a_day_ago(tmp_path: Path) -> None:
    clock = TurnedClock()
    store, daily = await opened(tmp_path, clock)
    assert await had(daily, 2) == 2
    clock.turn(hours=5)
    assert await had(daily, 5) == 1
    clock.turn(hours=18, minutes=59)
    assert await had(daily, 5) == 0
    clock.turn(hours=1, minutes=2)
    assert await had(daily, 5) == 2
    await store.close()


async def test_the_count_outlives_a_restart_and_many_at_once(tmp_path: Path) -> None:
    clock = TurnedClock()
    store, daily = await opened(tmp_path, clock, 5)
    assert sum(await asyncio.gather(*(had(daily, 1) for _ in range(9)))) == 5
    await store.close()
    store, daily = await opened(tmp_path, clock, 5)
    assert await had(daily, 1) == 0
    await store.close()


async def test_two_who_share_a_store_count_together(tmp_path: Path) -> None:
    clock = TurnedClock()
    store, daily = await opened(tmp_path, clock, 5)
    other = Daily(store, clock, "mails", 5)
    assert sum(await asyncio.gather(*(had(one, 1) for one in (daily, other) * 4))) == 5
    assert await had(Daily(store, clock, "invitations", 5), 1) == 1
    await store.close()


async def test_what_was_surely_not_done_is_not_counted(tmp_path: Path) -> None:
    clock = TurnedClock()
    store, daily = await opened(tmp_path, clock, 1)
    with pytest.raises(NotDone, match="throttled"):
        async with daily.turn():
            raise NotDone(Cause.THROTTLED)
    assert await had(daily, 2) == 1
    await store.close()


async def test_a_quarter_of_an_hour_later_it_is_asked_again_since_the_cap_may_have_been_raised(
    tmp_path: Path,
) -> None:
    store, daily = await opened(tmp_path, TurnedClock(), 0)
    daily.most = 1
    assert await had(daily, 1) == 1
    with pytest.raises(NotDone) as found:
        async with daily.turn():
            raise AssertionError("it is beyond the cap")
    assert (found.value.cause, found.value.retry_after) == (Cause.DAILY_LIMIT, 900)
    await store.close()


async def test_a_list_beyond_the_cap_waits_says_so_and_goes_on(house: House) -> None:
    house.faults.before["invite"] = [NotDone(Cause.DAILY_LIMIT, retry_after=900) for _ in MANY]
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    await house.run_due(JobKind.ROW)
    now = await house.now(record)
    assert (bulk_of(now).run, bulk_of(now).why) == (Run.RUNNING, Cause.DAILY_LIMIT)
    await house.settle(3_000)
    end = await house.now(record)
    assert (end.request.state, bulk_of(end).why) == (State.DELIVERED, "")
    assert {one.state for one in await rows(house, record)} == {State.DELIVERED}

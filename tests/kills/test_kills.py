"""Crash safety in short: a few deaths and some trouble on each database; `make torture` is the long form."""

import os
import random
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest

from tests.kills.batch import Batch
from tests.kills.grounds import OnSqlite, on_postgres
from tests.kills.plans import GUARD_POINTS, Plan
from tests.kills.troubles import Trouble

ON_SQLITE = (
    *("before-claim give", "after-claim invite", "call-left send"),
    *("before-finish mail", "after-post approver"),
)
ON_POSTGRES = (
    *("before-turn decision", "after-finish invite", "call-left give"),
    *("before-finish mail", "at any time"),
)
AFTERWARDS = (
    *("after-claim take-away", "before-finish take-away", "call-left take-away"),
    *("after-claim give-again", "before-finish give-again", "after-claim block", "call-left block"),
    *("before-finish unblock", "after-claim write-profile", "before-finish shorten", "after-claim extend"),
)
ON_LISTS = (
    *("after-turn row", "before-finish lot", "after-claim list", "after-turn decision"),
    *("after-claim invite", "call-left invite", "before-finish give", "after-update card"),
)
PAUSE = Plan("after-claim invite", pause=True)


@pytest.fixture
def seed() -> int:
    """Return the seed of this run, printed so that a failure can be had again."""
    chosen = int(os.environ.get("SEED") or random.randrange(10**6))
    print(f"SEED={chosen}")  # noqa: T201 - shown with a failure
    return chosen


async def test_nothing_is_lost_or_doubled_when_the_process_dies_again_and_again(
    tmp_path: Path, seed: int
) -> None:
    plans = [Plan(point) for point in ON_SQLITE]

    result = await Batch(
        OnSqlite(tmp_path, None), tmp_path, seed, plans, (Trouble.FORWARD,), per_kill=1, ahead=3
    ).run()

    assert result.faults == []
    assert result.missed == []
    assert set(result.hits) >= set(ON_SQLITE)


async def test_nothing_is_lost_or_doubled_when_replicas_die_stop_and_lose_their_database(
    tmp_path: Path, seed: int
) -> None:
    plans = [PAUSE, *(Plan(point) for point in ON_POSTGRES)]
    async with on_postgres(3, None) as ground:
        troubles = (Trouble.COMMIT_LOST, Trouble.LOSS)
        result = await Batch(ground, tmp_path, seed, plans, troubles, per_kill=0.5, ahead=4).run()

    assert result.faults == []
    assert result.missed == []
    assert set(result.hits) >= set(ON_POSTGRES)
    assert result.pauses[PAUSE.point] == 1
    assert result.troubles.total() == len(troubles)


@pytest.mark.parametrize("replicas", [1, 3])
async def test_what_becomes_of_guests_is_done_once_when_processes_die_in_the_middle_of_it(
    tmp_path: Path, seed: int, replicas: int
) -> None:
    points = Random(seed).sample(AFTERWARDS, 3)
    plans = [Plan(point) for point in points]
    async with AsyncExitStack() as stack:
        several = replicas > 1
        ground = await stack.enter_async_context(on_postgres(replicas, None)) if several else None
        on = ground or OnSqlite(tmp_path, None)
        result = await Batch(on, tmp_path, seed, plans, per_kill=1, ahead=4, often=1).run()

    assert result.faults == []
    assert result.missed == []
    assert set(result.hits) >= set(points)


async def test_a_protection_is_made_enforced_and_removed_once_when_a_process_dies_in_the_middle_of_it(
    tmp_path: Path, seed: int
) -> None:
    [point] = Random(seed).sample(GUARD_POINTS, 1)

    result = await Batch(
        OnSqlite(tmp_path, None), tmp_path, seed, [Plan(point)], per_kill=0, ahead=1, guardian=True
    ).run()

    assert result.faults == []
    assert result.missed == []
    assert result.hits[point] == 1


async def test_without_the_look_up_the_same_deaths_do_double_something(tmp_path: Path) -> None:
    """The mutation check: if this passes with nothing doubled, the tests above prove nothing."""
    plans = [Plan("before-finish mail")]

    result = await Batch(
        OnSqlite(tmp_path, None), tmp_path, 1, plans, blind=True, faults=False, ahead=1
    ).run()

    assert any("2 mails" in fault for fault in result.faults), result


@pytest.mark.parametrize("replicas", [1, 3])
async def test_each_row_of_a_list_is_given_once_when_processes_die_in_the_middle_of_its_run(
    tmp_path: Path, seed: int, replicas: int
) -> None:
    points = Random(seed).sample(ON_LISTS, 3)
    plans = [Plan(point) for point in points]
    async with AsyncExitStack() as stack:
        several = replicas > 1
        ground = await stack.enter_async_context(on_postgres(replicas, None)) if several else None
        on = ground or OnSqlite(tmp_path, None)
        result = await Batch(on, tmp_path, seed, plans, per_kill=0, ahead=1, often=9, lists=True).run()

    assert result.faults == []
    assert result.missed == []
    assert set(result.hits) >= set(points)
    assert result.lists

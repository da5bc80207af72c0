"""Races in short: some of each on each database; `make torture` is the long form."""

import os
import random
from pathlib import Path
from random import Random

import pytest

from tests.kills.grounds import OnSqlite, on_postgres
from tests.races.batch import Races
from tests.races.races import LISTS, RACES


@pytest.fixture
def seed() -> int:
    """Return the seed of this run; a failure shows it, as it does every argument of a test."""
    return int(os.environ.get("SEED") or random.randrange(10**6))


async def test_one_process_decides_once_whoever_races(tmp_path: Path, seed: int) -> None:
    result = await Races(OnSqlite(tmp_path, None), tmp_path, seed, list(RACES)).run()

    assert result.faults == []
    assert set(result.races) == set(RACES)


async def test_two_replicas_decide_once_whoever_races(tmp_path: Path, seed: int) -> None:
    dealt = [one for one in RACES if one not in LISTS] + Random(seed).sample(sorted(LISTS), 2)
    async with on_postgres(2, None) as ground:
        result = await Races(ground, tmp_path, seed, dealt).run()

    assert result.faults == []
    assert set(result.races) == set(dealt)

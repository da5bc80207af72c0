"""Crash safety: kill -9 on every boundary of the journal, judged by the sandbox's ledger."""

import os
import random
from pathlib import Path

import pytest

from tests.clinic import open_sandbox
from tests.kills.run import BOUNDARIES, KillRun, plans_for

KILLS = int(os.environ.get("KILLS", "10"))


@pytest.fixture
def seed() -> int:
    """Return the seed of this run, printed so that a failure can be had again."""
    chosen = int(os.environ.get("SEED") or random.randrange(10**6))  # noqa: S311 - a repeatable die
    print(f"SEED={chosen}")  # noqa: T201 - shown with a failure
    return chosen


async def test_nothing_is_lost_or_doubled_by_kills_on_every_boundary(tmp_path: Path, seed: int) -> None:
    async with open_sandbox(lag=0.4) as clinic:
        run = KillRun(clinic, tmp_path, seed)

        verdict = await run.run(plans_for(seed, KILLS))

    assert verdict.faults == (), f"seed {seed}: {run.reached}"
    assert {reached.split()[0] for reached in run.reached} == set(BOUNDARIES)


async def test_without_the_look_up_the_same_kills_do_double_something(tmp_path: Path) -> None:
    """The mutation check: if this passes with nothing doubled, the test above proves nothing."""
    async with open_sandbox(lag=0.4) as clinic:
        run = KillRun(clinic, tmp_path, seed=1, blind=True, faults=False)
        verdict = await run.run([("before-finish", "mail")])

    assert any("2 mails" in fault for fault in verdict.faults), verdict

"""The soak in short: nothing is left open, lost or doubled; `make soak` is the long form."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.kills.grounds import on_postgres
from tests.soak.measure import Life, Sample, Windows, grown, leaks
from tests.soak.soak import Soak

WINDOWS = Windows(warm_up=60, long=30)
_SHORT = 45.0


async def test_people_who_type_while_graph_fails_and_replicas_die_lose_nothing_and_leave_nothing_open(
    tmp_path: Path,
) -> None:
    async with on_postgres(3, None) as ground:
        soak = Soak(ground, tmp_path, 20261123, (), lasts=_SHORT, invited=30.0)
        result = await soak.run()

    assert result.faults == []
    assert result.hits.total() == 3
    assert result.requests >= 10
    assert soak.soaked.turns >= _SHORT * soak.rate * 0.9
    lives = soak.soaked.grown
    assert {life.name for life in lives} == {"a", "b", "c"}
    # What is imported and cached in the first minute has its place; the long form measures memory.
    even = [replace(life, resident=(1.0, 1.0)) for life in lives]
    assert leaks(even) == []


def _life(*, resident: float = 0.0, descriptors: float = 0.0, seconds: int = 600) -> Life:
    """Return a life of one sample a second, in which so much is added in each of them."""
    samples = [
        Sample(at, 100 + resident * at, round(40 + descriptors * at), 10) for at in range(5, 5 + seconds)
    ]
    return Life("a", 1, samples)


def test_memory_that_grows_by_a_tenth_is_found() -> None:
    one = grown(_life(resident=10 / 500), WINDOWS)

    assert one is not None
    assert leaks([one]) == ["replica a: 102 MB became 112 MB in 10 minutes"]


def test_a_descriptor_that_stays_open_each_minute_is_found() -> None:
    one = grown(_life(descriptors=1 / 60), WINDOWS)

    assert one is not None
    assert leaks([one]) == ["replica a: 41 descriptors became 50"]


def test_what_is_open_under_load_and_closed_at_rest_is_no_leak() -> None:
    life = _life()
    life.samples[300:580] = [replace(one, descriptors=90) for one in life.samples[300:580]]
    one = grown(life, replace(WINDOWS, load=580))

    assert one is not None
    assert leaks([one]) == []


def test_what_is_loaded_in_the_warm_up_is_no_leak() -> None:
    life = _life()
    life.samples[:60] = [replace(one, resident=50.0, descriptors=5) for one in life.samples[:60]]
    one = grown(life, WINDOWS)

    assert one is not None
    assert leaks([one]) == []


@pytest.mark.parametrize("seconds", [1, 100])
def test_a_life_too_short_to_tell_says_nothing(seconds: int) -> None:
    assert grown(_life(resident=1.0, seconds=seconds), WINDOWS) is None

"""The contract of every Store: a name has one holder at a time."""

import asyncio
from datetime import timedelta

from access.ports import Store
from tests.store.making import TurnedClock

NINE = timedelta(seconds=9)


async def test_a_name_has_one_holder_until_its_lease_ends(store: Store, clock: TurnedClock) -> None:
    assert await store.take_lease("delta", "one", NINE)
    assert not await store.take_lease("delta", "other", NINE)
    clock.turn(seconds=8.9)
    assert not await store.take_lease("delta", "other", NINE)
    clock.turn(seconds=0.1)
    assert await store.take_lease("delta", "other", NINE)
    assert not await store.take_lease("delta", "one", NINE)


async def test_a_holder_renews_its_lease(store: Store, clock: TurnedClock) -> None:
    for _ in range(5):
        assert await store.take_lease("delta", "one", NINE)
        clock.turn(seconds=5)
    assert not await store.take_lease("delta", "other", NINE)


async def test_a_name_that_is_given_up_is_free_at_once(store: Store) -> None:
    await store.take_lease("delta", "one", NINE)
    await store.give_up_lease("delta", "other")
    assert not await store.take_lease("delta", "other", NINE)
    await store.give_up_lease("delta", "one")
    assert await store.take_lease("delta", "other", NINE)


async def test_another_name_is_another_lease(store: Store) -> None:
    assert await store.take_lease("delta", "one", NINE)
    assert await store.take_lease("hourly", "other", NINE)


async def test_of_many_who_take_a_name_at_once_one_has_it(store: Store) -> None:
    taken = await asyncio.gather(*(store.take_lease("delta", f"{place}", NINE) for place in range(20)))
    assert sum(taken) == 1

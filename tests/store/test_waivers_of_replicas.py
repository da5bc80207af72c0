"""Two replicas on one PostgreSQL use a waiver no more often together than one alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from access.rules.model import State
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.store.test_contract_waivers import SHORT, ask


@pytest.fixture
async def replicas() -> AsyncIterator[Sequence[PostgresStore]]:
    url = await postgres.prepared_database()
    stores = [await PostgresStore.open(url, lambda _: None) for _ in range(2)]
    yield stores
    for store in stores:
        await store.close()
    await postgres.drop(url)


async def test_a_limit_is_that_of_all_replicas_together(replicas: Sequence[PostgresStore]) -> None:
    records = await asyncio.gather(*(ask(replicas[place % 2], f"g{place}") for place in range(100)))
    waived = [one.request for one in records if one.request.state is State.DELIVERING]
    assert len(waived) == SHORT.most
    assert sorted(one.waived.count for one in waived if one.waived) == [1, 2, 3, 4, 5]
    assert sum(one.request.not_waived is not None for one in records) == 95
    assert len({one.request.number for one in records}) == 100


async def test_a_replica_counts_what_another_waived_before_it_was_started(
    replicas: Sequence[PostgresStore],
) -> None:
    first, second = replicas
    for place in range(SHORT.most):
        assert (await ask(first, f"a{place}")).request.waived
    assert not (await ask(second, "b")).request.waived

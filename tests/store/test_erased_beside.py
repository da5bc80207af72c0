"""A replica erases a guest at the moment at which somebody asks for them in another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from access.ports import Refused
from bot.store import erasure
from bot.store.lists import Naming
from bot.store.postgres import PostgresStore
from tests.clinic import until
from tests.store.making import ANA, added, cancel
from tests.store.test_contract_newer import sql
from tests.store.test_contract_retention import ended, named
from tests.store.test_two_replicas import database, replicas

__all__ = ["database", "replicas"]


@asynccontextmanager
async def held(database: str, statement: str) -> AsyncIterator[Any]:
    """Yield a transaction that holds what its statement locks."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield connection
    finally:
        await connection.close()


async def is_waited_for(connection: Any) -> bool:
    """Tell whether somebody waits for what this transaction holds."""
    waits = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return bool(await connection.fetchval(waits))


async def test_who_is_asked_for_while_they_are_being_erased_has_a_name_afterwards(
    database: str, replicas: Sequence[PostgresStore]
) -> None:
    first, second = replicas
    over = await ended(first, ANA)
    subject, naming = over.request.subject, Naming(first._subject_of)
    async with held(database, "LOCK TABLE lists") as lists:  # which is read right before the name is erased
        erasing = asyncio.create_task(
            first._write(lambda connection, now: erasure.forget(connection, subject, now, naming))
        )
        await until(lambda: is_waited_for(lists), "the erasure at the lists")
        asking = asyncio.create_task(added(second, ANA))
        await asyncio.wait({asking}, timeout=1)
    assert await erasing == 1
    waits = await asking
    assert await sql(first, "SELECT address FROM personal") == [{"address": ANA}]
    assert not await named(first, over)
    await second.change(waits.request.request_id, cancel)
    assert await first.forget(subject) == 1
    assert not await named(first, waits)


async def test_who_is_asked_for_right_before_they_are_erased_is_not(
    database: str, replicas: Sequence[PostgresStore]
) -> None:
    first, second = replicas
    over = await ended(first, ANA)
    async with held(database, "SELECT 1 FROM requests FOR UPDATE") as rows:
        erasing = asyncio.create_task(first.forget(over.request.subject))
        await until(lambda: is_waited_for(rows), "the erasure at the request")
        waits = await added(second, ANA)
    with pytest.raises(Refused, match=waits.request.label):
        await erasing
    assert await named(first, over)
    assert await sql(first, "SELECT address FROM personal") == [{"address": ANA}]

"""The tables are brought up to date with what is in them, all or nothing, on both databases."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from access.rules.audit import verify
from access.rules.model import State
from bot.store import SqliteStore, StoreError, schema
from bot.store.postgres import PostgresStore
from bot.store.sql_store import SqlStore
from bot.store.tables import metadata
from tests import postgres
from tests.store.making import ANA, TurnedClock, added

FIRST = (Path(__file__).parent / "first_tables.sql").read_text(encoding="utf-8").split(";\n")[:-1]
"""A database of the first version, with rows in every table, statement by statement."""

LINK = "https://login.example/redeem?rd=canary-link"


@dataclass(frozen=True, slots=True)
class OnSqlite:
    file: Path

    async def store(self) -> SqlStore:
        return await SqliteStore.open(self.file, TurnedClock(), lambda _: None)

    async def run(self, *statements: str) -> list[Any]:
        """Run statements, and return the first column of what the last one found."""
        with sqlite3.connect(self.file) as connection:
            rows = [list(connection.execute(statement)) for statement in statements]
        connection.close()
        return [row[0] for row in rows[-1]]


@dataclass(frozen=True, slots=True)
class OnPostgres:
    url: str

    async def store(self) -> SqlStore:
        return await PostgresStore.open(self.url, lambda _: None)

    async def run(self, *statements: str) -> list[Any]:
        return [row[0] for row in await postgres.run(self.url, *statements)]


@pytest.fixture(params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, file: Path) -> AsyncIterator[OnSqlite | OnPostgres]:
    """Yield an empty database of each kind in turn."""
    if request.param == "sqlite":
        yield OnSqlite(file)
    else:
        url = await postgres.new_database()
        yield OnPostgres(url)
        await postgres.drop(url)


async def test_the_migrations_lead_to_the_tables() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        schema.upgrade(connection)
        assert difference(connection) == []
    engine.dispose()
    url = await postgres.prepared_database()
    shared = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with shared.connect() as connected:
        assert await connected.run_sync(difference) == []
    await shared.dispose()
    await postgres.drop(url)


def difference(connection: Connection) -> list[Any]:
    """Return how the database differs from the tables that the code knows."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    assert ScriptDirectory(str(schema._MIGRATIONS)).get_current_head() == schema.HEAD


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(place: OnSqlite | OnPostgres) -> None:
    store = await place.store()
    record = await added(store)
    await store.close()
    await place.run("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(StoreError, match=r"newer Guestlist \(schema 0099"):
        await place.store()
    await place.run(f"UPDATE alembic_version SET version_num = '{schema.HEAD}'")
    again = await place.store()
    assert await again.record(record.request.request_id) == record
    await again.close()


async def test_everything_is_there_after_an_upgrade_from_the_first_version(
    place: OnSqlite | OnPostgres,
) -> None:
    await place.run(*FIRST)
    store = await place.store()
    record = await store.numbered(1001)
    assert record is not None
    assert record.request.state is State.DELIVERING
    assert len(record.jobs) == 8
    assert [job.secret for job in record.jobs.values() if job.secret] == [LINK]
    assert await store.subject(ANA) == record.request.subject
    assert await store.note("delta") == "a cursor"
    assert await place.run("SELECT activity FROM turns") == ["turn-1"]
    assert [entry.fact.what async for entry in store.audit_entries()][:2] == [
        "request.submitted",
        "request.approved",
    ]
    assert verify([entry async for entry in store.audit_entries()]) is None
    assert await store.take_lease("delta", "one", timedelta(seconds=9))
    assert (await added(store, "bo@fabrikam.com")).request.number == 1002
    await store.close()


async def test_a_migration_that_fails_leaves_nothing_of_itself(place: OnSqlite | OnPostgres) -> None:
    """The second table of the second step is there already: the first must not stay behind."""
    await place.run(*FIRST)
    await place.run("CREATE TABLE budgets (stranger integer)")
    with pytest.raises(StoreError):
        await place.store()
    assert await place.run("SELECT version_num FROM alembic_version") == ["0001"]
    await place.run("DROP TABLE budgets")
    await (await place.store()).close()
    assert await place.run("SELECT version_num FROM alembic_version") == [schema.HEAD]


async def test_a_first_start_that_fails_leaves_an_empty_database(place: OnSqlite | OnPostgres) -> None:
    await place.run("CREATE TABLE budgets (stranger integer)")
    with pytest.raises(StoreError):
        await place.store()
    await place.run("DROP TABLE budgets")
    await (await place.store()).close()

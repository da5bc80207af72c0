import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.store import SqliteStore, StoreError, schema
from bot.store.tables import metadata
from tests.store.making import TurnedClock, added


def test_the_migrations_lead_to_the_tables() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        schema.upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    assert ScriptDirectory(str(schema._MIGRATIONS)).get_current_head() == schema.HEAD


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    file: Path, clock: TurnedClock
) -> None:
    store = await SqliteStore.open(file, clock, lambda _: None)
    record = await added(store)
    await store.close()
    _say_that_the_schema_is(file, "0099")
    with pytest.raises(StoreError, match=r"newer Guestlist \(schema 0099"):
        await SqliteStore.open(file, clock, lambda _: None)
    _say_that_the_schema_is(file, schema.HEAD)
    again = await SqliteStore.open(file, clock, lambda _: None)
    assert await again.record(record.request.request_id) == record
    await again.close()


def _say_that_the_schema_is(file: Path, revision: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
    connection.close()

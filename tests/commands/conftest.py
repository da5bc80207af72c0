from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.sql_store import SqlStore
from tests import backups
from tests.backups import Database


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made = await backups.make(request.param, tmp_path)
    yield made
    await made.drop()


@pytest.fixture
async def store(database: Database) -> AsyncIterator[SqlStore]:
    """Yield the store of a Guestlist that runs."""
    opened = await database.open()
    yield opened
    await opened.close()

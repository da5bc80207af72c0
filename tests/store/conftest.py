from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest

from access.rules.model import Job
from bot.store import SqliteStore
from bot.store.postgres import PostgresStore
from bot.store.sql_store import SqlStore
from tests import postgres
from tests.store.making import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def made_due() -> list[Sequence[Job]]:
    return []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "guestlist.db"


@pytest.fixture(params=["sqlite", "postgres"])
async def store(
    request: pytest.FixtureRequest, file: Path, clock: TurnedClock, made_due: list[Sequence[Job]]
) -> AsyncIterator[SqlStore]:
    """Yield every adapter of the Store port in turn; one contract judges them all."""
    if request.param == "sqlite":
        opened: SqlStore = await SqliteStore.open(file, clock, made_due.append)
        yield opened
        await opened.close()
    else:
        url = await postgres.emptied_database()
        opened = (await TurnedPostgresStore.open(url, made_due.append)).by(clock)
        yield opened
        await opened.close()


class TurnedPostgresStore(PostgresStore):
    """Asks a clock that is turned by hand, where the product asks the database."""

    def by(self, turned: TurnedClock) -> Self:
        self.turned = turned
        return self

    async def _now(self, *_: Any, **__: Any) -> datetime:
        return self.turned.now()

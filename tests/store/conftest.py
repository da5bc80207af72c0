from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.store import SqliteStore
from bot.store.sql_store import SqlStore
from tests.store.making import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def wakes() -> list[datetime]:
    return []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "guestlist.db"


@pytest.fixture(params=["sqlite"])
async def store(
    request: pytest.FixtureRequest, file: Path, clock: TurnedClock, wakes: list[datetime]
) -> AsyncIterator[SqlStore]:
    """Yield every adapter of the Store port in turn; one contract judges them all."""
    opened = await {"sqlite": SqliteStore.open}[request.param](file, clock, wakes.append)
    yield opened
    await opened.close()

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.service.house import House


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database without requests, to be copied: making its tables costs more than a test."""
    path = tmp_path_factory.mktemp("empty") / "guestlist.db"
    await (await House.open(path)).store.close()
    return path


@pytest_asyncio.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    shutil.copy(empty_database, tmp_path / "guestlist.db")
    house = await House.open(tmp_path / "guestlist.db")
    yield house
    await house.store.close()

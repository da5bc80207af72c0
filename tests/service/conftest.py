from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.service.house import House


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = await House.open(tmp_path / "guestlist.db")
    yield house
    await house.store.close()

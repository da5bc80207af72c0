from collections.abc import AsyncIterator

import pytest

from tests import postgres


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """Yield the URL of an empty database of a real PostgreSQL."""
    url = await postgres.new_database()
    yield url
    await postgres.drop(url)

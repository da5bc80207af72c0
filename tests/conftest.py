from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.async_api import Browser

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_LONGEST = ("tests/kills", "tests/replicas", "tests/teams/test_crowds.py", "tests/journeys", "tests/store")
"""Begun first, so that no worker is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(item.config.rootpath).as_posix()
        return next(
            (place for place, folder in enumerate(_LONGEST) if path.startswith(folder)), len(_LONGEST)
        )

    items.sort(key=place)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> "AsyncIterator[Browser]":
    """Yield the one browser of this process: to start it takes longer than most of what is done in it."""
    from tests.browser import open_browser  # noqa: PLC0415 - Playwright is loaded only where it is used

    async with open_browser() as browser:
        yield browser

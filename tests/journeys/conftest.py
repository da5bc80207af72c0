"""The clinic, for every journey."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import Seat, open_seat
from tests.clinic import Clinic, open_clinic
from tests.journeys.acts import ana_is_given_health_records


@pytest.fixture
def clinic(request: pytest.FixtureRequest) -> Clinic:
    """Return a clinic in the event loop of the test: of its own, or of all that share the browser."""
    in_a_browser = request.node.get_closest_marker("browser")
    opened: Clinic = request.getfixturevalue("clinic_beside_the_browser" if in_a_browser else "own_clinic")
    return opened


@pytest.fixture
async def own_clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path) as opened:
        yield opened


@pytest.fixture
async def given(clinic: Clinic) -> Clinic:
    """Return a clinic in which Ana has Health Records."""
    await ana_is_given_health_records(clinic)
    return clinic


@pytest_asyncio.fixture(loop_scope="session")
async def clinic_beside_the_browser(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def seat(clinic: Clinic, chromium: Browser, tmp_path: Path) -> AsyncIterator[Seat]:
    async with open_seat(chromium, clinic.url, tmp_path) as opened:
        yield opened

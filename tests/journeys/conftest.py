"""The clinic, for every journey."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clinic import Clinic, open_clinic
from tests.journeys.browser import Seat, open_seat


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path) as opened:
        yield opened


@pytest.fixture
async def seat(clinic: Clinic, tmp_path: Path) -> AsyncIterator[Seat]:
    async with open_seat(clinic.url, tmp_path) as opened:
        yield opened

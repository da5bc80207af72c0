"""A request that nobody decides, in a real browser: its reminder, and whom it is escalated to."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.test_waiting_too_long import STILL, ages, opened_and_waiting

CHANNEL, CHAT = "partner-onboarding", "guestlist"

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with opened_and_waiting(tmp_path) as opened:
        yield opened


async def test_a_reminder_leads_to_the_request_in_its_place(clinic: Clinic, seat: Seat) -> None:
    await ages(clinic, timedelta(days=1, hours=1))
    await seat.be("alex", CHAT)
    reminder = await seat.card(STILL)
    await expect(reminder).to_contain_text("Megan Bowen asks; it has waited since")
    await seat.look("reminder")
    await seat.picture("reminder", reminder)
    await reminder.get_by_role("button", name="Show request").click()
    await expect(seat.cards(STILL)).to_have_count(0)
    await expect(seat.cards("Waiting for your decision")).to_have_count(2)


async def test_who_is_called_in_decides_and_everybody_reads_of_it(clinic: Clinic, seat: Seat) -> None:
    await ages(clinic, timedelta(days=5, hours=1))
    await seat.be("lidia", CHAT)
    called = await seat.card("It was escalated to")
    await expect(called).to_contain_text("Adele Vance and Lidia Holloway")
    await seat.look("escalated")
    await seat.picture("escalated", called)
    await called.get_by_role("button", name="Approve").click()
    await clinic.card("diego", "Delivered", "channel")
    await seat.be("alex", CHAT)
    await expect(seat.cards("✓ Delivered").first).to_contain_text("Lidia Holloway")


async def test_a_request_that_nobody_decides_expires_and_its_requestor_reads_it(
    clinic: Clinic, seat: Seat
) -> None:
    await ages(clinic, timedelta(days=14, hours=1))
    await clinic.card("megan", "Expired", "channel")
    await seat.be("megan", CHANNEL)
    expired = await seat.card("Expired")
    await expect(expired).to_contain_text("Nobody decided by")
    await seat.look("expired")
    await seat.picture("expired", expired)
    await seat.be("alex", CHAT)
    card = await seat.card("Expired")
    await expect(card.get_by_role("button", name="Approve")).to_have_count(0)

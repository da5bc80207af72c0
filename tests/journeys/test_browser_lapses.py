"""Accesses that nobody may need, in a real browser: what the owner reads, and the guest's reminder."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys import test_access_ends
from tests.journeys.acts import settled
from tests.journeys.ageing import DAY, ages, days_pass
from tests.journeys.test_cleaning_up import REMOVES, has_accepted, opened, requested

CHAT = "guestlist"
ANA = "ana@fabrikam.com"
UNACCEPTED = 'never_accepted = { then = "remove" }\n'
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with opened(tmp_path, UNACCEPTED + REMOVES) as loud:
        yield loud


async def test_megan_and_ana_are_reminded_and_megan_keeps_the_access_in_the_end(
    clinic: Clinic, seat: Seat
) -> None:
    await requested(clinic)
    await ages(clinic, 4 * DAY)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    notice = await seat.card("Ana has not accepted yet")
    await expect(notice).to_contain_text("Ana gets a reminder by mail, too.")
    await expect(notice.get_by_role("button", name="Send new link")).to_be_visible()
    await seat.picture("not-accepted", notice)
    await seat.look("not-accepted")

    await seat.be("ana")
    mail = seat.guest.locator("article.mail", has_text="is waiting for you")
    await expect(mail).to_contain_text("The link in our mail of")
    await seat.picture("mail-reminder", mail)
    await seat.look("mail-reminder")

    await ages(clinic, 27 * DAY)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    asked = await seat.card("Unless somebody keeps it")
    await expect(asked).to_contain_text("Ana has not accepted")
    await seat.picture("unaccepted", asked)
    await seat.look("unaccepted")
    await seat.page.set_viewport_size(TALL)
    await asked.get_by_role("button", name="Keep access").click()
    await expect(seat.page.locator("[data-message]", has_text="by Megan Bowen, until").last).to_be_visible()
    await seat.look("kept")


async def test_megan_reads_since_when_ana_does_not_sign_in(clinic: Clinic, seat: Seat) -> None:
    await has_accepted(clinic)
    await days_pass(clinic, 91)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    card = await seat.card("Ana no longer signs in")
    await expect(card).to_contain_text("The directory knows of no sign-in since")
    await seat.look("inactive")
    await seat.page.set_viewport_size(TALL)
    await card.get_by_role("button", name="Remove access").click()
    await expect(card).to_contain_text("The account and other accesses stay.")
    await card.get_by_role("button", name="Remove the access").click()
    await expect(seat.cards("The guest").or_(seat.cards("Ended")).first).to_be_visible()
    await settled(clinic)


async def test_megan_types_that_an_access_is_kept(clinic: Clinic, seat: Seat) -> None:
    await has_accepted(clinic)
    await days_pass(clinic, 91)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    card = await seat.card("Ana no longer signs in")
    await expect(card).to_contain_text("/keep R-1001")
    await seat.say("/keep R-1001")
    kept = seat.page.locator("[data-message]", has_text="The access of R-1001 is kept")
    await expect(kept).to_be_visible()
    await seat.look("kept-typed")
    await seat.page.set_viewport_size(TALL)
    await seat.say("/keep R-4711")
    await expect(seat.page.locator("[data-message]", has_text="R-4711").last).to_be_visible()


async def test_of_four_guests_one_card_tells_and_leads_to_them(clinic: Clinic, seat: Seat) -> None:
    for name in ("ana", "bo", "cy", "di"):
        await has_accepted(clinic, f"{name}@fabrikam.com")
    await days_pass(clinic, 91)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    card = await seat.card("The same is true of 3 more guests of Health Records.")
    await seat.picture("inactive-many", card)
    await seat.look("inactive-many")
    await seat.page.set_viewport_size(TALL)
    await card.get_by_role("button", name="Show these guests").click()
    await expect(seat.cards("4 guests of Health Records")).to_have_count(1)
    await seat.look("inactive-list")


async def test_megan_is_warned_before_the_end_of_a_term(clinic: Clinic, seat: Seat) -> None:
    await has_accepted(clinic)
    await test_access_ends.ages(clinic, timedelta(days=80))
    await test_access_ends.ages(clinic, timedelta())
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    card = await seat.card("An access nears its end")
    await expect(card).to_contain_text("loses this access to Health Records")
    await seat.picture("warning", card)
    await seat.look("warning")
    await seat.page.set_viewport_size(TALL)
    await card.get_by_role("button", name="Show request").click()
    await expect(seat.cards("✓ Accepted").or_(seat.cards("✓ Delivered")).first).to_be_visible()

"""`/protect` in a real browser: where guests come in with a password alone, and one app of it."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records

CHAT = "guestlist"
TALL: ViewportSize = {"width": 1280, "height": 1200}

pytestmark = IN_A_BROWSER


async def test_an_owner_sees_the_gap_and_what_would_close_it(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)
    await clinic.switch(guestMfa="reportOnly")
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say("/protect")
    card = await seat.card("What guests face at sign-in")
    await expect(card).to_contain_text("1 guest needs no second factor")
    await expect(card).to_contain_text("With what only reports so far: Second factor: all")
    await seat.picture("protect", card)
    await seat.look("protect")
    await card.get_by_text("Health Records").click()
    await expect(await seat.card("What guests of Health Records face at sign-in")).to_be_visible()

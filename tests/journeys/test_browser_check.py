"""`/check` in a real browser: what stands in the way, what is fine on demand, and again once it is mended."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic

CHAT = "guestlist"
TALL: ViewportSize = {"width": 1280, "height": 1400}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_an_owner_sees_before_the_request_what_would_stop_the_guest(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(crossTenantPartner="blocked", domainListPermission=False)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say('/check ana@fabrikam.com to "Health Records"')
    card = await seat.card("Can this guest get into Health Records?")
    await expect(card).to_contain_text("People from fabrikam.com are kept out")
    await expect(card).to_contain_text("The tenant's list of domains: not checked")
    fine = card.get_by_text("Health Records guests takes guests and is assigned")
    await expect(fine).to_be_hidden()
    await seat.picture("check", card)
    await seat.look("check")
    await card.get_by_role("button", name="What is fine").click()
    await expect(fine).to_be_visible()
    await seat.say("/check @outlook.com")
    other = await seat.card("Can guests from outlook.com be invited?")
    await expect(other).to_contain_text("Not sure: one check not made")
    await other.get_by_role("button", name="Check again").click()
    await expect(await seat.card("Can guests from outlook.com be invited?")).to_be_visible()

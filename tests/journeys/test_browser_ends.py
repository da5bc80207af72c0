"""An access ends, in a real browser: what is asked before it is removed, and what the channel reads after."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records

CHANNEL, CHAT = "partner-onboarding", "guestlist"

pytestmark = IN_A_BROWSER


async def test_megan_reads_what_ana_loses_and_the_channel_that_it_has_ended(
    clinic: Clinic, seat: Seat
) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.say("/show R-1001")
    card = await seat.card("✓ Delivered")
    await card.get_by_role("button", name="Remove access").click()
    await expect(card).to_contain_text("The account and other accesses stay.")
    await seat.picture("remove", card)
    await seat.look("remove")
    await card.get_by_role("button", name="Remove the access").click()

    await seat.be("diego", CHANNEL)
    ended = await seat.card("– Ended")
    await expect(ended).to_contain_text("Megan Bowen removed the access")
    await seat.picture("ended", ended)
    await seat.look("ended")
    await expect(seat.directory).to_contain_text("ana@fabrikam.com")

"""An undo in a real browser: what can be undone, what cannot, and what the channel reads after."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records

CHANNEL, CHAT = "partner-onboarding", "guestlist"

pytestmark = IN_A_BROWSER


async def test_megan_reads_what_cannot_be_undone_and_undoes_the_rest(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.say("/undo")
    listed = await seat.card("You can undo 1 thing")
    await listed.get_by_role("button", name="Undo R-1001 …").click()
    card = await seat.card("Nothing is undone yet")
    await expect(card).to_contain_text("What cannot be undone")
    await expect(card).to_contain_text("is blocked now, and deleted in 7 days")
    await seat.picture("undo", card)
    await seat.look("undo")
    await card.get_by_role("button", name="Undo it").click()

    await seat.be("diego", CHANNEL)
    undone = await seat.card("– Undone")
    await expect(undone).to_contain_text("Megan Bowen undid it")
    await seat.picture("undone", undone)
    await seat.look("undone")

"""An access that was removed is given again, in a real browser: what stays first, and the old end after."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, settled, told

CHANNEL, CHAT = "partner-onboarding", "guestlist"

pytestmark = IN_A_BROWSER


async def test_megan_gives_again_what_she_removed_by_mistake(clinic: Clinic, seat: Seat) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)
    await told(clinic, "megan", "/remove R-1001")
    await clinic.card("diego", "Ended", "channel")
    await settled(clinic)

    await seat.be("megan", CHAT)
    await seat.say("/undo")
    listed = await seat.card("You can undo 1 thing")
    await expect(listed).to_contain_text("taken away")
    await listed.get_by_role("button", name="Undo R-1001 …").click()
    card = await seat.card("Nothing is undone yet")
    await expect(card).to_contain_text("was without access since")
    await expect(card).to_contain_text("gets this access to Health Records again")
    await expect(card).to_contain_text("as was approved")
    await seat.picture("undo-removed", card)
    await seat.look("undo-removed")
    await card.get_by_role("button", name="Undo it").click()
    await seat.card("Megan Bowen undid its end")

    await seat.be("diego", CHANNEL)
    back = await seat.card("Next: Ana accepts the invitation")
    await expect(back).to_contain_text("Health Records")
    await seat.look("given-again")
    await settled(clinic)
    assert len(await clinic.ledger("member.added")) + len(await clinic.ledger("assignment.added")) == 2

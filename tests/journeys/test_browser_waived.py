"""A waived request in a real browser: what the channel sees of it, and its approver of one too many."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.test_waived import WAIVER, ask

CHANNEL = "partner-onboarding"
CHAT = "guestlist"

pytestmark = IN_A_BROWSER


async def test_the_channel_sees_what_was_approved_automatically_and_adele_what_was_not(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say(ask("bo"))
    await seat.be("diego", CHANNEL)
    done = await seat.card("✓ Delivered")
    await expect(done).to_contain_text(f"Automatic: {WAIVER}")
    await seat.look("waived")
    await seat.picture("waived", done)

    for who in ("ana", "cy", "di"):
        await clinic.say("megan", ask(who), "channel")
    await seat.be("adele", CHAT)
    asked = await seat.card("Waiting for your decision")
    await expect(asked).to_contain_text(f"Not automatic: the waiver {WAIVER} holds for 3 requests at most")
    await seat.look("waived-no-more")
    await seat.picture("waived-no-more", asked)
    await asked.get_by_role("button", name="Approve").click()
    await seat.card("✓ Delivered")
    assert len(await clinic.ledger("invitation.created")) == 4

"""An approver goes on holiday in a real browser: the form, the delegate's card, and what everybody reads."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.test_delegation import ASK

CHANNEL = "partner-onboarding"
CHAT = "guestlist"

pytestmark = IN_A_BROWSER


async def test_an_approver_delegates_by_the_form_and_the_delegate_approves(
    clinic: Clinic, seat: Seat
) -> None:
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    await seat.be("alex", CHAT)
    await seat.say("/delegate")
    await (await seat.card("Nobody decides for you")).get_by_role("button", name="Choose somebody").click()
    form = seat.page.locator("dialog[open]")
    who = form.get_by_role("combobox", name="Who decides for you")
    await who.press_sequentially("dieg")
    await form.get_by_role("option", name="Diego Siciliani").click()
    await form.get_by_label("Until, that day included").fill(until)
    await seat.look("delegate-form")
    await form.get_by_role("button", name="Delegate").click()
    await expect(form).to_contain_text("Diego Siciliani decides for you")
    await seat.be("alex", CHAT)
    await seat.say("/delegate")
    await seat.card("Diego Siciliani decides for you")
    await seat.look("delegate-holds")

    await seat.be("diego", CHAT)
    await seat.say("/help")
    await seat.be("megan", CHANNEL)
    await seat.say(ASK)
    await expect(await seat.card("Waiting for approval")).to_contain_text("Diego Siciliani for Alex Wilber")
    await seat.be("diego", CHAT)
    asked = await seat.card("You decide for Alex Wilber, until")
    await seat.look("delegated")
    await seat.picture("delegated", asked)
    await asked.get_by_role("button", name="Approve").click()
    await seat.be("megan", CHANNEL)
    done = await seat.card("✓ Delivered")
    await expect(done).to_contain_text("Diego Siciliani, for Alex Wilber")
    await seat.look("delegated-delivered")
    assert len(await clinic.ledger("invitation.created")) == 1

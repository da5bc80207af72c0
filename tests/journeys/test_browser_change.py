"""A guest's details in a real browser: from the guest's card to the form, and what is there after it."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records, settled

CHAT = "guestlist"
ANA = "ana@fabrikam.com"
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_an_owner_changes_name_and_sponsor_of_a_guest_and_reads_what_was(
    clinic: Clinic, seat: Seat
) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(f"/guest {ANA}")
    guest = await seat.card("Waiting for Ana to accept")
    await guest.get_by_role("button", name="Change", exact=True).click()
    form = await seat.card("It is written to the directory for every app of Ana")
    await seat.picture("change", form)
    await seat.look("change")
    await seat.page.set_viewport_size(TALL)
    await form.get_by_role("textbox").nth(0).fill("Ana Sousa")
    await form.get_by_role("textbox").nth(1).fill("Fabrikam Iberia")
    await form.get_by_role("textbox").nth(2).fill("Alex Wilber")
    await form.get_by_role("button", name="Change", exact=True).click()
    await settled(clinic)
    done = await seat.card("It was read back.")
    await expect(done).to_contain_text("Megan Bowen → Alex Wilber")
    await seat.picture("changed", done)
    await seat.look("changed")
    await expect(seat.directory.locator(f'[data-guest="{ANA}"]')).to_contain_text("Ana Sousa")


async def test_an_owner_asks_anew_for_a_guest_who_has_another_address(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(f"/change {ANA} address ana@adatum.com")
    asked = await seat.card("Ask for ana@adatum.com anew?")
    await seat.picture("new-address", asked)
    await seat.look("new-address")
    await seat.page.set_viewport_size(TALL)
    await asked.get_by_role("textbox").fill("Works for Adatum now, and goes on with the audit")
    await asked.get_by_role("button", name="Ask for new access").click()
    sent = await seat.card("Asked: R-1002")
    await expect(sent).to_contain_text("Whoever decides is asked")

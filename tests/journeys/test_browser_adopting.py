"""Adopting in a real browser: the row, the card with the end, and the list that knows it."""

from playwright.async_api import expect

from access.rules.model import DEFAULT_ACCESS
from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records

pytestmark = IN_A_BROWSER


async def test_an_owner_adopts_what_an_admin_gave_by_hand(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await clinic.act(act="assign", address="ana@fabrikam.com", app="patient-portal", role=DEFAULT_ACCESS)

    await seat.be("megan", "guestlist")
    await seat.say("/guests Patient Portal")
    rows = await seat.card("1 guest of Patient Portal")
    await expect(rows).to_contain_text("No end known to Guestlist")
    await rows.get_by_text("ana@fabrikam.com").first.click()
    offer = await seat.card("Ana has Patient Portal, not by Guestlist")
    await offer.get_by_role("textbox").fill("until 2030-03-31")
    await seat.picture("adopt", offer)
    await seat.look("adopt")
    await offer.get_by_role("button", name="Adopt").click()
    adopted = await seat.card("Adopted as R-1002")
    await expect(adopted).to_contain_text("It ends on Sun 31 Mar 2030")
    await seat.look("adopted")

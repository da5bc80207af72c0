"""The guests of an app, in a real browser: the list, some of them alone, and one of them."""

from playwright.async_api import ViewportSize, expect

from access.rules.model import DEFAULT_ACCESS
from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import ana_is_given_health_records, approve, settled

CHAT = "guestlist"
TALL: ViewportSize = {"width": 1280, "height": 1100}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_an_owner_lists_the_guests_of_an_app_filters_and_opens_one(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    for line in (INVITE, INVITE.replace("ana@", "ben@").replace("90d", "9d")):
        await clinic.say("megan", line, "channel")
        await approve(clinic)
        await settled(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say('/guests "Health Records"')
    every = await seat.card("2 guests of Health Records")
    await expect(every).to_contain_text("Near its end 1")
    await seat.picture("guests", every)
    await seat.look("guests")
    await seat.page.set_viewport_size(TALL)

    await every.get_by_role("button", name="Filter or sort").click()
    await every.locator("select").first.select_option("ending")
    await every.get_by_role("button", name="Show these guests").click()
    some = await seat.card("Shown: Whose access ends within 14 days (1).")
    await expect(some).not_to_contain_text("ana@fabrikam.com")
    await some.get_by_text("ben@fabrikam.com").first.click()
    await seat.card("has not accepted")


async def test_an_owner_of_several_apps_has_all_their_guests_in_one_list(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await clinic.act(act="assign", address="ana@fabrikam.com", app="patient-portal", role=DEFAULT_ACCESS)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say("/guests")
    chooser = await seat.card("Guests of which app?")
    await chooser.get_by_role("button", name="All apps together").click()
    every = await seat.card("2 guest accesses to your apps")
    await expect(every).to_contain_text("Patient Portal · ana@fabrikam.com")
    await seat.picture("guests-all", every)
    await seat.look("guests-all")

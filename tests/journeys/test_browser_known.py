"""What an approver sees of a request that will fail, in a real browser: the line, and the second press."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic

CHAT = "guestlist"

pytestmark = IN_A_BROWSER


async def test_an_approver_is_told_what_will_fail_and_presses_twice(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(crossTenantPartner="blocked", domainListPermission=False)
    await clinic.say("megan", INVITE, "channel")
    await seat.be("alex", CHAT)
    card = await seat.card("this will fail.")
    await expect(card).to_contain_text("People from fabrikam.com are kept out. One thing could not be read.")
    await seat.picture("known-before", card)
    await seat.look("known-before")
    await card.get_by_role("button", name="Approve", exact=True).click()
    again = await seat.card("Not approved: it would fail")
    await expect(again).to_contain_text("/approve R-1001 anyway")
    await seat.picture("approve-anyway", again)
    await seat.look("approve-anyway")
    await again.get_by_role("button", name="Approve anyway").click()
    await expect(await seat.card("Delivery failed")).to_contain_text("do not allow guests from fabrikam.com")


async def test_a_requestor_sees_that_nothing_was_found(clinic: Clinic, seat: Seat) -> None:
    await clinic.say("megan", INVITE, "personal")
    await seat.be("megan", CHAT)
    card = await seat.card("nothing that would fail was found")
    await expect(card.get_by_role("button", name="Will it work?")).to_be_visible()
    await seat.look("known-by-requestor")

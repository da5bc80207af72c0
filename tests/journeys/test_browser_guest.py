"""A guest who is stuck, in a real browser: somebody invites again by hand, and `/guest` says so."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, settled

CHAT = "guestlist"
ANA = "ana@fabrikam.com"
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_a_guest_whose_link_was_replaced_is_shown_as_stuck_and_why(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    box = seat.directory.locator(f'[data-guest="{ANA}"]')
    await box.get_by_role("button", name="Invite again by hand").click()
    await expect(seat.directory).to_contain_text("invitation byHand")
    await seat.say(f"/guest {ANA}")
    stuck = await seat.card("Stuck: the link no longer works")
    await expect(stuck).to_contain_text("Isaiah Langer invited Ana again")
    await seat.picture("guest-stuck", stuck)
    await seat.look("guest-stuck")
    await seat.page.set_viewport_size(TALL)

    await stuck.get_by_role("button", name="Send new link").click()
    made = await seat.card("A new link is on its way")
    await seat.picture("guest-relinked", made)
    await seat.look("guest-relinked")
    await seat.page.set_viewport_size(TALL)
    await settled(clinic)
    mails = [one["detail"] for one in await clinic.ledger("mail.sent")]
    assert [one["linkIsNewest"] for one in mails] == [True, True]
    await seat.be("ana")
    await expect(seat.guest.locator("article.mail")).to_have_count(2)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)

    await clinic.switch(policyPermission=False, signInLicence=False)
    await clinic.act(act="disable", address=ANA)
    await seat.say(f"/guest {ANA}")
    unread = await seat.card("Stuck: the account is disabled")
    await expect(unread).to_contain_text("not licensed to know")
    await seat.picture("guest-unread", unread)
    await seat.look("guest-unread")

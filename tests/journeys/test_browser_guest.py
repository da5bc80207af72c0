"""A guest who is stuck, in a real browser: somebody invites again by hand, and `/guest` says so."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records, settled

CHAT = "guestlist"
ANA = "ana@fabrikam.com"
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_a_guest_whose_link_was_replaced_is_shown_as_stuck_and_why(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)

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


async def test_a_guest_with_another_account_accepts_anew(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await clinic.act(act="accept", address=ANA)
    await clinic.card("megan", "✓ Ana accepted", "channel")
    await clinic.act(act="signIn", address=ANA, code=50020, app="health-records")

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(f"/guest {ANA}")
    stuck = await seat.card("Stuck: signed in as somebody else")
    await seat.picture("guest-other-account", stuck)
    await seat.look("guest-other-account")
    await seat.page.set_viewport_size(TALL)
    await stuck.get_by_role("button", name="Accept anew").click()
    await expect(stuck).to_contain_text("cannot sign in until the new invitation is accepted")
    await stuck.get_by_role("button", name="Reset redemption").click()
    begun = await seat.card("Ana is to accept anew")
    await seat.look("guest-reset")
    await seat.page.set_viewport_size(TALL)
    await expect(begun).to_contain_text("Megan Bowen had it made")
    await settled(clinic)
    await seat.say("/reset R-1001")
    again = seat.cards("Megan Bowen had it made")
    await expect(again).to_have_count(2)

    await seat.be("ana")
    mails = seat.guest.locator("article.mail")
    await expect(mails).to_have_count(2)
    await seat.look("guest-reset-mail")
    await clinic.card("megan", "Next: Ana accepts anew", "channel")
    await clinic.act(act="accept", address=ANA)
    await clinic.card("megan", "can use Health Records", "channel")


async def test_accepting_anew_is_typed_as_well(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(f"/reset {ANA}")
    await expect(await seat.card("so there is nothing to reset")).to_contain_text("Nothing was sent")
    await clinic.act(act="accept", address=ANA)
    await clinic.card("megan", "✓ Ana accepted", "channel")
    await seat.say(f"/reset {ANA}")
    begun = await seat.card("Ana is to accept anew")
    await expect(begun).to_contain_text("and the old link dies")
    await settled(clinic)
    assert len(await clinic.ledger("mail.sent")) == 2


async def test_a_new_link_is_typed_as_well_and_needs_no_more_than_the_address(
    clinic: Clinic, seat: Seat
) -> None:
    await ana_is_given_health_records(clinic)
    await settled(clinic)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say("/resend Ana")
    await expect(seat.cards("Send a guest a new link").first).to_be_visible()
    await seat.say(f"/resend {ANA}")
    made = await seat.card("A new link is on its way")
    await expect(made).to_contain_text("Megan Bowen had it made")
    await settled(clinic)
    mails = [one["detail"] for one in await clinic.ledger("mail.sent")]
    assert [one["linkIsNewest"] for one in mails] == [True, True]
    await clinic.act(act="accept", address=ANA)
    await clinic.card("megan", "✓ Ana accepted", "channel")
    await seat.say(f"/resend {ANA}")
    await expect(await seat.card("needs no link")).to_be_visible()

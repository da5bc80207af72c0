"""The forecast and the guest's sign-in, side by side in a real browser: stopped by what was foreseen."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, settled, told
from tests.journeys.test_browser_gates import COUNTRIES, TERMS, prove, sign_in

CHAT, PLATFORMS = "guestlist", "Guests: known platforms only"
TALL: ViewportSize = {"width": 1280, "height": 1400}

pytestmark = IN_A_BROWSER


async def test_the_forecast_says_who_will_be_stopped_and_the_guest_is_stopped_there(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(auditLag=0, guestMfa=True)
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="enabled")
    await seat.be("lidia", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say('/check ana@fabrikam.com to "Health Records"')
    card = await seat.card("Can this guest get into Health Records?")
    blocked = card.get_by_text(f"blocked by {COUNTRIES}")
    await expect(blocked).to_be_hidden()
    await card.get_by_role("button", name="Sign-in by place and device").click()
    await expect(blocked).to_be_visible()
    await expect(card).to_contain_text("From Canada, United States")
    await expect(card).to_contain_text("MFA, to be registered here")
    await seat.picture("check-sign-in", card)
    await seat.look("check-sign-in")

    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)
    await seat.be("ana")
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await sign_in(seat, "Brazil")
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    stopped = seat.guest.get_by_role("main")
    await expect(stopped).to_contain_text("You cannot get to Health Records now")
    await seat.guest.get_by_role("button", name="Sign in from elsewhere").click()
    await sign_in(seat, "Canada")
    await expect(seat.guest.get_by_text("you have not set up there yet")).to_be_visible()


async def test_platform_second_factor_and_terms_of_use_are_foreseen_and_then_met(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(auditLag=0, guestMfa=True)
    for policy in (PLATFORMS, TERMS):
        await clinic.act(act="setPolicy", policy=policy, state="enabled")
    await seat.be("lidia", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say('/check ana@fabrikam.com to "Health Records"')
    card = await seat.card("Can this guest get into Health Records?")
    await card.get_by_role("button", name="Sign-in by place and device").click()
    await expect(card.get_by_text(f"another system: blocked by {PLATFORMS}")).to_be_visible()
    await expect(card).to_contain_text("MFA, to be registered here, terms of use")
    await seat.look("check-platform-terms")

    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)
    await seat.be("ana")
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await sign_in(seat, "Canada", "Chrome OS, or another")
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    await expect(seat.guest.get_by_role("main")).to_contain_text("You cannot get to Health Records now")
    await seat.look("gate-platform")
    await seat.guest.get_by_role("button", name="Sign in from elsewhere").click()
    await sign_in(seat, "Canada")
    await expect(seat.guest.get_by_text("you have not set up there yet")).to_be_visible()
    await prove(seat, "Set up and verify")
    await expect(seat.guest.get_by_role("heading", name="Terms of use")).to_be_visible()
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()


async def test_an_approver_opens_beside_the_card_whether_it_will_work(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(crossTenantPartner="blocked")
    await clinic.say("megan", INVITE, "channel")
    await seat.be("alex", CHAT)
    card = await seat.card("Waiting for your decision")
    await told(clinic, "megan", "/check R-1001")  # a dialog waits four seconds, and a computer may be busy
    await card.get_by_role("button", name="Will it work?").click()
    dialog = seat.page.get_by_role("dialog", name="Will it work?")
    await expect(dialog).to_contain_text("People from fabrikam.com are kept out")
    await dialog.get_by_role("button", name="Sign-in by place and device").click()
    await expect(dialog).to_contain_text("MFA, to be registered here")
    await seat.picture("will-it-work", dialog)
    await seat.look("will-it-work")

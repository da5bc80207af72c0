"""Protecting an app in a real browser: drafted, approved, watched, enforced, and the guest who is stopped."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, settled

CHAT = "guestlist"
WISH = '/protect "Health Records" mfa locations "Clinic network"'
TALL: ViewportSize = {"width": 1280, "height": 1500}

pytestmark = IN_A_BROWSER


async def test_an_app_is_protected_and_a_guest_is_stopped(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(guestMfa=False, auditLag=0)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(WISH)
    draft = await seat.card("Nothing is changed yet")
    await expect(draft).to_contain_text("Would stop 1 guest in part")
    await seat.picture("protecting-draft", draft)
    await seat.look("protecting-draft")
    await draft.get_by_role("button", name="Send for approval").click()
    await seat.card("An approval has it made")

    await seat.be("isaiah", CHAT)
    await seat.page.set_viewport_size(TALL)
    waits = await seat.card("Waiting for your decision")
    await waits.get_by_role("button", name="Approve", exact=True).click()
    watched = await seat.card("nobody is stopped by it")
    await seat.look("protecting-watched")
    assert [one["detail"]["state"] for one in await clinic.ledger("policy.added")] == [
        "enabledForReportingButNotEnforced"
    ] * 2

    await watched.get_by_role("button", name="Enforce", exact=True).click()
    now = await seat.card("You approve with this press")
    await seat.picture("protecting-enforce", now)
    await now.get_by_role("button", name="Enforce now").click()
    await seat.card("guests face it at each sign-in")
    await seat.look("protecting-enforced")

    await seat.be("ana")
    await seat.page.set_viewport_size(TALL)
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await seat.guest.get_by_role("combobox", name="You are in").select_option(label="Brazil")
    await seat.guest.get_by_role("button", name="Sign in with Fabrikam Clinics").click()
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    stopped = seat.guest.get_by_role("main")
    await expect(stopped).to_contain_text("You cannot get to Health Records now")
    await expect(stopped).to_contain_text("53003")
    await seat.picture("protecting-stopped", stopped)

"""Protecting an app in a real browser: drafted, approved, watched, enforced, and the guest who is stopped."""

from playwright.async_api import Locator, ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, button, send, settled
from tests.journeys.ageing import DAY, protection_ages
from tests.journeys.test_browser_gates import sign_in

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


async def asked(clinic: Clinic, seat: Seat) -> Locator:
    """Have it made, have Ana come in from where it would stop her, and let its days pass.

    Return the card by which Isaiah is asked, which is newer than that on which he decided.
    """
    await clinic.switch(guestMfa=False, auditLag=0)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)
    await clinic.say("megan", f"{WISH} send")
    waits = await clinic.card("isaiah", "Waiting for your decision")
    await send(clinic, "isaiah", "personal", button(waits, "approval.approve"))
    await clinic.card("isaiah", "nobody is stopped by it")
    await seat.be("ana")
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await sign_in(seat, "Brazil")
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()
    await settled(clinic)
    await protection_ages(clinic, 15 * DAY)
    await seat.be("isaiah", CHAT)
    await seat.page.set_viewport_size(TALL)
    both = seat.cards("A security admin decides")
    await expect(both).to_have_count(2)
    return both.last


async def test_after_its_days_a_card_says_whom_it_would_have_stopped_and_it_is_enforced(
    clinic: Clinic, seat: Seat
) -> None:
    asks = await asked(clinic, seat)
    await expect(asks).to_contain_text("1 guest met it since")
    await expect(asks).to_contain_text("1 would have been stopped, 0 asked for more.")
    await seat.picture("protecting-asks", asks)
    await seat.look("protecting-asks")
    await asks.get_by_role("button", name="Enforce", exact=True).click()
    now = await seat.card("You approve with this press")
    await now.get_by_role("button", name="Enforce now").click()
    await seat.card("guests face it at each sign-in")


async def test_after_its_days_it_goes_on_only_reporting_and_is_removed(clinic: Clinic, seat: Seat) -> None:
    asks = await asked(clinic, seat)
    await asks.get_by_role("button", name="Keep watching").click()
    kept = await seat.card("the security admins are asked what becomes of it")
    await seat.look("protecting-kept")
    await seat.page.set_viewport_size(TALL)
    await kept.get_by_role("button", name="Remove", exact=True).click()
    await kept.get_by_role("button", name="Remove policies").click()
    await seat.card("its policies are gone")
    await seat.look("protecting-removed")
    assert len(await clinic.ledger("policy.deleted")) == 2

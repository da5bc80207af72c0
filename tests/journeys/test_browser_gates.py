"""A guest at the gate, in a real browser: stopped from the wrong place, let in from the right one."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, settled

CHAT = "guestlist"
COUNTRIES, TERMS = "Health Records: only where we work", "Health Records: terms of use"
TALL: ViewportSize = {"width": 1280, "height": 1100}

pytestmark = IN_A_BROWSER


async def sign_in(seat: Seat, place: str, platform: str = "Windows") -> None:
    await seat.guest.get_by_role("combobox", name="You are on").select_option(label=platform)
    await seat.guest.get_by_role("combobox", name="You are in").select_option(label=place)
    await seat.guest.get_by_role("button", name="Sign in with Fabrikam Clinics").click()


async def prove(seat: Seat, button: str) -> None:
    shown = await seat.guest.locator("#authenticator").inner_text()
    await seat.guest.get_by_label("Code from the app").fill(shown)
    await seat.guest.get_by_role("button", name=button, exact=True).click()


async def test_a_guest_is_stopped_from_the_wrong_place_and_gets_in_from_the_right_one(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(auditLag=0)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)
    await seat.be("megan", CHAT)
    for policy in (COUNTRIES, TERMS):
        await seat.directory.get_by_role("combobox", name=policy).select_option(label="On")
        await expect(seat.directory.locator("li", has_text=policy).first).to_contain_text("policy updated")
    await seat.directory.get_by_role("heading", name="Conditional Access").scroll_into_view_if_needed()
    await seat.look("gates-policies")

    await seat.be("ana")
    await seat.page.set_viewport_size(TALL)
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await sign_in(seat, "Brazil", "iPhone or iPad")
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    stopped = seat.guest.get_by_role("main")
    await expect(stopped).to_contain_text("You cannot get to Health Records now")
    await expect(stopped).to_contain_text("53003")
    await expect(stopped).to_contain_text("Brazil")
    await seat.picture("gate-stopped", stopped)
    await seat.look("gate-stopped")

    await seat.guest.get_by_role("button", name="Sign in from elsewhere").click()
    await expect(seat.guest.get_by_role("combobox", name="You are in")).to_be_visible()
    await seat.look("gate-chooser")
    await sign_in(seat, "Canada")
    await expect(seat.guest.get_by_text("you have not set up there yet")).to_be_visible()
    await seat.look("gate-register")
    await prove(seat, "Set up and verify")
    await expect(seat.guest.get_by_role("heading", name="Terms of use")).to_be_visible()
    await seat.look("gate-terms")
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()

    await seat.guest.get_by_role("link", name="My Apps").click()
    await seat.guest.get_by_role("button", name="Sign in from elsewhere").click()
    await sign_in(seat, "Clinic network (203.0.113.0/24)", "Linux")
    await prove(seat, "Verify")
    await seat.guest.get_by_role("link", name="Health Records").click()
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()
    codes = [one["detail"]["code"] for one in await clinic.ledger("guest.signedIn")]
    assert codes == [53003, 50079, 50158, 0, 0, 50076, 0, 0]
    assert len(await clinic.ledger("terms.accepted")) == len(await clinic.ledger("method.registered")) == 1

"""The slash menu, and the actions beside the box and on a message, in a real browser and by the keyboard."""

import re

from playwright.async_api import Locator, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic

CHANNEL = "partner-onboarding"
ANA = "ana@fabrikam.com"
ONLY_YOU = "Only you can see this"

pytestmark = IN_A_BROWSER


def box(seat: Seat) -> Locator:
    return seat.page.get_by_role("textbox", name="Message in")


async def send_form(seat: Seat, address: str) -> None:
    """Fill what the form needs and send it."""
    form = seat.page.get_by_role("dialog", name="Invite a guest")
    await form.get_by_role("textbox", name="Guest's address").fill(address)
    await form.get_by_role("textbox", name="Guest's name").fill("Ana Ruiz")
    await form.get_by_role("combobox", name=re.compile(r"^App\b")).fill("hea")
    await form.get_by_role("option", name="Health Records").click()
    await form.get_by_role("textbox", name="Justification").fill("She runs the March audit of the records.")
    await form.get_by_role("button", name="Send request").click()


async def test_a_slash_opens_the_form_and_its_request_is_the_threads_card(clinic: Clinic, seat: Seat) -> None:
    await seat.be("megan", CHANNEL)
    await box(seat).press_sequentially("/")
    menu = seat.page.get_by_role("listbox", name="Commands")
    await expect(menu.get_by_role("option", name="help")).to_be_visible()
    await seat.look("slash")
    await box(seat).press_sequentially("invite a")
    await expect(menu).to_be_hidden()
    await box(seat).fill("/give")
    await expect(menu.get_by_role("option")).to_have_count(1)
    await box(seat).fill("/")
    await menu.get_by_role("option", name=re.compile("^Invite a guest")).click()

    form = seat.page.get_by_role("dialog", name="Invite a guest")
    await expect(form).to_contain_text("You get the answer here")
    await send_form(seat, "ana@mailinator.com")
    await expect(form).to_contain_text("Not sent: 1 field needs a change")
    await expect(form.get_by_role("textbox", name="Guest's name")).to_have_value("Ana Ruiz")
    await seat.look("slash-returned")
    await send_form(seat, ANA)
    await expect(form).to_have_count(0)
    await seat.card("Waiting for approval")
    await seat.look("slash-card")

    await seat.be("diego", CHANNEL)
    await expect(await seat.card("Waiting for approval")).not_to_contain_text(ANA)
    await expect(seat.page.locator("[data-message]")).to_have_count(1)


async def test_a_slash_command_by_the_keyboard_is_said_and_answered_in_private(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await box(seat).press_sequentially("/he")
    await box(seat).press("Enter")
    await expect(seat.page.get_by_role("status").filter(has_text="Only you and Guestlist")).to_be_visible()
    await box(seat).press("Enter")
    answer = await seat.card("What you can type")
    await expect(answer).to_contain_text(ONLY_YOU)
    await expect(seat.page.locator("[data-message]").first).to_contain_text(ONLY_YOU)
    await expect(seat.page.get_by_role("textbox", name="Reply")).to_have_count(0)
    await seat.look("private")

    await box(seat).press_sequentially("/he")
    await box(seat).press("Escape")
    await expect(seat.page.get_by_role("listbox", name="Commands")).to_be_hidden()
    await seat.be("diego", CHANNEL)
    await expect(seat.page.get_by_role("log")).to_contain_text("Nothing has been said here yet.")


async def test_an_action_on_a_message_where_guestlist_is_not_leads_to_the_own_chat(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("alex", "audit-week")
    await seat.say(f"Could {ANA} come in for the audit?")
    await seat.be("megan", "audit-week")
    message = seat.page.locator("[data-message]")
    await message.get_by_role("button", name="Actions on this message").press("Enter")
    await expect(seat.page.get_by_role("button", name=re.compile("^Invite a guest"))).to_be_focused()
    await seat.page.keyboard.press("ArrowDown")
    await seat.look("action")
    await seat.page.keyboard.press("ArrowUp")
    await seat.page.keyboard.press("Enter")
    form = seat.page.get_by_role("dialog", name="Invite a guest")
    await expect(form.get_by_role("textbox", name="Guest's address")).to_have_value(ANA)
    await expect(form).to_contain_text("in your own chat with Guestlist")
    await send_form(seat, ANA)
    await expect(form).to_contain_text("R-1001 is sent. You see it in your own chat with Guestlist.")
    await seat.look("sent")
    await form.get_by_role("button", name="Close").last.click()
    await expect(message).to_have_count(1)
    await seat.be("megan", "guestlist")
    await seat.card("Waiting for approval")

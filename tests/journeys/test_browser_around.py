"""What people do around the app, on the page: adding, blocking, renaming, deleting."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser import IN_A_BROWSER, PHONE, WIDE, Seat
from tests.clinic import INVITE, PATIENCE, Clinic
from tests.journeys.acts import settled, waiting_for
from tests.journeys.around import happen

CHANNEL = "partner-onboarding"
CHAT = "guestlist"
BY_NOW_IT_HAS_HEARD = "(async () => { for (let ask = 0; ask < 9; ask++) await fetch('/teams/people'); })()"
LONG = "Partners of all clinics in the north and of their laboratories"

pytestmark = IN_A_BROWSER


async def choose(seat: Seat, title: str) -> None:
    """Choose from the menu of the conversation that one looks at, by the keyboard."""
    await seat.page.get_by_role("button", name="More options").press("Enter")
    menu = seat.page.get_by_role("group", name="More options")
    await menu.get_by_role("button", name=title).press("Enter")
    await expect(menu).to_be_hidden()


async def said(seat: Seat, text: str) -> None:
    await expect(seat.page.get_by_role("status").filter(has_text=text)).to_be_visible()


def heading(seat: Seat) -> Locator:
    return seat.page.get_by_role("main").get_by_role("heading", level=2)


async def test_the_app_is_added_to_a_chat_greets_everybody_there_and_is_removed_again(seat: Seat) -> None:
    await seat.be("megan", "audit-week")
    await expect(seat.page.get_by_role("main")).to_contain_text("Guestlist is not here")
    await choose(seat, "Add Guestlist")
    await seat.card("Bring guests into your apps")
    await said(seat, "Guestlist is added to this chat.")
    await expect(seat.page.get_by_role("button", name="More options")).to_be_focused()
    await seat.look("added")
    await choose(seat, "Update Guestlist")
    await said(seat, "Guestlist is updated.")
    await choose(seat, "Add a person")
    asked = seat.page.get_by_role("dialog", name="Add a person")
    await asked.get_by_label("Person").select_option(label="Nia Chen")
    await seat.look("add-person")
    await asked.get_by_role("button", name="Add").click()
    await said(seat, "A person is added.")
    await choose(seat, "Remove Guestlist")
    await expect(seat.page.get_by_role("main")).to_contain_text("Guestlist is not here")

    await seat.be("nia", "audit-week")
    await seat.card("Bring guests into your apps")


async def test_a_channel_is_renamed_deleted_and_restored_and_its_request_goes_on(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await settled(clinic)
    await seat.be("megan", CHANNEL)
    await seat.card("Waiting for approval")
    await choose(seat, "Rename channel")
    asked = seat.page.get_by_role("dialog", name="Rename channel")
    await expect(asked.get_by_label("Name")).to_have_value("Partner onboarding")
    await seat.page.keyboard.press("Escape")
    await expect(asked).to_have_count(0)
    await choose(seat, "Rename channel")
    await asked.get_by_label("Name").fill(LONG)
    await asked.get_by_label("Name").press("Enter")
    await expect(seat.page.get_by_role("navigation")).to_contain_text(LONG)

    await seat.be("megan", LONG.lower().replace(" ", "-"))
    await seat.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await expect(seat.page.get_by_role("button", name="More options")).to_be_in_viewport(ratio=1)
    await seat.look("renamed")
    await seat.card("Waiting for approval")
    await choose(seat, "Delete channel")
    await seat.look("delete-channel")
    await seat.page.get_by_role("dialog", name="Delete channel").get_by_role("button", name="Delete").click()
    await said(seat, "The channel is deleted.")
    await expect(seat.page.get_by_role("navigation").get_by_role("button", name=LONG)).to_have_count(0)
    await clinic.say("alex", "/approve R-1001")
    await seat.be("megan", CHAT)
    await expect(await seat.card("Delivered")).to_contain_text("no longer write where this was asked")

    await seat.be("megan", "general")
    await choose(seat, f"Restore channel {LONG}")
    await seat.page.get_by_role("navigation").get_by_role("button", name=LONG).click()
    await expect(heading(seat)).to_have_text(f"# {LONG}")


async def test_a_menu_stays_open_under_ones_hand_while_others_change_the_conversation(
    clinic: Clinic, seat: Seat
) -> None:
    """Every choice is made of what was opened; what has changed is seen when the menu is closed."""
    await seat.be("megan", "audit-week")
    await seat.page.get_by_role("button", name="More options").press("Enter")
    menu = seat.page.get_by_role("group", name="More options")
    await happen(clinic, "megan", "join", "Audit week", member="nia")
    await seat.page.evaluate(BY_NOW_IT_HAS_HEARD)
    await expect(menu).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(seat.page.get_by_role("main")).to_contain_text("4 people")


async def test_what_somebody_is_typing_stays_while_others_change_the_conversation(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", "audit-week")
    box = seat.page.get_by_role("textbox", name="Message in")
    await box.fill("half a sent")
    await happen(clinic, "megan", "join", "Audit week", member="nia")
    await expect(seat.page.get_by_role("main")).to_contain_text("4 people")
    await expect(box).to_have_value("half a sent")
    await expect(box).to_be_focused()


@pytest.mark.parametrize(
    ("name", "leads_to"),
    [("As Alex, decide", "Guestlist"), ("Audit week", "Audit week"), ("General", "# General")],
)
async def test_what_is_pressed_beside_the_conversation_acts_though_much_happens_meanwhile(
    clinic: Clinic, seat: Seat, name: str, leads_to: str
) -> None:
    """A press is a going down and a coming up: what it began on must still be there when it ends."""
    await seat.be("megan", CHANNEL)
    await seat.page.get_by_role("button", name=name).hover()
    await seat.page.mouse.down()
    await clinic.say("diego", "good morning", "channel")
    await clinic.say("megan", "/help")
    await expect(seat.page.get_by_role("main")).to_contain_text("good morning")
    await expect(seat.page.get_by_role("navigation").locator(".dot")).to_be_visible()
    await expect(seat.directory).to_contain_text(re.compile(r"[1-9]\d* to Teams"))
    await seat.page.mouse.up()
    await expect(heading(seat)).to_have_text(leads_to)


async def test_who_becomes_somebody_else_stays_so_when_an_earlier_answer_comes_late(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await expect(heading(seat)).to_have_text("# Partner onboarding")
    asked, late = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    await seat.page.route(re.compile("/teams/people"), held, times=1)
    await happen(clinic, "megan", "join", "Audit week", member="nia")
    await asyncio.wait_for(asked.wait(), PATIENCE)
    await seat.page.get_by_role("button", name="As Alex, decide").click()
    await expect(seat.page).to_have_title(re.compile("^Alex"))
    late.set()
    await seat.page.evaluate(BY_NOW_IT_HAS_HEARD)
    await expect(seat.page).to_have_title(re.compile("^Alex"))
    await expect(heading(seat)).to_have_text("Guestlist")


async def test_who_blocks_guestlist_is_told_nothing_more_and_everything_again_when_they_unblock_it(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("alex", CHAT)
    await choose(seat, "Block Guestlist")
    await expect(seat.page.get_by_role("main")).to_contain_text("you have blocked Guestlist")
    await seat.look("blocked")
    await clinic.say("megan", INVITE, "channel")
    await seat.be("megan", CHANNEL)
    named = await seat.card("cannot message")
    await expect(named).to_contain_text("Alex Wilber")
    await expect(named).to_contain_text("/approve R-1001")

    await seat.be("alex", CHAT)
    await expect(seat.page.get_by_role("log")).to_contain_text("Nothing has been said here yet.")
    await choose(seat, "Unblock Guestlist")
    await expect(seat.page.get_by_role("main")).not_to_contain_text("you have blocked Guestlist")
    await seat.say("/help")
    await seat.card("Waiting for your decision")


async def test_a_message_is_changed_and_deleted_in_its_own_menu_and_a_deleted_card_comes_back(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say(f"@Guestlist {INVITE.removeprefix('@Guestlist ')}")
    card = await seat.card("Waiting for approval")
    asked = seat.page.locator("[data-message].mine")
    await asked.get_by_role("button", name="Actions on this message").press("Enter")
    await seat.look("message-menu")
    await seat.page.get_by_role("button", name=re.compile("^Edit message")).press("Enter")
    await seat.page.get_by_role("dialog", name="Edit message").get_by_label("Message").fill("Never mind")
    await seat.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(asked).to_contain_text("Never mind")
    await expect(asked).to_contain_text("edited")

    for message in (asked, card):
        await message.get_by_role("button", name="Actions on this message").press("Enter")
        await seat.page.get_by_role("button", name=re.compile("^Delete message")).press("Enter")
        await expect(message).to_have_count(0)
    await expect(seat.page.get_by_role("log")).to_contain_text("Nothing has been said here yet.")
    await expect(seat.page.get_by_role("main")).to_be_focused()
    await settled(clinic)
    await clinic.say("alex", "/approve R-1001")
    await seat.card("Delivered")


async def test_an_open_menu_stays_at_its_button_and_on_the_screen_whatever_becomes_of_the_window(
    seat: Seat,
) -> None:
    await seat.be("megan", CHANNEL)
    for name in ("Actions and commands", "More options"):
        button = seat.page.get_by_role("button", name=name).last
        menu = seat.page.get_by_role("group", name=name).last
        await button.click()
        await expect(button).to_have_attribute("aria-expanded", "true")
        await seat.look(name)
        for width, height in (PHONE, (700, 420), WIDE):
            await seat.page.set_viewport_size({"width": width, "height": height})
            await expect(menu).to_be_in_viewport(ratio=1)
            at, over = await button.bounding_box(), await menu.bounding_box()
            assert at is not None
            assert over is not None
            gap = min(abs(over["y"] + over["height"] - at["y"]), abs(over["y"] - at["y"] - at["height"]))
            assert gap <= 8, f"{name} at {width} x {height}"
        await seat.page.keyboard.press("Escape")
        await expect(button).to_have_attribute("aria-expanded", "false")
        await expect(button).to_be_focused()

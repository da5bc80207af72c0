"""The ways in of each scope on the page, and the views and the welcome that follow them."""

import re

from playwright.async_api import Locator, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, settled
from tests.journeys.test_browser_around import choose, said
from tests.journeys.test_browser_surfaces import ANA, CHANNEL, ONLY_YOU, box

CHAT, GROUP, DESK, FINDINGS = "guestlist", "records-owners", "fabrikam-desk", "audit-findings"
SAM = "@Guestlist invite Sam <sam.carter@outlook.com> to Health Records for 30d because he tests the export"
WELCOME = "Bring guests into your apps"

pytestmark = IN_A_BROWSER


async def choose_beside_the_box(seat: Seat, title: str) -> None:
    """Choose from the list under + of the box for a new message; titles differ in their first letter."""
    await seat.page.get_by_role("button", name="Actions and commands").last.click()
    menu = seat.page.get_by_role("group", name="Actions and commands")
    await menu.get_by_role("button", name=re.compile(f"^{title}")).click()


async def search(form: Locator, field: str, typed: str, found: str) -> None:
    """Type on in a field that searches, and choose what it finds."""
    await form.get_by_role("combobox", name=re.compile(f"^{field}")).press_sequentially(typed)
    await form.get_by_role("option", name=found).click()


async def is_the_base_card(card: Locator) -> None:
    await expect(card).to_contain_text("no buttons here?")
    await expect(card).not_to_contain_text(ANA)
    await expect(card).not_to_contain_text("March audit")
    await expect(card.locator(".card").get_by_role("button")).to_have_count(0)


async def test_invite_is_chosen_under_plus_in_every_scope_and_typed_in_a_group_chat(seat: Seat) -> None:
    for where, mention in ((CHAT, ""), (CHANNEL, "@Guestlist "), (GROUP, "@Guestlist ")):
        await seat.be("megan", where)
        await choose_beside_the_box(seat, "invite")
        await expect(box(seat)).to_have_value(f"{mention}invite ")
        await box(seat).press("Enter")
        started = await seat.card("Invite a guest")
        await expect(started.get_by_role("button", name="Fill in")).to_be_visible()
        await choose_beside_the_box(seat, "Invite a guest")
        await expect(seat.page.get_by_role("dialog", name="Invite a guest")).to_be_visible()
        await seat.page.keyboard.press("Escape")

    await seat.say(INVITE.replace("/invite", "invite"))
    await expect(await seat.card("Waiting for approval")).to_contain_text(ANA)
    await seat.look("group")
    await seat.be("diego", GROUP)
    await is_the_base_card(await seat.card("Waiting for approval"))


async def test_the_form_of_assign_finds_the_guest_the_sponsor_and_whom_to_ask_first(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("megan", "Delivered", "channel")
    await clinic.guestlist.index.refresh()
    await seat.be("megan", CHAT)
    await seat.say("/assign")
    await (await seat.card("Give a guest an app")).get_by_role("button", name="Fill in").click()
    form = seat.page.get_by_role("dialog", name="Give a guest an app")
    await search(form, "Guest", "ana", f"Ana ({ANA})")
    await search(form, "App", "hea", "Health Records")
    await search(form, "Access in the app", "aud", "Role Auditor")
    await form.get_by_role("textbox", name="Justification").fill("The audit needs the log of reads, too.")
    await search(form, "Sponsor", "lid", "Lidia Holloway")
    await search(form, "Ask first", "nia", "Nia Chen")
    await search(form, "Ask first", "wil", "Alex Wilber")
    await expect(form.get_by_role("combobox", name="Ask first")).to_have_value("Nia Chen, Alex Wilber, ")
    await seat.look("assign")
    await form.get_by_role("button", name="Send request").click()
    await expect(form).to_have_count(0)
    waiting = await seat.card("Waiting for approval")
    await expect(waiting).to_contain_text("Lidia Holloway")
    await expect(waiting).to_contain_text("Role Auditor")


async def test_in_a_shared_channel_another_tenant_reads_the_base_card_and_is_refused_alone(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", DESK)
    await seat.say(INVITE)
    await expect(await seat.card("Waiting for approval")).to_contain_text(ANA)
    await settled(clinic)
    await seat.be("rosa", DESK)
    await is_the_base_card(await seat.card("Waiting for approval"))
    await seat.say(SAM)
    refused = seat.page.locator("[data-message]", has_text=ONLY_YOU)
    await expect(refused).to_contain_text("and no others")
    await seat.look("refused")
    await seat.be("megan", DESK)
    await expect(seat.page.locator("[data-message]")).to_have_count(3)
    await expect(refused).to_have_count(0)


async def test_a_request_in_a_private_channel_is_delivered_before_its_members_alone(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", FINDINGS)
    await seat.say(INVITE)
    await seat.card("Waiting for approval")
    await approve(clinic)
    await seat.card("✓ Delivered")
    await seat.look("private-channel")
    name = seat.page.get_by_role("navigation").get_by_text("Audit findings")
    assert await name.evaluate("it => it.scrollWidth <= it.clientWidth"), "it is read whole beside its kind"
    await seat.be("diego", FINDINGS)
    chats = seat.page.get_by_role("navigation")
    await expect(chats).to_contain_text("Partner onboarding")
    await expect(chats).not_to_contain_text("Audit findings")


async def test_the_card_of_a_thread_lets_the_approver_decide_the_requestor_cancel_and_others_read(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.say("megan", INVITE, "channel")
    await seat.be("diego", CHANNEL)
    await is_the_base_card(await seat.card("Waiting for approval"))
    await seat.be("megan", CHANNEL)
    mine = await seat.card("Waiting for approval")
    await expect(mine.get_by_role("button", name="Cancel")).to_be_visible()
    await expect(mine.get_by_role("button", name="Approve")).to_have_count(0)
    await seat.be("alex", CHANNEL)
    card = await seat.card("Waiting for your decision")
    await seat.look("thread-approver")
    await card.get_by_role("button", name="Approve").click()
    delivered = await seat.card("✓ Delivered")
    await expect(delivered.locator(".card").get_by_role("button")).to_have_count(0)
    await seat.be("alex", CHAT)
    await seat.card("✓ Delivered")


async def test_the_app_leaves_a_team_and_a_chat_and_says_what_to_type_when_it_comes_back(seat: Seat) -> None:
    for where, without, typed in (
        (CHANNEL, "Guestlist is not here", "@Guestlist /invite"),
        (CHAT, "you have not added Guestlist", "Or type /invite"),
    ):
        await seat.be("megan", where)
        await choose(seat, "Remove Guestlist")
        await expect(seat.page.get_by_role("main")).to_contain_text(without)
        await choose(seat, "Add Guestlist")
        await said(seat, "Guestlist is added to")
        welcome = await seat.card(WELCOME)
        await expect(welcome).to_contain_text(typed)
        await seat.look(f"welcome-{where}")
    await welcome.get_by_role("button", name="Invite a guest").click()
    await expect(seat.page.get_by_role("dialog", name="Invite a guest")).to_be_visible()


async def test_where_targeted_messages_are_refused_the_answer_is_in_the_own_chat(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(targetedMessages=403)
    await seat.be("megan", CHANNEL)
    await box(seat).press_sequentially("/he")
    await box(seat).press("Enter")
    await box(seat).press("Enter")
    own = seat.page.get_by_role("navigation").get_by_role("button", name="Guestlist")
    await expect(own).to_contain_text("unread")
    await expect(seat.page.locator("[data-message]")).to_have_count(1)
    await own.click()
    await expect(await seat.card("What you can type")).not_to_contain_text(ONLY_YOU)

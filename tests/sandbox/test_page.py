"""The page in a real browser, with a bot that posts sample cards."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import IN_A_BROWSER, open_page
from tests.sandbox.echo_bot import CARD, CHANNEL, Rig, card_message, small_teams

MESSAGE = "application/vnd.microsoft.activity.message"
SEARCH = "application/vnd.microsoft.search.searchResponse"

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def rig() -> AsyncIterator[Rig]:
    async with small_teams() as rig:
        yield rig


@pytest_asyncio.fixture(loop_scope="session")
async def page(rig: Rig, chromium: Browser) -> AsyncIterator[Page]:
    async with open_page(chromium, rig.origin) as page:
        yield page


def card(text: str, *actions: dict[str, Any], body: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    heading = {"type": "TextBlock", "text": text, "wrap": True}
    return {"type": "AdaptiveCard", "version": "1.5", "body": [heading, *body], "actions": list(actions)}


async def posted(rig: Rig, shown: dict[str, Any], conversation: str = CHANNEL) -> str:
    _, body = await rig.bot.call("POST", f"conversations/{conversation}/activities", card_message(shown))
    return str(body["id"])


APPROVE = {
    "type": "Action.Execute",
    "title": "Approve",
    "verb": "approval.approve",
    "data": {"request": "r1"},
}


APP: dict[str, Any] = {
    "type": "Input.ChoiceSet",
    "id": "app",
    "label": "App",
    "style": "filtered",
    "choices": [],
    "choices.data": {"type": "Data.Query", "dataset": "apps"},
    "isRequired": True,
    "errorMessage": "Choose an app from the list.",
}


async def test_the_line_to_try_is_sent_and_the_answer_stands_in_its_thread(rig: Rig, page: Page) -> None:
    rig.bot.reply = lambda _: card_message(card("Waiting for **approval**"))
    await page.goto(f"{rig.origin}/#as=megan&in=partner-onboarding")
    await page.get_by_role("button", name="Try this").click()
    await page.keyboard.press("Enter")
    thread = page.get_by_role("region", name="Thread")
    await expect(thread).to_contain_text("/invite ana@fabrikam.com to Health Records")
    await expect(thread.locator("strong")).to_have_text("approval")
    assert rig.bot.activities[0]["text"].startswith("<at>Guestlist</at>&nbsp;/invite ana@fabrikam.com")


async def test_another_person_is_chosen_and_presses_a_button_for_themselves(rig: Rig, page: Page) -> None:
    pressed = card("Approved by Alex Wilber")
    rig.bot.answers["adaptiveCard/action"] = lambda _: (
        200,
        {"statusCode": 200, "type": CARD, "value": pressed},
    )
    await posted(rig, card("Shall Ana come in?", APPROVE))
    await page.goto(f"{rig.origin}/#as=megan&in=partner-onboarding")
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    await page.get_by_role("button", name="Be somebody else").click()
    await page.locator("#people").get_by_role("button", name="Alex Wilber").click()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.locator("[data-message]")).to_contain_text("Approved by Alex Wilber")
    assert "as=alex" in page.url
    await page.goto(f"{rig.origin}/#as=megan&in=partner-onboarding")
    await expect(page.locator("[data-message]")).to_contain_text("Shall Ana come in?")


async def test_a_card_is_changed_in_place_when_the_bot_updates_it(rig: Rig, page: Page) -> None:
    message = await posted(rig, card("Delivering (step 2 of 5)"))
    await page.goto(f"{rig.origin}/#as=megan&in=partner-onboarding")
    await expect(page.locator(f'[data-message="{message}"]')).to_contain_text("step 2 of 5")
    where = f"conversations/{CHANNEL}/activities/{message}"
    await rig.bot.call("PUT", where, card_message(card("Delivered")))
    await expect(page.locator(f'[data-message="{message}"][data-revision="2"]')).to_contain_text("Delivered")


async def test_a_form_opens_finds_its_app_and_sends_what_was_chosen(rig: Rig, page: Page) -> None:
    send = {"type": "Action.Submit", "title": "Send request", "data": {"verb": "invite.send"}}
    value = {
        "title": "Invite a guest",
        "card": {"contentType": CARD, "content": card("Form", send, body=(APP,))},
    }
    rows = {
        "results": [{"title": "Health Records", "value": "app-1"}, {"title": "Lab Results", "value": "app-2"}]
    }
    rig.bot.answers |= {
        "task/fetch": lambda _: (200, {"task": {"type": "continue", "value": value}}),
        "task/submit": lambda _: (200, {"task": {"type": "message", "value": "Sent to Alex Wilber."}}),
        "application/search": lambda _: (200, {"statusCode": 200, "type": SEARCH, "value": rows}),
    }
    data = {"verb": "invite.form", "msteams": {"type": "task/fetch"}}
    await posted(rig, card("Invite", {"type": "Action.Submit", "title": "Fill in", "data": data}))
    await page.goto(f"{rig.origin}/#as=megan&in=partner-onboarding")
    await page.get_by_role("button", name="Fill in").click()
    dialog = page.get_by_role("dialog", name="Invite a guest")
    await dialog.get_by_role("button", name="Send request").click()
    await expect(dialog).to_contain_text("Choose an app from the list.")
    await dialog.get_by_role("combobox", name="App").fill("re")
    await expect(dialog.get_by_role("option")).to_have_text(["Health Records", "Lab Results"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("combobox", name="App")).to_have_value("Health Records")
    await dialog.get_by_role("button", name="Send request").click()
    await expect(dialog).to_contain_text("Sent to Alex Wilber.")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    submitted = next(activity for activity in rig.bot.activities if activity["name"] == "task/submit")
    assert submitted["value"]["data"] == {"verb": "invite.send", "app": "app-1"}


async def test_an_answer_in_words_and_a_failure_are_both_said(rig: Rig, page: Page) -> None:
    body = {"statusCode": 200, "type": MESSAGE, "value": "Only owners of Health Records decide this."}
    rig.bot.answers["adaptiveCard/action"] = lambda _: (200, body)
    await posted(rig, card("Shall Ana come in?", APPROVE))
    await page.goto(f"{rig.origin}/#as=diego&in=partner-onboarding")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("status")).to_contain_text("Only owners of Health Records decide this.")
    rig.bot.answers["adaptiveCard/action"] = lambda _: (500, None)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("status")).to_contain_text("Something went wrong")


async def test_what_somebody_wrote_is_text_and_never_markup(rig: Rig, page: Page) -> None:
    await rig.say("alex", "<img src=x onerror=alert(1)>", rig.chat("alex"))
    await rig.bot.call(
        "POST",
        f"conversations/{rig.chat('alex')}/activities",
        card_message(card("<b>bold</b> <at>Alex</at>")),
    )
    await page.goto(f"{rig.origin}/#as=alex&in=guestlist")
    await expect(page.get_by_role("log")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(page.get_by_role("log")).to_contain_text("<b>bold</b>")
    await expect(page.locator(".card .mention")).to_have_text("Alex")
    assert await page.locator(".messages img, .card b").count() == 0


async def test_at_the_width_of_a_phone_nothing_is_wider_than_the_screen(rig: Rig, page: Page) -> None:
    await posted(rig, card("Shall Ana come in?", APPROVE, {**APPROVE, "title": "Ask a question"}))
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.goto(f"{rig.origin}/#as=megan&in=partner-onboarding")
    await expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
    await page.get_by_role("button", name="Directory").click()
    await expect(page.get_by_role("complementary")).to_contain_text("Try this")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""`/show R-…`: the typed twin of *Show request*, for each person what they may see."""

from typing import Any

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import settled, waiting_for

ANA = "ana@fabrikam.com"
WHY = "she runs the March audit"


async def answer(clinic: Clinic, who: str, text: str, where: str = "personal") -> dict[str, Any]:
    """Say something and return what came after it, once nothing more is under way."""
    said = await clinic.say(who, text, where)
    await settled(clinic)
    after = [one for one in await clinic.messages(who, where) if int(one["id"]) > int(said["messageId"])]
    return after[-1]


async def test_who_types_show_sees_what_the_button_shows_them_and_may_press_there(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await settled(clinic)
    asked = spoken(await answer(clinic, "megan", "/show R-1001"))
    assert "Cancel" in asked
    assert ANA in asked
    waiting = await answer(clinic, "alex", "show r-1001")
    assert "Waiting for your decision" in spoken(waiting)
    assert WHY in spoken(waiting)
    pressed = await clinic.press("alex", waiting, "approval.approve")
    assert "Approve changed nothing" not in spoken(pressed["shown"])
    await clinic.card("megan", "Delivered", "channel")


async def test_asked_before_others_it_is_shown_in_ones_own_chat(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await settled(clinic)
    before = await clinic.messages("diego", "channel")
    said = await clinic.say("alex", "@Guestlist /show R-1001", "channel")
    await settled(clinic)
    after = [one for one in await clinic.messages("diego", "channel") if one["id"] != said["messageId"]]
    assert [one["id"] for one in after] == [one["id"] for one in before]
    shown = [one for one in await clinic.messages("alex") if one["card"] and WHY in spoken(one)]
    assert len(shown) == 2, "the card that asked for the decision, and the answer"


async def test_a_number_that_there_is_not_and_none_at_all_are_said(clinic: Clinic) -> None:
    assert "R-7" in spoken(await answer(clinic, "megan", "/show R-7"))
    assert "/show R-1042" in (await answer(clinic, "megan", "/show"))["text"]
    assert "/show" in spoken(await answer(clinic, "megan", "show me the guests"))


async def test_a_card_names_its_commands_with_the_mention_in_the_thread_and_without_in_ones_own_chat(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    asked = spoken(await waiting_for(clinic))
    await settled(clinic)
    assert "@Guestlist" not in asked
    for_all = spoken(await clinic.card("diego", "Waiting for approval", "channel"))
    assert "Type @Guestlist /approve R-1001" in for_all
    own_view = spoken(await clinic.card("alex", "Waiting for your decision", "channel"))
    assert "@Guestlist /deny R-1001" in own_view
    await clinic.say("alex", "@Guestlist /help R-1001", "channel")
    await clinic.card("diego", "@Guestlist /cancel R-1001", "channel")
    await clinic.say("alex", "@Guestlist /show R-1001", "channel")
    await settled(clinic)
    shown = [spoken(one) for one in await clinic.messages("alex") if one["card"]]
    assert not any("@Guestlist /" in one for one in shown), "it was told in their own chat"

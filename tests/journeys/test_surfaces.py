"""Asking in private in a channel, with a slash, and with the message extension: over HTTP, on both sides."""

from typing import Any

import pytest

from tests.clinic import Clinic, spoken, until
from tests.journeys.acts import actions_of, approve, settled, waiting_for
from tests.journeys.forms import Form

ANA = "ana@fabrikam.com"
LINE = f"/invite {ANA} to Health Records for 90d because she runs the March audit"
NEAR = f"/invite {ANA} to Helth Records for 90d because she runs the March audit"
AUDIT_WEEK = "Audit week"
"""A group chat without Guestlist."""
ALEX = "Alex Wilber"
"""Megan's chat with him, in which there is nobody else."""


async def place(clinic: Clinic, who: str, name: str) -> str:
    """Return the id of a conversation by the name that it has on this person's screen."""
    rows = await clinic.get("/teams/conversations", **{"as": who})
    return str(next(row["id"] for row in rows if row["name"] == name))


async def seen(clinic: Clinic, who: str, conversation: str) -> list[dict[str, Any]]:
    answer = await clinic.get("/teams/messages", **{"as": who}, conversation=conversation)
    return list(answer["messages"])


async def aside(clinic: Clinic, text: str, where: str = "channel", thread: str = "") -> str:
    """Say something to Guestlist alone; return the message's id."""
    at, more = await clinic.place("megan", where), {"thread": thread} if thread else {}
    said = await clinic.post(
        "/teams/say", **{"as": "megan"}, conversation=at, text=text, targeted=True, **more
    )
    assert said["status"] == 200
    return str(said["messageId"])


async def compose(clinic: Clinic, conversation: str, command: str = "invite", **more: Any) -> dict[str, Any]:
    """Choose an action of the message extension; return what is shown."""
    body = {"as": "megan", "conversation": conversation, "command": command, **more}
    shown: dict[str, Any] = (await clinic.post("/teams/compose", **body))["shown"]
    return shown


async def filled(clinic: Clinic, shown: dict[str, Any], **answers: str) -> dict[str, Any]:
    """Send the form as it was opened, with a guest, an app and a justification."""
    app = next(app for app in clinic.story.raw["apps"] if app["displayName"] == "Health Records")
    asked = {"address": ANA, "name": "Ana Ruiz", "app": app["id"], "justification": "She runs the audit."}
    return await Form(clinic, "megan", shown["dialog"]).send(**{**asked, **answers})


def public(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if one["from"]["bot"] and not one["onlyYou"]]


# -- targeted messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["channel", "group"])
async def test_asked_aside_the_form_is_offered_aside_and_the_request_is_shown_to_all(
    clinic: Clinic, where: str
) -> None:
    await aside(clinic, "invite", where)
    [_, offered] = await clinic.messages("megan", where)
    assert offered["onlyYou"]
    assert await clinic.messages("diego", where) == []

    opened = await clinic.press("megan", offered, "invite.open", where)
    assert await filled(clinic, opened["shown"]) == {"kind": "nothing"}

    shown = await clinic.card("diego", "Waiting for approval", where)
    assert ANA not in spoken(shown)
    assert not shown["onlyYou"]
    assert shown["thread"] == shown["id"], "a post of its own: nobody else sees what it would hang under"
    assert len(await clinic.messages("diego", where)) == 1


async def test_a_line_asked_aside_opens_a_thread_in_which_the_acceptance_is_told(clinic: Clinic) -> None:
    await aside(clinic, LINE)
    card = await clinic.card("diego", "Waiting for approval", "channel")
    assert card["thread"] == card["id"]
    assert [one["text"] for one in await clinic.messages("megan", "channel") if one["onlyYou"]] == [LINE]

    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    await clinic.act(act="accept", address=ANA)
    told = await clinic.card("diego", "✓ Ana accepted", "channel")
    assert told["thread"] == card["id"]


async def test_asked_aside_in_a_thread_the_request_is_shown_in_that_thread(clinic: Clinic) -> None:
    said = await clinic.say("diego", "Who invites Ana?", "channel")
    await aside(clinic, LINE, thread=said["messageId"])
    assert (await clinic.card("diego", "Waiting for approval", "channel"))["thread"] == said["messageId"]


async def test_a_near_miss_asked_aside_and_its_form_stay_private(clinic: Clinic) -> None:
    await aside(clinic, NEAR)
    guess = await clinic.card("megan", "Health Records", "channel")
    assert guess["onlyYou"]
    opened = await clinic.press("megan", guess, "invite.open", "channel")
    again = await filled(clinic, opened["shown"], address="ana", justification="short")
    form = Form(clinic, "megan", opened["shown"]["dialog"]).again(again)
    assert set(form.errors) >= {"address", "justification"}
    assert (form.values["address"], form.values["justification"]) == ("ana", "short")
    assert await clinic.messages("diego", "channel") == []


@pytest.mark.parametrize("status", [400, 403, 404, 405])
@pytest.mark.parametrize("where", ["channel", "group"])
async def test_a_refused_targeted_answer_goes_to_the_persons_own_chat(
    clinic: Clinic, status: int, where: str
) -> None:
    await clinic.switch(targetedMessages=status)
    await aside(clinic, NEAR, where)
    await clinic.card("megan", ANA)
    assert await clinic.messages("diego", where) == []
    assert public(await clinic.messages("megan", where)) == []


async def test_where_the_own_chat_is_closed_too_nothing_is_said_before_others(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    await clinic.switch(targetedMessages=400)
    own = await clinic.place("megan", "personal")
    await clinic.fault(match={"method": "POST", "path": own.replace(":", ".")}, do="403", times=None)
    await aside(clinic, NEAR)
    assert public(await clinic.messages("megan", "channel")) == []
    assert await clinic.messages("diego", "channel") == []
    assert "An answer could not be posted" in caplog.text


async def test_a_button_of_a_targeted_answer_and_an_old_clients_press_are_answered_privately(
    clinic: Clinic,
) -> None:
    await aside(clinic, NEAR)
    guess = await clinic.card("megan", ANA, "channel")
    action = {"type": "Action.Submit", "data": {"verb": "desk.requests"}}
    body = {"as": "megan", "conversation": await clinic.place("megan", "channel"), "messageId": guess["id"]}
    await clinic.post("/teams/press", **body, action=action)
    await clinic.card("megan", "You have no requests")
    execute = {"type": "Action.Execute", "verb": "desk.requests", "data": {}}
    pressed = await clinic.post("/teams/press", **body, action=execute)
    assert "You have no requests" in spoken(pressed["shown"])
    assert await clinic.messages("diego", "channel") == []


async def test_approvals_are_never_targeted_messages(clinic: Clinic) -> None:
    """They vanish after a day; a request waits for two weeks."""
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    await aside(clinic, LINE)
    await aside(clinic, "approvals")
    await aside(clinic, "/approve R-1001")
    assert not (await waiting_for(clinic))["onlyYou"]
    assert not (await waiting_for(clinic, "alex", "channel"))["onlyYou"], "a view of the thread's card"
    await settled(clinic)

    for where in ("channel", "personal"):
        for who in ("megan", "alex"):
            for one in await clinic.messages(who, where):
                verbs = {action.get("verb") for action in actions_of(one)} if one["card"] else set()
                assert not (one["onlyYou"] and verbs & {"approval.approve", "approval.deny"})
    targeted = [one for one in await clinic.ledger("message.received") if one["detail"]["onlyFor"]]
    assert {one["detail"]["onlyFor"] for one in targeted} <= {clinic.story.person("megan")["id"]}


# -- the message extension ----------------------------------------------------------------------------------


@pytest.mark.parametrize("context", ["compose", "slash"])
async def test_the_form_of_the_message_extension_leads_to_the_thread_card(
    clinic: Clinic, context: str
) -> None:
    channel = await clinic.place("megan", "channel")
    shown = await compose(clinic, channel, context=context)
    assert shown["dialog"]["title"] == "Invite a guest"
    assert await clinic.messages("diego", "channel") == []

    again = await filled(clinic, shown, address="ana", app="", justification="short")
    form = Form(clinic, "megan", shown["dialog"]).again(again)
    assert set(form.errors) >= {"address", "app", "justification"}
    assert (form.values["address"], form.values["name"]) == ("ana", "Ana Ruiz")

    assert await filled(clinic, again) == {"kind": "nothing"}
    card = await clinic.card("diego", "Waiting for approval", "channel")
    assert card["thread"] == card["id"]
    assert ANA not in spoken(card)
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")


async def test_assign_has_its_form_there_too(clinic: Clinic) -> None:
    shown = await compose(clinic, await clinic.place("megan", "personal"), "assign")
    assert shown["dialog"]["title"] == "Give a guest an app"
    again = await filled(clinic, shown)
    assert "address" in Form(clinic, "megan", shown["dialog"]).again(again).errors, "she is no guest yet"


@pytest.mark.parametrize("name", [AUDIT_WEEK, ALEX])
async def test_where_guestlist_is_not_the_request_is_shown_in_the_requestors_own_chat(
    clinic: Clinic, name: str
) -> None:
    there = await place(clinic, "megan", name)
    shown = await compose(clinic, there)
    assert "in your own chat with Guestlist" in spoken(shown["dialog"])
    closed = await filled(clinic, shown)
    assert closed["kind"] == "message"
    assert "R-1001 is sent. You see it in your own chat with Guestlist." in closed["text"]
    await clinic.card("megan", "Cancel request")
    assert await seen(clinic, "megan", there) == []

    await approve(clinic)
    await clinic.card("megan", "Delivered")
    await clinic.act(act="accept", address=ANA)
    await clinic.card("megan", "✓ Ana accepted")
    assert await seen(clinic, "alex", there) == []


async def test_in_the_command_box_nobody_is_addressed_and_the_request_is_the_requestors(
    clinic: Clinic,
) -> None:
    shown = await compose(clinic, await clinic.place("megan", "channel"), context="commandBox")
    assert (await filled(clinic, shown))["kind"] == "message"
    await clinic.card("megan", "Cancel request")
    assert await clinic.messages("diego", "channel") == []


async def test_in_ones_own_chat_the_card_is_there_and_the_form_just_closes(clinic: Clinic) -> None:
    await clinic.say("megan", "/help")
    shown = await compose(clinic, await clinic.place("megan", "personal"))
    assert await filled(clinic, shown) == {"kind": "nothing"}
    await clinic.card("megan", "Cancel request")


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("Please invite ana@fabrikam.com.", "ana@fabrikam.com"),
        ("Ana <Ana.Ruiz@Fabrikam.com> and bo@x.org", "ana.ruiz@fabrikam.com"),
        ("mail me @ noon, or ana+x@fabrikam.com", ""),
        ("nobody at all", ""),
    ],
)
async def test_on_a_message_the_form_has_the_address_that_it_says(
    clinic: Clinic, said: str, address: str
) -> None:
    message = (await clinic.say("diego", said, "channel"))["messageId"]
    shown = await compose(clinic, await clinic.place("megan", "channel"), messageId=message)
    assert Form(clinic, "megan", shown["dialog"]).values["address"] == address

    await filled(clinic, shown)
    assert (await clinic.card("diego", "Waiting for approval", "channel"))["thread"] == message


@pytest.mark.parametrize("command", ["requests", "approval.view", "x", "invite.open"])
async def test_a_command_that_is_not_offered_says_so(clinic: Clinic, command: str) -> None:
    shown = await compose(clinic, await clinic.place("megan", "channel"), command)
    assert shown["kind"] == "message"
    assert "older version" in shown["text"]


async def test_while_the_directory_is_down_the_form_comes_back_with_everything_typed(clinic: Clinic) -> None:
    shown = await compose(clinic, await clinic.place("megan", "channel"))
    await clinic.fault(match={"path": "/v1.0/"}, do="503-before", times=None)
    again = await filled(clinic, shown)
    form = Form(clinic, "megan", shown["dialog"]).again(again)
    assert (form.values["address"], form.values["name"]) == (ANA, "Ana Ruiz")
    assert form.errors[""]


async def test_what_waits_already_is_shown_in_the_dialog_and_not_asked_again(clinic: Clinic) -> None:
    shown = await compose(clinic, await clinic.place("megan", "channel"))
    await filled(clinic, shown)
    second = await filled(clinic, await compose(clinic, await clinic.place("megan", "channel")))
    assert second["kind"] == "dialog", "the same guest, app and access wait already"
    await until(lambda: clinic.messages("diego", "channel"), "the card is in the channel")
    assert len(await clinic.messages("diego", "channel")) == 1

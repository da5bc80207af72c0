"""What reaches the bot when people type and press, and what they see of its answers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.echo_bot import CARD, CHANNEL, GROUP_CHAT, Rig, card_message, small_teams

MESSAGE = "application/vnd.microsoft.activity.message"
SEARCH = "application/vnd.microsoft.search.searchResponse"


def card(text: str = "Base", *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = [{"type": "TextBlock", "text": text}]
    return {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": list(actions), **more}


def execute(verb: str, **data: Any) -> dict[str, Any]:
    submit = {"type": "Action.Submit", "title": verb, "data": {"verb": verb, **data}}
    return {"type": "Action.Execute", "title": verb, "verb": verb, "data": data, "fallback": submit}


def answered(value: Any, kind: str = CARD) -> tuple[int, Any]:
    return 200, {"statusCode": 200, "type": kind, "value": value}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with small_teams() as rig:
        yield rig


async def posted(rig: Rig, shown: dict[str, Any], conversation: str = CHANNEL) -> str:
    _, body = await rig.bot.call("POST", f"conversations/{conversation}/activities", card_message(shown))
    return str(body["id"])


async def test_a_message_in_a_channel_names_its_thread_and_opens_with_the_mention(rig: Rig) -> None:
    root = await rig.say("megan", "@Guestlist /invite a & b")
    await rig.say("alex", "@Guestlist /help", thread=root)
    first, second = rig.bot.activities
    assert first["text"] == "<at>Guestlist</at>&nbsp;/invite a &amp; b\n"
    mention = next(entity for entity in first["entities"] if entity["type"] == "mention")
    assert mention["mentioned"]["id"] == first["recipient"]["id"] == rig.world.story.bot["id"]
    assert first["conversation"] == {
        "id": f"{CHANNEL};messageid={root}",
        "tenantId": rig.world.story.tenant_id,
        "conversationType": "channel",
        "isGroup": True,
        "name": "Partner onboarding",
    }
    assert second["conversation"]["id"] == first["conversation"]["id"]
    assert second["replyToId"] == root
    assert first["serviceUrl"] == f"{rig.origin}/connector/"


async def test_a_message_in_a_chat_is_plain_and_says_who_sends_it(rig: Rig) -> None:
    await rig.say("megan", "/invite a & b", rig.chat("megan"))
    (activity,) = rig.bot.activities
    megan = rig.world.story.person("megan")
    assert (activity["text"], activity["textFormat"]) == ("/invite a & b", "plain")
    assert activity["from"]["aadObjectId"] == megan["id"]
    assert activity["from"]["id"] == megan["teamsUserId"]
    assert activity["conversation"]["conversationType"] == "personal"
    assert activity["channelData"]["tenant"]["id"] == rig.world.story.tenant_id


async def test_in_a_group_only_a_mention_reaches_the_bot(rig: Rig) -> None:
    await rig.say("megan", "Lunch?", GROUP_CHAT)
    assert rig.bot.activities == []
    assert [message["text"] for message in await rig.messages("alex", GROUP_CHAT)] == ["Lunch?"]


async def test_a_mention_is_a_tag_and_an_entity_wherever_it_stands(rig: Rig) -> None:
    await rig.say("megan", "invite @Guestlist for @Alex Wilber, not @Alexandra @Guestlist", GROUP_CHAT)
    (activity,) = rig.bot.activities
    bot = "<at>Guestlist</at>"
    assert activity["text"] == f"invite {bot}&nbsp;for <at>Alex Wilber</at>, not @Alexandra {bot}\n"
    mentions = [one for one in activity["entities"] if one["type"] == "mention"]
    alex = rig.world.story.person("alex")["teamsUserId"]
    told = [rig.world.story.bot["id"], alex, rig.world.story.bot["id"]]
    assert [one["mentioned"]["id"] for one in mentions] == told


async def test_a_client_may_leave_the_entity_out_and_a_chat_with_the_app_has_no_mentions(rig: Rig) -> None:
    await rig.post("say", **{"as": "megan"}, conversation=GROUP_CHAT, text="@Guestlist /help", told=False)
    await rig.say("megan", "@Guestlist /help", rig.chat("megan"))
    in_group, in_chat = rig.bot.activities
    assert in_group["text"] == "<at>Guestlist</at>&nbsp;/help\n"
    assert in_chat["text"] == "@Guestlist /help"
    for activity in rig.bot.activities:
        assert [one["type"] for one in activity["entities"]] == ["clientInfo"]


async def test_a_changed_message_is_told_under_its_old_id(rig: Rig) -> None:
    first = await rig.say("megan", "/help", rig.chat("megan"))
    changed = {"as": "megan", "conversation": rig.chat("megan"), "messageId": first, "text": "/invite"}
    await rig.post("edit", **changed)
    activity = rig.bot.activities[-1]
    assert (activity["type"], activity["id"], activity["text"]) == ("messageUpdate", first, "/invite")
    assert activity["channelData"]["eventType"] == "editMessage"
    assert (await rig.messages("megan", rig.chat("megan")))[0]["text"] == "/invite"


async def test_a_stranger_to_a_conversation_sees_nothing_of_it(rig: Rig) -> None:
    query = {"as": "nia", "conversation": CHANNEL}
    async with rig.session.get(f"{rig.origin}/teams/messages", params=query) as answer:
        assert answer.status == 404


async def test_tokens_are_verified_before_and_after_the_keys_roll(rig: Rig) -> None:
    await rig.say("megan", "one", rig.chat("megan"))
    await rig.post("control", rollKeys="drop")
    await rig.say("megan", "two", rig.chat("megan"))
    assert len(rig.bot.activities) == 2


async def test_a_press_changes_the_card_for_the_one_who_pressed(rig: Rig) -> None:
    message = await posted(rig, card("Base", execute("approval.approve", request="r1")))
    rig.bot.answers["adaptiveCard/action"] = lambda _: answered(card("Approved"))
    outcome = await rig.press("alex", message, action={"verb": "approval.approve"}, inputs={"note": "fine"})
    assert outcome["shown"] == {"kind": "card", "card": card("Approved")}
    (activity,) = rig.bot.activities
    assert activity["value"] == {
        "action": {
            "type": "Action.Execute",
            "title": "approval.approve",
            "verb": "approval.approve",
            "data": {"request": "r1", "note": "fine"},
        },
        "trigger": "manual",
    }
    assert activity["replyToId"] == message
    assert (await rig.messages("alex"))[0]["card"] == card("Approved")
    assert (await rig.messages("megan"))[0]["card"]["body"][0]["text"] == "Base"


async def test_an_update_ends_everybodys_own_view(rig: Rig) -> None:
    message = await posted(rig, card("Base", execute("go")))
    rig.bot.answers["adaptiveCard/action"] = lambda _: answered(card("Mine"))
    await rig.press("alex", message, action={"title": "go"})
    await rig.bot.call("PUT", f"conversations/{CHANNEL}/activities/{message}", card_message(card("New")))
    assert (await rig.messages("alex"))[0]["card"] == card("New")


async def test_a_card_refreshes_for_those_it_names_once_a_minute_and_again_after_an_update(rig: Rig) -> None:
    alex = rig.world.story.person("alex")["teamsUserId"]
    action = {"type": "Action.Execute", "verb": "approval.view", "data": {}}
    base = card("Base", refresh={"action": action, "userIds": [alex]})
    own = card("For the approver", refresh={"action": action, "userIds": [alex]})
    rig.bot.answers["adaptiveCard/action"] = lambda _: answered(own)
    message = await posted(rig, base)
    assert (await rig.messages("megan"))[0]["card"] == base
    for _ in range(2):
        assert (await rig.messages("alex"))[0]["card"] == own
    (asked,) = rig.bot.activities
    assert asked["value"]["trigger"] == "automatic"
    await rig.bot.call("PUT", f"conversations/{CHANNEL}/activities/{message}", card_message(base))
    await rig.messages("alex")
    assert len(rig.bot.activities) == 2


async def test_an_answer_in_words_is_a_message_and_the_card_stays(rig: Rig) -> None:
    message = await posted(rig, card("Base", execute("go")))
    rig.bot.answers["adaptiveCard/action"] = lambda _: answered("Done.", MESSAGE)
    outcome = await rig.press("alex", message, action={"verb": "go"})
    assert outcome["shown"] == {"kind": "message", "text": "Done."}
    assert (await rig.messages("alex"))[0]["ownView"] is False


@pytest.mark.parametrize(
    "answer",
    [
        (500, None),
        (200, None),
        (200, {"statusCode": 500, "type": "application/vnd.microsoft.error", "value": {"code": "x"}}),
        (200, {"statusCode": 200, "type": CARD, "value": {"type": "Container"}}),
        (200, {"statusCode": 200, "type": MESSAGE, "value": {"text": "no string"}}),
        (200, ["no object"]),
    ],
)
async def test_an_answer_that_teams_cannot_use_is_shown_as_a_failure(
    rig: Rig, answer: tuple[int, Any]
) -> None:
    message = await posted(rig, card("Base", execute("go")))
    rig.bot.answers["adaptiveCard/action"] = lambda _: answer
    outcome = await rig.press("alex", message, action={"verb": "go"})
    assert outcome["shown"]["text"].startswith("Something went wrong")
    assert rig.world.ledger.of("invoke")[-1].detail["shown"] == "error"


async def test_an_old_client_sends_the_fallback_as_a_message_with_a_value(rig: Rig) -> None:
    message = await posted(rig, card("Base", execute("go", request="r1")))
    await rig.press("alex", message, action={"verb": "go"}, oldClient=True, inputs={"note": "x"})
    (activity,) = rig.bot.activities
    assert activity["type"] == "message"
    assert activity["value"] == {"verb": "go", "request": "r1", "note": "x"}
    assert "text" not in activity
    assert activity["replyToId"] == message


async def test_a_forged_action_reaches_the_bot_as_it_is(rig: Rig) -> None:
    message = await posted(rig, card("Base"))
    rig.bot.answers["adaptiveCard/action"] = lambda _: answered("No.", MESSAGE)
    forged = {"type": "Action.Execute", "verb": "approval.approve", "data": {"request": "another"}}
    await rig.press("diego", message, action=forged)
    assert rig.bot.activities[0]["value"]["action"]["data"] == {"request": "another"}
    assert rig.bot.activities[0]["from"]["aadObjectId"] == rig.world.story.person("diego")["id"]


async def test_a_button_inside_a_shown_card_is_found_and_an_absent_one_is_not(rig: Rig) -> None:
    show = {"type": "Action.ShowCard", "title": "Deny", "card": card("Why?", execute("approval.deny"))}
    message = await posted(rig, card("Base", show))
    rig.bot.answers["adaptiveCard/action"] = lambda _: answered("Denied.", MESSAGE)
    assert (await rig.press("alex", message, action={"verb": "approval.deny"}))["status"] == 200
    body = {"as": "alex", "conversation": CHANNEL, "messageId": message, "action": {"verb": "none"}}
    async with rig.session.post(f"{rig.origin}/teams/press", json=body) as answer:
        assert answer.status == 404


def a_form(rig: Rig, after: Any) -> dict[str, Any]:
    """Let the bot open a dialog and answer its submit with `after`; return the card that opens it."""
    form = card("Form", {"type": "Action.Submit", "title": "Send", "data": {"verb": "invite.send"}})
    value = {"title": "Invite", "card": {"contentType": CARD, "content": form}}
    rig.bot.answers["task/fetch"] = lambda _: (200, {"task": {"type": "continue", "value": value}})
    rig.bot.answers["task/submit"] = lambda _: (200, after)
    data = {"verb": "invite.form", "msteams": {"type": "task/fetch"}}
    return card("Open", {"type": "Action.Submit", "title": "Fill in", "data": data})


async def test_a_dialog_opens_takes_the_inputs_and_shows_the_answer(rig: Rig) -> None:
    opener = a_form(rig, {"task": {"type": "message", "value": "Sent."}})
    message = await posted(rig, opener)
    opened = (await rig.press("megan", message, action={"title": "Fill in"}))["shown"]["dialog"]
    assert opened["title"] == "Invite"
    outcome = await rig.post(
        "dialog/submit",
        **{"as": "megan"},
        dialog=opened["id"],
        action={"title": "Send"},
        inputs={"address": "ana@fabrikam.com"},
    )
    assert outcome["shown"] == {"kind": "message", "text": "Sent."}
    fetch, submit = rig.bot.activities
    assert (fetch["name"], fetch["value"]["data"]["verb"]) == ("task/fetch", "invite.form")
    assert submit["value"]["data"] == {"verb": "invite.send", "address": "ana@fabrikam.com"}
    assert submit["conversation"]["id"] == f"{CHANNEL};messageid={message}"


async def test_a_dialog_stays_open_when_its_answer_fails_and_closes_on_an_empty_one(rig: Rig) -> None:
    opener = a_form(rig, {"task": {"type": "unknown"}})
    message = await posted(rig, opener)
    opened = (await rig.press("megan", message, action={"title": "Fill in"}))["shown"]["dialog"]
    send = {"as": "megan", "dialog": opened["id"], "action": {"title": "Send"}}
    assert (await rig.post("dialog/submit", **send))["shown"]["kind"] == "error"
    rig.bot.answers["task/submit"] = lambda _: (200, None)
    assert (await rig.post("dialog/submit", **send))["shown"] == {"kind": "nothing"}
    async with rig.session.post(f"{rig.origin}/teams/dialog/submit", json=send) as answer:
        assert answer.status == 404


async def test_typeahead_asks_the_bot_with_the_other_inputs_and_takes_fifteen_rows(rig: Rig) -> None:
    rows = [{"title": f"App {number}", "value": str(number)} for number in range(20)]
    rig.bot.answers["application/search"] = lambda _: answered({"results": rows}, SEARCH)
    asked = {"as": "megan", "conversation": CHANNEL, "dataset": "apps", "query": "app"}
    outcome = await rig.post("search", **asked, inputs={"address": "ana@fabrikam.com"})
    assert outcome["shown"]["results"] == rows[:15]
    assert rig.bot.activities[0]["value"] == {
        "queryText": "app",
        "queryOptions": {"skip": 0, "top": 15},
        "dataset": "apps",
        "data": {"address": "ana@fabrikam.com"},
    }


async def test_an_unread_conversation_is_marked_until_it_is_looked_at(rig: Rig) -> None:
    async def unread() -> dict[str, bool]:
        rows = await rig.get("conversations", **{"as": "alex"})
        return {row["name"]: row["unread"] for row in rows}

    await rig.say("megan", "@Guestlist hello")
    assert await unread() == {
        "General": False,
        "Partner onboarding": True,
        "Records owners": False,
        "Audit week": False,
        "Megan Bowen": False,
        "Guestlist": False,
    }
    await rig.messages("alex")
    assert not any((await unread()).values())


async def test_a_bot_that_is_down_is_a_status_of_nothing(rig: Rig) -> None:
    await rig.post("control", botUrl="http://127.0.0.1:1/api/messages")
    said = await rig.post("say", **{"as": "megan"}, conversation=rig.chat("megan"), text="hello")
    assert said["status"] == 0


async def test_effects_that_no_conversation_shows_are_listed_newest_first(rig: Rig) -> None:
    await rig.post("control", app={"as": "nia", "action": "add"})
    await rig.post("control", app={"as": "nia", "action": "remove"})
    await rig.say("megan", "hello", rig.chat("megan"))
    listed = await rig.get("effects")
    assert [effect["kind"] for effect in listed["effects"]] == [
        "app.removed",
        "app.installed",
        "conversation.created",
    ]


async def test_a_screen_is_told_of_each_new_message(rig: Rig) -> None:
    async with rig.session.get(f"{rig.origin}/teams/events") as stream:
        await stream.content.readline()
        said = await rig.say("megan", "hello", rig.chat("megan"))
        while not (line := (await stream.content.readline()).decode()).startswith("data: "):
            pass
    assert said in line

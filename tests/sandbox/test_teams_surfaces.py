"""Targeted messages, the menus of the app's manifest, and message extensions, as Teams documents them."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.echo_bot import CARD, CHANNEL, GROUP_CHAT, Rig, card_message, small_teams

ELSEWHERE = "19:6d1f8a0c35c14be7a9f2c0d84b7e5a13@thread.v2"
FORM = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "Input.Text", "id": "address", "label": "Address"}],
    "actions": [{"type": "Action.Submit", "title": "Send", "data": {"verb": "invite.send"}}],
}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with small_teams() as rig:
        yield rig


def user(rig: Rig, who: str) -> str:
    return str(rig.world.story.person(who)["teamsUserId"])


async def two_people(rig: Rig) -> str:
    rows = await rig.get("conversations", **{"as": "megan"})
    return str(next(row["id"] for row in rows if row["kind"] == "oneOnOne"))


async def target(
    rig: Rig, who: str, at: str = f"conversations/{CHANNEL}/activities", **more: Any
) -> tuple[int, Any]:
    body = {"type": "message", "text": "for you", "recipient": {"id": user(rig, who)}, **more}
    return await rig.bot.call("POST", f"{at}?isTargetedActivity=true", body)


def opening(_: Any) -> Any:
    card = {"contentType": CARD, "content": FORM}
    return 200, {"task": {"type": "continue", "value": {"title": "Invite", "card": card}}}


def path(message: str) -> str:
    return f"conversations/{CHANNEL}/activities/{message}"


# -- targeted messages --------------------------------------------------------------------------------------


async def test_what_is_said_to_the_bot_alone_is_marked_and_seen_by_nobody_else(rig: Rig) -> None:
    message = await rig.say("megan", "help", targeted=True)
    [activity] = rig.bot.activities
    assert activity["recipient"]["isTargeted"] is True
    assert activity["text"] == "help"
    assert [entity["type"] for entity in activity["entities"]] == ["clientInfo"], "nobody is mentioned"
    assert [(one["id"], one["onlyYou"]) for one in await rig.messages("megan")] == [(message, True)]
    assert await rig.messages("alex") == []


async def test_a_targeted_answer_is_seen_by_its_recipient_alone_for_a_day(rig: Rig) -> None:
    status, body = await target(rig, "megan")
    assert status == 201
    assert [one["text"] for one in await rig.messages("megan")] == ["for you"]
    assert await rig.messages("alex") == []
    rig.world.channel.conversations[CHANNEL].messages[body["id"]].sent_at -= timedelta(hours=24)
    assert await rig.messages("megan") == []


@pytest.mark.parametrize("where", [GROUP_CHAT, f"{CHANNEL};messageid=0"])
async def test_a_targeted_message_goes_to_a_member_of_a_group_conversation(rig: Rig, where: str) -> None:
    where = where.replace("=0", "=" + await rig.say("megan", "hello", CHANNEL))
    assert (await target(rig, "megan", f"conversations/{where}/activities"))[0] == 201
    assert (await target(rig, "nia", f"conversations/{where}/activities"))[0] == 400
    assert (await target(rig, "megan", f"conversations/{where}/activities", recipient=None))[0] == 400


async def test_there_are_no_targeted_messages_in_a_chat_of_two(rig: Rig) -> None:
    status, body = await target(rig, "megan", f"conversations/{rig.chat('megan')}/activities")
    assert (status, body["error"]["code"]) == (400, "BadArgument")
    body = {"as": "megan", "conversation": rig.chat("megan"), "text": "help", "targeted": True}
    async with rig.session.post(f"{rig.origin}/teams/say", json=body) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("status", [400, 403, 404, 405])
async def test_where_the_preview_is_off_the_switch_says_what_it_is_refused_with(
    rig: Rig, status: int
) -> None:
    rig.world.switches.set("targetedMessages", status)
    assert await target(rig, "megan") == (status, {"error": {"code": "ServiceError", "message": "Unknown"}})
    assert await rig.messages("megan") == []


async def test_a_targeted_message_takes_no_replies_that_others_see(rig: Rig) -> None:
    root = await rig.say("megan", "help", targeted=True)
    under = f"conversations/{CHANNEL};messageid={root}/activities"
    assert (await rig.bot.call("POST", under, {"type": "message", "text": "for all"}))[0] == 400
    assert (await target(rig, "megan", under))[0] == 201
    assert await rig.messages("alex") == []


async def test_the_recipient_of_a_targeted_message_cannot_be_changed(rig: Rig) -> None:
    _, body = await target(rig, "megan")
    other = {"type": "message", "text": "x", "recipient": {"id": user(rig, "alex")}}
    status, refused = await rig.bot.call("PUT", path(body["id"]), other)
    assert (status, refused["error"]["message"]) == (400, "Cannot edit Recipient of Targeted Message")
    assert (await rig.bot.call("PUT", path(body["id"]), {"type": "message", "text": "x"}))[0] == 200


# -- where the bot is not -----------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["activities", f"members/{'x'}", "members"])
async def test_where_the_bot_is_not_its_calls_are_refused(rig: Rig, call: str) -> None:
    method = "POST" if call == "activities" else "GET"
    for where in (ELSEWHERE, await two_people(rig)):
        status, body = await rig.bot.call(
            method, f"conversations/{where}/{call}", {"type": "message", "text": "x"}
        )
        assert (status, body["error"]["code"]) == (403, "BotNotInConversationRoster")
        await rig.say("megan", "@Guestlist hello", where)
    assert rig.bot.activities == []


# -- menus --------------------------------------------------------------------------------------------------


async def titles(rig: Rig, conversation: str, who: str = "megan") -> dict[str, list[str]]:
    found = await rig.get("menus", **{"as": who}, conversation=conversation)
    return {menu: [item["title"] for item in items] for menu, items in found.items()}


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Rig]:
    """Let the sandbox read a manifest of the test's own."""
    command = {"type": "action", "fetchTask": True}
    manifest = {
        "bots": [
            {
                "supportsTargetedMessages": True,
                "commandLists": [
                    {"scopes": ["personal"], "commands": [{"title": "mine"}]},
                    {"scopes": ["team"], "triggers": ["slash"], "commands": [{"title": "slashed"}]},
                    {"scopes": ["groupChat"], "triggers": ["mention", "slash"], "commands": [{"title": "b"}]},
                ],
            }
        ],
        "composeExtensions": [
            {
                "commands": [
                    {**command, "id": "invite", "title": "Invite", "triggers": ["slash"]},
                    {**command, "id": "on", "title": "On it", "context": ["message"]},
                    {"id": "find", "title": "Find", "type": "query"},
                ]
            }
        ],
        "localizationInfo": {"additionalLanguages": [{"languageTag": "de", "file": "de.json"}]},
    }
    german = {"composeExtensions[0].commands[0].title": "Einladen"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "de.json").write_text(json.dumps(german))
    async with small_teams(manifest=tmp_path / "manifest.json") as rig:
        yield rig


async def test_the_menus_of_each_scope_are_those_of_the_manifest(small: Rig) -> None:
    rig = small
    actions = {"compose": ["Invite"], "message": ["On it"]}
    assert await titles(rig, rig.chat("megan")) == {"commands": ["mine"], "slash": [], **actions}
    assert await titles(rig, CHANNEL) == {"commands": [], "slash": ["slashed", "Invite"], **actions}
    assert await titles(rig, GROUP_CHAT) == {"commands": ["b"], "slash": ["b", "Invite"], **actions}
    assert await titles(rig, ELSEWHERE) == {"commands": [], "slash": ["Invite"], **actions}
    assert await titles(rig, await two_people(rig)) == {"commands": [], "slash": [], **actions}


async def test_a_menu_is_in_the_persons_language_and_empty_for_who_has_no_app(small: Rig) -> None:
    rig = small
    rig.world.story.person("megan")["preferredLanguage"] = "de-AT"
    assert (await titles(rig, CHANNEL))["compose"] == ["Einladen"]
    for team in rig.world.channel.teams.values():
        team.members.remove(rig.world.story.person("megan")["id"])
    rig.world.channel.installed.discard(rig.world.story.person("megan")["id"])
    assert not any((await titles(rig, GROUP_CHAT)).values())


async def test_the_projects_own_manifest_can_be_read(rig: Rig) -> None:
    menus = await titles(rig, CHANNEL)
    assert "invite" in menus["slash"]
    assert menus["compose"] != []


# -- message extensions -------------------------------------------------------------------------------------


async def test_an_action_asks_the_bot_for_its_form_and_posts_nothing(rig: Rig) -> None:
    rig.bot.answers["composeExtension/fetchTask"] = opening
    asked = {"as": "megan", "conversation": CHANNEL, "command": "invite"}
    outcome = await rig.post("compose", **asked)
    assert outcome["shown"]["dialog"]["card"] == FORM
    [activity] = rig.bot.activities
    value = activity["value"]
    assert (activity["name"], activity["conversation"]["id"]) == ("composeExtension/fetchTask", CHANNEL)
    assert (value["commandId"], value["commandContext"]) == ("invite", "compose")
    assert "messagePayload" not in value
    assert activity["channelData"]["source"] == {"name": "compose"}
    assert activity["channelData"]["channel"] == {"id": CHANNEL, "name": "Partner onboarding"}
    assert await rig.messages("megan") == []


@pytest.mark.parametrize("position", ["compose", "commandBox"])
async def test_what_a_slash_says_of_its_context_is_a_switch(rig: Rig, position: str) -> None:
    rig.world.switches.set("slashCommandContext", position)
    rig.bot.answers["composeExtension/fetchTask"] = opening
    asked = {"as": "megan", "conversation": CHANNEL, "command": "invite", "context": "slash"}
    await rig.post("compose", **asked)
    assert rig.bot.activities[0]["value"]["commandContext"] == position


async def test_an_action_on_a_message_tells_the_message_and_its_thread(rig: Rig) -> None:
    rig.bot.answers["composeExtension/fetchTask"] = opening
    root = await rig.say("alex", "Can <Ana> come? ana@fabrikam.com")
    asked = {"as": "megan", "conversation": CHANNEL, "command": "invite", "messageId": root}
    outcome = await rig.post("compose", **asked)
    activity = rig.bot.activities[-1]
    payload = activity["value"]["messagePayload"]
    assert activity["conversation"]["id"] == f"{CHANNEL};messageid={root}"
    assert activity["value"]["commandContext"] == "message"
    assert payload["id"] == root
    assert payload["body"] == {
        "contentType": "html",
        "content": "<div><div>Can &lt;Ana&gt; come? ana@fabrikam.com</div>\n</div>",
    }
    assert payload["from"]["user"]["displayName"] == "Alex Wilber"

    rig.bot.answers["composeExtension/submitAction"] = lambda _: (200, None)
    dialog = outcome["shown"]["dialog"]["id"]
    sent = {"as": "megan", "dialog": dialog, "action": {"title": "Send"}, "inputs": {"address": "a@b.c"}}
    assert (await rig.post("dialog/submit", **sent))["shown"] == {"kind": "nothing"}
    value = rig.bot.activities[-1]["value"]
    assert value["data"] == {"verb": "invite.send", "address": "a@b.c"}
    assert (value["commandId"], value["messagePayload"]["id"]) == ("invite", root)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ((200, None), {"kind": "nothing"}),
        ((200, {"task": {"type": "message", "value": "Sent."}}), {"kind": "message", "text": "Sent."}),
        ((200, {"composeExtension": {"type": "message", "text": "x"}}), {"kind": "message", "text": "x"}),
        ((200, {"composeExtension": {"type": "result", "attachments": []}}), {"kind": "draft"}),
    ],
)
async def test_a_sent_form_is_closed_by_what_is_documented(
    rig: Rig, answer: tuple[int, Any], shown: dict[str, Any]
) -> None:
    rig.bot.answers["composeExtension/fetchTask"] = opening
    rig.bot.answers["composeExtension/submitAction"] = lambda _: answer
    opened = await rig.post("compose", **{"as": "megan"}, conversation=ELSEWHERE, command="invite")
    send = {"as": "megan", "dialog": opened["shown"]["dialog"]["id"], "action": {"title": "Send"}}
    assert (await rig.post("dialog/submit", **send))["shown"] == shown
    assert await rig.messages("megan", ELSEWHERE) == []


async def test_a_form_that_the_bot_cannot_take_stays_open(rig: Rig) -> None:
    rig.bot.answers["composeExtension/fetchTask"] = opening
    rig.bot.answers["composeExtension/submitAction"] = lambda _: (500, None)
    opened = await rig.post("compose", **{"as": "megan"}, conversation=ELSEWHERE, command="invite")
    send = {"as": "megan", "dialog": opened["shown"]["dialog"]["id"], "action": {"title": "Send"}}
    assert (await rig.post("dialog/submit", **send))["shown"]["kind"] == "error"
    rig.bot.answers["composeExtension/submitAction"] = opening
    assert (await rig.post("dialog/submit", **send))["shown"]["kind"] == "dialog"


async def test_in_a_chat_of_two_people_the_invoke_says_personal(rig: Rig) -> None:
    rig.bot.answers["composeExtension/fetchTask"] = opening
    there = await two_people(rig)
    await rig.post("compose", **{"as": "megan"}, conversation=there, command="invite")
    told = rig.bot.activities[0]["conversation"]
    assert (told["id"], told["conversationType"]) == (there, "personal")
    assert "isGroup" not in told
    await rig.post("compose", **{"as": "megan"}, conversation=rig.chat("megan"), command="invite")
    assert rig.bot.activities[1]["conversation"]["id"] == rig.chat("megan")


async def test_a_targeted_card_is_pressed_by_its_person(rig: Rig) -> None:
    go = {"type": "Action.Execute", "title": "Go", "verb": "go", "data": {}}
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [], "actions": [go]}
    shown = card_message(card) | {"recipient": {"id": user(rig, "megan")}}
    _, body = await rig.bot.call("POST", f"conversations/{CHANNEL}/activities?isTargetedActivity=true", shown)
    rig.bot.answers["adaptiveCard/action"] = lambda _: (
        200,
        {"statusCode": 200, "type": CARD, "value": {**card, "actions": []}},
    )
    pressed = await rig.press("megan", body["id"], action={"verb": "go"})
    assert pressed["shown"]["kind"] == "card"
    wrong = {"as": "alex", "conversation": CHANNEL, "messageId": body["id"], "action": {"verb": "go"}}
    async with rig.session.post(f"{rig.origin}/teams/press", json=wrong) as answer:
        assert answer.status == 404

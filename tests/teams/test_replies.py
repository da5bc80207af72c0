"""Every reply reaches Teams in the shape that it takes, and a bug shows its number."""

import re
from typing import Any

import pytest

from dialogs.turn import Close, Dialog, Found, Nothing, Reply, Say, Show, Turn
from tests.teams.channel import BOT, Bot, Channel
from tests.teams.conftest import ScriptedFlows

CARD = {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "in words", "body": []}
MESSAGE = "application/vnd.microsoft.activity.message"
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
SEARCH = "application/vnd.microsoft.search.searchResponse"
PRESS = {"action": {"verb": "x.y"}, "trigger": "manual"}
DATA = {"data": {"verb": "x.y"}}
DIALOG = {
    "task": {
        "type": "continue",
        "value": {
            "title": "Invite",
            "height": "large",
            "width": "medium",
            "card": {"contentType": ADAPTIVE, "content": CARD},
        },
    }
}

ANSWERED: list[tuple[str, dict[str, Any], Reply, Any]] = [
    ("adaptiveCard/action", PRESS, Say("words"), {"statusCode": 200, "type": MESSAGE, "value": "words"}),
    ("adaptiveCard/action", PRESS, Show(CARD), {"statusCode": 200, "type": ADAPTIVE, "value": CARD}),
    ("adaptiveCard/action", PRESS, Nothing(), {"statusCode": 200, "type": MESSAGE, "value": "Done."}),
    ("adaptiveCard/action", PRESS, Close(), {"statusCode": 200, "type": MESSAGE, "value": "Done."}),
    ("task/fetch", DATA, Dialog("Invite", CARD), DIALOG),
    ("task/fetch", DATA, Say("words"), {"task": {"type": "message", "value": "words"}}),
    ("task/fetch", DATA, Nothing(), {"task": {"type": "message", "value": "Done."}}),
    ("task/submit", DATA, Dialog("Invite", CARD), DIALOG),
    ("task/submit", DATA, Close("sent"), {"task": {"type": "message", "value": "sent"}}),
    ("task/submit", DATA, Close(), None),
    ("task/submit", DATA, Nothing(), None),
    ("composeExtension/fetchTask", {"commandId": "invite"}, Dialog("Invite", CARD), DIALOG),
    (
        "composeExtension/fetchTask",
        {"commandId": "x"},
        Close("old"),
        {"task": {"type": "message", "value": "old"}},
    ),
    ("composeExtension/submitAction", DATA, Dialog("Invite", CARD), DIALOG),
    ("composeExtension/submitAction", DATA, Close("sent"), {"task": {"type": "message", "value": "sent"}}),
    ("composeExtension/submitAction", DATA, Close(), None),
    (
        "application/search",
        {"queryText": "", "dataset": "apps"},
        Found((("Health Records", "1"), ("Ärzte", "2"))),
        {
            "statusCode": 200,
            "type": SEARCH,
            "value": {
                "results": [{"title": "Health Records", "value": "1"}, {"title": "Ärzte", "value": "2"}]
            },
        },
    ),
    (
        "application/search",
        {"queryText": "", "dataset": "apps"},
        Nothing(),
        {"statusCode": 200, "type": SEARCH, "value": {"results": []}},
    ),
]


@pytest.mark.parametrize(("name", "value", "reply", "body"), ANSWERED)
async def test_an_invoke_is_answered_as_it_is(
    name: str,
    value: dict[str, Any],
    reply: Reply,
    body: Any,
    bot: Bot,
    channel: Channel,
    flows: ScriptedFlows,
) -> None:
    flows.reply = reply
    assert await bot.send(channel.invoke(name, value)) == (200, body)
    assert channel.heard == []


@pytest.mark.parametrize("name", ["signin/verifyState", "x", None])
async def test_an_invoke_that_is_not_offered_is_a_501(
    name: str | None, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert await bot.send(channel.invoke(name, {"a": 1})) == (501, None)
    assert flows.turns == []


@pytest.mark.parametrize("what", ["query", "queryLink", "anonymousQueryLink", "selectItem", "setting", "x"])
async def test_what_a_message_extension_can_do_and_ours_does_not_is_answered_with_a_sentence(
    what: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    status, body = await bot.send(channel.invoke(f"composeExtension/{what}", {"a": 1}))
    assert (status, body["composeExtension"]["type"]) == (200, "message")
    assert "nothing to search" in body["composeExtension"]["text"]
    assert flows.turns == []
    assert channel.heard == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("adaptiveCard/action", None),
        ("adaptiveCard/action", "press"),
        ("adaptiveCard/action", {}),
        ("adaptiveCard/action", {"action": "press"}),
        ("adaptiveCard/action", {"action": {"verb": 7}}),
        ("adaptiveCard/action", {"action": {"verb": "x.y", "data": []}}),
        ("task/fetch", []),
        ("task/submit", {"data": "x"}),
        ("application/search", {"queryText": 7}),
        ("application/search", {"queryOptions": []}),
        ("composeExtension/fetchTask", {"commandContext": "compose"}),
        ("composeExtension/fetchTask", {"commandId": 7}),
        ("composeExtension/fetchTask", {"commandId": "invite", "messagePayload": "a text"}),
        ("composeExtension/fetchTask", {"commandId": "invite", "messagePayload": {"body": {"content": 7}}}),
        ("composeExtension/submitAction", {"commandId": "invite", "data": "x"}),
    ],
)
async def test_an_invoke_of_the_wrong_shape_is_a_400(
    name: str, value: Any, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert await bot.send(channel.invoke(name, value)) == (400, None)
    assert flows.turns == []


async def test_a_message_is_answered_with_plain_text(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("2 * 3 is [not] a link")
    assert await bot.send(channel.activity()) == (200, None)
    call = channel.heard[0]
    assert (call.method, call.path) == ("POST", "/a:ana/activities/1700000000001")
    assert call.token == "made-up"
    assert call.body["text"] == "2 * 3 is [not] a link"
    assert call.body["textFormat"] == "plain"
    assert call.body["from"]["id"] == BOT
    assert call.body["recipient"]["id"] == "29:ana"
    assert call.body["conversation"]["id"] == "a:ana"


async def test_a_message_is_answered_with_a_card_and_its_words(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Show(CARD)
    await bot.send(channel.activity())
    body = channel.heard[0].body
    assert body["attachments"] == [{"contentType": ADAPTIVE, "content": CARD}]
    assert body["summary"] == "in words"


async def test_nothing_is_posted_where_there_is_nothing_to_say(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Nothing()
    assert await bot.send(channel.activity()) == (200, None)
    assert channel.heard == []


class BugError(RuntimeError):
    pass


async def failing(_: Turn) -> Reply:
    raise BugError("the guest is ana@fabrikam.com")


def number_in(card: Any) -> str:
    found = re.search(r"\b[0-9a-f]{12}\b", str(card))
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("name", "value"), [("adaptiveCard/action", PRESS), ("task/fetch", DATA), ("task/submit", DATA)]
)
async def test_a_bug_behind_an_invoke_shows_its_number_alone(
    name: str,
    value: dict[str, Any],
    bot: Bot,
    channel: Channel,
    flows: ScriptedFlows,
    caplog: pytest.LogCaptureFixture,
) -> None:
    flows.reply = failing
    status, body = await bot.send(channel.invoke(name, value))
    assert status == 200
    record = next(record for record in caplog.records if record.exc_info)
    assert vars(record)["correlation_id"] == number_in(body)
    assert "fabrikam" not in str(body)
    assert "BugError" not in str(body)


async def test_a_bug_behind_a_message_shows_its_number_alone(
    bot: Bot, channel: Channel, flows: ScriptedFlows, caplog: pytest.LogCaptureFixture
) -> None:
    flows.reply = failing
    assert await bot.send(channel.activity()) == (200, None)
    record = next(record for record in caplog.records if record.exc_info)
    assert vars(record)["correlation_id"] == number_in(channel.heard[0].body["attachments"])
    assert "fabrikam" not in str(channel.heard[0].body)


async def test_a_bug_behind_a_search_finds_nothing(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    flows.reply = failing
    status, body = await bot.send(channel.invoke("application/search", {"dataset": "apps"}))
    assert (status, body["value"]) == (200, {"results": []})


async def test_an_answer_that_fits_no_message_is_a_bug_with_a_number(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Found(())
    assert await bot.send(channel.activity()) == (200, None)
    assert number_in(channel.heard[0].body["attachments"])


@pytest.mark.parametrize(
    "name",
    [
        "adaptiveCard/action",
        "task/fetch",
        "task/submit",
        "application/search",
        "composeExtension/fetchTask",
        "composeExtension/submitAction",
        "composeExtension/query",
    ],
)
async def test_no_invoke_of_another_tenants_member_is_a_turn(
    name: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    value = {**PRESS, **DATA, "dataset": "apps", "commandId": "invite", "commandContext": "compose"}
    stranger = {"id": "29:x", "name": "X", "aadObjectId": "x", "tenantId": "another"}
    assert await bot.send(channel.invoke(name, value, **{"from": stranger})) == (403, None)
    assert flows.turns == []
    assert channel.heard == []

"""What one person asked for alone is answered to them alone, whatever the channel says to it."""

from typing import Any

import pytest

from bot.teams.reference import Reference
from dialogs.turn import Dialog, Nothing, Opened, Pressed, Reply, Say, Show, Submitted, Whisper
from tests.teams.channel import ANA, BOT, TENANT, Answer, Bot, Channel
from tests.teams.conftest import Installations, KeptNotes, ScriptedFlows

ASIDE = {"id": BOT, "isTargeted": True}
THREAD = "/19:abc@thread.tacv2/activities/1699"
TO_THE_CHANNEL = "/19:abc@thread.tacv2"
BUTTONS = [
    {"type": "Action.Execute", "verb": "x.y", "data": {"a": 1}, "fallback": {"type": "Action.Submit"}},
    {"type": "Action.Submit", "data": {"verb": "x.open", "msteams": {"type": "task/fetch"}}},
]
CARD = {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "a card", "body": [], "actions": BUTTONS}
PRESS = {"verb": "approval.approve", "request": "1"}
REPLIES: list[Reply] = [Say("words"), Show(CARD)]


def refused(status: int) -> Answer:
    return Answer(status, {"error": {"code": "BadArgument"}})


def paths(channel: Channel) -> list[str]:
    return [f"{call.method} {call.path}" for call in channel.heard]


def new_post(channel: Channel, **fields: Any) -> dict[str, Any]:
    """Return what Ana says to the bot alone in the channel, under no message that others see."""
    return channel.in_channel(**{"id": "1699", "recipient": ASIDE, **fields})


@pytest.mark.parametrize("reply", REPLIES)
async def test_what_was_said_to_the_bot_alone_is_answered_to_that_person_alone(
    reply: Reply, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = reply
    await bot.send(channel.in_channel(recipient=ASIDE))
    [call] = channel.heard
    assert (call.method, call.path, call.query) == ("POST", THREAD, {"isTargetedActivity": "true"})
    assert call.body["recipient"] == {"id": "29:ana", "name": "Ana Silva"}
    assert not {"from", "conversation"} & call.body.keys()


async def test_what_opens_no_thread_for_others_is_answered_beside_it(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("words")
    await bot.send(new_post(channel))
    assert paths(channel) == ["POST /19:abc@thread.tacv2/activities"]
    assert channel.heard[0].query == {"isTargetedActivity": "true"}


async def test_in_a_group_chat_it_is_the_same(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    flows.reply = Say("words")
    there = {"id": "19:group@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}
    await bot.send(channel.activity(conversation=there, recipient=ASIDE))
    assert paths(channel) == ["POST /19:group@thread.v2/activities"]
    assert channel.heard[0].query == {"isTargetedActivity": "true"}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 451])
@pytest.mark.parametrize("reply", REPLIES)
async def test_a_targeted_answer_that_is_refused_goes_to_the_persons_own_chat(
    status: int, reply: Reply, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())  # Ana's own chat becomes known
    flows.reply = reply
    channel.answers.extend([refused(status)] * (2 if status == 401 else 1))
    assert await bot.send(channel.in_channel(recipient=ASIDE)) == (200, None)
    assert paths(channel)[-1] == "POST /a:ana/activities"
    assert channel.heard[-1].query == {}
    assert all(call.query for call in channel.heard[:-1])


async def test_who_has_no_chat_with_us_yet_gets_one(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    flows.reply = Say("words")
    channel.answers.extend([refused(400), Answer(201, {"id": "a:new"})])
    await bot.send(channel.in_channel(recipient=ASIDE))
    assert paths(channel)[1:] == ["POST ", "POST /a:new/activities"]
    assert channel.heard[1].body["members"] == [{"id": ANA}]


@pytest.mark.parametrize("closed", [403, 404])
async def test_a_chat_that_is_closed_to_us_by_now_is_opened_anew(
    closed: int, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    flows.reply = Say("words")
    channel.answers.extend([refused(400), refused(closed), Answer(201, {"id": "a:new"})])
    await bot.send(channel.in_channel(recipient=ASIDE))
    assert paths(channel)[1:] == ["POST /a:ana/activities", "POST ", "POST /a:new/activities"]


async def test_where_no_way_is_left_the_log_says_why_and_the_channel_hears_nothing(
    bot: Bot,
    channel: Channel,
    flows: ScriptedFlows,
    installations: Installations,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del installations
    flows.reply = Say("words")
    channel.answers.extend([refused(400)] + [refused(400)] * 9)
    assert await bot.send(channel.in_channel(recipient=ASIDE)) == (200, None)
    [warning] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.getMessage() == "An answer could not be posted"
    assert vars(warning)["cause"] == "refused"
    spoken = [call for call in channel.heard if call.path.startswith(TO_THE_CHANNEL)]
    assert [call.query for call in spoken] == [{"isTargetedActivity": "true"}]


@pytest.mark.parametrize("status", [403, 404])
async def test_whose_own_chat_is_closed_is_answered_where_they_asked_and_alone(
    status: int, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    flows.reply = Whisper(Say("words"))
    channel.answers.extend([refused(status), refused(400)])
    assert await bot.send(channel.in_channel()) == (200, None)
    last = channel.heard[-1]
    assert (last.path, last.query, last.body["text"]) == (THREAD, {"isTargetedActivity": "true"}, "words")


async def test_who_is_reached_in_no_way_alone_reads_where_the_answer_is_and_others_no_more(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Whisper(Say("words"))
    channel.answers.extend([refused(400), refused(403)])
    assert await bot.send(channel.in_channel()) == (200, None)
    last = channel.heard[-1]
    assert (last.path, last.query) == (THREAD, {})
    assert "Open that chat and type /requests" in last.body["text"]
    assert "words" not in str(last.body)


@pytest.mark.parametrize("status", [412, 429])
async def test_what_surely_was_not_shown_is_targeted_again(
    status: int, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("words")
    channel.answers.append(Answer(status, headers={"Retry-After": "0"}))
    await bot.send(channel.in_channel(recipient=ASIDE))
    assert [call.query for call in channel.heard] == [{"isTargetedActivity": "true"}] * 2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, "reset"])
async def test_what_may_have_been_shown_is_not_said_twice(
    status: int | str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("words")
    channel.answers.append(Answer(status))
    assert await bot.send(channel.in_channel(recipient=ASIDE)) == (200, None)
    assert [call.query for call in channel.heard] == [{"isTargetedActivity": "true"}]


async def test_who_cannot_be_known_gets_no_answer_before_others(
    bot: Bot, channel: Channel, flows: ScriptedFlows, caplog: pytest.LogCaptureFixture
) -> None:
    channel.answers.append(refused(400))
    await bot.send(channel.in_channel(recipient=ASIDE, **{"from": {"id": "29:x", "name": "X"}}))
    assert [call.query for call in channel.heard] == [{"isTargetedActivity": "true"}]
    assert "nobody is known" in caplog.text
    assert flows.turns == []


@pytest.mark.parametrize("reply", REPLIES)
async def test_the_button_of_an_old_client_is_answered_in_the_pressers_own_chat(
    reply: Reply, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    flows.reply = reply
    await bot.send(channel.in_channel(text=None, value=PRESS))
    assert isinstance(flows.turns[-1], Pressed)
    assert paths(channel) == ["POST /a:ana/activities"]
    await bot.send(channel.in_channel(text=None, value=PRESS, recipient=ASIDE, id="2"))
    assert channel.heard[1].query == {"isTargetedActivity": "true"}


async def test_in_ones_own_chat_a_button_is_answered_there(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Show(CARD)
    await bot.send(channel.activity(text=None, value=PRESS))
    assert channel.heard[0].body["attachments"][0]["content"] == CARD
    assert channel.heard[0].path == "/a:ana/activities/1700000000001"


async def test_a_request_asked_for_aside_opens_a_thread_of_its_own(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(new_post(channel))
    await bot.send(channel.in_channel(id="1700", recipient=ASIDE))
    assert [Reference.read(turn.place).thread for turn in flows.turns] == ["", "1699"]


async def test_so_does_what_is_asked_for_with_the_buttons_of_the_answer(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    """The invoke of such a button names a thread, of which others see nothing, and not that it is aside."""
    flows.reply = Show(CARD)
    await bot.send(new_post(channel))
    press, fill_in = channel.heard[0].body["attachments"][0]["content"]["actions"]
    flows.reply = Dialog(
        "Invite", {**CARD, "actions": [{"type": "Action.Submit", "data": {"verb": "x.send"}}]}
    )
    _, opened = await bot.send(channel.in_channel(**channel_free(channel.invoke("task/fetch", fill_in))))
    send = opened["task"]["value"]["card"]["content"]["actions"][0]
    flows.reply = Nothing()
    await bot.send(channel.in_channel(**channel_free(channel.invoke("task/submit", send, id="f:2"))))
    action = {"action": press, "trigger": "manual"}
    await bot.send(
        channel.in_channel(**channel_free(channel.invoke("adaptiveCard/action", action, id="f:3")))
    )
    await bot.send(channel.in_channel(text=None, value=send["data"], id="1701"))

    kinds = [type(turn) for turn in flows.turns[1:]]
    assert kinds == [Opened, Submitted, Pressed, Pressed]
    assert [Reference.read(turn.place).thread for turn in flows.turns] == [""] * 5
    assert all("aside" not in turn.data for turn in flows.turns[1:3] if isinstance(turn, Opened | Submitted))


def channel_free(invoke: dict[str, Any]) -> dict[str, Any]:
    """Return an invoke without where it happened."""
    return {name: value for name, value in invoke.items() if name != "conversation"}


async def test_the_buttons_of_an_answer_that_all_see_carry_no_such_mark(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Show(CARD)
    await bot.send(channel.in_channel())
    assert channel.heard[0].body["attachments"][0]["content"] == CARD


async def test_only_what_is_said_in_it_makes_a_chat_known_as_ones_own(
    bot: Bot, channel: Channel, notes: KeptNotes
) -> None:
    """A chat of two people is personal as well, and a message extension works there."""
    theirs = {"id": "19:ana_bo@unq.gbl.spaces", "conversationType": "personal", "tenantId": TENANT}
    value = {"commandId": "invite", "commandContext": "compose"}
    await bot.send(channel.invoke("composeExtension/fetchTask", value, conversation=theirs))
    assert "unq.gbl.spaces" not in notes.kept[f"person/{ANA}"]

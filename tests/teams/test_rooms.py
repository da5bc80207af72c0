"""A request asked for with a message extension is shown where the bot is, and privately where it is not."""

from typing import Any

import pytest

from bot.teams.reference import Reference
from dialogs.turn import Close, Opened, Scope, Submitted
from tests.teams.channel import ANA, TENANT, Answer, Bot, Channel
from tests.teams.conftest import ScriptedFlows

CHANNEL = {"id": "19:abc@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
GROUP = {"id": "19:group@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}
UNNAMED = {"id": "19:meeting_x@thread.v2", "tenantId": TENANT}
TWO_PEOPLE = {"id": "19:ana_bo@unq.gbl.spaces", "conversationType": "personal", "tenantId": TENANT}
OWN = {"id": "a:ana", "conversationType": "personal", "tenantId": TENANT}
SEND = {
    "commandId": "invite",
    "commandContext": "compose",
    "data": {"verb": "invite.send", "address": "a@b.c"},
}


async def asked(bot: Bot, channel: Channel, there: dict[str, Any], **value: Any) -> None:
    sent = channel.invoke("composeExtension/submitAction", {**SEND, **value}, conversation=there)
    await bot.send({**sent, "id": f"f:{len(channel.heard)}"})


def submitted(flows: ScriptedFlows) -> Submitted:
    turn = flows.turns[-1]
    assert isinstance(turn, Submitted)
    assert (turn.verb, turn.data) == ("invite.send", {"address": "a@b.c"})
    return turn


@pytest.mark.parametrize("there", [CHANNEL, GROUP, UNNAMED])
@pytest.mark.parametrize("context", ["compose", "message", "Compose"])
async def test_where_the_roster_has_the_person_it_is_shown_there(
    there: dict[str, Any], context: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.append(Answer(200, {"id": "29:ana"}))
    await asked(bot, channel, there, commandContext=context)
    turn = submitted(flows)
    assert [call.path for call in channel.heard] == [f"/{there['id']}/members/{ANA}"]
    assert Reference.read(turn.place).wire_id == there["id"]
    assert (turn.scope is Scope.PERSONAL, turn.away) == (False, False)


async def test_a_reply_in_a_thread_stays_in_it(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    there = {**CHANNEL, "id": f"{CHANNEL['id']};messageid=1699"}
    await asked(bot, channel, there)
    assert Reference.read(submitted(flows).place).wire_id == there["id"]


@pytest.mark.parametrize(
    ("there", "status"),
    [(there, status) for there in (CHANNEL, GROUP, UNNAMED) for status in (400, 403, 404, 405)]
    + [(CHANNEL, 503), (GROUP, "reset")],
)
async def test_where_the_roster_does_not_say_so_it_is_shown_in_the_persons_own_chat(
    there: dict[str, Any], status: int | str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.extend([Answer(status)] * 9)
    await asked(bot, channel, there)
    turn = submitted(flows)
    assert (turn.place, turn.scope, turn.away) == ("", Scope.PERSONAL, True)


@pytest.mark.parametrize("context", ["commandBox", "commandbox", "", None, 7, "whatever"])
async def test_what_is_written_in_no_conversation_is_shown_in_the_persons_own_chat(
    context: object, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await asked(bot, channel, CHANNEL, commandContext=context)
    assert channel.heard == []
    assert submitted(flows).away


async def test_a_chat_of_two_people_is_not_taken_for_the_persons_own(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    await asked(bot, channel, TWO_PEOPLE)
    assert (submitted(flows).place, submitted(flows).away) == ("", True)
    await asked(bot, channel, OWN)
    assert Reference.read(submitted(flows).place).conversation == "a:ana"
    assert not submitted(flows).away
    assert channel.heard == []


async def test_a_form_is_opened_by_its_command_with_what_a_message_says(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    body = {"contentType": "html", "content": "<div>Ask <b>ana@fabrikam.com</b> &amp; Bo</div>"}
    value = {"commandId": "invite", "commandContext": "message", "messagePayload": {"id": "1", "body": body}}
    await bot.send(channel.invoke("composeExtension/fetchTask", value, conversation=CHANNEL))
    turn = flows.turns[-1]
    assert isinstance(turn, Opened)
    assert (turn.verb, turn.quoted, turn.away) == ("invite.open", "Ask ana@fabrikam.com & Bo", False)


async def test_a_form_is_opened_with_what_was_typed_already(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    typed = {"address": "a@b.c", "verb": "approval.approve"}
    value = {"commandId": "assign", "commandContext": "compose", "data": typed}
    await bot.send(channel.invoke("composeExtension/fetchTask", value, conversation=CHANNEL))
    turn = flows.turns[-1]
    assert isinstance(turn, Opened)
    assert (turn.verb, turn.data, turn.quoted) == ("assign.open", {"address": "a@b.c"}, "")


@pytest.mark.parametrize("act", ["edit", "send"])
async def test_a_preview_that_was_never_offered_is_a_form_that_nobody_knows(
    act: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Close("an older version")
    value = {
        "commandId": "invite",
        "botMessagePreviewAction": act,
        "botActivityPreview": [{"type": "message"}],
    }
    answer = await bot.send(channel.invoke("composeExtension/submitAction", value, conversation=OWN))
    assert answer == (200, {"task": {"type": "message", "value": "an older version"}})
    turn = flows.turns[-1]
    assert isinstance(turn, Submitted)
    assert (turn.verb, turn.data) == ("", {})


async def test_a_long_message_of_broken_tags_does_not_hold_the_event_loop(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    value = {**SEND, "messagePayload": {"body": {"content": "<" * 100_000}}}
    await bot.send(channel.invoke("composeExtension/fetchTask", value, conversation=OWN))
    assert isinstance(flows.turns[0], Opened)

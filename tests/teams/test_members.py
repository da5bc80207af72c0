"""Who acts in a shared channel: ours are served, those of other tenants get no turn and see nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dialogs.turn import Joined, Nothing, Say
from tests.clinic import PATIENCE
from tests.teams.channel import ANA, BOT, TENANT, Answer, Bot, Channel
from tests.teams.conftest import Accounts, HandClock, ScriptedFlows

THEIRS = "0b1c2d3e-0000-4000-8000-0000000000ff"
ROSA = {"id": "29:rosa", "name": "Rosa Keller", "aadObjectId": "0b1c2d3e-0000-4000-8000-0000000000d5"}
ANA_UNTOLD = {"id": "29:ana", "name": "Ana Silva", "aadObjectId": ANA}
NOT_SERVED = "and no others"


def member(tenant: str | None, role: str = "user") -> Answer:
    """Return what the roster says of somebody, as Microsoft's `TeamsChannelAccount` has it."""
    told = {} if tenant is None else {"tenantId": tenant}
    return Answer(body={"id": "29:x", "aadObjectId": "x", "userRole": role, **told})


def shared(channel: Channel, sender: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return what somebody types in a shared channel of ours: the tenants it names are the host's."""
    data = {
        "tenant": {"id": TENANT},
        "team": {"id": "19:team@thread.tacv2"},
        "channel": {"id": "19:abc@thread.tacv2", "type": "shared"},
    }
    return channel.in_channel(channelData=data, **{"from": sender}, **fields)


@pytest.mark.parametrize(
    "answer",
    [member(THEIRS), member(None), member(TENANT, "anonymous"), member(THEIRS, "guest")],
    ids=["another", "not said", "anonymous", "another's guest"],
)
async def test_whoever_the_roster_does_not_call_ours_gets_no_turn_and_is_told_so_alone(
    answer: Answer, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.append(answer)
    assert await bot.send(shared(channel, ROSA)) == (200, None)
    assert flows.turns == []
    asked, said = channel.heard
    assert (asked.method, asked.path) == ("GET", "/19:abc@thread.tacv2/members/29:rosa")
    assert said.query == {"isTargetedActivity": "true"}
    assert said.body["recipient"]["id"] == "29:rosa"
    assert NOT_SERVED in said.body["text"]


async def test_where_nothing_can_be_said_in_private_another_tenants_member_is_told_nothing(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.extend([member(THEIRS), Answer(400)])
    assert await bot.send(shared(channel, ROSA)) == (200, None)
    assert (len(channel.heard), flows.turns) == (2, [])


async def test_a_tenant_that_the_activity_tells_is_asked_of_nobody(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert (await bot.send(shared(channel, {**ROSA, "tenantId": THEIRS})))[0] == 200
    assert (flows.turns, [call.method for call in channel.heard]) == ([], ["POST"])
    await bot.send(shared(channel, {**ANA_UNTOLD, "tenantId": TENANT}, id="2"))
    assert len(flows.turns) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("adaptiveCard/action", {"action": {"type": "Action.Execute", "verb": "request.view"}}),
        ("task/fetch", {"data": {"verb": "invite.open"}}),
        ("task/submit", {"data": {"verb": "invite.send"}}),
        ("composeExtension/fetchTask", {"commandId": "invite", "commandContext": "compose"}),
    ],
)
async def test_a_button_or_a_form_of_ours_answers_another_tenants_member_with_a_refusal_alone(
    name: str, value: dict[str, Any], bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.append(member(THEIRS))
    status, body = await bot.send(shared(channel, ROSA, type="invoke", name=name, value=value, text=None))
    assert (status, flows.turns) == (200, [])
    assert NOT_SERVED in str(body)
    assert "AdaptiveCard" not in str(body)


async def test_a_form_that_is_opened_in_a_chat_without_the_bot_needs_no_roster(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    there = {"id": "19:chat@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}
    value = {"commandId": "invite", "commandContext": "commandBox"}
    opened = channel.invoke("composeExtension/fetchTask", value, conversation=there)
    await bot.send({**opened, "from": ANA_UNTOLD})
    assert (len(flows.turns), channel.heard) == (1, [])


async def test_a_search_finds_nothing_for_another_tenants_member(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.append(member(THEIRS))
    value = {"queryText": "a", "queryOptions": {"top": 5}, "dataset": "apps"}
    asked = shared(channel, ROSA, type="invoke", name="application/search", value=value, text=None)
    assert (await bot.send(asked))[1]["value"] == {"results": []}
    assert flows.turns == []


async def test_the_rosters_answer_counts_for_ten_minutes(
    bot: Bot, channel: Channel, flows: ScriptedFlows, clock: HandClock
) -> None:
    channel.answers.extend([member(TENANT)])
    await bot.send(shared(channel, ANA_UNTOLD))
    await bot.send(shared(channel, ANA_UNTOLD, id="2"))
    assert (len(flows.turns), len(channel.heard)) == (2, 1)
    clock.ahead = timedelta(minutes=11)
    channel.answers.append(member(TENANT))
    await bot.send(shared(channel, ANA_UNTOLD, id="3"))
    assert (len(flows.turns), len(channel.heard)) == (3, 2)


async def test_of_whom_we_met_in_their_own_chat_no_roster_is_asked(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity(**{"from": ANA_UNTOLD}))
    await bot.send(shared(channel, ANA_UNTOLD, id="2"))
    assert (len(flows.turns), channel.heard) == (2, [])


@pytest.mark.parametrize("trouble", [Answer(403), Answer(404), Answer(400)])
async def test_who_cannot_be_looked_up_gets_no_turn_and_is_told_where_it_needs_no_look(
    trouble: Answer, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity(id="0", **{"from": {**ROSA, "tenantId": TENANT}}))  # the service is known
    flows.turns.clear()
    channel.answers.extend([trouble, Answer(400), Answer(201, {"id": "a:ana"}), Answer(201, {"id": "m"})])
    await bot.send(shared(channel, ANA_UNTOLD))
    assert flows.turns == []
    told = channel.heard[-1]
    assert (told.path, told.body.get("recipient")) == ("/a:ana/activities", None)
    assert "could not check" in told.body["text"]


@pytest.mark.parametrize("trouble", [Answer(403), Answer(404), Answer(429, {}, {"Retry-After": "30"})])
async def test_where_the_roster_does_not_say_our_directory_knows_its_own_people(
    trouble: Answer, bot: Bot, channel: Channel, flows: ScriptedFlows, accounts: Accounts
) -> None:
    accounts.ids = {ANA}
    channel.answers.append(trouble)
    await bot.send(shared(channel, ANA_UNTOLD))
    assert len(flows.turns) == 1
    channel.answers.append(trouble)
    await bot.send(shared(channel, ROSA, id="2"))
    assert len(flows.turns) == 1, "nobody of another tenant has an account of their own id in ours"
    assert NOT_SERVED in channel.heard[-1].body["text"]


async def test_a_roster_that_does_not_answer_lets_nobody_in(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    channel.answers.extend([Answer("reset")] * 4)
    async with asyncio.timeout(PATIENCE):
        await bot.send(shared(channel, ROSA))
    assert flows.turns == []


async def test_who_adds_the_app_is_greeted_where_the_roster_cannot_be_read_but_not_another_tenants(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("welcome")
    added = {"type": "conversationUpdate", "membersAdded": [{"id": BOT}], "text": None}
    channel.answers.append(member(THEIRS))
    await bot.send(shared(channel, ROSA, **added))
    assert flows.turns == []
    elsewhere = {"id": "19:def@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
    channel.answers.append(Answer(403))
    await bot.send({**shared(channel, ANA_UNTOLD, **added), "conversation": elsewhere, "id": "2"})
    assert [type(turn) for turn in flows.turns] == [Joined]
    assert channel.heard[-1].body["text"] == "welcome"


async def test_a_personal_chat_of_another_tenant_is_turned_away(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Nothing()
    assert await bot.send(channel.activity(**{"from": {**ROSA, "tenantId": THEIRS}})) == (403, None)
    assert (flows.turns, channel.heard) == ([], [])

"""Where it was said, and who is met where."""

from dataclasses import replace

import pytest

from access.rules.model import ObjectId, Place
from bot.teams import Teams
from bot.teams.reference import Reference
from dialogs.turn import Say
from tests.teams.channel import ANA, BOT, TENANT, Answer, Bot, Channel
from tests.teams.conftest import KeptNotes, ScriptedFlows

CARD = {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "a card", "body": []}


async def test_a_place_reads_back_as_it_was_written(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    await bot.send(channel.in_channel())
    place = flows.turns[0].place
    reference = Reference.read(place)
    assert reference == Reference(
        service=channel.service_url, conversation="19:abc@thread.tacv2", thread="1699", tenant=TENANT, bot=BOT
    )
    assert reference.place == place
    assert reference.wire_id == "19:abc@thread.tacv2;messageid=1699"


async def test_the_message_that_opens_a_thread_names_it(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    there = {"id": "19:abc@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
    await bot.send(channel.activity(id="1700", conversation=there))
    await bot.send(channel.activity(id="1701", replyToId="1700", conversation=there))
    assert [Reference.read(turn.place).thread for turn in flows.turns] == ["1700", "1700"]


async def test_an_answer_in_a_channel_goes_to_the_same_thread(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("hello")
    await bot.send(channel.in_channel(id="1700"))
    assert channel.heard[0].path == "/19:abc@thread.tacv2;messageid=1699/activities/1700"
    assert channel.heard[0].body["replyToId"] == "1700"


async def test_people_are_remembered_and_nothing_is_written_twice(
    bot: Bot, channel: Channel, notes: KeptNotes
) -> None:
    for number in range(3):
        await bot.send(channel.activity(id=str(number)))
    await bot.send(channel.in_channel(id="9"))
    assert sorted(notes.writes) == [f"person/{ANA}", "teams/service"]
    assert "29:ana" in notes.kept[f"person/{ANA}"]
    assert "a:ana" in notes.kept[f"person/{ANA}"]
    assert len(notes.reads) == 3  # once more before writing: other replicas write too


async def test_what_another_process_kept_is_not_written_again(
    bot: Bot, channel: Channel, notes: KeptNotes
) -> None:
    await bot.send(channel.activity())
    kept = dict(notes.kept)
    notes.writes.clear()
    await bot.send(channel.activity(id="2", **{"from": {"id": "29:bo", "aadObjectId": "bo"}}))
    assert notes.writes == ["person/bo"]
    assert notes.kept.items() > kept.items()


async def test_a_store_that_fails_does_not_cost_the_turn(
    bot: Bot, channel: Channel, flows: ScriptedFlows, notes: KeptNotes, caplog: pytest.LogCaptureFixture
) -> None:
    notes.away = {"read"}
    assert (await bot.send(channel.activity()))[0] == 200
    assert len(flows.turns) == 1
    assert "A person could not be remembered" in caplog.text


async def test_who_adds_the_app_to_a_team_is_remembered_and_reached_in_private(
    bot: Bot, teams: Teams, channel: Channel, notes: KeptNotes
) -> None:
    await bot.send(
        channel.in_channel(type="conversationUpdate", id="f:1", membersAdded=[{"id": BOT}], text=None)
    )
    assert "29:ana" in notes.kept[f"person/{ANA}"]
    channel.answers.append(Answer(201, {"id": "a:ana"}))
    assert Reference.read(await teams.chat.reach(ObjectId(ANA))).conversation == "a:ana"
    assert channel.heard[-1].body["members"] == [{"id": ANA}]


async def test_two_places_are_one_conversation_whatever_thread_and_whatever_service_url(
    bot: Bot, channel: Channel, teams: Teams, flows: ScriptedFlows
) -> None:
    await bot.send(channel.in_channel())
    await bot.send(channel.activity(id="2"))
    there, chat = (turn.place for turn in flows.turns)
    read = Reference.read(there)
    moved = replace(read, service="https://smba.trafficmanager.net/de/", thread="1700").place
    elsewhere = replace(read, conversation="19:abd@thread.tacv2").place
    assert teams.chat.is_same(there, moved)
    assert teams.chat.is_same(chat, chat)
    assert not teams.chat.is_same(there, elsewhere)
    assert not teams.chat.is_same(there, chat)
    unknown = Place("")  # of a chat that is not open yet
    assert not teams.chat.is_same(unknown, there)
    assert not teams.chat.is_same(unknown, unknown)

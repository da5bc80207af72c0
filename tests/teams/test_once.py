"""An activity is one turn, however often it comes."""

import asyncio

import pytest

from dialogs.turn import Reply, Say, Turn
from tests.clinic import PATIENCE
from tests.teams.channel import Answer, Bot, Channel
from tests.teams.conftest import ScriptedFlows


async def test_an_activity_that_comes_again_gets_the_same_answer_and_no_second_turn(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    async def numbered(_: Turn) -> Reply:
        return Say(f"answer {len(flows.turns)}")

    flows.reply = numbered
    press = channel.invoke("adaptiveCard/action", {"action": {"verb": "x.y"}})
    first = await bot.send(press)
    assert first[1]["value"] == "answer 1"
    assert await bot.send(press) == first
    assert len(flows.turns) == 1


async def test_an_activity_that_comes_again_while_it_is_answered_waits_for_that_answer(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Turn) -> Reply:
        begun.set()
        await go_on.wait()
        return Say("once")

    flows.reply = slow
    press = channel.invoke("adaptiveCard/action", {"action": {"verb": "x.y"}})
    calls = [asyncio.create_task(bot.send(press)) for _ in range(5)]
    await asyncio.wait_for(begun.wait(), PATIENCE)
    go_on.set()
    answers = await asyncio.gather(*calls)
    assert [answer[1]["value"] for answer in answers] == ["once"] * 5
    assert len(flows.turns) == 1


async def test_one_id_in_two_conversations_is_two_turns(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    await bot.send(channel.in_channel())
    assert len(flows.turns) == 2
    assert len({turn.activity for turn in flows.turns}) == 2


async def test_an_answer_that_cannot_be_posted_is_logged_and_ends_the_turn(
    bot: Bot, channel: Channel, flows: ScriptedFlows, caplog: pytest.LogCaptureFixture
) -> None:
    flows.reply = Say("hello")
    channel.answers.append(Answer(400))
    assert await bot.send(channel.activity()) == (200, None)
    assert len(channel.heard) == 1
    assert "An answer could not be posted" in caplog.text

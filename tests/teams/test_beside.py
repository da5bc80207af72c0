"""An answer that takes longer than a turn: a card at once, and what comes of the work in its place."""

import asyncio

from dialogs.turn import Beside, Card
from tests.clinic import until
from tests.teams.channel import Answer, Bot, Channel
from tests.teams.conftest import ScriptedFlows

FIRST: Card = {"type": "AdaptiveCard", "fallbackText": "Looking"}
THEN: Card = {"type": "AdaptiveCard", "fallbackText": "Seen"}


async def work() -> Card:
    return THEN


async def heard(channel: Channel, count: int) -> list[tuple[str, str]]:
    async def look() -> bool:
        return len(channel.heard) >= count

    await until(look, "the channel hears of it")
    return [(one.method, one.path.rpartition("/activities")[2]) for one in channel.heard]


async def test_the_card_comes_at_once_and_the_turn_is_over_before_the_work_is(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    done = asyncio.Event()

    async def long() -> Card:
        await done.wait()
        return THEN

    flows.reply = Beside(FIRST, long)
    await bot.send(channel.activity(text="/bulk"))
    assert len(await heard(channel, 1)) == 1
    done.set()
    [_, (method, at)] = await heard(channel, 2)
    assert (method, bool(at)) == ("PUT", True)
    assert channel.heard[1].body["attachments"][0]["content"] == THEN


async def test_a_dialog_closes_and_the_card_stands_in_the_chat(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Beside(FIRST)
    status, body = await bot.send(channel.invoke("task/submit", {"data": {"verb": "bulk.look"}}))
    assert (status, body) == (200, None)
    assert [method for method, _ in await heard(channel, 1)] == ["POST"]


async def test_where_the_first_card_is_gone_it_is_shown_below(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Beside(FIRST, work)
    channel.answers += [Answer(201, {"id": "1"}), Answer(404)]
    await bot.send(channel.activity(text="/bulk"))
    assert [method for method, _ in await heard(channel, 3)] == ["POST", "PUT", "POST"]


async def test_a_bug_in_the_work_shows_its_correlation_id_in_the_place_of_the_card(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    async def broken() -> Card:
        raise ZeroDivisionError

    flows.reply = Beside(FIRST, broken)
    await bot.send(channel.activity(text="/bulk"))
    assert [method for method, _ in await heard(channel, 2)] == ["POST", "PUT"]
    assert "fault" in channel.heard[1].body["attachments"][0]["content"]["fallbackText"]

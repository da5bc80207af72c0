"""A yes or a no to a file that was offered: answered at once, and shown in the offer's place."""

import asyncio
from typing import Any

import pytest

from dialogs.turn import Consented, Filed, Nothing, Offer, Reply, Room, Say, Show, Turn
from tests.clinic import until
from tests.teams.channel import Answer, Bot, Channel, Raw
from tests.teams.conftest import ScriptedFlows

CONSENT = "fileConsent/invoke"
INFO = {
    "contentUrl": "https://contoso-my.sharepoint.com/personal/megan/Documents/guests.csv",
    "name": "guests.csv",
    "uploadUrl": "https://contoso-my.sharepoint.com/upload?tempauth=secret",
    "uniqueId": "1150D938-8870-4044-9F2C-5BBDEBA70C8C",
    "fileType": "csv",
    "etag": "123",
}
ROOM = Room("guests.csv", INFO["contentUrl"], INFO["uploadUrl"], INFO["uniqueId"], "csv")
YES: Raw = {
    "type": "fileUpload",
    "action": "accept",
    "context": {"verb": "guests.save", "app": "1"},
    "uploadInfo": INFO,
}
NO: Raw = {"type": "fileUpload", "action": "decline", "context": {"verb": "guests.save", "app": "1"}}
CARD = {"type": "AdaptiveCard", "fallbackText": "None"}


def answered(channel: Channel, value: Any, offer: str = "offer") -> Raw:
    return {**channel.invoke(CONSENT, value), "id": f"f:{offer}", "replyToId": offer}


async def heard(channel: Channel, count: int = 1) -> list[tuple[str, str]]:
    async def look() -> bool:
        return len(channel.heard) >= count

    await until(look, "the channel hears of it")
    return [(one.method, one.path.rpartition("/activities")[2]) for one in channel.heard]


@pytest.mark.parametrize(("value", "room"), [(YES, ROOM), (NO, None)])
async def test_the_turn_has_what_was_offered_and_where_the_file_goes(
    value: Raw, room: Room | None, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert await bot.send(answered(channel, value)) == (200, None)

    async def look() -> bool:
        return bool(flows.turns)

    await until(look, "the flows hear of it")
    [turn] = flows.turns
    assert isinstance(turn, Consented)
    assert (turn.verb, turn.data, turn.room) == ("guests.save", {"app": "1"}, room)
    assert turn.activity.endswith("/offer/consent")
    assert "secret" not in repr(turn)


@pytest.mark.parametrize("reply", [Filed(ROOM), Show(CARD)])
async def test_what_came_of_it_takes_the_place_of_the_offer(
    reply: Reply, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = reply
    await bot.send(answered(channel, YES))
    assert await heard(channel) == [("PUT", "/offer")]
    [attachment] = channel.heard[0].body["attachments"]
    if isinstance(reply, Filed):
        assert attachment == {
            "contentType": "application/vnd.microsoft.teams.card.file.info",
            "contentUrl": INFO["contentUrl"],
            "name": "guests.csv",
            "content": {"uniqueId": INFO["uniqueId"], "fileType": "csv"},
        }


async def test_a_sentence_is_said_below_the_offer(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    flows.reply = Say("It was answered before.")
    await bot.send(answered(channel, YES))
    assert await heard(channel) == [("POST", "")]


async def test_where_the_offer_is_gone_it_is_shown_below(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Filed(ROOM)
    channel.answers.append(Answer(404))
    await bot.send(answered(channel, YES))
    assert await heard(channel, 2) == [("PUT", "/offer"), ("POST", "")]


async def test_the_call_is_answered_before_the_file_is_made(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    made = asyncio.Event()

    async def slow(_: Turn) -> Reply:
        await made.wait()
        return Filed(ROOM)

    flows.reply = slow
    assert await bot.send(answered(channel, YES)) == (200, None)
    assert channel.heard == []
    made.set()
    assert await heard(channel) == [("PUT", "/offer")]


async def test_of_very_many_files_at_once_the_last_are_put_off(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    made = asyncio.Event()

    async def slow(_: Turn) -> Reply:
        await made.wait()
        return Nothing()

    flows.reply = slow
    found = [(await bot.send(answered(channel, YES, f"offer{number}")))[0] for number in range(22)]
    assert found == [*[200] * 20, 429, 429]
    made.set()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"action": "maybe"},
        {"action": "accept"},
        {"action": "accept", "uploadInfo": []},
        {"action": "accept", "uploadInfo": {**INFO, "uploadUrl": 5}},
        {"action": "accept", "uploadInfo": {**INFO, "uploadUrl": ""}},
        {"action": "decline", "context": "x"},
    ],
)
async def test_what_is_no_answer_to_a_file_is_malformed(
    value: Any, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert await bot.send(answered(channel, value)) == (400, None)
    assert flows.turns == []


async def test_an_offer_goes_to_the_own_chat_and_whoever_pressed_is_told_so(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Offer("guests.csv", "1 guest.", 261, "guests.save", {"app": "1"})
    channel.answers.append(Answer(body={"id": "a:own"}))
    pressed = channel.invoke("adaptiveCard/action", {"action": {"verb": "guests.file", "data": {}}})
    status, body = await bot.send(pressed)
    assert (status, body["value"]) == (
        200,
        "The file is offered in your own chat with Guestlist. Press Accept there.",
    )
    offer = next(one for one in channel.heard if one.body.get("attachments"))
    assert offer.body["attachments"] == [
        {
            "contentType": "application/vnd.microsoft.teams.card.file.consent",
            "name": "guests.csv",
            "content": {
                "description": "1 guest.",
                "sizeInBytes": 261,
                "acceptContext": {"app": "1", "verb": "guests.save"},
                "declineContext": {"app": "1", "verb": "guests.save"},
            },
        }
    ]

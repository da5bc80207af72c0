"""An answer that the channel does not take for the moment is not lost."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from zoneinfo import ZoneInfo

import aiohttp
import orjson
import pytest

from access.ports import AccessError, NotDone, Unknown
from access.rules.causes import Cause
from bot.credential import StaticCredential
from bot.teams.alarm import Alarms
from bot.teams.chat import TeamsChat
from bot.teams.connector import Connector
from bot.teams.conversations import Conversations
from bot.teams.later import Later
from bot.teams.origins import Origins
from bot.teams.private import Private
from bot.teams.reader import read_activity
from bot.teams.reference import People
from bot.teams.writer import text_message
from cards.look import Look
from dialogs.turn import Say
from tests.clinic import until
from tests.teams.channel import BOT, TENANT, Answer, Bot, Channel
from tests.teams.conftest import HandTime, KeptNotes, ScriptedFlows

REPLY = text_message("hello")
LONG = {"Retry-After": "30"}


@pytest.fixture
async def later(passing: HandTime) -> AsyncIterator[Later]:
    kept = Later(passing.sleep)
    yield kept
    await kept.close()


@pytest.fixture
async def conversations(channel: Channel, passing: HandTime, later: Later) -> AsyncIterator[Conversations]:
    async with aiohttp.ClientSession() as session:
        connector = Connector(
            session,
            StaticCredential("made-up"),
            Origins([channel.origin]),
            now=passing.now,
            sleep=passing.sleep,
        )
        yield Conversations(connector, later)


async def _nowhere(error: AccessError) -> None:
    raise error


async def test_an_answer_that_must_wait_longer_than_a_turn_is_posted_later_and_once(
    conversations: Conversations, channel: Channel, passing: HandTime
) -> None:
    channel.answers.extend([Answer(429, headers=LONG), Answer(412), Answer(201, {"id": "m"})])
    await conversations.answer(read_activity(orjson.dumps(channel.activity())), REPLY, _nowhere)

    async def all_three() -> bool:
        return len(channel.heard) == 3

    await until(all_three, "it is posted in the end")
    assert 30 <= passing.slept[0] <= 37.5
    await asyncio.sleep(0.1)
    assert len(channel.heard) == 3


async def test_so_is_one_for_one_person_alone_and_to_them_alone(
    conversations: Conversations, channel: Channel, later: Later
) -> None:
    connector, house = conversations.connector, Look(ZoneInfo("UTC"))
    chat = TeamsChat(connector, People(KeptNotes()), tenant_id=TENANT, house=house, install=None)
    aside = channel.in_channel(recipient={"id": BOT, "isTargeted": True})
    channel.answers.extend([Answer(429, headers=LONG), Answer(201, {"id": "m"})])
    await Private(connector, chat, later, house).answer(read_activity(orjson.dumps(aside)), REPLY)

    async def both() -> bool:
        return len(channel.heard) == 2

    await until(both, "it is posted in the end")
    assert [call.query for call in channel.heard] == [{"isTargetedActivity": "true"}] * 2


async def test_one_that_is_refused_when_it_is_tried_again_goes_to_the_persons_own_chat(
    conversations: Conversations, channel: Channel, later: Later, notes: KeptNotes
) -> None:
    connector, house, people = conversations.connector, Look(ZoneInfo("UTC")), People(notes)
    await people.heard(channel.service_url, BOT)
    chat = TeamsChat(connector, people, tenant_id=TENANT, house=house, install=None)
    asked = read_activity(orjson.dumps(channel.in_channel()))
    channel.answers.extend([Answer(429, headers=LONG), Answer(403), Answer(201, {"id": "a:ana"})])
    instead = partial(Private(connector, chat, later, house).answer_instead, asked, REPLY)
    await conversations.answer(asked, REPLY, instead)

    async def there() -> bool:
        return channel.heard[-1].path == "/a:ana/activities"

    await until(there, "it is in the person's own chat")


async def test_what_may_have_been_shown_is_not_posted_again_later(
    conversations: Conversations, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    channel.answers.extend([Answer(429, headers=LONG), Answer(502)])
    await conversations.post(channel.service_url, "a:1", REPLY)

    async def told() -> bool:
        return "An answer could not be posted" in caplog.messages

    await until(told, "the log says that it is lost")
    assert len(channel.heard) == 2


async def test_what_was_lost_at_once_is_not_kept(conversations: Conversations, channel: Channel) -> None:
    channel.answers.append(Answer(502))
    with pytest.raises(Unknown):
        await conversations.post(channel.service_url, "a:1", REPLY)


@pytest.mark.parametrize("status", [500, 502, 503, 504, "reset"])
async def test_an_answer_that_was_lost_is_posted_again_for_somebody_waits_for_it(
    status: int | str, conversations: Conversations, channel: Channel, passing: HandTime
) -> None:
    channel.answers.extend([Answer(status), Answer(429), Answer(status), Answer(201, {"id": "m"})])
    await conversations.answer(read_activity(orjson.dumps(channel.activity())), REPLY, _nowhere)

    async def there() -> bool:
        return len(channel.heard) == 4

    await until(there, "it is posted in the end")
    assert 1 <= passing.slept[0] <= 1.25
    await asyncio.sleep(0.1)
    assert len(channel.heard) == 4


async def test_one_that_is_lost_each_time_is_given_up_so_that_it_stands_there_few_times(
    conversations: Conversations, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    channel.answers.extend([Answer(504)] * 20)
    await conversations.answer(read_activity(orjson.dumps(channel.activity())), REPLY, _nowhere)

    async def told() -> bool:
        return "An answer could not be posted" in caplog.messages

    await until(told, "the log says that it is lost")
    assert len(channel.heard) == 4


async def test_a_private_answer_that_was_lost_is_posted_again_to_them_alone(
    conversations: Conversations, channel: Channel, later: Later
) -> None:
    connector, house = conversations.connector, Look(ZoneInfo("UTC"))
    chat = TeamsChat(connector, People(KeptNotes()), tenant_id=TENANT, house=house, install=None)
    aside = channel.in_channel(recipient={"id": BOT, "isTargeted": True})
    channel.answers.extend([Answer(503), Answer(201, {"id": "m"})])
    await Private(connector, chat, later, house).answer(read_activity(orjson.dumps(aside)), REPLY)

    async def both() -> bool:
        return len(channel.heard) == 2

    await until(both, "it is posted in the end")
    assert [call.query for call in channel.heard] == [{"isTargetedActivity": "true"}] * 2


async def test_no_more_than_so_many_answers_wait_and_a_stop_ends_them() -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    kept = Later(for_ever)
    refused = NotDone(Cause.THROTTLED)

    async def post() -> str:
        return "never"

    for _ in range(500):
        kept.keep(post, refused)
    with pytest.raises(NotDone):
        kept.keep(post, refused)
    await kept.close()
    kept.keep(post, refused)
    await kept.close()


async def test_the_turn_whose_answer_must_wait_is_over_at_once(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("hello")
    channel.answers.append(Answer(429, headers=LONG))
    assert await asyncio.wait_for(bot.send(channel.activity()), 20) == (200, None)
    assert len(channel.heard) == 1


async def _nobody(*_: object) -> None: ...


async def test_an_alarm_that_the_channel_does_not_take_for_the_moment_is_posted_later(
    conversations: Conversations, channel: Channel, notes: KeptNotes, later: Later
) -> None:
    people = People(notes)
    await people.heard(channel.service_url, BOT)
    channel.answers.extend([Answer(429, headers=LONG), Answer(201, {"id": "m"})])
    Alarms(conversations.connector, people, later, "19:operators@thread.tacv2", _nobody).ring(
        "Invitations are blocked"
    )

    async def posted() -> bool:
        return [call.body.get("text") for call in channel.heard] == ["Invitations are blocked"] * 2

    await until(posted, "the alarm is posted again")

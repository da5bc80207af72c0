"""Who gets a turn: nobody with a bad token, nobody of another tenant, nobody who points us elsewhere."""

import asyncio
import json
import time
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.teams.keys import ChannelKeys, KeysUnreachable
from dialogs.turn import Say
from tests.clinic import PATIENCE, until
from tests.teams.channel import TENANT, Bot, Channel
from tests.teams.conftest import HandClock, ScriptedFlows
from tests.teams.forged import BAD, ELSEWHERE, publish


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_token_is_a_401_without_turn_or_call(
    case: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    publish(channel)
    flows.reply = Say("hello")
    headers = {"Content-Type": "application/json"}
    if authorization := BAD[case](channel):
        headers["Authorization"] = authorization
    body = json.dumps(channel.activity()).encode()
    status, answer = await bot.raw(body, headers)
    assert (status, answer) == (401, b"")
    assert flows.turns == []
    assert channel.heard == []


async def test_a_good_token_gets_its_turn(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    assert await bot.send(channel.activity()) == (200, None)
    assert len(flows.turns) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"channelData": {"tenant": {"id": "another"}}},
        {"conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "another"}},
        {"from": {"id": "29:x", "aadObjectId": "x", "tenantId": "another"}},
        {"conversation": {"id": "a:1", "conversationType": "personal"}, "channelData": None},
    ],
)
async def test_another_tenants_activity_is_turned_away(
    fields: dict[str, object], bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert await bot.send(channel.activity(**fields)) == (403, None)
    assert flows.turns == []
    assert channel.heard == []


async def test_another_channels_activity_is_turned_away(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert (await bot.send(channel.activity(channelId="webchat")))[0] == 401
    assert flows.turns == []


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_a_service_url_that_is_not_listed_is_turned_away_even_when_signed(
    url: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("hello")
    url = url.format(port=urlsplit(channel.origin).port)
    activity = channel.activity(serviceUrl=url)
    assert await bot.send(activity, channel.token(serviceurl=url)) == (403, None)
    assert flows.turns == []
    assert channel.heard == []


async def test_a_token_ends_although_it_was_verified_before(
    bot: Bot, channel: Channel, clock: HandClock
) -> None:
    token = channel.token()
    assert (await bot.send(channel.activity(id="1"), token))[0] == 200
    clock.ahead = timedelta(hours=2)
    assert (await bot.send(channel.activity(id="2"), token))[0] == 401


async def test_a_new_key_is_fetched_when_first_used_and_the_old_one_still_counts(
    bot: Bot, channel: Channel, clock: HandClock
) -> None:
    old = channel.token()
    await bot.send(channel.activity(id="1"), old)
    channel.published["second"] = ["msteams"]
    clock.ahead = timedelta(seconds=11)
    assert (await bot.send(channel.activity(id="2"), channel.token(kid="second")))[0] == 200
    assert (await bot.send(channel.activity(id="3"), old))[0] == 200
    assert (await bot.send(channel.activity(id="4"), channel.token(jti="fresh")))[0] == 200
    assert channel.key_fetches == 2


async def test_a_withdrawn_key_counts_no_more_once_keys_were_fetched(
    bot: Bot, channel: Channel, clock: HandClock
) -> None:
    old = channel.token()
    await bot.send(channel.activity(id="1"), old)
    channel.published = {"second": ["msteams"]}
    clock.ahead = timedelta(seconds=11)
    assert (await bot.send(channel.activity(id="2"), channel.token(kid="second")))[0] == 200
    assert (await bot.send(channel.activity(id="3"), old))[0] == 401


async def test_unknown_keys_cause_one_fetch_in_ten_seconds(
    bot: Bot, channel: Channel, clock: HandClock
) -> None:
    tokens = [channel.token(kid="mallory", jti=str(number)) for number in range(20)]
    answers = await asyncio.gather(*(bot.send(channel.activity(), token) for token in tokens))
    assert {status for status, _ in answers} == {401}
    await bot.send(channel.activity(), channel.token(kid="mallory", jti="once more"))
    assert channel.key_fetches == 1
    clock.ahead = timedelta(seconds=11)
    await bot.send(channel.activity(), tokens[0])
    assert channel.key_fetches == 2


async def test_while_the_key_host_hangs_known_keys_are_served_and_a_flood_of_unknown_ones_piles_up_nothing(
    bot: Bot, channel: Channel, clock: HandClock
) -> None:
    await bot.send(channel.activity(id="1"))
    channel.keys_wait, clock.ahead = asyncio.Event(), timedelta(seconds=11)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as many:
        crowd = Bot(bot.url, channel, many)
        tokens = [channel.token(kid="mallory", jti=str(number)) for number in range(300)]
        flood = [asyncio.create_task(crowd.send(channel.activity(), token)) for token in tokens]
        await asyncio.wait_for(channel.keys_asked.wait(), PATIENCE)

        for number in range(5):
            good = crowd.send(channel.activity(id=f"good {number}"), channel.token(jti=f"good {number}"))
            assert (await asyncio.wait_for(good, 4))[0] == 200

        async def few_wait() -> bool:
            return sum(not one.done() for one in flood) <= 100

        await until(few_wait, "whoever may not wait is turned away at once")
        channel.keys_wait.set()
        assert {status for status, _ in await asyncio.gather(*flood)} == {401}
    assert channel.key_fetches == 2


async def test_a_key_host_that_never_answers_is_given_up(channel: Channel, clock: HandClock) -> None:
    channel.keys_wait = asyncio.Event()
    async with aiohttp.ClientSession() as session:
        keys = ChannelKeys(session, f"{channel.origin}/openid", lambda: clock.now().timestamp(), patience=0.1)
        with pytest.raises(KeysUnreachable):
            await asyncio.wait_for(keys.find("first"), PATIENCE)
        channel.keys_wait.set()
        with pytest.raises(KeysUnreachable):
            await keys.find("first")  # it was asked a moment ago
        clock.ahead = timedelta(seconds=11)
        assert await keys.find("first") is not None
        await keys.close()


async def test_keys_are_looked_at_once_a_day_and_nobody_waits_for_that(
    bot: Bot, channel: Channel, clock: HandClock
) -> None:
    await bot.send(channel.activity(id="1"))
    channel.keys_wait = asyncio.Event()
    clock.ahead = timedelta(days=2)
    soon = int(time.time()) + 3 * 86_400
    answer = await asyncio.wait_for(bot.send(channel.activity(id="2"), channel.token(exp=soon)), 4)
    assert answer == (200, None)
    await asyncio.wait_for(channel.keys_asked.wait(), PATIENCE)
    channel.keys_wait.set()


async def test_without_any_key_nobody_is_judged(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    channel.published = {}
    assert await bot.send(channel.activity()) == (503, None)
    assert flows.turns == []


async def test_the_tenant_of_a_turn_is_the_validated_one(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    assert flows.turns[0].actor.tenant_id == TENANT

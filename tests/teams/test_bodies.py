"""What is no activity is a 4xx, soon, and never a turn."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.teams.channel import BOT, TENANT, Bot, Channel
from tests.teams.conftest import ScriptedFlows

JSON = "application/json"

BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "white space": (b" \n", 400),
    "null": (b"null", 400),
    "an array": (b"[]", 400),
    "a text": (b'"message"', 400),
    "a number": (b"7", 400),
    "no JSON": (b"type=message", 400),
    "half of an object": (b'{"type": "message"', 400),
    "an object without anything": (b"{}", 400),
    "invalid UTF-8": (b'{"type": "\xff\xfe"}', 400),
    "half a surrogate": (rb'{"type": "\ud800"}', 400),
    "a NUL": (b'{"type": "mess\x00age"}', 400),
    "NaN": (b'{"type": NaN}', 400),
    "nested 5,000 deep": (b'{"value": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
    "objects nested 5,000 deep": (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
    "6 MB": (b'{"text": "' + b"x" * 6_000_000 + b'"}', 413),
}


def own_time() -> float:
    """Return seconds that pass only while this thread computes or waits for something of its own.

    While others have the processor they stand still, so that a busy machine is not taken for a slow answer.
    Where the system does not tell how long that was, they are those of the clock.
    """
    told = Path("/proc/thread-self/schedstat")
    kept_waiting = int(told.read_text(encoding="ascii").split()[1]) / 1e9 if told.exists() else 0.0
    return time.monotonic() - kept_waiting


@pytest.mark.parametrize("case", BODIES)
async def test_a_bad_body_is_a_4xx_within_a_second(
    case: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    """Who sends and who answers share one thread, whose own seconds hold the sending, too."""
    body, expected = BODIES[case]
    headers = {"Authorization": f"Bearer {channel.token()}", "Content-Type": JSON}
    begun = own_time()
    status, _ = await bot.raw(body, headers)
    assert own_time() - begun < 1
    assert status == expected
    assert flows.turns == []


async def test_a_large_body_that_does_not_say_its_length_is_a_413(bot: Bot, channel: Channel) -> None:
    async def parts() -> Any:
        for _ in range(100):
            yield b"x" * 10_000

    headers = {"Authorization": f"Bearer {channel.token()}", "Content-Type": JSON}
    async with bot.session.post(bot.url, data=parts(), headers=headers) as response:
        assert response.status == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_another_content_type_is_a_415(kind: str, bot: Bot, channel: Channel) -> None:
    headers = {"Authorization": f"Bearer {channel.token()}", "Content-Type": kind}
    status, _ = await bot.raw(json.dumps(channel.activity()).encode(), headers)
    assert status == 415


async def test_a_charset_beside_the_content_type_is_fine(bot: Bot, channel: Channel) -> None:
    headers = {"Authorization": f"Bearer {channel.token()}", "Content-Type": f"{JSON}; charset=utf-8"}
    assert (await bot.raw(json.dumps(channel.activity()).encode(), headers))[0] == 200


WRONG: list[dict[str, Any]] = [
    {"type": None},
    {"type": ""},
    {"type": 7},
    {"type": ["message"]},
    {"id": None},
    {"id": 7},
    {"id": "1" * 2000},
    {"text": {"a": 1}},
    {"text": "a\0b"},
    {"locale": 7},
    {"channelId": None},
    {"serviceUrl": None},
    {"serviceUrl": ["http://127.0.0.1/"]},
    {"from": None},
    {"from": "ana"},
    {"from": {"aadObjectId": "x"}},
    {"from": {"id": "29:ana", "aadObjectId": {"$ne": ""}}},
    {"from": {"id": "29:ana", "tenantId": {"id": TENANT}}},
    {"recipient": []},
    {"recipient": {"name": "Guestlist"}},
    {"conversation": None},
    {"conversation": {"id": ""}},
    {"conversation": {"id": "a:1", "tenantId": [TENANT]}},
    {"channelData": "data"},
    {"channelData": {"settings": "General"}},
    {"channelData": {"settings": {"selectedChannel": {"id": 7}}}},
    {"entities": {"type": "mention"}},
    {"entities": ["mention"]},
    {"attachments": {"contentType": "text/html"}},
    {"attachments": "guests.csv"},
    {"attachments": [None]},
    {"membersAdded": [BOT]},
]


@pytest.mark.parametrize("fields", WRONG, ids=str)
async def test_a_part_of_the_wrong_type_is_a_400(
    fields: dict[str, Any], bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert (await bot.send(channel.activity(**fields)))[0] == 400
    assert flows.turns == []


@pytest.mark.parametrize("entity", [{}, {"type": "mention"}, {"type": "mention", "mentioned": 7, "text": []}])
async def test_an_odd_entity_is_passed_over(
    entity: dict[str, Any], bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert (await bot.send(channel.activity(entities=[entity])))[0] == 200
    assert len(flows.turns) == 1


async def test_a_get_is_not_offered(bot: Bot) -> None:
    async with bot.session.get(bot.url) as response:
        assert response.status == 405

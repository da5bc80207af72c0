"""The endpoint for change notifications: one answer for whoever sends what; our secret alone moves it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

import aiohttp
import pytest
import yarl
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from access.ports import Store, Subscriptions
from access.rules.subscribing import Event, Kept, Key, written
from access.service.subscribe import ASKED, LOST, NOTE, Subscribing
from bot.bell import Bell
from bot.graph.notified import CHANGED, LIFECYCLE, LONGEST_TOKEN, MOST_ITEMS, Notified, _item
from bot.web import LARGEST_BODY
from tests.graph.conftest import TurnedClock

URL, TENANT, OURS, SECRET = (
    "https://guestlist.example",
    "07c51642-1aa2-593c-8685-29f12285f84f",
    "s1",
    "s3cret",
)
PATHS = (CHANGED, LIFECYCLE)


class Notes:
    """The notes of a store, which seals nothing."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.asked = 0

    async def note(self, key: str) -> str | None:
        self.asked += 1
        return self.notes.get(key)

    async def keep_note(self, key: str, value: str) -> None:
        self.notes[key] = value

    def unseal(self, sealed: str) -> str:
        return sealed


class CountedBell(Bell):
    """Counts how often it is rung."""

    rung = 0

    def ring(self) -> None:
        self.rung += 1


@dataclass
class Door:
    """The endpoint on a port of its own, without any of the rest."""

    url: str
    http: aiohttp.ClientSession
    notified: Notified
    bell: CountedBell
    notes: Notes
    secrets: list[str] = field(default_factory=list)

    async def post(self, body: Any, path: str = CHANGED, kind: str = "application/json") -> tuple[int, str]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.http.post(f"{self.url}{path}", data=raw, headers={"Content-Type": kind}) as answer:
            return answer.status, await answer.text()

    async def know(self, *keys: Key) -> None:
        self.notes.notes[NOTE] = written(Kept(URL, keys), str)
        await self.notified._follow()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    notes = Notes()
    store, bell = cast("Store", notes), CountedBell(cast("Store", notes))
    nobody = cast("Subscriptions", None)
    subscribing = Subscribing(store, nobody, TurnedClock(), URL, bell.ring, print)
    notified = Notified(TENANT, subscribing, bell)
    application = web.Application(client_max_size=LARGEST_BODY)
    application.add_routes(notified.routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        opened = Door(f"http://127.0.0.1:{runner.addresses[0][1]}", http, notified, bell, notes)
        await opened.know(Key(OURS, SECRET))
        yield opened
    await runner.cleanup()


def item(**other: Any) -> dict[str, Any]:
    """Return a true notification, as Graph's documentation shows one, but for what is said otherwise."""
    return {
        "subscriptionId": OURS,
        "subscriptionExpirationDateTime": "2026-11-30T09:00:00.0000000Z",
        "clientState": SECRET,
        "changeType": "updated",
        "resource": "Users/5c2f",
        "tenantId": TENANT,
        "resourceData": {"@odata.type": "#Microsoft.Graph.User", "@odata.id": "Users/5c2f", "id": "5c2f"},
        **other,
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "token",
    ["Validation: Testing client application reachability 1/2+3=5 & 100%", "<script>alert(1)</script>", "ü✓"],
)
async def test_the_handshake_gives_the_token_back_as_text_and_as_nothing_else(
    door: Door, path: str, token: str
) -> None:
    address = f"{door.url}{path}?validationToken={quote(token, safe='')}"
    async with door.http.post(yarl.URL(address, encoded=True)) as answer:
        assert answer.status == 200
        assert await answer.text() == token
        assert answer.content_type == "text/plain"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert door.bell.rung == 0


@pytest.mark.parametrize(("length", "status"), [(0, 400), (LONGEST_TOKEN, 200), (LONGEST_TOKEN + 1, 400)])
async def test_a_token_without_end_is_not_given_back(door: Door, length: int, status: int) -> None:
    token = "x" * length
    async with door.http.post(f"{door.url}{CHANGED}", params={"validationToken": token}) as answer:
        assert answer.status == status


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_not_posted_is_a_405(door: Door, path: str) -> None:
    async with door.http.get(f"{door.url}{path}", params={"validationToken": "x"}) as answer:
        assert answer.status == 405


async def test_ours_rings_once_for_a_whole_body(door: Door) -> None:
    assert await door.post({"value": [item(), item(), item()]}) == (202, "")
    assert door.bell.rung >= 1
    assert await door.post({"value": [item(clientState="x"), item()]}) == (202, "")
    assert door.bell.rung >= 2


FORGED = (
    {"clientState": "guessed"},
    {"clientState": SECRET[:-1]},
    {"clientState": SECRET + "x"},
    {"clientState": ""},
    {"clientState": None},
    {"subscriptionId": "s2"},
    {"subscriptionId": None},
    {"tenantId": "11111111-1111-4111-8111-111111111111"},
    {"tenantId": None},
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("other", FORGED, ids=str)
async def test_what_is_forged_gets_the_same_answer_and_rings_nothing(
    door: Door, path: str, other: dict[str, Any]
) -> None:
    for event in ("", *Event):
        told = {"lifecycleEvent": event} if path == LIFECYCLE else {}
        assert await door.post({"value": [item(**told, **other)]}, path) == (202, "")
    await door.notified._follow()
    assert door.bell.rung == 0
    assert not {ASKED, LOST} & set(door.notes.notes)


async def test_one_of_a_subscription_that_another_replica_has_just_made_is_ours_a_moment_later(
    door: Door,
) -> None:
    await door.post({"value": [item(subscriptionId="s2", clientState="new")]})
    assert door.bell.rung == 0
    await door.know(Key("s2", "new"), Key(OURS, SECRET))
    assert door.bell.rung == 1


async def test_while_one_takes_the_place_of_another_both_are_ours(door: Door) -> None:
    await door.know(Key("s2", "new"), Key(OURS, SECRET))
    await door.post({"value": [item(subscriptionId="s2", clientState="new")]})
    await door.post({"value": [item()]})
    assert door.bell.rung == 2


async def test_a_question_whether_we_may_still_have_it_is_noted_for_whoever_keeps_it(door: Door) -> None:
    body = {"value": [item(lifecycleEvent="reauthorizationRequired")]}
    assert await door.post(body, LIFECYCLE) == (202, "")
    await door.notified._follow()
    assert door.notes.notes[ASKED]


async def test_that_the_one_that_stands_is_gone_is_noted_for_whoever_keeps_it(door: Door) -> None:
    body = {"value": [item(lifecycleEvent="subscriptionRemoved")]}
    assert await door.post(body, LIFECYCLE) == (202, "")
    await door.notified._follow()
    assert door.notes.notes[LOST] == OURS
    assert ASKED not in door.notes.notes
    assert door.bell.rung == 1


async def test_that_the_one_before_is_gone_is_no_news(door: Door) -> None:
    await door.know(Key("s2", "new"), Key(OURS, SECRET))
    assert await door.post({"value": [item(lifecycleEvent="subscriptionRemoved")]}, LIFECYCLE) == (202, "")
    await door.notified._follow()
    assert LOST not in door.notes.notes


@pytest.mark.parametrize("event", ["missed", "somethingNew", ""])
async def test_every_other_event_wakes_the_delta_and_asks_nothing(door: Door, event: str) -> None:
    assert await door.post({"value": [item(lifecycleEvent=event)]}, LIFECYCLE) == (202, "")
    await door.notified._follow()
    assert door.bell.rung == 1
    assert not {ASKED, LOST} & set(door.notes.notes)


BAD: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "no JSON": (b"value=1", 400),
    "half": (b'{"value": [', 400),
    "null": (b"null", 400),
    "an array": (b"[]", 400),
    "a number": (b"7", 400),
    "no value": (b"{}", 400),
    "a value that is no list": (b'{"value": {}}', 400),
    "an item that is no object": (b'{"value": [7]}', 400),
    "a secret that is no text": (b'{"value": [{"clientState": 7}]}', 400),
    "an id that is a list": (b'{"value": [{"subscriptionId": ["s1"]}]}', 400),
    "a secret of 129 characters": (b'{"value": [{"clientState": "' + b"x" * 129 + b'"}]}', 400),
    "too many items": (b'{"value": [' + b"{}," * MOST_ITEMS + b"{}]}", 400),
    "invalid UTF-8": (b'{"value": ["\xff\xfe"]}', 400),
    "half a surrogate": (rb'{"value": [{"clientState": "\ud800"}]}', 400),
    "nested 5,000 deep": (b'{"value": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
    "300 KB": (b'{"value": "' + b"x" * 300_000 + b'"}', 413),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("case", BAD)
async def test_a_bad_body_is_a_4xx_and_rings_nothing(door: Door, case: str, path: str) -> None:
    body, expected = BAD[case]
    status, _ = await door.post(body, path)
    assert status == expected
    assert door.bell.rung == 0


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*item(), "lifecycleEvent", "value"]) | st.text(), inner, max_size=6
        )
    ),
    max_leaves=20,
)


@given(row=ANYTHING)
def test_whatever_an_item_is_it_is_read_or_refused(row: Any) -> None:
    with suppress(web.HTTPBadRequest):
        read = _item(row)
        assert all(len(one) <= 128 for one in (read.subscription_id, read.secret, read.tenant_id, read.event))


async def test_nothing_in_it_is_taken_for_nothing(door: Door) -> None:
    assert await door.post({"value": []}) == (202, "")
    assert door.bell.rung == 0


async def test_another_content_type_is_a_415(door: Door) -> None:
    assert (await door.post({"value": [item()]}, kind="text/plain"))[0] == 415
    assert (await door.post({"value": [item()]}, kind="application/json; charset=utf-8"))[0] == 202


async def test_a_forged_flood_costs_one_look_into_the_store_a_second(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    working = asyncio.create_task(door.notified.work())
    before, loop = door.notes.asked, asyncio.get_running_loop()
    begun = loop.time()
    for _ in range(20):
        await asyncio.gather(*(door.post({"value": [item(clientState="guessed")]}) for _ in range(50)))
    working.cancel()
    assert door.notes.asked - before <= 2 + loop.time() - begun
    assert len(door.notified._doubts) <= 16
    assert caplog.records == [], "no line for each of them"

"""The pictures of cards: what they show, and that nobody can ask for one who was not given its address."""

import struct
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from access.rules.faced import Tally
from bot.bars import HEIGHT, WIDTH, bar
from bot.charts import LASTING, Charts
from bot.store import SqliteStore
from tests.service.fakes import HandClock

PUBLIC = "https://guestlist.example.com/bot"


def pixels(drawn: bytes) -> Sequence[bytes]:
    """Read a PNG back, its sums checked, and return the first row by four bytes."""
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    at, data = 8, b""
    while at < len(drawn):
        (length,) = struct.unpack(">I", drawn[at : at + 4])
        kind, body = drawn[at + 4 : at + 8], drawn[at + 8 : at + 8 + length]
        assert struct.unpack(">I", drawn[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        if kind == b"IHDR":
            assert struct.unpack(">IIBB", body[:10]) == (WIDTH, HEIGHT, 8, 6)
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    raw = zlib.decompress(data)
    assert len(raw) == HEIGHT * (1 + 4 * WIDTH)
    return [raw[1 + 4 * place : 5 + 4 * place] for place in range(WIDTH)]


@pytest.mark.parametrize(
    "parts", [(1, 0, 0, 0), (3, 0, 0, 1), (1, 1, 1, 1), (100_000, 0, 0, 1), (0, 0, 0, 0)]
)
def test_a_bar_has_a_part_for_each_number_which_is_seen_however_small_it_is(parts: tuple[int, ...]) -> None:
    row = pixels(bar(parts))
    shown = list(dict.fromkeys(one for one in row if one != bytes(4)))
    assert len(shown) == sum(part > 0 for part in parts)
    gaps = max(0, len(shown) - 1) * 2
    assert row.count(bytes(4)) == (gaps if shown else WIDTH)
    if parts == (3, 0, 0, 1):
        assert row.count(shown[0]) == pytest.approx(3 * row.count(shown[1]), rel=0.02)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "guestlist.db", HandClock(), lambda _: None)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def charts(store: SqliteStore, clock: HandClock) -> Charts:
    return Charts(store, clock, PUBLIC)


@pytest.fixture
async def web_client(charts: Charts) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    application = web.Application()
    application.add_routes(charts.routes())
    async with TestClient(TestServer(application)) as client:
        yield client


async def test_teams_fetches_the_bar_at_the_address_that_the_card_has(
    charts: Charts, web_client: TestClient[web.Request, web.Application]
) -> None:
    url = charts.url(Tally(wholly=3, none=1))
    assert url.startswith(f"{PUBLIC}/api/charts/")
    answer = await web_client.get(url.removeprefix(PUBLIC))
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert await answer.read() == bar((3, 0, 0, 1))


async def test_an_address_leads_nowhere_after_a_day_and_none_can_be_made_up(
    charts: Charts, store: SqliteStore, clock: HandClock, web_client: TestClient[web.Request, web.Application]
) -> None:
    path = charts.url(Tally(wholly=3)).removeprefix(PUBLIC)
    other = store.seal("bar 99999999999 1 2 three 4")
    for made_up in (
        "/api/charts/.png",
        "/api/charts/x.png",
        f"{path[:-6]}AA.png",
        f"/api/charts/{other}.png",
    ):
        assert (await web_client.get(made_up)).status == 404, made_up
    clock.time += LASTING + timedelta(seconds=1)
    assert (await web_client.get(path)).status == 404


@pytest.mark.parametrize("public", ["", "http://127.0.0.1:3978"])
async def test_without_an_https_address_there_is_no_picture(
    store: SqliteStore, clock: HandClock, public: str
) -> None:
    assert Charts(store, clock, public).url(Tally(wholly=1)) == ""

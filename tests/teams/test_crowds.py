"""Whoever is slow, idle or many keeps out nobody else, and is ended in the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.door import Door, Entrance
from tests.clinic import until
from tests.teams.channel import Channel
from tests.teams.process import Running, running

HEAD = b"POST /api/messages HTTP/1.1\r\nHost: guestlist\r\n"
SOON = 20.0
"""Seconds within which something happens that else happens never, or after half a minute."""
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Lines:
    """Connections of this test, closed at its end."""

    def __init__(self) -> None:
        self.open: list[Line] = []

    async def __call__(self, port: int, said: bytes = b"") -> Line:
        line = await asyncio.open_connection("127.0.0.1", port)
        self.open.append(line)
        line[1].write(said)
        return line

    async def many(self, port: int, count: int, said: bytes = b"") -> list[Line]:
        """Open so many, each with the beginning of something."""
        return [await self(port, said) for _ in range(count)]

    async def hang_up(self) -> None:
        for _, writer in self.open:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in self.open), return_exceptions=True)


@pytest.fixture
async def dial() -> AsyncIterator[Lines]:
    lines = Lines()
    yield lines
    await lines.hang_up()


async def ended(line: Line, seconds: float = SOON) -> bytes:
    """Return what came over a line until it was ended."""
    try:
        return await asyncio.wait_for(line[0].read(), seconds)
    except ConnectionError:
        return b""
    finally:
        line[1].close()


# --- the door -------------------------------------------------------------------------------------------


@asynccontextmanager
async def a_door(most: int, asking: float) -> AsyncIterator[int]:
    """Serve behind a door; `/slow` answers after a word in the test's own time, `/` at once."""
    go_on = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        await go_on.wait()
        return web.Response(text="at last")

    async def swift(_: web.Request) -> web.Response:
        return web.Response(text="here")

    async def release(_: web.Request) -> web.Response:
        go_on.set()
        return web.Response()

    door = Door(most, asking)
    app = web.Application(middlewares=[door.watch])
    app.add_routes([web.get("/slow", slow), web.get("/", swift), web.get("/release", release)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await Entrance(runner, door, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def answer(line: Line) -> bytes:
    """Return the body of the next answer."""
    head = await asyncio.wait_for(line[0].readuntil(b"\r\n\r\n"), SOON)
    length = next(int(part.split(b":")[1]) for part in head.split(b"\r\n") if part.startswith(b"Content-Len"))
    return await line[0].readexactly(length)


async def test_a_connection_that_never_asks_is_ended(dial: Lines) -> None:
    async with a_door(most=10, asking=0.2) as port:
        assert await ended(await dial(port)) == b""


async def test_a_head_that_trickles_is_ended(dial: Lines) -> None:
    async with a_door(most=10, asking=0.3) as port:
        line = await dial(port, b"GET / HTTP/1.1\r\n")

        async def trickle() -> None:
            for number in range(1000):
                line[1].write(f"X-{number}: slow\r\n".encode())
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert await ended(line) == b""
        trickling.cancel()


async def test_a_second_head_has_no_longer_than_the_first_and_a_quiet_connection_stays(dial: Lines) -> None:
    async with a_door(most=10, asking=0.2) as port:
        line = await dial(port, asking("/"))
        assert await answer(line) == b"here"
        await asyncio.sleep(0.5)
        line[1].write(asking("/"))
        assert await answer(line) == b"here", "it was kept"
        line[1].write(b"GET / HT")
        assert await ended(line) == b""


async def test_a_request_that_takes_long_to_answer_is_not_ended(dial: Lines) -> None:
    async with a_door(most=10, asking=0.1) as port:
        slow = await dial(port, asking("/slow"))
        await asyncio.sleep(0.4)
        assert await answer(await dial(port, asking("/release"))) == b""
        assert await answer(slow) == b"at last"


async def test_where_it_is_crowded_who_never_asked_goes_before_who_is_quiet_and_nobody_who_is_served(
    dial: Lines,
) -> None:
    async with a_door(most=3, asking=30) as port:
        served = await dial(port, asking("/slow"))
        quiet = await dial(port, asking("/"))
        assert await answer(quiet) == b"here"
        silent = await dial(port)
        assert await answer(await dial(port, asking("/"))) == b"here"
        assert await ended(silent) == b"", "who never asked has made room"

        first, second = await dial(port, asking("/slow")), await dial(port, asking("/slow"))
        assert await ended(quiet) == b""
        late = await dial(port, asking("/"))
        assert await ended(late) == b"", "with all places served there is none"
        for line in (served, first, second):
            assert not line[0].at_eof()


# --- the process ----------------------------------------------------------------------------------------


@pytest.fixture
async def guestlist(tmp_path: Path, channel: Channel) -> AsyncIterator[Running]:
    async with running(tmp_path, channel) as started:
        yield started


async def test_a_thousand_idle_connections_keep_nobody_waiting(guestlist: Running, dial: Lines) -> None:
    await guestlist.help("before")
    resident = guestlist.process.memory_info().rss
    half_a_body = HEAD + b"Authorization: Bearer garbage\r\nContent-Length: 100\r\n\r\n{"
    for said in (b"", HEAD, half_a_body):
        await dial.many(guestlist.port, 1000, said)
        for number in range(5):
            await guestlist.help(f"among them {number} {len(said)}")
    assert guestlist.process.memory_info().rss - resident < 200_000_000
    assert guestlist.process.num_fds() < 2200, "however many come"
    await dial.hang_up()
    await guestlist.help("afterwards")


async def test_bodies_that_trickle_with_a_good_token_keep_nobody_waiting_and_are_a_408(
    guestlist: Running, channel: Channel, dial: Lines
) -> None:
    head = HEAD + f"Authorization: Bearer {channel.token()}\r\nContent-Type: application/json\r\n".encode()
    lines = await dial.many(guestlist.port, 200, head + b"Content-Length: 5000\r\n\r\n{")
    for number in range(5):
        await guestlist.help(str(number))
    answers = await asyncio.gather(*(ended(line, 90) for line in lines))
    assert {said.split(b"\r\n")[0] for said in answers} == {b"HTTP/1.1 408 Request Timeout"}
    assert channel.heard[5:] == []


async def test_half_closed_connections_leave_nothing_behind(
    guestlist: Running, channel: Channel, dial: Lines
) -> None:
    await guestlist.help("before")
    before = guestlist.process.num_fds()
    head = HEAD + f"Authorization: Bearer {channel.token()}\r\nContent-Type: application/json\r\n".encode()
    for said in (b"", HEAD, head + b'Content-Length: 1000\r\n\r\n{"type": "mess'):
        lines = await dial.many(guestlist.port, 20, said)
        for _, writer in lines:
            writer.write_eof()
        await asyncio.gather(*map(ended, lines))
    await guestlist.help("afterwards")

    async def closed() -> bool:
        return guestlist.process.num_fds() < before + 10

    await until(closed, "their files are closed")


async def test_with_few_open_files_it_serves_and_does_not_spin(
    tmp_path: Path, channel: Channel, dial: Lines
) -> None:
    async with running(tmp_path, channel, files=256) as guestlist:
        await guestlist.help("before")
        await dial.many(guestlist.port, 1000)
        for number in range(5):
            await guestlist.help(f"among them {number}", SOON)
        assert guestlist.process.num_fds() < 200
        busy = guestlist.cpu()
        await asyncio.sleep(3)
        assert guestlist.cpu() - busy < 1.5
        timeout = aiohttp.ClientTimeout(total=SOON)
        async with guestlist.bot.session.get(
            f"http://127.0.0.1:{guestlist.port}/readyz", timeout=timeout
        ) as ready:
            assert ready.status == 200
        assert "Too many open files" not in guestlist.log

"""A file that was sent is read once, from a listed host, as far as it may go, and says of itself why not."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest

from access.ports import Downloads
from access.rules.attached import MOST_BYTES, Attached, WhyNotFetched
from bot.teams.downloads import AT_ONCE, PATIENCE, OneDriveDownloads
from bot.teams.origins import Origins

SECRET = "tempauth=v1.eyJzaXRlaWQ"
MOST = 1000
FILE = b"Email address to invite\r\nana@fabrikam.com\r\n"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def head(status: str = "200 OK", **headers: str) -> bytes:
    lines = (f"{name.replace('_', '-')}: {value}" for name, value in headers.items())
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode()


def says(*parts: bytes) -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(parts)
        await writer.drain()

    return answer


def whole(body: bytes, **headers: str) -> Answer:
    return says(head(Content_Length=str(len(body)), **headers), body)


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send chunks of letters for as long as somebody listens."""
    writer.write(head(Transfer_Encoding="chunked"))
    while not writer.is_closing():
        writer.write(b"64\r\n" + b"x" * 100 + b"\r\n")
        await writer.drain()


async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a letter at a time, so that the connection never falls silent for long."""
    writer.write(head(Content_Length="900"))
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()  # until the other side hangs up


@dataclass
class Server:
    """Answers every call as it is told to, keeps what it was sent, and knows who has hung up."""

    answer: Answer = field(default_factory=lambda: whole(FILE))
    heard: list[str] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    origin: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        try:
            await self.answer(reader, writer)
            writer.close()
        except ConnectionError:
            pass
        finally:
            self.left.set()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    told = Server()
    serving = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    told.origin = f"http://127.0.0.1:{serving.sockets[0].getsockname()[1]}"
    yield told
    serving.close()


@pytest.fixture
async def downloads(server: Server) -> AsyncIterator[Downloads]:
    async with aiohttp.ClientSession() as session:
        yield OneDriveDownloads(session, Origins([server.origin]), most=MOST, patience=20)


def sent(url: str) -> Attached:
    return Attached("guests.csv", "csv", url)


async def fetched(downloads: Downloads, server: Server) -> bytes | WhyNotFetched:
    return await downloads.fetch(sent(f"{server.origin}/_layouts/15/download.aspx?UniqueId=1&{SECRET}"))


async def test_the_bytes_come_as_they_are_and_nothing_says_who_asks(
    downloads: Downloads, server: Server
) -> None:
    assert await fetched(downloads, server) == FILE
    [asked] = server.heard
    line, *headers = asked.splitlines()
    assert line == f"GET /_layouts/15/download.aspx?UniqueId=1&{SECRET} HTTP/1.1"
    names = {header.partition(":")[0].lower() for header in headers if header}
    assert names == {"host", "accept", "accept-encoding", "user-agent"}
    assert "Accept-Encoding: identity" in headers


async def test_a_file_may_be_as_large_as_the_limit_and_no_byte_more(
    downloads: Downloads, server: Server
) -> None:
    for size, found in ((MOST, b"x" * MOST), (MOST + 1, WhyNotFetched.TOO_BIG), (0, b"")):
        server.answer = whole(b"x" * size)
        assert await fetched(downloads, server) == found
        server.answer = says(head(Connection="close"), b"x" * size)  # its length is not told
        assert await fetched(downloads, server) == found


def test_it_is_ten_mebibytes_and_half_a_minute() -> None:
    assert (MOST_BYTES, PATIENCE) == (10 * 1024 * 1024, 30)


async def test_what_says_that_it_is_too_big_is_not_read(downloads: Downloads, server: Server) -> None:
    async def claims(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(Content_Length="99999999999"))
        await silent(reader, writer)

    server.answer = claims
    assert await fetched(downloads, server) is WhyNotFetched.TOO_BIG
    await asyncio.wait_for(server.left.wait(), 10)


async def test_what_never_ends_is_cut_off_and_hung_up_on(downloads: Downloads, server: Server) -> None:
    server.answer = endless
    assert await fetched(downloads, server) is WhyNotFetched.TOO_BIG
    await asyncio.wait_for(server.left.wait(), 10)


@pytest.mark.parametrize("answer", [dripping, silent], ids=["drips", "says nothing"])
async def test_what_takes_too_long_is_given_up_however_steadily_it_comes(
    server: Server, answer: Answer
) -> None:
    server.answer = answer
    async with aiohttp.ClientSession() as session:
        downloads = OneDriveDownloads(session, Origins([server.origin]), patience=0.5)
        async with asyncio.timeout(10):
            assert await fetched(downloads, server) is WhyNotFetched.TOO_SLOW
    await asyncio.wait_for(server.left.wait(), 10)


async def test_only_so_many_are_read_at_once_and_the_others_have_their_turn(
    downloads: Downloads, server: Server
) -> None:
    most, go = asyncio.Event(), asyncio.Event()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(server.heard) >= AT_ONCE:
            most.set()
        await go.wait()
        await whole(FILE)(reader, writer)

    server.answer = waits
    reading = [asyncio.create_task(fetched(downloads, server)) for _ in range(3 * AT_ONCE)]
    await most.wait()
    assert await downloads.fetch(sent("https://elsewhere.example/x")) is WhyNotFetched.NOT_ALLOWED
    assert len(server.heard) == AT_ONCE
    go.set()
    assert await asyncio.gather(*reading) == [FILE] * 3 * AT_ONCE


REDIRECTS = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "304 Not Modified"]


@pytest.mark.parametrize("status", REDIRECTS)
async def test_no_redirect_is_followed_not_even_to_the_same_host(
    downloads: Downloads, server: Server, status: str
) -> None:
    server.answer = says(head(status, Location=f"{server.origin}/else", Content_Length="0"))
    assert await fetched(downloads, server) is WhyNotFetched.REDIRECTED
    assert len(server.heard) == 1


STATUSES = {
    "401 Unauthorized": WhyNotFetched.GONE,
    "403 Forbidden": WhyNotFetched.GONE,
    "404 Not Found": WhyNotFetched.GONE,
    "410 Gone": WhyNotFetched.GONE,
    "408 Request Timeout": WhyNotFetched.AWAY,
    "429 Too Many Requests": WhyNotFetched.AWAY,
    "500 Error": WhyNotFetched.AWAY,
    "503 Unavailable": WhyNotFetched.AWAY,
    "201 Created": WhyNotFetched.NO_FILE,
    "206 Partial Content": WhyNotFetched.NO_FILE,
    "999 Nonsense": WhyNotFetched.NO_FILE,
}


@pytest.mark.parametrize(("status", "why"), STATUSES.items())
async def test_every_other_status_has_its_cause_and_is_asked_once(
    downloads: Downloads, server: Server, status: str, why: WhyNotFetched
) -> None:
    server.answer = says(head(status, Content_Length="4"), b"body")
    assert await fetched(downloads, server) is why
    assert len(server.heard) == 1


async def test_the_page_of_a_sign_in_is_no_file(downloads: Downloads, server: Server) -> None:
    server.answer = whole(b"<html>Sign in</html>", Content_Type="text/html; charset=utf-8")
    assert await fetched(downloads, server) is WhyNotFetched.NO_FILE


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "zstd", "gzip, gzip"])
async def test_what_is_compressed_though_nobody_asked_is_not_inflated(
    downloads: Downloads, server: Server, coding: str
) -> None:
    bomb = gzip.compress(b"\0" * 500_000)
    assert len(bomb) < MOST
    server.answer = whole(bomb, Content_Encoding=coding)
    assert await fetched(downloads, server) is WhyNotFetched.NO_FILE


BROKEN = {
    "shorter than its length": says(head(Content_Length="500"), b"x"),
    "a chunk that is cut off": says(head(Transfer_Encoding="chunked"), b"64\r\nxx"),
    "a chunk of no length": says(head(Transfer_Encoding="chunked"), b"-1\r\nxx\r\n0\r\n\r\n"),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nx"),
    "a negative length": says(head(Content_Length="-1"), b"x"),
    "no HTTP": says(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "a head that never ends": says(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000),
    "a hundred thousand headers": says(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\n"),
    "nothing at all": says(),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_what_is_broken_on_its_way_is_no_half_a_file(
    downloads: Downloads, server: Server, case: str
) -> None:
    server.answer = BROKEN[case]
    assert await fetched(downloads, server) is WhyNotFetched.AWAY


async def test_what_follows_the_told_length_is_not_of_the_file_nor_of_the_next_answer(
    downloads: Downloads, server: Server
) -> None:
    server.answer = says(head(Content_Length="4"), b"file", head(Content_Length="6"), b"forged")
    assert await fetched(downloads, server) == b"file"
    server.answer = whole(FILE)
    assert await fetched(downloads, server) == FILE


async def test_a_host_that_is_not_there_is_away(downloads: Downloads, server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        closed = OneDriveDownloads(session, Origins(["http://127.0.0.1:1"]))
        assert await closed.fetch(sent("http://127.0.0.1:1/x")) is WhyNotFetched.AWAY
    assert await OneDriveDownloads(session, Origins([server.origin])).fetch(sent(f"{server.origin}/x")) is (
        WhyNotFetched.AWAY
    )


FORBIDDEN = [
    "https://contoso-my.sharepoint.com/x",
    "http://127.0.0.1/x",
    "http://127.0.0.1:9/x",
    "http://localhost:{port}/x",
    "https://127.0.0.1:{port}/x",
    "http://me@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}\\@evil.example/x",
    "http://127.0.0.1:{port}/x#y",
    "http://127.0.0.1:{port}/x?a b",
    "http://127.0.0.1:{port}/x?a\r\nHost: evil",
    "http://[::1]:{port}/x",
    "http://169.254.169.254/metadata",
    "file:///etc/passwd",
    "data:text/csv,a",
    "//127.0.0.1:{port}/x",
    "x" * 100_000,
]


@pytest.mark.parametrize("url", FORBIDDEN, ids=lambda url: url[:60])
async def test_nothing_is_read_where_no_file_may_come_from(
    downloads: Downloads, server: Server, url: str
) -> None:
    told = url.replace("{port}", server.origin.rpartition(":")[2])
    assert await downloads.fetch(sent(told)) is WhyNotFetched.NOT_ALLOWED
    assert server.heard == []


async def test_a_file_without_an_address_is_none(downloads: Downloads) -> None:
    assert await downloads.fetch(sent("")) is WhyNotFetched.NO_FILE


@pytest.mark.parametrize("answer", [whole(FILE), endless, says(head("302 Found")), says()])
async def test_the_address_is_told_to_nobody(
    downloads: Downloads, server: Server, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = answer
    with caplog.at_level(logging.DEBUG):
        await fetched(downloads, server)
        await downloads.fetch(sent(f"http://127.0.0.1:1/{SECRET}?{SECRET}"))
    assert not [one for one in caplog.records if SECRET in f"{one.getMessage()} {vars(one)}"]
    assert SECRET not in repr(sent(f"https://a.sharepoint.com/?{SECRET}"))

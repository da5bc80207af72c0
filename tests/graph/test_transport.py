"""Each request is sent once, and its errors tell what surely was not sent from what may have been."""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.graph.transport import Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


class Server:
    """Answers on a connection as often as it was told to, then closes it on what comes next."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = OK
        self.answers = 99
        self.breaks_off = False
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self.answers
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                if not left:
                    break
                left -= 1
                writer.write(self.answer)
                await writer.drain()
                if self.breaks_off:
                    break
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    made = Transport(httpx.create_ssl_context(), most=4)
    yield made
    await made.aclose()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_request_whose_kept_connection_goes_away_is_not_sent_again(
    server: Server, transport: Transport, method: str
) -> None:
    server.answers = 1
    await transport.handle_async_request(httpx.Request(method, server.url))
    with pytest.raises(httpx.ReadError):
        await transport.handle_async_request(httpx.Request(method, server.url))
    assert len(server.heads) == 2


async def test_where_nobody_listens_nothing_was_sent(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        await transport.handle_async_request(httpx.Request("POST", f"http://127.0.0.1:{port}", json={}))


async def test_an_answer_that_breaks_off_may_have_been_a_good_one(
    server: Server, transport: Transport
) -> None:
    server.answer, server.breaks_off = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nO", True
    with pytest.raises(httpx.ReadError):
        await transport.handle_async_request(httpx.Request("POST", server.url))


async def test_what_is_no_http_is_an_answer_lost(server: Server, transport: Transport) -> None:
    server.answer = b"SSH-2.0-OpenSSH\r\n\r\n"
    with pytest.raises(httpx.ReadError):
        await transport.handle_async_request(httpx.Request("POST", server.url))


async def test_a_packed_answer_is_read(server: Server, transport: Transport) -> None:
    packed = gzip.compress(b'{"value": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    server.answer = head.encode() + packed
    answer = await transport.handle_async_request(httpx.Request("GET", server.url))
    assert answer.json() == {"value": []}


async def test_an_address_is_sent_as_it_was_written(server: Server, transport: Transport) -> None:
    """A filter's escapes are Graph's to undo: `%2B` is a plus, which undone by us would be a blank."""
    path = "/v1.0/users?%24filter=mail%20eq%20'a%2Bb%27%27c%40d.example'"
    await transport.handle_async_request(httpx.Request("GET", f"{server.url}{path}"))
    assert server.heads[0].startswith(f"GET {path} HTTP/1.1\r\n".encode())


async def test_the_headers_are_those_that_httpx_would_send(server: Server, transport: Transport) -> None:
    named = {"Prefer": "x", "Authorization": "Bearer y"}
    for one in (transport, None):
        async with httpx.AsyncClient(transport=one) as client:
            await client.request("PATCH", server.url, json={"a": 1}, headers=named)
    ours, theirs = ({line.lower() for line in head.splitlines()[1:]} for head in server.heads)
    assert theirs - ours == {b"connection: keep-alive"}  # which HTTP/1.1 means anyway
    assert ours <= theirs

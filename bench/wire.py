"""HTTP without a library, on both ends of a bot: what drives and answers it must cost less than it does.

Only what bots and the bench say to each other: a body has a length, a connection is kept.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"

Answer = Callable[[bytes, bytes], tuple[bytes, float]]
"""Given the request's first line and its body: the JSON to answer with, and after how many seconds."""


class _Served(asyncio.Protocol):
    """One connection of a bot: requests come one after the other."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_END)) >= 0:
            whole = end + len(_END) + _length(self._buffer[:end])
            if len(self._buffer) < whole:
                return
            first = self._buffer[: self._buffer.index(b"\r\n")]
            body, self._buffer = self._buffer[end + len(_END) : whole], self._buffer[whole:]
            said, after = self._answer(first, body)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
            if after:
                asyncio.get_running_loop().call_later(after, self._write, head.encode() + said)
            else:
                self._write(head.encode() + said)

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(data)


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(_LENGTH)
    return int(lower[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve(host: str, answer: Answer, context: ssl.SSLContext | None = None) -> asyncio.Server:
    """Listen on a free port; `server.sockets[0]` knows which."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Served(answer), host, 0, ssl=context, backlog=512)


@dataclass(slots=True)
class Caller:
    """One connection to a bot, kept for all its activities."""

    host: str
    port: int
    token: str
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def post(self, body: bytes) -> int:
        """Post an activity and return the status of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        head = (
            f"POST /api/messages HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        said = await reader.readuntil(_END)
        if length := _length(said):
            await reader.readexactly(length)
        return int(said.split(b" ", 2)[1])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()

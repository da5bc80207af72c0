"""A line to PostgreSQL that can be cut: at once, at a commit, or for whoever comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

_COMMIT = b"COMMIT;\0"
"""How asyncpg ends a transaction: a simple query of one word."""

_BEGIN = b"BEGIN"


class Cut(Enum):
    """When a commit's line is cut: the client sees the same, the database does not."""

    BEFORE = "the database never hears of the commit"
    AFTER = "the database has committed, its answer is lost"


class Wire:
    """Stands between a store and its database, which is reached by `url`."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._lines: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.refusing = False
        self.cuts: list[Cut] = []
        """What befalls the next commits, one after the other."""
        self.about = b""
        """Only the commits of transactions that wrote this are meant; empty for all."""

    @property
    def url(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        parts = urlsplit(self._upstream)
        user = parts.netloc.rpartition("@")[0] or "postgres"
        return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}", query=""))

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Cut every line now; new ones are let in unless `refusing`."""
        for line in self._lines:
            line.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await self._connect()
        except OSError:  # the server is away: so is its line
            writer.transport.abort()
            return
        both = {writer, up_writer}
        self._lines |= both
        cut = asyncio.Event()
        ways = [
            asyncio.create_task(self._up(reader, up_writer, cut)),
            asyncio.create_task(self._down(up_reader, writer, cut)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for line in both:
            line.transport.abort()
        await asyncio.gather(*ways, return_exceptions=True)
        self._lines -= both

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self._upstream)
        folder = parse_qs(parts.query).get("host", [""])[0]
        if folder:
            return await asyncio.open_unix_connection(f"{unquote(folder)}/.s.PGSQL.{parts.port or 5432}")
        return await asyncio.open_connection(parts.hostname, parts.port or 5432)

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        """Pass on what the client says."""
        since_begin = b""
        while said := await reader.read(65536):
            since_begin = said if _BEGIN in said[:16] else since_begin + said
            if _COMMIT in said and self.cuts and self.about in since_begin:
                if self.cuts.pop(0) is Cut.BEFORE:
                    break
                cut.set()
            writer.write(said)

    async def _down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        """Pass on what the database says, until its answer is to be lost."""
        while said := await reader.read(65536):
            if cut.is_set():
                break
            writer.write(said)


@asynccontextmanager
async def laid(upstream: str) -> AsyncIterator[Wire]:
    """Yield a wire to a database, and cut it in the end."""
    wire = Wire(upstream)
    await wire.open()
    try:
        yield wire
    finally:
        await wire.close()

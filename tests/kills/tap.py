"""A tap on a replica's line to Graph: it tells when a call was carried out, and loses its answer."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Tap:
    """Passes bytes on between a replica and Graph; `left` is called once, when a call like `wanted` has."""

    port: int = 0
    wanted: re.Pattern[bytes] | None = None
    left: Callable[[], None] = lambda: None

    def wait_for(self, call: bytes, left: Callable[[], None]) -> None:
        self.wanted, self.left = re.compile(call), left


@asynccontextmanager
async def tapped(host: str, port: int) -> AsyncIterator[Tap]:
    """Listen on a port of its own for calls to this one."""
    tap, lines = Tap(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        lines.add(task)
        try:
            await _pass_on(tap, (reader, writer), await asyncio.open_connection(host, port))
        except OSError:
            writer.transport.abort()
        finally:
            lines.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        for line in list(lines):
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _pass_on(tap: Tap, here: Line, there: Line) -> None:
    gone = asyncio.Event()

    async def up() -> None:
        while said := await here[0].read(65536):
            if tap.wanted is not None and tap.wanted.search(said):
                tap.wanted = None
                gone.set()
            there[1].write(said)

    async def down() -> None:
        while said := await there[0].read(65536):
            if gone.is_set():
                tap.left()
                return
            here[1].write(said)

    ways = [asyncio.create_task(up()), asyncio.create_task(down())]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for _, writer in (here, there):
            writer.transport.abort()

"""The door: how many connections stand open at once, and how long one may take to ask for something.

aiohttp ends a connection that is quiet for long; it limits neither how slowly a request may arrive nor how
many connections there are. Both are limited here, so that whoever is slow or many keeps out nobody else.
"""

import asyncio
import resource

from aiohttp import web
from aiohttp.typedefs import Handler

ASKING = 10.0
"""Seconds in which a new connection has to send the whole head of its first request, and any its next."""
QUIET = 3630.0
"""Seconds for which a connection is kept after an answer: longer than reverse proxies keep theirs, which
would else send a request into a connection that is just being closed."""
LINGERING = 5.0
"""Seconds for which a body that nobody wants is read and thrown away, so that its sender sees the answer."""
_BACKLOG = 128
"""Connections that may wait to be let in; asyncio lets in as many at once before anybody is sent away."""
_MOST = 2000
_ENOUGH_FILES = 65_536


def most_connections() -> int:
    """Return how many connections may stand open: half of the files that may, the rest is for our own calls.

    The limit of files is first raised as far as the system lets us.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):  # a system that promises more than it gives
            pass
    return _MOST if soft == resource.RLIM_INFINITY else min(_MOST, soft // 2)


class Door:
    """Lets connections in; where it is crowded, who has waited longest without asking goes.

    First go those that have never asked anything, then those that are quiet after an answer. One whose
    request is being answered stays.
    """

    def __init__(self, most: int, asking: float = ASKING) -> None:
        self.most = most
        self._asking = asking
        self._open: dict[asyncio.BaseProtocol, _Connection] = {}
        self._new: dict[_Connection, None] = {}
        self._quiet: dict[_Connection, None] = {}

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a connection is busy while its request is answered."""
        connection = self._open.get(request.protocol)
        if connection is None:
            return await handler(request)
        self._leave_shelf(connection)
        connection.stop_waiting()
        try:
            return await handler(request)
        finally:
            if request.protocol in self._open:
                self._quiet[connection] = None

    def enter(self, connection: "_Connection") -> bool:
        """Let a connection in, another out if need be; tell whether there is room."""
        if len(self._open) >= self.most:
            leaving = next(iter(self._new), None) or next(iter(self._quiet), None)
            if leaving is None:
                return False
            self.leave(leaving)
            leaving.abort()
        self._open[connection.protocol] = connection
        self._new[connection] = None
        connection.wait(self._asking)
        return True

    def leave(self, connection: "_Connection") -> None:
        self._open.pop(connection.protocol, None)
        self._leave_shelf(connection)

    def _leave_shelf(self, connection: "_Connection") -> None:
        self._new.pop(connection, None)
        self._quiet.pop(connection, None)

    def heard(self, connection: "_Connection") -> None:
        """A quiet connection begins to ask: from now on it has as long as a new one."""
        if connection in self._quiet:
            connection.wait(self._asking)


class Entrance(web.BaseSite):
    """Listens on an address, and leads whoever comes through the door."""

    def __init__(self, runner: web.AppRunner, door: Door, host: str, port: int) -> None:
        super().__init__(runner, backlog=min(_BACKLOG, max(1, door.most // 4)))
        self._door, self._host, self._port = door, host, port

    @property
    def name(self) -> str:
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self._door, server()), self._host, self._port, backlog=self._backlog
        )


class _Connection(asyncio.Protocol):
    """One connection: hands everything to aiohttp's protocol, and is ended when it does not ask in time."""

    def __init__(self, door: Door, protocol: web.RequestHandler) -> None:
        self.protocol = protocol
        self._door = door
        self._transport: asyncio.BaseTransport | None = None
        self._entered = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._entered = self._door.enter(self)
        if self._entered:
            self.protocol.connection_made(transport)
        else:
            self.abort()

    def data_received(self, data: bytes) -> None:
        if self._timer is None:
            self._door.heard(self)
        if self._entered:
            self.protocol.data_received(data)

    def eof_received(self) -> None:
        if self._entered:
            self.protocol.eof_received()

    def pause_writing(self) -> None:
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        self.protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_waiting()
        self._door.leave(self)
        if self._entered:
            self.protocol.connection_lost(exc)

    def wait(self, seconds: float) -> None:
        """End it unless a request has come by then."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.abort)

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abort(self) -> None:
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()

"""What carries the SDK's requests: aiohttp below httpx, whose own transport costs two thirds of a call.

Of httpcore's pool each request asks every idle connection whether it still stands, and each lock looks for a
module that is not installed: 3 ms of CPU a call, where this takes 1.
"""

import ssl

import aiohttp
import httpx
from yarl import URL

from bot.guarded import guarded, lost_lease

CONNECTING, ANSWERING, IDLE = 10.0, 30.0, 15.0
"""Seconds. Azure closes idle connections; a POST in the moment of that is left unknown."""
_PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=CONNECTING, sock_read=ANSWERING)
_OWN = {"content-length", "connection", "transfer-encoding"}
"""Headers that aiohttp writes itself."""


class _Lost(aiohttp.ClientError):
    """The connection went away under a request, which aiohttp would send again if it is a PUT or DELETE."""


class Transport(httpx.AsyncBaseTransport):
    """Sends each request once; of a write the lease is asked for at the last moment.

    Errors are httpx's: `ConnectError` and `ConnectTimeout` where nothing was sent, any other where that may
    have happened.
    """

    def __init__(self, verify: ssl.SSLContext, most: int) -> None:
        self._verify, self._most = verify, most
        self._reading: aiohttp.ClientSession | None = None
        self._writing: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._sent(request)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise httpx.ConnectError(type(error).__name__) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            if lost := lost_lease(error):
                raise lost from error
            raise httpx.ReadError(type(error).__name__) from error

    async def aclose(self) -> None:
        for session in (self._writing, self._reading):
            if session is not None:
                await session.close()

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        async with self._session(request.method).request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=[(name, value) for name, value in request.headers.multi_items() if name not in _OWN],
            data=body or None,
            allow_redirects=False,
            timeout=_PATIENCE,
            middlewares=(_once,),
        ) as answer:
            content = await answer.read()
        return httpx.Response(answer.status, headers=answer.raw_headers, content=content, request=request)

    def _session(self, method: str) -> aiohttp.ClientSession:
        """Return the session of reads or that of writes, made when there is a loop for them to live in."""
        if self._reading is None or self._writing is None:
            self._reading = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._most, keepalive_timeout=IDLE, ssl=self._verify),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # httpx does it
            )
            self._writing = guarded(self._reading)
        return self._reading if method == "GET" else self._writing


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost(str(error)) from error

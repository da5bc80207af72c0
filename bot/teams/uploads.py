"""The Uploads port: ranges of a file, put at the address of the session that Teams opened for it.

https://learn.microsoft.com/graph/api/driveitem-createuploadsession#upload-bytes-to-the-upload-session
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import orjson
from yarl import URL

from access.ports import AccessError, Gone, NotDone, Refused, Unknown
from access.rules.causes import Cause
from bot.retry_after import asked_wait
from bot.teams.connector import pause
from bot.teams.origins import Origins

RANGE = 4 * 320 * 1024
"""Bytes of a range but the last, which Microsoft wants to be a multiple of 320 KiB."""
TRIES = 4
PATIENCE = 90.0
"""Seconds after which no new try begins: somebody waits."""
_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)
_MOST_READ = 65_536
_DONE, _MORE = (200, 201), 202
_GONE = (404, 410)
_AGAIN = (408, 416, 423, 429)
"""Answered where a range has arrived before (416), or too much was asked for: looked up, then repeated."""


class OneDriveUploads:
    """Writes to listed origins alone, over https, follows no redirect, and never sends who we are.

    The address comes from outside, and holds a secret: it is nowhere written down.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        origins: Origins,
        *,
        most: int = RANGE,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = _counting(session)
        self._origins = origins
        self._most = most
        self._now = now
        self._sleep = sleep

    async def put(self, url: str, size: int, parts: Iterator[bytes]) -> None:
        if not self._origins.allows_file(url):
            raise Refused(Cause.GUARDED, "an address that no file is written to")
        at, until = 0, self._now() + PATIENCE
        for part in ranges(parts, self._most):
            await self._range(url, part, at, size, until)
            at += len(part)

    async def _range(self, url: str, part: bytes, at: int, size: int, until: float) -> None:
        """Put a range until it has arrived; what may have is looked up before it is sent again."""
        end, attempt = at + len(part), 0
        about = {"Content-Range": f"bytes {at}-{end - 1}/{size}"}
        while True:
            attempt += 1
            try:
                status, body = await self._call("PUT", url, part, about)
                if status in _DONE or (status == _MORE and end < size and _next(body) == end):
                    return
                error: AccessError = Refused(Cause.REFUSED, f"a range was answered {status}")
            except (NotDone, Unknown) as failed:
                error = failed
            wait = pause(error.retry_after, attempt)
            may_be_there = isinstance(error, Unknown) and end == size
            if isinstance(error, Unknown) and not may_be_there:
                error = NotDone(error.cause, str(error))
            if attempt == TRIES or self._now() + wait > until:
                raise error
            await self._sleep(wait)
            try:
                if await self._has(url, end):
                    return
            except Gone as gone:  # with the file that the last range has made, or without any
                raise (error if may_be_there else gone) from error

    async def _has(self, url: str, end: int) -> bool:
        """Tell whether a range has arrived, as far as the session says; raises `Gone` where there is none."""
        try:
            _, body = await self._call("GET", url, None, {})
        except (NotDone, Unknown):
            return False
        return (_next(body) or 0) >= end

    async def _call(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._session.closed:
            raise NotDone(Cause.UNAVAILABLE, "Guestlist stops")
        sent: list[None] = []
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=body,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                trace_request_ctx=sent,
            ) as response:
                answer = await response.content.read(_MOST_READ)
                return _checked(response.status, response.headers, answer)
        except Gone as gone:
            if len(sent) < 2:  # noqa: PLR2004 - what was sent twice may have been taken the first time
                raise
            raise Unknown(gone.cause, str(gone)) from gone
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotDone(Cause.UNAVAILABLE, "the upload could not be reached") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(Cause.UNAVAILABLE, "the upload's answer was lost") from error


def _counting(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Return a session over the same connections that counts what it sends: aiohttp repeats a lost PUT."""

    async def count(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.append(None)

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(count)
    return aiohttp.ClientSession(
        connector=session.connector,
        connector_owner=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[*session.trace_configs, trace],
    )


def ranges(parts: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield what was made in pieces of exactly `most` bytes, and the rest."""
    kept = bytearray()
    for part in parts:
        kept += part
        while len(kept) > most:
            yield bytes(kept[:most])
            del kept[:most]
    if kept:
        yield bytes(kept)


def _checked(status: int, headers: Any, body: bytes) -> tuple[int, bytes]:
    """Return an answer that says what has arrived; raises the rest in our words."""
    if status in (*_DONE, _MORE):
        return status, body
    text = f"the upload was answered {status}"
    if status in _GONE:
        raise Gone(Cause.REFUSED, text)
    if status in _AGAIN:
        raise NotDone(Cause.THROTTLED, text, retry_after=asked_wait(headers))
    if status >= 500:  # noqa: PLR2004 - whatever a gateway says of a lost answer
        raise Unknown(Cause.UNAVAILABLE, text, retry_after=asked_wait(headers))
    raise Refused(Cause.REFUSED, text)


def _next(body: bytes) -> int | None:
    """Return from where on bytes are missing, as the session tells it; None where it does not."""
    try:
        first = str(orjson.loads(body)["nextExpectedRanges"][0]).partition("-")[0]
        return int(first)
    except (ValueError, KeyError, IndexError, TypeError):
        return None

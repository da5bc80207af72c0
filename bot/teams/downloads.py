"""The Downloads port: a file that a person sent, read where Teams says that it lies.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4#receive-files-in-personal-chat
"""

import asyncio
import logging
from http import HTTPStatus

import aiohttp
from yarl import URL

from access.rules.attached import MOST_BYTES, Attached, WhyNotFetched
from bot.teams.origins import Origins

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that all of it may take, however steadily it drips, the wait for others included."""
AT_ONCE = 4
"""Files that are read at the same time: more would be more in memory than a small machine has to spare."""
_CONNECTING = aiohttp.ClientTimeout(total=None, connect=5)
_BUSY = (408, 429)


class OneDriveDownloads:
    """Reads from listed origins alone, over https, once, follows no redirect, and never sends who we are.

    The address comes from outside, and is a secret: neither it nor what an error says of it is logged.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        origins: Origins,
        *,
        most: int = MOST_BYTES,
        patience: float = PATIENCE,
    ) -> None:
        self._session = session
        self._origins = origins
        self._most = most
        self._patience = patience
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, attached: Attached) -> bytes | WhyNotFetched:
        found = await self._fetch(attached.download_url)
        if isinstance(found, WhyNotFetched):
            log.info("A file that was sent did not come", extra={"why": found})
        return found

    async def _fetch(self, url: str) -> bytes | WhyNotFetched:
        if not url:
            return WhyNotFetched.NO_FILE
        if not self._origins.allows_file(url):
            return WhyNotFetched.NOT_ALLOWED
        if self._session.closed:
            return WhyNotFetched.AWAY
        try:
            async with (
                asyncio.timeout(self._patience),
                self._gate,
                self._session.get(
                    URL(url, encoded=True),
                    headers={"Accept-Encoding": "identity"},
                    auto_decompress=False,
                    allow_redirects=False,
                    timeout=_CONNECTING,
                ) as response,
            ):
                return self._why_not(response) or await self._body(response)
        except aiohttp.ConnectionTimeoutError:
            return WhyNotFetched.AWAY
        except TimeoutError:
            return WhyNotFetched.TOO_SLOW
        except (aiohttp.ClientError, OSError):
            return WhyNotFetched.AWAY

    def _why_not(self, response: aiohttp.ClientResponse) -> WhyNotFetched | None:
        """Return what the head of an answer says against it; None where the file follows."""
        match response.status // 100:
            case 3:
                return WhyNotFetched.REDIRECTED
            case 4 if response.status not in _BUSY:
                return WhyNotFetched.GONE
            case 4 | 5:
                return WhyNotFetched.AWAY
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if response.status != HTTPStatus.OK or coding != "identity":
            return WhyNotFetched.NO_FILE
        if response.content_type == "text/html":  # the page of a sign-in, which is answered with 200, too
            return WhyNotFetched.NO_FILE
        return WhyNotFetched.TOO_BIG if (response.content_length or 0) > self._most else None

    async def _body(self, response: aiohttp.ClientResponse) -> bytes | WhyNotFetched:
        """Return what comes, and no byte beyond the limit, whatever length was told."""
        body = bytearray()
        async for part in response.content.iter_any():
            body += part
            if len(body) > self._most:
                return WhyNotFetched.TOO_BIG
        return bytes(body)

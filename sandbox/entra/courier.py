"""Carries change notifications to the apps that want them, and tries an address before one is promised."""

import asyncio
from typing import Any
from uuid import uuid4

import aiohttp

from sandbox.entra.subscribed import Json
from sandbox.ledger import Ledger
from sandbox.switches import Switches

HANDSHAKE = 10.0
"""Seconds in which the token has to come back."""
FIRST_GAP, LONGEST_GAP, GIVEN_UP = 1.0, 600.0, 4 * 3600.0
"""Seconds between two tries of a notification that was not taken, ever longer, for four hours in all."""


class Courier:
    """One session for all; what is under way ends with the sandbox."""

    def __init__(self, switches: Switches, ledger: Ledger) -> None:
        self._switches, self._ledger = switches, ledger
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=HANDSHAKE))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def shake(self, urls: list[str]) -> str:
        """Try each address with a token that has to come back as it is; return what was wrong, or nothing."""
        for url in urls:
            token = f"Validation: Testing client application reachability <{uuid4()}> 100% & more + ü"
            try:
                status, kind, said = await self._said(url, token)
            except TimeoutError:
                return "Subscription validation request timed out."
            except (aiohttp.ClientError, ValueError):
                return "Notification endpoint could not be reached."
            self._ledger.record("subscription.handshake", url=url, status=status)
            if status != 200:  # noqa: PLR2004 - HTTP's OK
                return "Must respond with 200 OK to this request."
            if kind != "text/plain" or said != token:
                return "Validation: the token did not come back as plain text."
        return ""

    async def _said(self, url: str, token: str) -> tuple[int, str, str]:
        assert self._http is not None
        async with self._http.post(
            url, params={"validationToken": token}, headers={"Content-Type": "text/plain; charset=utf-8"}
        ) as answer:
            return answer.status, answer.content_type, await answer.text()

    def post(self, url: str, body: Json) -> None:
        """Send a notification, now and however often it takes; nobody waits for it."""
        if self._http is None or self._http.closed:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(url, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, url: str, body: Json) -> None:
        await asyncio.sleep(self._switches["notificationLag"])
        gap, spent = FIRST_GAP, 0.0
        while spent < GIVEN_UP:
            status = await self._posted(url, body)
            of = [item.get("lifecycleEvent", item.get("changeType")) for item in body["value"]]
            self._ledger.record("notification.sent", url=url, events=of, status=status)
            if 200 <= status < 300:  # noqa: PLR2004 - HTTP's successes
                return
            await asyncio.sleep(gap)
            spent, gap = spent + gap, min(gap * 2, LONGEST_GAP)

    async def _posted(self, url: str, body: Json) -> int:
        """Return the answer's status, 0 where there was none."""
        assert self._http is not None
        try:
            async with self._http.post(url, json=body) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

"""The endpoints at which Graph says that users have changed: answered at once, and believed nothing."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from access.ports import AccessError
from access.rules.subscribing import NOTHING, Event, Kept
from access.service.subscribe import Subscribing
from bot.bell import Bell
from bot.web import body_of

log = logging.getLogger(__name__)

CHANGED, LIFECYCLE = "/api/graph/notifications", "/api/graph/lifecycle"
"""Below the public address, where Graph posts."""
LONGEST_TOKEN, LONGEST_NAME, MOST_ITEMS = 1024, 128, 1000
_NAMES = ("subscriptionId", "clientState", "tenantId", "lifecycleEvent")
_DOUBTS = 16
_EVERY, _LEAST = 60.0, 1.0
"""Seconds between two looks at whose notifications are ours; the second where somebody unknown has come."""


@dataclass(frozen=True, slots=True)
class Item:
    """What of a notification counts: whose it says it is, and what it says of the subscription itself."""

    subscription_id: str
    secret: str
    tenant_id: str
    event: str


@dataclass(slots=True)
class Notified:
    """Rings for what carries our secret. Nothing is kept of a notification, and no answer tells who is known.

    One that this replica does not know yet, for another has just subscribed, is judged again a moment later.
    """

    tenant_id: str
    subscribing: Subscribing
    bell: Bell
    _kept: Kept = NOTHING
    _doubts: deque[Item] = field(default_factory=lambda: deque(maxlen=_DOUBTS))
    _is_asked: bool = False
    _lost: str = ""
    """The subscription that is said to be gone."""
    _forged: int = 0
    _noted: asyncio.Event = field(default_factory=asyncio.Event)

    def routes(self) -> list[web.RouteDef]:
        """Return both endpoints, none where no notification is asked for."""
        if not self.subscribing.url:
            return []
        return [web.post(path, self.answer) for path in (CHANGED, LIFECYCLE)]

    async def answer(self, request: web.Request) -> web.Response:
        """Echo the token of a handshake; take notifications, of which all that follows is done later."""
        token = request.query.get("validationToken")
        if token is not None:
            return _echoed(token)
        for item in await _items(request):
            self._hear(item)
        return web.Response(status=202)

    async def work(self) -> None:
        """Do what follows, at most once a second, until canceled."""
        loop = asyncio.get_running_loop()
        said_at = loop.time()
        while True:
            try:
                await self._follow()
            except AccessError as error:
                log.debug("Notifications have to wait", extra={"cause": error.cause})
                self._noted.set()
            if self._forged and loop.time() - said_at >= _EVERY:
                log.warning("Notifications that are not ours have no effect", extra={"count": self._forged})
                said_at, self._forged = loop.time(), 0
            await asyncio.sleep(_LEAST)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._noted.wait(), _EVERY)

    def _hear(self, item: Item) -> None:
        if item.tenant_id.lower() != self.tenant_id:
            self._forged += 1
        elif self._kept.opens(item.subscription_id, item.secret):
            self._take(item)
        else:
            self._doubts.append(item)
            self._noted.set()

    def _take(self, item: Item) -> None:
        self.bell.ring()
        self._is_asked |= item.event == Event.REAUTHORIZE
        if item.event == Event.REMOVED and item.subscription_id == self._kept.subscription_id:
            self._lost = item.subscription_id
        if self._is_asked or self._lost or self.bell.is_to_carry:
            self._noted.set()

    async def _follow(self) -> None:
        """Learn which notifications are ours, judge again those in doubt, pass on what others have to do."""
        self._noted.clear()
        self._kept = await self.subscribing.kept()
        while self._doubts:
            item = self._doubts.popleft()
            if self._kept.opens(item.subscription_id, item.secret):
                self._take(item)
            else:
                self._forged += 1
        if self._is_asked:
            await self.subscribing.asked()
            self._is_asked = False
        if self._lost:
            await self.subscribing.lost(self._lost)
            self._lost = ""
        await self.bell.carry()


def _echoed(token: str) -> web.Response:
    """Return a text that nobody may take for anything else: anyone can have it echoed."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise web.HTTPBadRequest
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return web.Response(text=token, content_type="text/plain", headers=headers)


async def _items(request: web.Request) -> list[Item]:
    """Read what came; raises a 4xx where it is nothing that Graph sends."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = orjson.loads(await body_of(request))
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest from error
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_ITEMS:
        raise web.HTTPBadRequest
    return [_item(row) for row in rows]


def _item(row: Any) -> Item:
    values = [row.get(name) or "" for name in _NAMES] if isinstance(row, dict) else []
    if not values or not all(isinstance(one, str) and len(one) <= LONGEST_NAME for one in values):
        raise web.HTTPBadRequest
    return Item(*values)

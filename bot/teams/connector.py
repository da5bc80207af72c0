"""The Bot Connector's calls over one pooled session: paced, retried where safe, errors in our words."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from access.ports import Gone, NotDone, Refused, Unknown, Unreachable
from access.rules.causes import Cause
from bot.credential import Credential
from bot.guarded import guarded, lost_lease
from bot.retry_after import asked_wait
from bot.teams import pace
from bot.teams.origins import Origins
from bot.teams.pace import Pace
from bot.teams.reference import THREAD

SCOPE = "https://api.botframework.com/.default"
TRIES = 4
PATIENCE = 10.0
"""Seconds after which no new try begins; the outbox comes again later."""
_TIMEOUT = aiohttp.ClientTimeout(total=8, connect=4)


@dataclass(slots=True, kw_only=True)
class Call:
    """One call: `scope` is the conversation whose limits count, `path` follows `…/v3/conversations`."""

    method: str
    service_url: str
    path: str
    scope: str
    body: bytes | None = None
    windows: pace.Windows = pace.SEND
    urgent: bool = False


class Connector:
    """Posts, updates and opens conversations.

    412 and 429 are tried again; a lost answer (5xx, reset, time-out) is, except on a POST, which would
    show its message twice: the caller decides.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        credential: Credential,
        origins: Origins,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._guarded = guarded(session)
        self._credential = credential
        self._origins = origins
        self._pace = Pace(now, sleep)
        self._now = now
        self._sleep = sleep

    async def post(
        self,
        service_url: str,
        conversation: str,
        body: bytes,
        *,
        reply_to: str = "",
        targeted: bool = False,
        urgent: bool = False,
    ) -> str:
        """Post an activity and return its id; a targeted one is for the recipient that it names."""
        end = f"/{_quoted(reply_to)}" if reply_to else ""
        query = "?isTargetedActivity=true" if targeted else ""
        path = f"{_activities(conversation)}{end}{query}"
        answer = await self._call(
            Call(
                method="POST",
                service_url=service_url,
                path=path,
                scope=_limited(conversation),
                body=body,
                urgent=urgent,
            )
        )
        return str(answer.get("id") or "")

    async def update(self, service_url: str, conversation: str, message: str, body: bytes) -> None:
        path = f"{_activities(conversation)}/{_quoted(message)}"
        await self._call(
            Call(method="PUT", service_url=service_url, path=path, scope=_limited(conversation), body=body)
        )

    async def create(self, service_url: str, bot: str, person: str, tenant: str) -> str:
        """Open the 1:1 with a person and return its id, the same one each time."""
        body = orjson.dumps(
            {
                "bot": {"id": bot},
                "isGroup": False,
                "members": [{"id": person}],
                "tenantId": tenant,
                "channelData": {"tenant": {"id": tenant}},
            }
        )
        answer = await self._call(
            Call(method="POST", service_url=service_url, path="", scope=person, body=body)
        )
        if not isinstance(answer.get("id"), str):
            raise Unknown(Cause.UNAVAILABLE, "a conversation without an id")
        return str(answer["id"])

    async def member(self, service_url: str, conversation: str, person: str) -> dict[str, Any]:
        """Return a member of a conversation, asked for by object id; raises `Gone` for who is none."""
        return await self._call(
            Call(
                method="GET",
                service_url=service_url,
                path=f"/{_quoted(conversation)}/members/{_quoted(person)}",
                scope=f"members {conversation}",
                windows=pace.MEMBERS,
            )
        )

    async def _call(self, call: Call) -> dict[str, Any]:
        if not self._origins.allows(call.service_url):
            raise Refused(Cause.REFUSED, "a service URL that is not allowed")
        began, attempt = self._now(), 0
        while True:
            attempt += 1
            try:
                return await self._once(call)
            except (NotDone, Unknown) as error:
                wait = pause(error.retry_after, attempt)
                safe = isinstance(error, NotDone) or call.method != "POST"
                if not safe or attempt == TRIES or self._now() - began + wait > PATIENCE:
                    raise
            await self._sleep(wait)

    async def _once(self, call: Call) -> dict[str, Any]:
        await self._pace.turn(call.scope, call.windows, urgent=call.urgent)
        await self._pace.turn("", pace.APP, urgent=call.urgent)
        for last in (False, True):
            token = await self._credential.get_token(SCOPE)
            status, headers, body = await self._send(call, token.token)
            if status // 100 == 2:  # noqa: PLR2004 - every 2xx
                return _object(body)
            if status != 401 or last:  # noqa: PLR2004 - a token may have been withdrawn: once more with a new one
                break
            self._credential.forget(SCOPE)
        raise _error(status, headers, body)

    async def _send(self, call: Call, token: str) -> tuple[int, Any, bytes]:
        url = URL(f"{call.service_url.rstrip('/')}/v3/conversations{call.path}", encoded=True)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if self._session.closed:  # a turn that a stop has not waited for
            raise NotDone(Cause.UNAVAILABLE, "Guestlist stops")
        # What answers a turn is no job that could be lost to another, and asking costs it time.
        session = self._session if call.urgent or call.method == "GET" else self._guarded
        try:
            async with session.request(
                call.method,
                url,
                data=call.body,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotDone(Cause.UNAVAILABLE, "the connector could not be reached") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if lost := lost_lease(error):
                raise lost from error
            raise Unknown(Cause.UNAVAILABLE, "the connector's answer was lost") from error


def _limited(conversation: str) -> str:
    """Return the conversation whose limits count: a channel with all its threads."""
    return conversation.partition(THREAD)[0]


@lru_cache(maxsize=1024)
def _activities(conversation: str) -> str:
    return f"/{_quoted(conversation)}/activities"


def _quoted(identity: str) -> str:
    return quote(identity, safe="")


def pause(retry_after: float | None, attempt: int) -> float:
    """Return the seconds before the next try: what the channel asked for or a growing pause, never less."""
    least = max(retry_after or 0, 0.25 * 2 ** (attempt - 1))
    return least * random.uniform(1, 1.25)  # noqa: S311 - jitter, no secret


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}


def _error(status: int, headers: Any, body: bytes) -> NotDone | Unknown | Gone | Unreachable | Refused:
    error = _object(body).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    text, trace = f"the connector answered {status} {code or ''}".strip(), headers.get("MS-CV", "")
    match status:
        case 401:
            return Refused(Cause.SIGN_IN_REFUSED, text, trace=trace)
        case 403:
            return Unreachable(Cause.REFUSED, text, trace=trace)
        case 404:
            return Gone(Cause.REFUSED, text, trace=trace)
        case 412 | 429:
            return NotDone(Cause.THROTTLED, text, trace=trace, retry_after=asked_wait(headers))
        case _ if status >= 500 or status == 408:  # noqa: PLR2004 - whatever a gateway says of a lost answer
            return Unknown(Cause.UNAVAILABLE, text, trace=trace)
        case _:
            return Refused(Cause.REFUSED, text, trace=trace)

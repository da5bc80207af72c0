"""The channel's signing keys: fetched without blocking, again when an unknown one is used, and once a day."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.teams.origins import origin_of

log = logging.getLogger(__name__)

GAP = 10.0
"""Seconds between two fetches, however many unknown keys are presented."""
DAY = 86_400.0
PATIENCE = 5.0
"""Seconds that a fetch may take."""
_MOST_WAITING = 100
"""Calls that may wait for a fetch; with an unknown key the next are turned away at once."""
_LARGEST = 1_000_000
_WEAK = 2048


class KeysUnreachable(Exception):
    """No keys were ever fetched, so nobody can be told from anybody."""


@dataclass(frozen=True, slots=True)
class Key:
    public: RSAPublicKey
    endorsements: frozenset[str]


class ChannelKeys:
    """Finds a key by its id; `generation` grows with each fetch, so that what hangs on old keys can go."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        openid_url: str,
        now: Callable[[], float],
        patience: float = PATIENCE,
    ) -> None:
        self._session = session
        self._openid_url = openid_url
        self._now = now
        self._patience = patience
        self._keys: dict[str, Key] = {}
        self._asked_at = self._fetched_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0
        self.generation = 0

    async def find(self, kid: str) -> Key | None:
        """Return the key; an unknown one is looked for at its source first. Raises `KeysUnreachable`."""
        if kid not in self._keys:
            await self._look_again()
        elif self._now() - self._fetched_at > DAY:
            # A key in hand is good: nobody waits for the daily look whether it still is.
            self._begin()
        if not self._keys:
            raise KeysUnreachable
        return self._keys.get(kid)

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _begin(self) -> None:
        """Fetch the keys, unless they are being fetched or were asked for a moment ago."""
        fetching = self._fetching is not None and not self._fetching.done()
        if not fetching and self._now() - self._asked_at >= GAP:
            self._asked_at = self._now()
            self._fetching = asyncio.create_task(self._refresh())

    async def _look_again(self) -> None:
        """Wait for a fetch, with the others who do; where keys are in hand, not all the world may wait."""
        self._begin()
        crowded = bool(self._keys) and self._waiting >= _MOST_WAITING
        if crowded or self._fetching is None or self._fetching.done():
            return
        self._waiting += 1
        try:
            await asyncio.wait([self._fetching])
        finally:
            self._waiting -= 1

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                keys = await self._fetch()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("The channel's keys could not be fetched", extra={"error": repr(error)})
            return
        self._keys, self._fetched_at = keys, self._now()
        self.generation += 1

    async def _fetch(self) -> dict[str, Key]:
        where = (await self._read(self._openid_url)).get("jwks_uri")
        if not isinstance(where, str) or not self._trusted(where):
            raise ValueError("the channel's metadata names no trustworthy address of keys")
        found = (await self._read(where)).get("keys")
        keys = dict(filter(None, map(_key, found))) if isinstance(found, list) else {}
        if not keys:
            raise ValueError("the channel publishes no usable key")
        return keys

    def _trusted(self, url: str) -> bool:
        origin = origin_of(url)
        return origin is not None and (origin.startswith("https://") or origin == origin_of(self._openid_url))

    async def _read(self, url: str) -> dict[str, Any]:
        async with self._session.get(url, allow_redirects=False) as response:
            response.raise_for_status()
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > _LARGEST:
                    raise ValueError("the channel's answer is too large")
        read = orjson.loads(body)
        if not isinstance(read, dict):
            raise ValueError("the channel's answer is no object")  # noqa: TRY004 - what a stranger sent, no bug
        return read


def _key(raw: Any) -> tuple[str, Key] | None:
    """Return a key by its id; what is no RSA key of a fair size is passed over."""
    if not isinstance(raw, dict) or not isinstance(raw.get("kid"), str) or raw.get("kty") != "RSA":
        return None
    try:
        public = jwt.PyJWK(raw, "RS256").key
    except (jwt.PyJWTError, ValueError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < _WEAK:
        return None
    endorsed = raw.get("endorsements")
    names = endorsed if isinstance(endorsed, list) else []
    return raw["kid"], Key(public, frozenset(name for name in names if isinstance(name, str)))

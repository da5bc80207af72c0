"""A channel small enough to trust: it signs tokens, publishes keys, and answers connector calls as told."""

import asyncio
import io
import json
import time
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP = "0b1c2d3e-0000-4000-8000-000000000001"
TENANT = "0b1c2d3e-0000-4000-8000-00000000000f"
BOT = f"28:{APP}"
ANA = "0b1c2d3e-0000-4000-8000-0000000000a1"
ISSUER = "https://api.botframework.com"
Raw = dict[str, Any]


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Heard:
    """A connector call as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: Raw
    token: str


@dataclass
class Answer:
    """What the connector says to one call: a status, or "reset" for none at all."""

    status: int | str = 200
    body: Raw = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


class Channel:
    def __init__(self) -> None:
        self.published: dict[str, list[str]] = {"first": ["msteams"]}
        self.key_fetches = 0
        self.keys_wait: asyncio.Event | None = None
        self.keys_asked = asyncio.Event()
        self.heard: list[Heard] = []
        self.answers: deque[Answer] = deque()
        app = web.Application()
        app.router.add_get("/openid", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_route("*", "/v3/conversations{rest:.*}", self._connector)
        self.server = TestServer(app)

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    @property
    def service_url(self) -> str:
        return f"{self.origin}/"

    async def _metadata(self, _: web.Request) -> web.Response:
        self.key_fetches += 1
        if self.keys_wait is not None:
            self.keys_asked.set()
            await self.keys_wait.wait()
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.origin}/keys"})

    async def _keys(self, _: web.Request) -> web.Response:
        keys = [
            {
                **json.loads(RSAAlgorithm.to_jwk(private_key(kid).public_key())),
                "kid": kid,
                "use": "sig",
                "endorsements": endorsements,
            }
            for kid, endorsements in self.published.items()
        ]
        return web.json_response({"keys": keys})

    async def _connector(self, request: web.Request) -> web.Response:
        text = await request.text()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        path = request.path.removeprefix("/v3/conversations")
        self.heard.append(
            Heard(request.method, path, dict(request.query), json.loads(text) if text else {}, token)
        )
        answer = self.answers.popleft() if self.answers else Answer(body={"id": f"m{len(self.heard)}"})
        if answer.status == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.json_response(answer.body, status=int(answer.status), headers=answer.headers)

    def token(self, *, kid: str = "first", key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Return a good token, but for what is said; a claim of None is left out."""
        now = int(time.time())
        said: Raw = {
            "iss": ISSUER,
            "aud": APP,
            "nbf": now - 10,
            "exp": now + 3600,
            "serviceurl": self.service_url,
        } | claims
        payload = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(payload, key or private_key(kid), algorithm=algorithm, headers={"kid": kid})

    def activity(self, **fields: Any) -> Raw:
        """Return what Ana types in her 1:1, but for what is said; that she is ours needs no question."""
        return {
            "type": "message",
            "id": "1700000000001",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": "29:ana", "name": "Ana Silva", "aadObjectId": ANA, "tenantId": TENANT},
            "recipient": {"id": BOT, "name": "Guestlist"},
            "conversation": {"id": "a:ana", "conversationType": "personal", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            "locale": "en-GB",
            "localTimezone": "Europe/Lisbon",
            "text": "/help",
        } | fields

    def invoke(self, name: str | None, value: Any, **fields: Any) -> Raw:
        return self.activity(type="invoke", id="f:1", name=name, value=value, text=None) | fields

    def in_channel(self, **fields: Any) -> Raw:
        there = {
            "id": "19:abc@thread.tacv2;messageid=1699",
            "conversationType": "channel",
            "tenantId": TENANT,
            "isGroup": True,
        }
        return self.activity(conversation=there, **fields)


@dataclass
class Bot:
    """The bot under test, as the channel sees it: one address."""

    url: str
    channel: Channel
    session: aiohttp.ClientSession

    async def raw(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        async with self.session.post(self.url, data=io.BytesIO(body), headers=headers) as response:
            return response.status, await response.read()

    async def send(self, activity: Raw, token: str | None = None) -> tuple[int, Any]:
        """Send an activity, signed well unless a token is given; return the status and what was answered."""
        authorization = f"Bearer {token or self.channel.token()}"
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        status, body = await self.raw(json.dumps(activity).encode(), headers)
        return status, json.loads(body) if body else None

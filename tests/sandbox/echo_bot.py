"""A bot that checks the channel's token and answers as a test tells it to; and a small Teams around it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.app import WORLD, World, create
from sandbox.settings import Settings

CARD = "application/vnd.microsoft.card.adaptive"
CHANNEL = "19:0fa94a6180e4500ab70ddd975fbbaee7@thread.tacv2"
TOKEN = Settings().token
GROUP_CHAT = "19:cbfd7c34ce6453b1be38677ec08aac33@thread.v2"
Reply = Callable[[dict[str, Any]], Any]


def card_message(card: dict[str, Any], text: str | None = None) -> dict[str, Any]:
    message: dict[str, Any] = {"type": "message", "attachments": [{"contentType": CARD, "content": card}]}
    return message | ({"text": text} if text else {})


@dataclass
class EchoBot:
    """`replies` to messages are posted to the thread; `answers` to invokes, by name, are returned."""

    app_id: str
    channel: str = ""
    activities: list[dict[str, Any]] = field(default_factory=list)
    reply: Reply | None = None
    answers: dict[str, Reply] = field(default_factory=dict)
    session: aiohttp.ClientSession | None = None

    async def receive(self, request: web.Request) -> web.Response:
        claims = await self.verified(request.headers["Authorization"].removeprefix("Bearer "))
        activity = await request.json()
        if claims["serviceurl"] != activity["serviceUrl"]:
            return web.Response(status=401)
        self.activities.append(activity)
        if activity["type"] == "message" and self.reply is not None:
            reply = self.reply(activity)
            if reply is not None:
                conversation = activity["conversation"]["id"]
                await self.call("POST", f"conversations/{conversation}/activities", reply)
        if activity["type"] == "invoke":
            status, body = self.answers[activity["name"]](activity)
            return web.json_response(body, status=status) if body is not None else web.Response(status=status)
        return web.Response(status=202)

    async def verified(self, token: str) -> dict[str, Any]:
        """Check a token as a bot must: by the published keys, the issuer and the audience."""
        assert self.session is not None
        async with self.session.get(f"{self.channel}/channel/v1/.well-known/openidconfiguration") as answer:
            metadata = await answer.json()
        async with self.session.get(metadata["jwks_uri"]) as answer:
            keys = jwt.PyJWKSet.from_dict(await answer.json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        required: Any = {"require": ["exp", "nbf", "iss", "aud"]}
        claims: dict[str, Any] = jwt.decode(
            token, key, ["RS256"], audience=self.app_id, issuer=metadata["issuer"], options=required
        )
        return claims

    async def call(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any]:
        """Call the connector as the bot."""
        assert self.session is not None
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{self.channel}/connector/v3/{path}"
        async with self.session.request(method, address, json=body, headers=headers) as answer:
            text = await answer.text()
            return answer.status, (await answer.json() if text else None)


@dataclass
class Rig:
    """The sandbox, the bot, and calls to the client's API."""

    world: World
    bot: EchoBot
    origin: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> Any:
        async with self.session.get(f"{self.origin}/teams/{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        async with self.session.post(f"{self.origin}/teams/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def say(self, who: str, text: str, conversation: str = CHANNEL, **more: Any) -> str:
        said = await self.post("say", **{"as": who}, conversation=conversation, text=text, **more)
        return str(said["messageId"])

    async def messages(self, who: str, conversation: str = CHANNEL, **more: str) -> list[dict[str, Any]]:
        seen = await self.get("messages", **{"as": who}, conversation=conversation, **more)
        return list(seen["messages"])

    async def press(self, who: str, message_id: str, conversation: str = CHANNEL, **more: Any) -> Any:
        where = {"as": who, "conversation": conversation, "messageId": message_id}
        return await self.post("press", **where, **more)

    async def settled(self) -> None:
        """Wait until everything that the channel sends beside its callers has arrived."""
        await asyncio.gather(*self.world.channel._tasks)

    def chat(self, who: str) -> str:
        return str(self.world.channel.chat_with(self.world.story.person(who)["id"]).id)


@asynccontextmanager
async def small_teams(**changed: Any) -> AsyncIterator[Rig]:
    app = create(Settings(**changed))
    bot = EchoBot(app[WORLD].story.bot["appId"])
    bot_app = web.Application()
    bot_app.router.add_post("/api/messages", bot.receive)
    async with (
        TestServer(app) as sandbox,
        TestServer(bot_app) as answering,
        aiohttp.ClientSession() as session,
    ):
        bot.session, bot.channel = session, str(sandbox.make_url("")).rstrip("/")
        rig = Rig(app[WORLD], bot, bot.channel, session)
        await rig.post("control", botUrl=str(answering.make_url("/api/messages")), limits="off")
        yield rig

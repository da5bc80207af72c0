"""The floor: a bot on aiohttp without any SDK, which answers with a card of 3 KB and checks its callers."""

import asyncio
import gc
import os
import time
from typing import Any

import aiohttp
import jwt
import orjson
from aiohttp import web

CHANNEL, APP_ID = os.environ["BENCH_CHANNEL"], os.environ["BENCH_APP_ID"]
ISSUER = "https://api.botframework.com"
MEANING = "What it does, in a line or two. " * 2
COMMANDS = [(f"/command{number} ADDRESS to APP for 90d", MEANING) for number in range(10)]


def card() -> dict[str, Any]:
    """Return a help card, made for this turn."""
    body: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": "What you can type", "size": "Large", "weight": "Bolder", "wrap": True}
    ]
    for typed, meaning in COMMANDS:
        runs = [{"type": "TextRun", "text": typed, "fontType": "Monospace", "weight": "Bolder"}]
        body.append({"type": "RichTextBlock", "inlines": runs, "spacing": "Medium"})
        body.append({"type": "TextBlock", "text": meaning, "wrap": True, "spacing": "None"})
    head = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.5"}
    return {"type": "AdaptiveCard", **head, "fallbackText": "What you can type.", "body": body}


class PlainBot:
    """Keeps the channel's keys, the callers it has verified, its own token and one session."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}
        self.callers: dict[str, dict[str, Any]] = {}
        self.token, self.token_ends = "", 0.0
        self.asking = asyncio.Lock()
        self.session: aiohttp.ClientSession | None = None

    async def open(self, _: web.Application) -> None:
        self.session = aiohttp.ClientSession(json_serialize=lambda value: orjson.dumps(value).decode())
        async with self.session.get(f"{CHANNEL}/keys") as response:
            for key in (await response.json())["keys"]:
                self.keys[key["kid"]] = jwt.PyJWK(key, "RS256").key

    async def close(self, _: web.Application) -> None:
        assert self.session is not None
        await self.session.close()

    def caller(self, token: str) -> dict[str, Any]:
        claims = self.callers.get(token)
        if claims is None:
            key = self.keys[jwt.get_unverified_header(token)["kid"]]
            claims = self.callers[token] = jwt.decode(token, key, ["RS256"], audience=APP_ID, issuer=ISSUER)
        if claims["exp"] < time.time():
            raise web.HTTPUnauthorized
        return claims

    async def own_token(self) -> str:
        if self.token_ends < time.time():
            async with self.asking:
                if self.token_ends < time.time():
                    await self._ask()
        return self.token

    async def _ask(self) -> None:
        assert self.session is not None
        form = {"grant_type": "client_credentials", "client_id": APP_ID, "client_secret": "bench"}
        async with self.session.post(f"{CHANNEL}/oauth2/v2.0/token", data=form) as response:
            said = await response.json()
        self.token, self.token_ends = said["access_token"], time.time() + said["expires_in"]

    async def messages(self, request: web.Request) -> web.Response:
        claims = self.caller(request.headers["Authorization"].removeprefix("Bearer "))
        activity = orjson.loads(await request.read())
        if activity["serviceUrl"] != claims["serviceurl"]:
            raise web.HTTPForbidden
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card()}
        reply = {
            "type": "message",
            "from": activity["recipient"],
            "recipient": activity["from"],
            "conversation": activity["conversation"],
            "replyToId": activity["id"],
            "attachments": [attachment],
        }
        conversation = f"{activity['serviceUrl']}v3/conversations/{activity['conversation']['id']}"
        there = f"{conversation}/activities/{activity['id']}"
        headers = {"Authorization": f"Bearer {await self.own_token()}", "Content-Type": "application/json"}
        assert self.session is not None
        async with self.session.post(there, data=orjson.dumps(reply), headers=headers) as response:
            await response.read()
        return web.Response()


async def ready(_: web.Request) -> web.Response:
    return web.Response()


def main() -> None:
    bot = PlainBot()
    application = web.Application()
    application.on_startup.append(bot.open)
    application.on_cleanup.append(bot.close)
    application.router.add_post("/api/messages", bot.messages)
    application.router.add_get("/readyz", ready)
    gc.freeze()
    gc.set_threshold(20_000)
    web.run_app(
        application, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), print=None, access_log=None
    )


if __name__ == "__main__":
    main()

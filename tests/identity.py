"""The endpoint at which Azure Container Apps hands tokens of a managed identity to what runs there."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

HEADER = "the-secret-of-this-container"


@dataclass(slots=True)
class IdentityEndpoint:
    """Speaks the protocol of 2019-08-01; `token` is what it hands out at the moment."""

    token: Callable[[], str]
    asked: list[dict[str, str]] = field(default_factory=list)
    away: bool = False
    url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """What the platform sets for the container."""
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": HEADER}

    async def answer(self, request: web.Request) -> web.Response:
        if self.away:
            return web.json_response({"statusCode": 500, "message": "no token today"}, status=500)
        if request.headers.get("X-IDENTITY-HEADER") != HEADER:
            return web.json_response({"statusCode": 401}, status=401)
        if request.query.get("api-version") != "2019-08-01" or "resource" not in request.query:
            return web.json_response({"statusCode": 400}, status=400)
        self.asked.append(dict(request.query))
        ends = str(int(time.time()) + 3600)
        given = {"access_token": self.token(), "expires_on": ends, "token_type": "Bearer"}
        return web.json_response(given | {"resource": request.query["resource"]})


@asynccontextmanager
async def identity_endpoint(token: Callable[[], str]) -> AsyncIterator[IdentityEndpoint]:
    endpoint = IdentityEndpoint(token)
    application = web.Application()
    application.router.add_get("/msi/token", endpoint.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.url = site.name
    try:
        yield endpoint
    finally:
        await runner.cleanup()

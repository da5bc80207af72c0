"""The HTTP surface beside the endpoints: is the process alive, is it ready; and how a body is taken."""

import asyncio
from collections.abc import Callable

from aiohttp import web

LARGEST_BODY = 256 * 1024
"""No activity of Teams is larger; of what is larger, no more than this is read before it is refused."""
SENDING = 10.0
"""Seconds that a body may take on its way."""


async def body_of(request: web.Request) -> bytes:
    """Return the body; raises a 413 where it is too large, and a 408 where it comes too slowly."""
    if request.content.is_eof():  # it came with the head, as bodies of activities do
        return await request.read()
    try:
        async with asyncio.timeout(SENDING):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error


def health_routes(unready: Callable[[], str]) -> list[web.RouteDef]:
    """Return `/healthz` (the event loop turns) and `/readyz` (turns are taken and jobs run; else why not).

    Both answer from memory: a database that hangs must not make a probe hang.
    """

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def is_ready(_: web.Request) -> web.Response:
        why = unready()
        return web.json_response({"status": why or "ready"}, status=503 if why else 200)

    return [web.get("/healthz", alive), web.get("/readyz", is_ready)]

"""The HTTP surface beside the channel's endpoint: is the process alive, is it ready."""

from collections.abc import Callable

from aiohttp import web

LARGEST_BODY = 256 * 1024
"""No activity of Teams is larger; of what is larger, no more than this is read before it is refused."""


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

"""The HTTP surface beside the channel's endpoint: is the process alive, is it ready."""

from collections.abc import Callable

from aiohttp import web

LARGEST_BODY = 256 * 1024
"""No activity of Teams is larger; what is, is refused before it is read."""


def health_routes(ready: Callable[[], bool]) -> list[web.RouteDef]:
    """Return `/healthz` (the event loop turns) and `/readyz` (turns are taken and jobs run)."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def is_ready(_: web.Request) -> web.Response:
        fine = ready()
        return web.json_response({"status": "ready" if fine else "starting"}, status=200 if fine else 503)

    return [web.get("/healthz", alive), web.get("/readyz", is_ready)]

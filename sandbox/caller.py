"""Who may call the sandbox: what asks this computer by its own name, and no page of another site."""

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

if TYPE_CHECKING:
    from sandbox.settings import Settings

REFUSED = "This sandbox answers whoever calls it by its own address, and no page of another site.\n"


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guard(settings: "Settings") -> Middleware:
    """Return what turns away a name that somebody else has made lead here, and another site's page.

    Browsers let any page post anywhere, and a name on the internet may lead to this computer.
    """
    own = {settings.host, urlsplit(settings.origin).hostname or settings.host}

    def is_own(address: str) -> bool:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            return False
        return host in own or is_loopback(host)

    @web.middleware
    async def only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_own(f"//{request.host}") or _is_of_another_site(request, settings.origin):
            raise web.HTTPForbidden(text=REFUSED)
        return await handler(request)

    return only_ours


def _is_of_another_site(request: web.Request, own: str) -> bool:
    """Tell by what no page can write itself; a page that sends no referrer has the origin `null`."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in {"cross-site", "same-site"} and request.method not in {"GET", "HEAD"}
    origin = request.headers.get("Origin", "")
    return bool(origin) and origin not in {f"{request.scheme}://{request.host}", own}

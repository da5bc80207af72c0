"""What a guest sees: inbox, invitation, sign-in, consent, second factor, My Apps."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.app import World


def routes(_: "World") -> list[web.RouteDef]:
    return []

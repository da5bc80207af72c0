"""Teams on this computer: the channel that sends activities, the Bot Connector that takes answers, the page."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.app import World


def routes(world: "World") -> list[web.RouteDef]:
    """Return the routes of the channel, the connector, the client and the page."""
    del world
    return []


async def start(world: "World") -> None:
    """Open what the channel needs to reach the bot."""
    del world


async def stop(world: "World") -> None:
    """Close what `start` opened."""
    del world

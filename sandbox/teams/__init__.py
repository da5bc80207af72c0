"""Teams on this computer: the channel that sends activities, the Bot Connector, the people's clients."""

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox import page
from sandbox.teams import client_api, connector, files
from sandbox.teams.channel import Channel

if TYPE_CHECKING:
    from sandbox.app import World


def routes(world: "World") -> list[web.RouteDef]:
    """Make the world's channel and return its routes: tokens' keys, connector, client, page."""
    channel = world.channel = Channel(world)

    async def metadata(request: web.Request) -> web.Response:
        return web.json_response(channel.signer.metadata(world.origin(request)))

    async def keys(_: web.Request) -> web.Response:
        return web.json_response(channel.signer.keys())

    return [
        web.get("/channel/v1/.well-known/openidconfiguration", metadata),
        web.get("/channel/v1/.well-known/keys", keys),
        *connector.routes(world),
        *client_api.routes(world),
        *files.routes(world),
        *page.routes(),
    ]


async def start(world: "World") -> None:
    """Begin the story, and open what the channel needs to reach the bot."""
    world.channel.reset()
    await world.channel.open()


async def stop(world: "World") -> None:
    """End every screen's stream and everything still under way."""
    await world.channel.close()

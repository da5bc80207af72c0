"""How the body of a call to Guestlist is taken."""

import asyncio

from aiohttp import web

LARGEST_BODY = 256 * 1024
"""No activity of Teams is larger; of what is larger, no more than this is read before it is refused."""
SENDING = 10.0
"""Seconds that a body may take on its way."""


async def body_of(request: web.Request) -> bytes:
    """Return the body; raises a 413 where it is too large, a 408 where it comes too slowly, a 400 where it is
    not what its head says, such as gzip that is none.
    """
    try:
        if request.content.is_eof():  # it came with the head, as bodies of activities do
            return await request.read()
        async with asyncio.timeout(SENDING):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except web.RequestPayloadError as error:
        raise web.HTTPBadRequest from error

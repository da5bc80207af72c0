"""Start the sandbox: `python -m sandbox --port 8765 --bot-url http://127.0.0.1:3978/api/messages`."""

import argparse
import asyncio
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from sandbox.app import create
from sandbox.caller import is_loopback
from sandbox.settings import Settings


def read_arguments() -> Settings:
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--host", default=defaults.host)
    parser.add_argument("--port", type=int, default=defaults.port, help="0 takes any free port")
    parser.add_argument("--bot-url", default=defaults.bot_url, help="where Guestlist receives activities")
    parser.add_argument("--origin", default="", help="the sandbox's own address, when a proxy hides it")
    parser.add_argument("--manifest", type=Path, default=defaults.manifest, help="the app's, for its menus")
    parser.add_argument("--lag", type=float, default=1.5, help="seconds until a new guest is replicated")
    parser.add_argument("--apps", type=int, default=0, help="how many apps there are beside the story's")
    parser.add_argument("--guests", type=int, default=0, help="how many guests there are from the start")
    parser.add_argument("--pending", type=int, default=0, help="how many of them have not accepted yet")
    parser.add_argument("--let-others-in", action="store_true", help="allow a --host that others reach")
    given = parser.parse_args()
    if not is_loopback(given.host) and not given.let_others_in:
        parser.error(
            f"others may reach {given.host}, and whoever does is anybody here, without a sign-in; "
            "--let-others-in says that this is meant"
        )
    return Settings(
        host=given.host,
        port=given.port,
        bot_url=given.bot_url,
        origin=given.origin,
        apps=given.apps,
        guests=given.guests,
        pending=given.pending,
        manifest=given.manifest,
        switches={"lag": given.lag},
    )


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; the port is taken first, for activities carry the sandbox's address."""
    listening = socket.create_server((settings.host, settings.port))
    settings = replace(settings, port=listening.getsockname()[1])
    runner = web.AppRunner(create(settings), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    sys.stdout.write(f"Sandbox: http://{settings.host}:{settings.port}/\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(read_arguments()))

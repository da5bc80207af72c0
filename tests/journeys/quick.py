"""Guestlist as a process that waits at most two seconds for the lease of one that was killed."""

import asyncio
import os
import sys

import app
from bot.process import serve
from bot.settings import Settings
from bot.telemetry import configure_logging
from tests.clinic import QUICK


async def run() -> None:
    settings = Settings.read(os.environ)
    if not isinstance(settings, Settings):
        sys.exit(str(settings))
    await serve(await app.build(settings, app.Overrides(patience=QUICK)))


if __name__ == "__main__":
    configure_logging()
    asyncio.run(run())

"""Guestlist as a process that stops itself, once, between looking and writing; started by test_paused.py.

The environment says before what: PAUSED_BEFORE, a method of the Access or Chat port; PAUSED_MARKER is a file
that says it has happened.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import app
from access.service.steps import Patience
from bot.process import serve
from bot.settings import Settings
from bot.telemetry import configure_logging


class Stopping:
    """Stands before an adapter, and stops the whole process when a method of it is called first."""

    def __init__(self, inner: Any, before: str, marker: Path) -> None:
        self._inner, self._before, self._marker = inner, before, marker

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._before:
            return found

        async def stopped(*args: Any, **more: Any) -> Any:
            if not self._marker.exists():
                self._marker.touch()
                os.kill(os.getpid(), signal.SIGSTOP)
            return await found(*args, **more)

        return stopped


async def run() -> None:
    settings = Settings.read(os.environ)
    if not isinstance(settings, Settings):
        sys.exit(str(settings))
    before, marker = os.environ["PAUSED_BEFORE"], Path(os.environ["PAUSED_MARKER"])

    def stopping(inner: Any) -> Any:
        return Stopping(inner, before, marker)

    patience = Patience(lease=timedelta(seconds=3))
    await serve(await app.build(settings, app.Overrides(access=stopping, chat=stopping, patience=patience)))


if __name__ == "__main__":
    configure_logging()
    asyncio.run(run())

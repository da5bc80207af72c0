"""Guestlist as a process that need not import it first: forked from one that has.

It runs all of `app.py` that an operator's process runs, and saves two seconds of a core at each start.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import app

# These three app.py loads only for PostgreSQL; here they are loaded before the first fork.
import bot.queue.pgqueuer
import bot.queue.shared
import bot.store.postgres  # noqa: F401 - see above

_LOOK = 0.05


class Forked:
    """A process that is looked after as asyncio's are, and that ends with this one."""

    def __init__(self, environ: Mapping[str, str], log: Path) -> None:
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload([__name__])
        self._process: ForkServerProcess = server.Process(
            target=_become, args=(dict(environ), log), daemon=True
        )
        self._process.start()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, what: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, what)

    async def wait(self) -> int:
        while self.returncode is None:  # noqa: ASYNC110 - multiprocessing knows of no event
            await asyncio.sleep(_LOOK)
        return self.returncode


def _become(environ: Mapping[str, str], log: Path) -> None:
    """Be Guestlist as its operator starts it."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
    os.environ.update(environ)
    sys.exit(app.main())

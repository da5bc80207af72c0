"""Guestlist as a process: started, watched, and drained within half a minute, whatever hangs."""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from access.ports import AccessError, Store
from access.service.index import PERIOD, Index
from access.service.redeem import Redemptions
from bot.credential import Standing
from bot.door import LINGERING, QUIET, Door, Entrance, most_connections
from bot.graph import Graph
from bot.health import LATE
from bot.measuring.watch import Telemetry
from bot.policy_file import LOOKED_AT, PolicyFile
from bot.queue.embedded import EmbeddedQueue
from bot.readers import Readers, every
from bot.settings import Settings
from bot.teams import Teams
from bot.worker import Worker

log = logging.getLogger("guestlist")

_SILENT = 5.0
"""Seconds without an answer of the store after which no turn should come here."""
_GARBAGE = 20_000
"""Objects more than before at which Python looks for cycles among them; at its own 700, 64 turns at once
have it look all the time and find none."""
_SUSPECTING = 3.0
"""Seconds for which no job begins, while the mailbox does not answer."""
_LINGER = 2.0
"""Seconds for which a replica that stops still takes turns, until whoever sends them has read `/readyz`."""
_TURNS, _CLOSING, _LAST_RESORT = 4.0, 2.0, 29.0


@dataclass(slots=True)
class Guestlist:
    """Everything that was built, and how it is started and stopped."""

    settings: Settings
    store: Store
    graph: Graph
    teams: Teams
    queue: EmbeddedQueue
    worker: Worker
    redemptions: Redemptions
    readers: Readers
    index: Index
    policy: PolicyFile
    application: web.Application
    telemetry: Telemetry = field(default_factory=Telemetry)
    standing: Callable[[], Standing] = lambda: Standing.SIGNED_IN
    """How Entra has answered the credential."""
    grace: float = 18.0
    """Seconds that jobs have to end in once it stops."""
    state: str = "starting"
    """Empty while it serves."""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def is_silent(self) -> bool:
        """Whether the database does not answer."""
        return self.worker.silence > _SILENT

    def unready(self) -> str:
        """Return why no turn should come here; empty where one may.

        Where Entra refuses who was signed in before, one may: whoever asks is told at least that.
        """
        if self.state or self.worker.silence == float("inf"):
            return self.state or "starting"
        if self.is_silent:
            return "the database does not answer"
        return "the credential is refused" if self.standing() is Standing.NEVER else self.unwell()

    def unwell(self) -> str:
        """Return why it should be started anew; empty where that would help nothing."""
        stands = not (self.state or self.is_silent) and self.worker.stands_still(LATE)
        return "due jobs do not begin" if stands else ""

    async def start(self) -> None:
        """Start worker, queue, readers of redemption, index and policy, each process its own."""
        try:
            await self.telemetry.open()
        except OSError as taken:
            await self.stop()
            place = f"http://{self.settings.host}:{self.settings.metrics_port}"
            raise CannotListenError(place, taken.strerror, "GUESTLIST_METRICS_PORT") from taken
        background = {
            "worker": self._work,
            "queue": self.queue.listen,
            "readers": self.readers.read,
            "index": self._keep_index,
            "policy": self._follow_policy,
        }
        if self.settings.public_url:
            background["notifications"] = self.readers.notified.work
        if self.telemetry.is_on:
            background["telemetry"] = lambda: self.telemetry.read(self)
        self._tasks = [asyncio.create_task(run(), name=name) for name, run in background.items()]
        self.state = ""

    async def _work(self) -> None:
        """Work, once the mailbox has said that it knows no more than the database, or has not soon."""
        try:
            async with asyncio.timeout(_SUSPECTING):
                await self.readers.restores.suspect()
        except (AccessError, TimeoutError):
            log.warning("The mailbox does not say whether the database was restored; it is asked again")
        await self.worker.work()

    async def _keep_index(self) -> None:
        await every(PERIOD.total_seconds(), self.index.refresh, "index of apps and guests")

    async def _follow_policy(self) -> None:
        await every(LOOKED_AT, self.policy.look, "policy file")

    async def ended(self) -> None:
        """Wait until a background task has ended, which only a bug does before the stop; raises that."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def drain(self) -> None:
        """Begin nothing new, leave wake-ups and readings to others, and finish what runs."""
        self.state = "stopping"
        await self.queue.close()
        await self.worker.stop(self.grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING)

    async def stop(self) -> None:
        """Drain, then close every connection; what hangs is left behind."""
        if self.state != "stopping":
            await self.drain()
        for close in (self.teams.close, self.graph.close, self.store.close, self.telemetry.close):
            try:
                await asyncio.wait_for(close(), _CLOSING)
            except TimeoutError:
                log.warning("Something did not close in time", extra={"what": close.__qualname__})


class CannotListenError(Exception):
    """The address to listen on cannot be had."""

    def __str__(self) -> str:
        place, why, setting = self.args
        return f"{place} cannot be listened on: {why}. Change {setting} or GUESTLIST_HOST."


def settle() -> None:
    """Spare Python the search for garbage in what is loaded by now, and most of it later: fewer pauses."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)


async def serve(guestlist: Guestlist) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs; raises `CannotListenError`."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    runner = await _opened(guestlist)
    await guestlist.start()
    settle()
    log.info("Guestlist is ready", extra={"host": guestlist.settings.host, "port": guestlist.settings.port})
    ends = (asyncio.create_task(stopping.wait()), asyncio.create_task(guestlist.ended()))
    done, rest = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    error = next((task.exception() for task in done if task.exception()), None)
    if error:  # said before telemetry is closed
        log.critical("A background task ended by a bug", exc_info=error)
    await _leave(guestlist, runner)
    if error:
        # Without its worker or readers it must not look alive: whoever watches starts it anew.
        sys.exit(1)


async def _opened(guestlist: Guestlist) -> web.AppRunner:
    """Listen, behind the door; raises `CannotListenError`."""
    door = Door(most_connections())
    guestlist.application.middlewares.append(door.watch)
    runner = web.AppRunner(
        guestlist.application,
        access_log=None,
        shutdown_timeout=_TURNS,
        keepalive_timeout=QUIET,
        lingering_time=LINGERING,
    )
    await runner.setup()
    entrance = Entrance(runner, door, guestlist.settings.host, guestlist.settings.port)
    try:
        await entrance.start()
    except OSError as taken:
        await runner.cleanup()
        await guestlist.stop()
        raise CannotListenError(entrance.name, taken.strerror, "GUESTLIST_PORT") from taken
    return runner


async def _leave(guestlist: Guestlist, runner: web.AppRunner) -> None:
    """Finish the jobs while turns are still taken, then the turns, then close; at the worst, just end."""
    last_resort = threading.Timer(_LAST_RESORT, os._exit, (1,))
    last_resort.daemon = True
    last_resort.start()
    linger = _LINGER if guestlist.worker.shared else 0
    await asyncio.gather(guestlist.drain(), asyncio.sleep(linger))
    await runner.cleanup()
    await guestlist.stop()

"""The queue of several replicas: an alarm clock each, and PgQueuer between them."""

import asyncio
import importlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from access.ports import Clock
from bot.connecting import connect
from bot.credential import Credential
from bot.queue.embedded import EmbeddedQueue

if TYPE_CHECKING:
    from bot.queue.pgqueuer import Listener

log = logging.getLogger(__name__)

SWEEP = 1.0
"""The most seconds without a look at what other replicas have left."""
TOGETHER = 0.1
"""Seconds in which one wake-up stands for all; doubled, up to a sweep, while there is more to stand for.

A wake-up costs ten milliseconds of CPU. Where a replica makes hundreds of jobs due in a second, the
others are as busy, and look anyway.
"""
CALM = 2.0
"""Seconds before PgQueuer is loaded: half a second of a core, which who was just started does not have."""
PRUNED = 300.0
"""Seconds between two cleanings of PgQueuer's log."""
_SOONEST, _LATEST = 0.5, 15.0
"""Seconds until a connection is tried again, doubled each time."""
_PATIENCE = 10.0


@dataclass(slots=True)
class Together:
    """For how long one wake-up stands for all: ever longer while there is more to stand for."""

    least: float
    most: float
    _quiet: float = 0.0
    _until: float = 0.0
    _suppressed: bool = False

    def stands_for(self, now: float) -> bool:
        """Tell whether the last one stands for one at this time as well; if not, this one is the last."""
        if now < self._until:
            self._suppressed = True
            return True
        busy = self._suppressed and now < self._until + self._quiet
        self._quiet = min(self._quiet * 2, self.most) if busy else self.least
        self._until, self._suppressed = now + self._quiet, False
        return False


class SharedQueue(EmbeddedQueue):
    """Wakes its waiter as `EmbeddedQueue` does, and when another replica has made a job due.

    PgQueuer is a hint: where it is away, the sweep finds the same a moment later, so nothing waits for it.
    """

    def __init__(
        self,
        clock: Clock,
        url: str,
        sweep: float = SWEEP,
        together: float = TOGETHER,
        pruned: float = PRUNED,
        calm: float = CALM,
        credential: Credential | None = None,
    ) -> None:
        super().__init__(clock, sweep)
        self._url, self._credential = url, credential
        self._together = Together(together, sweep)
        self._pruned = pruned
        self._calm = calm
        self._pgqueuer: Any = None
        self._installed = self._away = False
        self._listener: Listener | None = None

    async def enqueue(self, connection: asyncpg.Connection, times: Sequence[datetime]) -> None:
        """Write a wake-up as the last statement of the transaction that makes jobs due at these times.

        What is due later than the next sweep is not written: every replica comes to know it; nor is what
        this replica will run itself. One that cannot be written is left to the sweep, and the transaction
        goes on; raises only where its connection is gone.
        """
        later = (min(times) - self._clock.now()).total_seconds() > self._sweep
        if not self._installed or later or not self.hands_over():
            return
        if not connection.is_in_transaction():
            raise ValueError("a wake-up outside a transaction would outlive its rollback")
        if self._together.stands_for(asyncio.get_running_loop().time()):
            return
        if (error := await self._pgqueuer.enqueue(connection)) is not None:
            self._installed = False  # until the listener has seen to it
            self._stop_listening()
            self._say_that_it_is_away(error)

    async def listen(self) -> None:
        """Take other replicas' wake-ups until closed; an outage is logged once."""
        await self._closed_within(self._calm)
        if self._closing.is_set():
            return
        self._pgqueuer = await asyncio.to_thread(importlib.import_module, "bot.queue.pgqueuer")
        pause = _SOONEST
        while not self._closing.is_set():
            begun = asyncio.get_running_loop().time()
            try:
                await self._listen_once()
            except self._pgqueuer.TROUBLE as error:
                self._say_that_it_is_away(error)
            lasted = asyncio.get_running_loop().time() - begun
            pause = _SOONEST if lasted > _LATEST else min(pause * 2, _LATEST)
            await self._closed_within(pause)

    def _say_that_it_is_away(self, error: Exception) -> None:
        """Say it once, until it has been back."""
        if not self._away:
            log.warning("PgQueuer is away; the sweep goes on", extra={"error": str(error)})
        self._away = True

    async def _closed_within(self, seconds: float) -> None:
        """Wait so long, or until closed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _listen_once(self) -> None:
        """Listen on one connection for as long as it lasts."""
        connection = await connect(
            self._url,
            self._credential,
            timeout=_PATIENCE,
            command_timeout=_PATIENCE,
            server_settings={"application_name": "guestlist queue"},
        )
        try:
            await self._pgqueuer.install(connection)
            self._installed, self._away = True, False
            self._listener = self._pgqueuer.Listener(connection, self.help, self._pruned, self.busy)
            if not self._closing.is_set():
                await self._listener.run()
        finally:
            self._listener = None
            connection.terminate()

    async def close(self) -> None:
        await super().close()
        self._stop_listening()

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.stop()

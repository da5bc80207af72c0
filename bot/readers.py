"""Reads who accepted, what a restore lost, what Entra logged, who delegates, in one replica at a time."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.ports import AccessError, Clock, Store
from access.ports.lease import machine_time
from access.service.checkpoints import Checkpoints
from access.service.clean_up import CleanUps
from access.service.delegate import Delegates
from access.service.end import Terms
from access.service.reconcile import Reconciliations
from access.service.redeem import Redemptions
from access.service.restore import Restores
from access.service.settings_watch import SettingsWatch
from access.service.unaccepted import Acceptances
from bot.bell import LOOKED_AT
from bot.graph.notified import Notified

log = logging.getLogger(__name__)

LEASE = "redemption"
FOLLOWED = "followed/users"
"""When it was read last who has accepted, by whichever replica."""
_NOTED = 30.0
"""Seconds after which that is noted again, and asked for."""
_LASTING = timedelta(seconds=9)
_RENEWED = 3.0
_HOURLY = 3600.0
_MINUTE = 60.0
_DELEGATED = 5.0
"""Seconds after which cards follow a delegation that began or ended; a press asks at that moment."""
_SUBSCRIBED = 2.0
"""Seconds between two thoughts of the subscription, which has its own pauses."""


@dataclass(slots=True)
class Readers:
    """Follows the delta and goes round the pending guests now and then.

    A replica that dies is followed by another within a lease and a renewal, twelve seconds.
    """

    store: Store
    redemptions: Redemptions
    restores: Restores
    reconciliations: Reconciliations
    delegates: Delegates
    terms: Terms
    acceptances: Acceptances
    clean_ups: CleanUps
    notified: Notified
    settings: SettingsWatch
    clock: Clock
    seconds: float
    """Between two readings of the delta, where nothing wakes it."""
    shared: bool
    """Whether other replicas read, too."""
    checkpoints: Sequence[Checkpoints] = ()
    others: Sequence[tuple[float, Callable[[], Awaitable[None]], str]] = ()
    """What else is looked at, every so many seconds, by what name."""
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    _held_until: float = float("-inf")
    _born: float = field(default_factory=machine_time)
    _followed_at: float = float("-inf")
    _noted_at: float = float("-inf")

    @property
    def unread_for(self) -> float | None:
        """Return the seconds since anybody read the delta, or need not; None while that is unknown."""
        return None if self._followed_at == float("-inf") else machine_time() - self._followed_at

    @property
    def unknown_for(self) -> float:
        """Return the seconds for which nobody is known to have read it since this process began."""
        return machine_time() - self._born

    async def read(self) -> None:
        """Read until cancelled, where others are only while this replica holds the lease."""
        async with asyncio.TaskGroup() as both:
            both.create_task(every(_NOTED, self._learn, "last reading of the delta"))
            both.create_task(self._read())

    async def _read(self) -> None:
        if not self.shared:
            await self._read_on()
        while True:
            if await self._holds():
                await self._read_while_held()
            await asyncio.sleep(_RENEWED)

    async def _read_while_held(self) -> None:
        reading = asyncio.create_task(self._read_on(), name="readers")
        try:
            while await self._holds():
                done, _ = await asyncio.wait({reading}, timeout=_RENEWED)
                if done:
                    reading.result()  # which only a bug ends
        finally:
            reading.cancel()  # it may have hours to read, and begins again where it was
            await asyncio.gather(reading, return_exceptions=True)
            with suppress(AccessError, TimeoutError):
                await asyncio.wait_for(self.store.give_up_lease(LEASE, self.holder), 2)

    async def _holds(self) -> bool:
        """Take or renew the lease; a store that does not answer takes it from nobody before its end."""
        begun = machine_time()
        try:
            if await asyncio.wait_for(self.store.take_lease(LEASE, self.holder, _LASTING), _RENEWED):
                self._held_until = begun + _LASTING.total_seconds()
            else:
                self._held_until = begun
        except (AccessError, TimeoutError):
            log.debug("The lease could not be renewed")
        return machine_time() < self._held_until

    async def _follow(self) -> None:
        await self.redemptions.follow()
        self._followed_at = machine_time()
        if self._followed_at - self._noted_at >= _NOTED:
            await self.store.keep_note(FOLLOWED, self.clock.now().isoformat())
            self._noted_at = self._followed_at

    async def _learn(self) -> None:
        """Learn when the delta was read by whichever replica, or by this one before it was started anew."""
        if noted := await self.store.note(FOLLOWED):
            ago = (self.clock.now() - datetime.fromisoformat(noted)).total_seconds()
            self._followed_at = max(self._followed_at, machine_time() - max(ago, 0.0))

    async def _read_on(self) -> None:
        bell = self.notified.bell
        with bell.heard_here():
            async with asyncio.TaskGroup() as reading:
                reading.create_task(every(self.seconds, self._follow, "delta", bell.wait))
                self._read_beside(reading)

    def _read_beside(self, reading: asyncio.TaskGroup) -> None:
        reading.create_task(every(_SUBSCRIBED, self.notified.subscribing.keep, "subscription"))
        if self.shared and self.notified.subscribing.url:
            reading.create_task(every(LOOKED_AT, self.notified.bell.look, "notifications elsewhere"))
        pending = self.redemptions
        reading.create_task(every(self.seconds, pending.catch_up, "guests to catch up on", pending.owing))
        reading.create_task(every(_HOURLY, pending.go_round, "pending guests"))
        reading.create_task(every(_MINUTE, self.restores.look, "restore"))
        reading.create_task(every(_DELEGATED, self.delegates.follow, "delegations"))
        reading.create_task(every(_MINUTE, self.terms.note_older, "accesses of older versions"))
        reading.create_task(every(_MINUTE, self.acceptances.note_older, "guests of older versions"))
        for place in self.checkpoints:
            reading.create_task(every(_MINUTE, place.look, "audit checkpoint"))
        reading.create_task(every(_HOURLY, self.reconciliations.daily, "reconcile"))
        reading.create_task(every(_HOURLY, self.settings.nightly, "settings of the tenant"))
        reading.create_task(every(_HOURLY, self.store.drop_lists, "lists whose time is over"))
        reading.create_task(every(_HOURLY, self.clean_ups.daily, "accesses that nobody may need"))
        for seconds, act, what in self.others:
            reading.create_task(every(seconds, act, what))


async def every(
    seconds: float,
    act: Callable[[], Awaitable[None]],
    what: str,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Do something now and then; trouble is logged when it begins, and it is done again within a minute."""
    failing = False
    while True:
        try:
            await act()
            failing = False
        except AccessError as error:
            if not failing:
                log.warning("A periodic task met trouble", extra={"task": what, "cause": error.cause})
            failing = True
        await wait(min(seconds, _MINUTE) if failing else seconds)

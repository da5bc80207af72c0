"""One subscription to change notifications: made, renewed and made anew, across replicas and restarts."""

import logging
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.ports import AccessError, Clock, Missing, Refused, Store, Subscribed, Subscriptions
from access.rules.causes import Cause
from access.rules.model import AuditFact, Json
from access.rules.subscribing import LIFE, NOTHING, Event, Kept, Key, is_to_renew, read, written

log = logging.getLogger(__name__)

NOTE = "subscription/users"
ASKED = "subscription/asked"
"""What the directory has asked of us and nobody has done yet."""
LOST = "subscription/lost"
"""The subscription of which it was said that it is gone, and after which nobody has looked yet."""
_SOONEST, _MINUTE, _HOUR = timedelta(seconds=2), timedelta(minutes=1), timedelta(hours=1)
_DOUBT = timedelta(minutes=5)
"""Between two looks for the one that is said to be gone, however often it is said."""
_LONGEST = timedelta(days=1)
"""No pause is longer: what ends later is of a clock that was ahead."""
_DOUBLED = 11
"""Times that a pause is doubled before it is an hour."""
_SURELY = 3
"""Refusals after which the operator is told: a process that is being started does not answer at once."""
_SECRET = 48


@dataclass(slots=True)
class Subscribing:
    """Keeps exactly one, looked at now and then by one replica at a time.

    A new one is written down with its secret before it is asked for, and made only after everything that
    leads to us is ended: an answer that was lost leaves none behind. The delta tells what was missed.
    """

    store: Store
    subscriptions: Subscriptions
    clock: Clock
    url: str
    """Where notifications reach us; empty where they cannot."""
    wake: Callable[[], None]
    ring: Callable[[str], None]
    _again_at: datetime | None = None
    _look_at: datetime | None = None
    _failures: int = 0
    _refusals: int = 0
    """Of the failures since it was last in order."""
    _doubt_at: datetime | None = None
    """Until then nobody's word that it is gone is looked into."""

    async def keep(self) -> None:
        """Do what there is to do; trouble is met with ever longer pauses, and raised to nobody."""
        now = self.clock.now()
        rests = _lasts(self._again_at, now)
        if rests and self._failures:
            return
        try:
            if rests and (self._doubts_nothing(now) or not await self.store.note(LOST)):
                return
            await self._keep(now)
        except AccessError as error:
            self._put_off(now, error)
            return
        if self._failures:
            log.info("Change notifications are in order again")
        self._failures, self._refusals, self._again_at = 0, 0, now + _MINUTE

    async def kept(self) -> Kept:
        """Return what is noted of it: whose notifications are ours."""
        return read(await self.store.note(NOTE), self.store.unseal)

    async def asked(self) -> None:
        """Note, for the replica that keeps it, that the directory asks whether we may still have it."""
        await self.store.keep_note(ASKED, Event.REAUTHORIZE)
        if not self._failures:
            self._again_at = None

    async def lost(self, subscription_id: str) -> None:
        """Note, for the replica that keeps it, that this one is said to be gone."""
        await self.store.keep_note(LOST, subscription_id)

    def _doubts_nothing(self, now: datetime) -> bool:
        return _lasts(self._doubt_at, now)

    async def _lost(self, kept: Kept, now: datetime) -> str:
        """Return the one that stands where it is said to be gone and to be looked for; forget any other."""
        lost = "" if self._doubts_nothing(now) else await self.store.note(LOST)
        if not lost or lost == kept.subscription_id:
            return lost or ""
        await self.store.replace_note(LOST, lost, "")
        return ""

    async def _keep(self, now: datetime) -> None:
        note = await self.store.note(NOTE)
        kept, asked = read(note, self.store.unseal), await self.store.note(ASKED)
        if not self.url and kept == NOTHING:
            return
        if lost := await self._lost(kept, now):
            self._look_at, self._doubt_at = None, now + _DOUBT
        calm = _lasts(self._look_at, now)
        if calm and not asked and kept.url == self.url and kept.subscription_id:
            return
        found = await self.subscriptions.ours()
        try:
            await self._keep_one(self._standing(kept, found), found, now, asked=bool(asked))
        except Missing:  # never made, or gone
            await self._make(note, kept, found, now)
        if asked:
            await self.store.keep_note(ASKED, "")
        if lost:
            await self.store.replace_note(LOST, lost, "")
        self._look_at = now + (_DOUBT if self._doubts_nothing(now) else _about(_HOUR))

    def _standing(self, kept: Kept, found: Sequence[Subscribed]) -> Subscribed:
        """Return the one that leads to us and whose secret is known; raises `Missing`."""
        for one in found:
            if (one.subscription_id, one.url) == (kept.subscription_id, self.url or None):
                return one
        raise Missing(Cause.REFUSED, "no subscription of ours stands")

    async def _keep_one(
        self, mine: Subscribed, found: Sequence[Subscribed], now: datetime, *, asked: bool
    ) -> None:
        """Renew the one that stands, if it is time, and end whatever else leads to us."""
        if asked:
            await self._before("authorizing", subscription=mine.subscription_id)
            await self.subscriptions.reauthorize(mine.subscription_id)
        if is_to_renew(mine.until, now):
            await self._before("renewing", subscription=mine.subscription_id)
            await self.subscriptions.renew(mine.subscription_id, now + LIFE)
        for other in found:
            if other.url == self.url and other is not mine:
                await self._end(other)

    async def _make(self, note: str | None, kept: Kept, found: Sequence[Subscribed], now: datetime) -> None:
        """End what leads to us or was ours, and make one; of two replicas at it one goes on."""
        known = {key.subscription_id for key in kept.keys}
        for one in found:
            if one.subscription_id in known or (self.url and one.url == self.url):
                await self._end(one)
        if not self.url:
            await self.store.keep_note(NOTE, "")
            return
        secret = secrets.token_urlsafe(_SECRET)
        begun = written(kept.with_key(self.url, Key("", secret)), self.store.seal)
        if not await self.store.replace_note(NOTE, note, begun):
            return
        await self._before("making", url=self.url)
        made = await self.subscriptions.subscribe(self.url, secret, now + LIFE)
        ended = written(kept.with_key(self.url, Key(made.subscription_id, secret)), self.store.seal)
        if not await self.store.replace_note(NOTE, begun, ended):
            await self._end(made)
            return
        log.info("Change notifications are subscribed", extra={"subscription": made.subscription_id})
        self.wake()  # nobody has told what changed before

    async def _end(self, one: Subscribed) -> None:
        await self._before("ending", subscription=one.subscription_id)
        await self.subscriptions.end(one.subscription_id)

    async def _before(self, what: str, **detail: Json) -> None:
        """Write the entry without which nothing is changed in the tenant."""
        await self.store.write_audit(AuditFact(what=f"subscription.{what}", detail=detail))

    def _put_off(self, now: datetime, error: AccessError) -> None:
        pause = min(_SOONEST * 2 ** min(self._failures, _DOUBLED), _HOUR)
        asked_for = timedelta(seconds=error.retry_after or 0)
        self._again_at = now + min(max(_about(pause), asked_for), _LONGEST)
        self._look_at = None
        self._failures += 1
        if self._failures == 1:
            fields = {"cause": error.cause, "why": str(error), "trace": error.trace}
            log.warning("Change notifications met trouble", extra=fields)
        if not isinstance(error, Refused):
            return
        self._refusals += 1
        if self._refusals == _SURELY:
            self.ring(
                f"No change notifications come from Entra: {error}. Acceptances are told a little later. "
                "See guestlist doctor."
            )


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until <= now + _LONGEST


def _about(length: timedelta) -> timedelta:
    """Return nearly that time, another for each replica."""
    return length * random.uniform(0.8, 1.2)  # noqa: S311 - spreads calls, guards nothing

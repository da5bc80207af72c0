"""Erases by itself what was said of guests with whom nothing has happened for long: `forget`, every night."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from access.ports import Clock, Refused, Store
from access.rules.model import Subject

log = logging.getLogger(__name__)

MARK, LEAPT_AT = "retention", "retention/leapt"
"""Which night was the last, and since when nights follow on each other, for how many days of retention."""
LEAPT = (
    "No guest is erased for a day, for nights begin anew here, or look for fewer days: "
    "if nobody has set that, see to the computer's clock"
)
AHEAD = "No guest is erased: Guestlist's time is ahead of the computer's clock, which was ahead itself before"
_LOT, _APART = 50, timedelta(days=2)
"""How many are looked at together, and how far two nights are apart at the most."""
_WARNED, _SKEW = timedelta(days=1), timedelta(minutes=10)
"""How long before the first erasure its warning comes, and by how much a clock may be ahead meanwhile."""


@dataclass(slots=True)
class Retention:
    """Looks once a day. Each guest is erased by themselves: what a death leaves is done at the next look."""

    store: Store
    clock: Clock
    days: int
    house: ZoneInfo
    ahead: Callable[[], timedelta] = timedelta
    """By how much the clock is ahead of the host's, since it never goes back."""

    async def nightly(self) -> None:
        """Erase every guest of whom nothing is open and nothing has happened for so many days.

        For a day after the first look, a leap of time or a smaller number of days nobody is.
        """
        now, noted = self.clock.now(), await self.store.note(MARK)
        today = now.astimezone(self.house).date()
        if noted == today.isoformat() or not await self._may(now, today, noted):
            return
        before, after, erased = now - timedelta(days=self.days), Subject(""), 0
        while lot := await self.store.silent_since(before, after, _LOT):
            for subject in lot:
                erased += await self._erase(subject, self.days)
            after = lot[-1]
        await self.store.replace_note(MARK, noted, today.isoformat())
        if erased:
            log.info("Guests were erased whose time was over", extra={"guests": erased})

    async def _may(self, now: datetime, today: date, noted: str | None) -> bool:
        """Tell whether nights have followed on each other for a day: a clock set ahead erases for good."""
        began, _, days = (await self.store.note(LEAPT_AT) or "").partition(" ")
        apart = today - date.fromisoformat(noted) if noted else -_APART
        since = now - datetime.fromisoformat(began) if began else -_WARNED
        is_ahead = self.ahead() > _SKEW
        if not is_ahead and min(apart, since) >= timedelta() and apart <= _APART and int(days) <= self.days:
            await self.store.keep_note(LEAPT_AT, f"{began} {self.days}")
            return since >= _WARNED
        await self.store.keep_note(LEAPT_AT, f"{now.isoformat()} {self.days}")
        if await self.store.replace_note(MARK, noted, today.isoformat()):
            log.warning(AHEAD if is_ahead else LEAPT)
        return False

    async def _erase(self, subject: Subject, days: int) -> int:
        """Return 1, or 0 where something of the guest goes on after all."""
        try:
            await self.store.forget(subject, silent_days=days)
        except Refused:
            return 0
        return 1

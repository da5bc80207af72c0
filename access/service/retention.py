"""Erases by itself what was said of guests with whom nothing has happened for long: `forget`, every night."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from access.ports import Clock, Refused, Store
from access.rules.model import Subject

log = logging.getLogger(__name__)

MARK = "retention"
LEAPT = (
    "No guest is erased tonight, for there was no night before: if the computer was not off, see to its clock"
)
_LOT, _APART = 50, timedelta(days=2)
"""How many are looked at together, and how far two nights are apart at the most."""


@dataclass(slots=True)
class Retention:
    """Looks once a day. Each guest is erased by themselves: what a death leaves is done at the next look."""

    store: Store
    clock: Clock
    days: int
    house: ZoneInfo

    async def nightly(self) -> None:
        """Erase every guest of whom nothing is open and nothing has happened for so many days.

        In the first night, and after a leap of time, nobody is: it waits for the next.
        """
        now, noted = self.clock.now(), await self.store.note(MARK)
        today = now.astimezone(self.house).date().isoformat()
        if noted == today:
            return
        if noted is None or date.fromisoformat(noted) < now.astimezone(self.house).date() - _APART:
            # A clock that is set ahead by a year would erase at once what nothing brings back.
            if await self.store.replace_note(MARK, noted, today):
                log.warning(LEAPT)
            return
        before, after, erased = now - timedelta(days=self.days), Subject(""), 0
        while lot := await self.store.silent_since(before, after, _LOT):
            for subject in lot:
                erased += await self._erase(subject, self.days)
            after = lot[-1]
        await self.store.replace_note(MARK, noted, today)
        if erased:
            log.info("Guests were erased whose time was over", extra={"guests": erased})

    async def _erase(self, subject: Subject, days: int) -> int:
        """Return 1, or 0 where something of the guest goes on after all."""
        try:
            await self.store.forget(subject, silent_days=days)
        except Refused:
            return 0
        return 1

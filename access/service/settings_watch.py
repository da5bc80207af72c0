"""A look at the tenant's settings each night: what is other than the night before, and whom that concerns."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from access.ports import AccessError, ProtectionReader, tried
from access.rules.accounts import NO_APP
from access.rules.changed_settings import differences
from access.rules.clues import Unread
from access.rules.model import ObjectId
from access.rules.snapshots import Kept, Snapshot, read
from access.rules.watch_effects import Changed
from access.service.decide import Decisions
from access.service.settings_effects import Effects

log = logging.getLogger(__name__)

MARK = "settings-watch"
_BEGINS = timedelta(hours=2)
"""When a night's look is due, after midnight of the house."""
Tell = Callable[[Changed, Sequence[ObjectId]], Awaitable[None]]
"""Shows the card where alarms go, else to these people; raises `AccessError` where it may be tried again."""


@dataclass(slots=True)
class SettingsWatch:
    """Any number of processes may be asked; of those that tell, the claim in the note lets one."""

    decisions: Decisions
    effects: Effects
    reader: ProtectionReader
    tell: Tell
    house: ZoneInfo

    async def nightly(self) -> None:
        """Look once a night, tell what is other, and keep what is; the first look has nothing to compare."""
        night = (self.decisions.now().astimezone(self.house) - _BEGINS).date().isoformat()
        noted = await self.effects.store.note(MARK)
        last = read(noted)
        if last is not None and last.night == night:
            return
        was = last.snapshot if last else Snapshot()
        now, unread = await self._look(was)
        found = differences(was, now)
        if found:
            claim = Kept(last.night if last else "", was, secrets.token_hex(8)).written()
            if not await self.effects.store.replace_note(MARK, noted, claim):
                return
            what = await self.effects.of(was, now)
            if await self.effects.store.note(MARK) != claim:
                return
            changed = Changed(found, what.effect, unread, what.domains, unforeseen=what.gaps)
            await self.tell(changed, await self._admins())
            noted = claim
        await self.effects.store.replace_note(MARK, noted, Kept(night, now).written())

    async def _look(self, was: Snapshot) -> tuple[Snapshot, tuple[tuple[str, Unread], ...]]:
        """Read each part by itself; one that cannot be read stays as it was, and is named."""
        guests, domains, between, protection = await asyncio.gather(
            tried(self.effects.policies.for_guests()),
            tried(self.effects.policies.domain_list()),
            tried(self.effects.policies.cross_tenants()),
            tried(self.reader.protection()),
        )
        parts = {"guests": guests, "domains": domains, "between": between, "protection": protection}
        unread = tuple((name, why) for name, why in parts.items() if isinstance(why, Unread))
        for name, why in unread:
            log.info("A part of the settings cannot be read", extra={"part": name, "why": why})
        seen = Snapshot(
            guests=was.guests if isinstance(guests, Unread) else guests,
            domains=was.domains if isinstance(domains, Unread) else domains,
            between=was.between if isinstance(between, Unread) else between,
            protection=was.protection if isinstance(protection, Unread) else protection,
        )
        return seen, unread

    async def _admins(self) -> Sequence[ObjectId]:
        policy = self.decisions.requests.policy.current()
        try:
            found = await self.decisions.roster.people(
                policy, policy.roles.get("admins", ()), app_id=NO_APP.object_id
            )
        except AccessError as error:
            log.warning("The admins cannot be read", extra={"cause": error.cause})
            return ()
        return [one.object_id for one in found]

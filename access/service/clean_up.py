"""The daily look at accesses that last: whose guests do not sign in, and for whose nobody stands."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.ports import Chat, NotLicensed, Refused, Store, Upkeep
from access.rules import cleaning, lapsing
from access.rules.lapses import Lapse, Silence, Then
from access.rules.lapsing import Audience, Stands
from access.rules.model import Named, ObjectId, Record, Request
from access.service.come_back import take_up_who_is_back
from access.service.decide import Decisions
from access.service.owners import owners_of
from access.service.prospect import able

log = logging.getLogger(__name__)

MARK = "clean-up"
_LOT = 300
_FEW = 3
"""Of how many accesses of an app each owner gets a card of its own; of more, one that says how many."""


@dataclass(slots=True)
class _Look:
    """What one look has found, and asked of people so far."""

    shown: dict[tuple[Lapse, ObjectId, tuple[Named, ...]], list[tuple[Request, Silence | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    stays: dict[ObjectId, bool] = field(default_factory=dict)
    owners: dict[tuple[str, ...], tuple[Named, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class CleanUps:
    """Looks once a day; what becomes of an access is noted with it, so a second look finds it done."""

    store: Store
    decisions: Decisions
    upkeep: Upkeep
    chat: Chat
    house: ZoneInfo

    async def daily(self) -> None:
        """Look at every active access, and who was put back, unless that was done today.

        A clock that went back looks again.
        """
        today, noted = self._now().astimezone(self.house).date().isoformat(), await self.store.note(MARK)
        if noted == today:
            return
        await take_up_who_is_back(self.store, self.decisions.directory, self._now())
        look, after = _Look(), ""
        while lot := await self.store.active(_LOT, after):
            after = lot[-1].request_id
            await self._inactive(look, lot)
            await self._sponsorless(look, lot)
        for (what, _, owners), found in look.shown.items():
            await self._show(what, owners, found)
        await self.store.replace_note(MARK, noted, today)

    def _now(self) -> datetime:
        return self.decisions.now()

    async def _inactive(self, look: _Look, lot: Sequence[Request]) -> None:
        """Find who has not signed in; where that cannot be read nobody is found, and nothing taken back."""
        now = self._now()
        asked = [
            one
            for one in self._asked(lot, Lapse.INACTIVE)
            if one.guest_id and lapsing.waits_since(one) is None
        ]
        old = [one for one in asked if self._begun(one) + self._after(one) <= now or one.lapses]
        seen = await self._seen(old)
        for one in old:
            if one.guest_id is None or one.guest_id not in seen:
                continue
            last = seen[one.guest_id]
            since = max(self._begun(one), last) if last else self._begun(one)
            await self._found(
                look, one, Lapse.INACTIVE, Silence(last, since), is_so=since + self._after(one) <= now
            )

    async def _seen(self, old: Sequence[Request]) -> Mapping[ObjectId, datetime | None]:
        try:
            return await self.upkeep.last_seen([one.guest_id for one in old if one.guest_id]) if old else {}
        except (NotLicensed, Refused) as error:
            log.info("Sign-ins cannot be read, so nobody is inactive", extra={"cause": error.cause})
            return {}

    async def _sponsorless(self, look: _Look, lot: Sequence[Request]) -> None:
        asked = [one for one in self._asked(lot, Lapse.SPONSORLESS) if one.guest_id]
        if not asked:
            return
        try:
            alone = await self.upkeep.sponsorless([one.guest_id for one in asked if one.guest_id])
        except Refused as error:
            log.info("Sponsors cannot be read, so nobody lacks one", extra={"cause": error.cause})
            return
        for one in asked:
            is_so = one.guest_id in alone and not await self._stays(look, one.requestor.object_id)
            await self._found(look, one, Lapse.SPONSORLESS, None, is_so=is_so)

    def _asked(self, lot: Sequence[Request], what: Lapse) -> list[Request]:
        rules_for = self.decisions.requests.rules_for
        return [
            one for one in lot if rules_for(one).of(what).then is not Then.NOTHING and lapsing.can_lapse(one)
        ]

    def _after(self, request: Request) -> timedelta:
        return self.decisions.requests.rules_for(request).inactive.after

    def _begun(self, request: Request) -> datetime:
        """Return since when the guest could use the access: accepting is a sign-in, too."""
        times = (request.delivered_at, request.accepted_at)
        return max((one for one in times if one), default=request.changed_at)

    async def _stays(self, look: _Look, person: ObjectId) -> bool:
        if person not in look.stays:
            look.stays[person] = able(await self.decisions.directory.person(person))
        return look.stays[person]

    async def _found(
        self, look: _Look, request: Request, what: Lapse, silence: Silence | None, *, is_so: bool
    ) -> None:
        rules, known = self.decisions.requests.rules_for(request), lapsing.lapsed(request, what)
        if not is_so:
            if known is not None:
                await self.store.change(request.request_id, cleaning.recover(what))
            return
        standing = lapsing.stands(known, lapsing.rule_of(request, rules, what), self._now())
        if known is None or standing in {Stands.UNSHOWN, Stands.KEPT}:
            if standing is Stands.UNSHOWN:
                await self._is_to_be_shown(look, request, what, silence)
            return
        by = lapsing.shown_by(request, what)
        record, other = (
            await self.store.record(request.request_id),
            await self.store.record(by) if by else None,
        )
        if record is None or lapsing.is_seen(record, what, other):
            if standing is Stands.OVER:
                await self.store.change(request.request_id, cleaning.end(what, rules, other))
        elif self._now() - known.shown_at >= lapsing.ANEW:
            await self._is_to_be_shown(look, request, what, silence)

    async def _is_to_be_shown(
        self, look: _Look, request: Request, what: Lapse, silence: Silence | None
    ) -> None:
        owners = await self._owners(look, request)
        look.shown[what, request.app.object_id, owners].append((request, silence))

    async def _owners(self, look: _Look, request: Request) -> tuple[Named, ...]:
        """Return who is shown it; requests that the same people decide on have the same owners."""
        key = self.decisions.requests.whose(request)
        if key not in look.owners:
            look.owners[key] = await owners_of(self.decisions, request)
        return look.owners[key]

    async def _show(
        self, what: Lapse, owners: tuple[Named, ...], found: Sequence[tuple[Request, Silence | None]]
    ) -> None:
        """Show a few by a card each; of many one card tells, and the rest is noted with it."""
        audience = Audience(owners, {one.object_id: await self.chat.zone(one.object_id) for one in owners})
        many, card = len(found) > _FEW, ""
        for request, silence in found:
            rules = self.decisions.requests.rules_for(request)
            more, unseen = len(found) - 1 if many else 0, lapsing.lapsed(request, what)
            shown = cleaning.show(what, audience, rules, silence, more, card, unseen)
            now = await self.store.change(request.request_id, shown)
            mark = lapsing.lapsed(now.request, what) if many and isinstance(now, Record) else None
            card = card or (mark.card if mark else "")

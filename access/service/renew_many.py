"""Renewing many accesses in one go: what ends within a while, and each judged by itself at the press."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.ports import AccessError, Ending, NotKept, Unconfirmed
from access.rules import renewing
from access.rules.clues import Unread
from access.rules.draft import Draft
from access.rules.draft_texts import check_texts
from access.rules.guest_list import ROWS, NoSuchApp
from access.rules.model import Guest, Kind, ObjectId, Record, Request, State
from access.rules.refusals import NoAccess, Problem, SeveralAccesses, UnknownRequest, Unreadable
from access.rules.renewal_list import (
    MOST,
    Act,
    Came,
    Done,
    RenewalPage,
    Result,
    Row,
    Untouched,
    Wanted,
    within,
)
from access.service.extend import Renewals, Where
from access.service.guest_lists import GuestLists, Mine
from access.service.renewable import Wanted as Longer
from access.service.search import is_called

_AT_ONCE = 5
_EVER, _ASKED = timedelta(days=36_500), 200
"""Among how many accesses that somebody asked for the name of an app is looked for."""


@dataclass(frozen=True, slots=True)
class ManyRenewals:
    """Shows what ends of the apps that are somebody's, and of what they asked for; of all to an admin."""

    lists: GuestLists
    renewals: Renewals

    async def show(self, wanted: Wanted, person_id: ObjectId) -> RenewalPage | NoSuchApp | Unreadable:
        try:
            return await self._shown(wanted, person_id)
        except (NotKept, Unconfirmed):
            raise
        except AccessError:
            return Unreadable()

    async def _shown(self, wanted: Wanted, person_id: ObjectId) -> RenewalPage | NoSuchApp:
        mine, store = await self.lists.mine(person_id), self.lists.decisions.store
        named = await self._named(mine, wanted.app, person_id)
        if wanted.app and not named:
            await self.lists.refused("renewals", wanted.app, person_id)
            return NoSuchApp()
        policy = self.lists.policy.current()
        rules = [policy.rules_for(one) for one in named or ()] or [policy.defaults]
        ahead, now = within(rules), self.lists.decisions.now()
        whose = Ending(now + ahead, None if mine.is_admin else mine.owned, person_id, named)
        found = await store.how_many_end(whose)
        pages = max(1, -(-found // ROWS))
        page = min(wanted.page, pages)
        rows = await store.ending(whose, skip=(page - 1) * ROWS, most=ROWS)
        await self._looks(mine, rows, person_id)
        guests, signed_in = await self._guests(rows)
        return RenewalPage(
            rows=tuple([await self._row(one, guests, person_id) for one in rows]),
            wanted=wanted,
            page=page,
            pages=pages,
            found=found,
            within=ahead,
            signed_in=signed_in,
            read_at=now,
        )

    async def _named(self, mine: Mine, app: str, person_id: ObjectId) -> frozenset[ObjectId] | None:
        """Return the apps that are meant: of those that are theirs, or of which they asked for an access."""
        if not app:
            return None
        ever = Ending(self.lists.decisions.now() + _EVER, (), person_id)
        asked = await self.lists.decisions.store.ending(ever, most=_ASKED)
        theirs = {one.app.object_id for one in asked if is_called(one.app.name, app)}
        return frozenset(one.object_id for one in mine.called(app)) | theirs

    async def _looks(self, mine: Mine, rows: Sequence[Request], person_id: ObjectId) -> None:
        theirs = (one.app.object_id for one in rows if one.requestor.object_id != person_id)
        for app_id in dict.fromkeys(one for one in theirs if one not in mine.owned):
            await self.lists.note("guests.looked", person_id, {"app": app_id})

    async def _guests(
        self, rows: Sequence[Request]
    ) -> tuple[Mapping[ObjectId, Guest], Mapping[ObjectId, datetime] | Unread]:
        ids = [one.guest_id for one in rows if one.guest_id]
        if not ids:
            return {}, {}
        guests, signed_in = await asyncio.gather(
            self.lists.decisions.directory.guests(ids), self.lists.signed_in(ids)
        )
        return {one.object_id: one for one in guests}, signed_in

    async def _row(self, request: Request, guests: Mapping[ObjectId, Guest], person_id: ObjectId) -> Row:
        """Return an access with what *Renew* would ask for; what a press comes to is judged at the press."""
        guest = guests.get(request.guest_id) if request.guest_id else None
        may = await self.renewals.may(request, person_id)
        offer = self.renewals.offer(request)
        if isinstance(offer, renewing.NotRenewable):
            return Row(request=request, guest=guest, problem=offer.problems[0], may=may)
        decisions = self.lists.decisions
        zone, now = decisions.requests.check.zone, decisions.now()
        extends = renewing.extended(request, offer.same, offer.rules, now, zone)
        if isinstance(extends, Problem):
            return Row(request=request, guest=guest, problem=extends, may=may)
        known = await decisions.store.about(request.subject)
        waits = any(
            one.request.extends is not None
            and one.request.extends.request_id == request.request_id
            and one.request.state in {State.PENDING_APPROVAL, State.DELIVERING}
            for one in known
        )
        lacking: list[Problem] = []
        check_texts(Draft(kind=Kind.EXTEND, justification=request.justification), offer.rules, lacking)
        return Row(
            request=request,
            guest=guest,
            to=extends.to,
            waived=bool(offer.rules.renewals_open),
            waits=waits,
            may=may,
            unjustified=bool(lacking),
        )

    async def act(
        self, act: Act, wanted: Wanted, typed: Sequence[str], person_id: ObjectId, where: Where
    ) -> Done:
        """Renew what was picked or typed, or let it end: who may, and how it stands, is asked for each."""
        every = [*wanted.picked.items(), *((one, "") for one in dict.fromkeys(typed))]
        came: list[Came] = []
        for place in range(0, min(len(every), MOST), _AT_ONCE):
            lot = every[place : min(place + _AT_ONCE, MOST)]
            came += await asyncio.gather(
                *(self._one(act, wanted, one, shown, person_id, where) for one, shown in lot)
            )
        return Done(act, came, wanted, left=max(len(every) - MOST, 0))

    async def _one(
        self, act: Act, wanted: Wanted, reference: str, shown: str, person_id: ObjectId, where: Where
    ) -> Came:
        """Do one of several; where the directory is away for it, the others are told of all the same."""
        meant: Request | UnknownRequest | NoAccess | SeveralAccesses | None = None
        try:
            meant = (
                await self.renewals.of_address(reference, wanted.app, person_id)
                if "@" in reference
                else await self.renewals.meant(reference, person_id)
            )
            if not isinstance(meant, Request):
                return Came(reference, None, meant)
            longer = Longer(justification=wanted.justification, shown=shown)
            return Came(reference, meant, await self._result(act, meant, longer, person_id, where))
        except AccessError:
            return Came(reference, meant if isinstance(meant, Request) else None, Unreadable())

    async def _result(
        self, act: Act, first: Request, wanted: Longer, person_id: ObjectId, where: Where
    ) -> Result:
        """Act on what stands as it was shown; a press that comes again is answered as the first time."""
        shown = wanted.shown
        if shown and renewing.active(first) and first.ends_at and first.ends_at.isoformat() != shown:
            again = await self.renewals.again(first, wanted) if act is Act.RENEW else None
            mine = again is not None and again.request.requestor.object_id == person_id
            return again if again is not None and mine else Untouched.MOVED
        if act is Act.END:
            return await self.renewals.let_end(first, person_id)
        found = await self.renewals.ask(first, person_id, wanted, where)
        theirs = isinstance(found, Record) and found.request.requestor.object_id != person_id
        return Untouched.MOVED if theirs else found

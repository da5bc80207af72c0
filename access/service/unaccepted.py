"""Looking after guests who were invited and do not accept, by policy and directory at that moment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from access.ports import Chat, Store
from access.rules import cleaning, jobs, lapsing, redemption, stuck, unaccepted
from access.rules.coaching import Diagnosis
from access.rules.lapses import Lapse
from access.rules.lapsing import Audience
from access.rules.model import ERASED, Guest, Job, Json, Record, Redemption, Request
from access.service.decide import Decisions
from access.service.holding import LEASE, Held, hold, looked
from access.service.older import in_lots
from access.service.owners import owners_of, speaks
from access.service.reaching import is_let_in


@dataclass(slots=True)
class Acceptances:
    """Reminds guests and their owners, asks the owners, and ends what nobody wants, each once."""

    store: Store
    decisions: Decisions
    chat: Chat
    house: ZoneInfo
    lease: timedelta = LEASE
    why: Callable[[Record, Guest], Awaitable[Diagnosis]] | None = None

    async def run(self, job: Job) -> None:
        """Claim the row, and have done what is due; while the directory is away, it is due later."""
        await hold(self.store, job, self.lease, self._look)

    async def _look(self, held: Held) -> None:
        async def look(record: Record) -> jobs.Claim:
            return cleaning.look(held.job.key, held.job.fence, await self._facts(record))

        await self.store.change(held.job.request_id, await looked(held, look))

    async def _facts(self, record: Record) -> unaccepted.Facts:
        """Ask the directory where something is due: whoever has accepted by now is told of as that alone."""
        request, requests = record.request, self.decisions.requests
        facts = unaccepted.Facts(requests.rules_for(request), self.house)
        now = requests.check.clock.now()
        other = lapsing.shown_by(request, Lapse.NEVER_ACCEPTED)
        facts = replace(facts, other=await self.store.record(other) if other else None)
        due = unaccepted.due(record, facts, now)
        if not due.anything or request.guest_id is None:
            return facts
        theirs = [one.request for one in await self.store.about(request.subject)]
        since, newest = lapsing.waits_since(request), unaccepted.newest(request, theirs)
        if newest and since and newest > since:  # what is due by that link is looked at next
            await self.store.change(request.request_id, unaccepted.note(newest))
            return facts
        guest = await self.decisions.directory.guest(request.guest_id)
        if guest is None:
            await self.store.change(request.request_id, redemption.lose(request.guest_id, deleted=False))
            return replace(facts, asked=True)
        if guest.redemption is Redemption.ACCEPTED:
            at = guest.redemption_changed_at
            await self.store.change(
                request.request_id, redemption.accept(guest.object_id, guest.redemption, at)
            )
        asks = due.choice or due.over or await speaks(self.store, request, waits=True)
        to = await owners_of(self.decisions, request) if asks else ()
        waits = guest.redemption is Redemption.PENDING
        by, more = await self._by(request) if due.choice and to and waits else ("", 0)
        zones = {one.object_id: await self.chat.zone(one.object_id) for one in to}
        return replace(
            facts,
            stuck=await self._stuck(record, guest) if to and not (by or more) else {},
            asked=True,
            pending=waits,
            audience=Audience(to, zones),
            by=by,
            more=more,
            mails=unaccepted.reminds(request, theirs) and self._helps(request, guest),
        )

    async def _stuck(self, record: Record, guest: Guest) -> Mapping[str, Json]:
        """Return what keeps the guest out, for a card that tells of nobody else."""
        return stuck.told(await self.why(record, guest), self.decisions.now()) if self.why is not None else {}

    async def _by(self, request: Request) -> tuple[str, int]:
        """Return the card of another row that asks about this one too, else about how many this one asks.

        Of a list one card a day asks: that of the row which comes first.
        """
        if request.listed is None:
            return "", 0
        list_id, today = request.listed.list_id, self.decisions.now()
        counts = await self.store.row_counts(list_id)
        key, more = f"unaccepted/{list_id}/{today:%Y%m%d}", max(counts.awaited - 1, 0)
        mine = unaccepted.card_of(request, today, more)
        await self.store.replace_note(key, None, f"{request.request_id} {more} {mine}")
        first, told, card = (await self.store.note(key) or "").split(" ")
        return ("", int(told)) if first == request.request_id else (card, 0)

    def _helps(self, request: Request, guest: Guest) -> bool:
        """Tell whether a reminder would help, which has no link of its own."""
        sent = request.mail in unaccepted.HAS_LINK and request.address != ERASED
        configured = self.decisions.requests.mail.configured
        return configured and sent and is_let_in(self.decisions, request, guest)

    async def note_older(self) -> None:
        """Look after the guests who are waited for since a version that did not."""
        async for lot in in_lots(self.store.unwatched):
            await asyncio.gather(*(self.store.change(one, unaccepted.watch) for one in lot))

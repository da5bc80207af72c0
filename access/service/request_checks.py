"""Looking whether requests that wait will work: once they are sent, when that is old, and before a press."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from access.ports import AccessError, Store
from access.rules import checking, jobs
from access.rules.bulk import Bulk
from access.rules.checked import Checked, WillFail
from access.rules.model import App, Job, ObjectId, Record, Request
from access.rules.readiness import Item, codes
from access.rules.refusals import UnknownRequest
from access.rules.stages import everybody, panels_of
from access.service.acting import Refusal
from access.service.bulk_requests import BulkRequests
from access.service.decide import Decisions
from access.service.holding import LEASE, Held, hold
from access.service.inviting import inviting
from access.service.readiness import Readiness

MOST_DOMAINS = 20
"""Of how many domains of a list it is looked, those with the most rows; the others count as not read."""


@dataclass(slots=True)
class RequestChecks:
    """Keeps with a request what was found, and lets nobody approve unawares what will fail."""

    store: Store
    decisions: Decisions
    readiness: Readiness
    patience: float = 2.0
    """Seconds that a press waits for a look, beside what it reads anyway: Teams waits five."""
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        """Look at a request for its cards; what stays away for a few tries is noted as not read."""

        async def act(held: Held) -> None:
            await self.store.change(job.request_id, await self._after(held))

        await hold(self.store, job, self.lease, act)

    async def _after(self, held: Held) -> jobs.Claim:
        job, request = held.job, held.record.request
        if not checking.concerns(request):
            return checking.over(job.key, job.fence)
        try:
            found = await self._look(request)
        except AccessError:
            if job.tries < checking.MOST_TRIES:
                return jobs.put_off(job.key, job.fence, jobs.back_off(job.tries), surely_not_done=True)
            found = Checked(self.decisions.now(), request.give.key, away=True)
        return checking.noted(job.key, job.fence, found)

    async def approve(
        self, reference: str, person_id: ObjectId, seen: str | None, anyway: frozenset[str]
    ) -> Record | Refusal:
        """Approve, as `Decisions` do; what the presser was shown to fail is in `anyway`."""
        found = await self.decisions.find(reference)
        if not isinstance(found, UnknownRequest):
            if anyway == checking.WHAT_STANDS:
                anyway = frozenset(checking.fails(found.request))
            await self._look_before(found.request, person_id, typed=seen is None)
        return await self.decisions.approve(reference, person_id, seen, anyway)

    async def approve_except(
        self, reference: str, person_id: ObjectId, domains: Collection[str], seen: str | None
    ) -> Record | Refusal:
        """Approve a list without some domains, as `BulkRequests` do; what fails of the rest bars it."""
        found = await self.decisions.find(reference)
        if not isinstance(found, UnknownRequest):
            await self._look_before(found.request, person_id, typed=seen is None)
        return await BulkRequests(self.decisions).approve_except(reference, person_id, domains, seen)

    async def _look_before(self, request: Request, person_id: ObjectId, *, typed: bool) -> None:
        """Look again where what is known is old or bars the press, which it may by now no more.

        What cannot be read in time leaves what is known. Nobody but who may decide sets it off.
        """
        says = self.decisions.requests.rules_for(request).will_fail
        if says is WillFail.WARN or not checking.concerns(request):
            return
        if not await self._may_decide(request, person_id):
            return
        if checking.holds(request, self.decisions.now()) and not checking.fails(request):
            return
        try:
            async with asyncio.timeout(self.patience):
                found = await self._look(request)
        except (AccessError, TimeoutError):
            return
        known, presser = checking.known_of(request), None if typed else person_id
        if known is None or not checking.holds(request, found.at) or known.fails != found.fails:
            await self.store.change(request.request_id, checking.keep(found, presser))

    async def _may_decide(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether somebody was asked, or stands in by now for who was: their seat follows later."""
        asked = {one.object_id for one in (*everybody(panels_of(request)), *request.approvers)}
        if person_id in asked:
            return True
        standing = await self.store.standing()
        return any(one.to.object_id == person_id and one.by.object_id in asked for one in standing)

    async def _look(self, request: Request) -> Checked:
        asked_at = self.decisions.now()
        if request.bulk is not None:
            looks = await self._at_domains(request, request.bulk)
            more = len(request.bulk.domains) - len(looks)
            return checking.found_of_list(looks, more, request.give.key, asked_at)
        seen = await self.readiness.seen_of(request, named=False)
        return checking.found(seen.items, request.give.key, asked_at)

    async def _at_domains(self, request: Request, bulk: Bulk) -> dict[str, tuple[Item, ...]]:
        """Look at each domain as at a guest of it who is new; where nobody is invited, without that."""
        app = await self.decisions.directory.app(request.app.object_id)
        app = app or App(request.app.object_id, request.app.name)
        domains = [domain for domain, _ in bulk.domains[:MOST_DOMAINS]]
        looks = {one: await self.readiness.of_draft("", app, request.give, one) for one in domains}
        bare = {domain: checking.of_accepted(items) for domain, items in looks.items()}
        # Who has accepted is read only of domains where anything hangs on it.
        hang = {one for one in domains if codes(looks[one]) != codes(bare[one])}
        invites = await inviting(self.store, self.decisions.directory, bulk, hang)
        return {one: looks[one] if one in invites else bare[one] for one in domains}

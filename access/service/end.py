"""Ending an access: what was given is taken away and read back, unless another request still rests on it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.ports import Access, Chat, Directory, Ending, GivesWay, NotYet, Refused, Store
from access.rules import departing, ending, halfway, jobs, lasting, resting
from access.rules.accounts import can_return
from access.rules.causes import Cause
from access.rules.delivery import WAS_THERE, StepDone
from access.rules.giving_way import is_ending, is_giving
from access.rules.group_gone import GROUP_GONE
from access.rules.model import (
    AccountState,
    AssignmentState,
    GiveKind,
    Guest,
    Job,
    Json,
    Left,
    ObjectId,
    Record,
    Request,
    RequestId,
    StepKind,
)
from access.rules.renewal_list import within
from access.service.decide import Decisions
from access.service.holding import LEASE, Held, hold, looked
from access.service.journalled import steps_done
from access.service.older import in_lots
from access.service.owners import co_owners_of, owners_of, speaks
from access.service.reaching import reached_at
from access.service.steps import Patience, guest_of, may_have_begun

_BACK = frozenset({AccountState.RESTORING, AccountState.RESTORED})


@dataclass(slots=True)
class Ends:
    """The steps of an end, and what the deliveries to the same guest have to know of one."""

    store: Store
    directory: Directory
    access: Access
    alarm: Callable[[str], None]
    patience: Patience

    async def take_away(self, job: Job, request: Request) -> StepDone:
        """Leave the access to another request that rests on it, else take it away, looking first again."""
        guest_id, app_id, give = guest_of(request), request.app.object_id, request.give
        others = await self.store.same_access(request)
        for other in others:
            if other.request.assignment and other.request.assignment.state in resting.LASTING:
                taking = resting.take_over(request.request_id)
                if isinstance(await self.store.change(other.request.request_id, taking), Record):
                    by: dict[str, Json] = {"taken_over_by": other.request.request_id}
                    return StepDone(left=Left.STILL_NEEDED, traces=by)
        if giving := next(filter(is_giving, others), None):
            raise GivesWay(Cause.STILL_GIVEN, giving.request.label)
        if may_have_begun(job, request) and not await self.directory.has(guest_id, app_id, give):
            lost = give.kind is GiveKind.GROUP and await self.directory.group(give.object_id) is None
            return StepDone(traces={"found_gone": True} | ({GROUP_GONE: True} if lost else {}))
        taken = await self.access.take_away(guest_id, app_id, give)
        if taken.gone is Cause.GUEST_GONE:
            await self._see_not_back(job, guest_id)
        traces: dict[str, Json] = {"request-id": taken.trace}
        traces |= {GROUP_GONE: True} if taken.gone is Cause.GROUP_GONE else {}
        return StepDone(
            traces=traces | ({"was_gone": True} if taken.was_gone else {}),
            left=Left.GUEST_GONE if taken.gone is Cause.GUEST_GONE else None,
        )

    async def prove_gone(self, job: Job, request: Request) -> StepDone:
        """Read back that the access is gone; what is still there has a minute to disappear."""
        proof = await self.access.read_back(guest_of(request), request.app.object_id, request.give)
        if not proof.guest_found:
            await self._see_not_back(job, guest_of(request))
        if proof.access_found:
            if jobs.looks(job) < self.patience.proof_tries - 1:
                raise NotYet(Cause.REPLICATING)
            raise Refused(Cause.STILL_THERE, trace=proof.access_trace)
        traces: dict[str, Json] = {"guest-request-id": proof.guest_trace, "request-id": proof.access_trace}
        return StepDone(traces=traces, left=Left.NOTHING if proof.guest_found else Left.GUEST_GONE)

    async def _see_not_back(self, job: Job, guest_id: ObjectId) -> None:
        """Look for a minute where the guest was restored: a copy of the directory may not know of it yet."""
        accounts = [one.request.account for one in await self.store.of_guest(guest_id)]
        back = any(one is not None and one.state in _BACK for one in accounts)
        if back and jobs.looks(job) < self.patience.proof_tries - 1:
            raise NotYet(Cause.REPLICATING)

    async def see_that_none_returns(self, request: Request, found: Guest | None, now: datetime) -> None:
        """Refuse an invitation of whom a removal keeps out, or has deleted and may yet be put back."""
        if found is not None:
            return await self.see_that_stays(found.object_id)
        removal = departing.under_way(await self.store.about(request.subject))
        if removal and removal.request.account and can_return(removal.request.account, now):
            raise Refused(Cause.BEING_REMOVED)
        return None

    async def see_that_stays(self, guest_id: ObjectId) -> None:
        """Refuse what would be given to a guest whose removal from the directory stands."""
        if departing.keeps_out(await self.store.of_guest(guest_id)) is not None:
            raise Refused(Cause.BEING_REMOVED)

    async def see_that_none_ends(self, request: Request) -> None:
        """Put a delivery off while the same access is being taken away, which comes first."""
        if request.guest_id is None:
            return
        await self.see_that_stays(request.guest_id)
        if ends := next(filter(is_ending, await self.store.same_access(request)), None):
            raise GivesWay(Cause.STILL_ENDING, ends.request.label)

    def tell_operator(self, record: Record) -> None:
        """Ring where an end stands still, and a guest may keep what nobody approved any more, or an undo."""
        given = record.request.assignment
        if given is None or given.failure is None:
            return
        if given.failure.step == StepKind.UNSPONSOR:
            self.alarm(
                f"{record.request.label}: it is undone, and the sponsor whom it had added was not taken off "
                f"({given.failure.cause}). See its card, and take it up with /retry {record.request.label}."
            )
        elif given.state is AssignmentState.RETURNING:
            self.alarm(
                f"{record.request.label}: its access could not be given again ({given.failure.cause}). "
                f"See its card, and take it up with /retry {record.request.label}."
            )
        else:
            self.alarm(
                f"{record.request.label}: its access has ended and could not be taken away "
                f"({given.failure.cause}). See its card, and take it up with /retry {record.request.label}."
            )


@dataclass(slots=True)
class Terms:
    """Looks after accesses: warns before each end, and begins it, by policy and directory."""

    store: Store
    decisions: Decisions
    chat: Chat
    house: ZoneInfo
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        """Claim the row, and have done what is due; while the directory is away, it is due later."""
        await hold(self.store, job, self.lease, self._look)

    async def _look(self, held: Held) -> None:
        async def look(record: Record) -> jobs.Claim:
            facts = await self._facts(record)
            if halfway.is_halfway(record.request):
                return halfway.look(held.job.key, held.job.fence, facts, self.house)
            return ending.look(held.job.key, held.job.fence, facts)

        await self.store.change(held.job.request_id, await looked(held, look))

    async def _facts(self, record: Record) -> lasting.Facts:
        """Ask the directory where a warning is due; an end needs nobody, and begins while it is away."""
        request, requests = record.request, self.decisions.requests
        facts = lasting.Facts(requests.rules_for(request), self.house)
        now = requests.check.clock.now()
        due = lasting.passed(request, facts, now)
        over = request.ends_at is not None and request.ends_at <= now
        missed = lasting.untold(record, due) if due is not None else frozenset()
        if due is None or over or (lasting.is_told(record, due) and not missed):
            return facts
        told = await (co_owners_of if missed else owners_of)(self.decisions, request)
        told = told if await speaks(self.store, request) else ()
        to = tuple(one.object_id for one in told if one.object_id not in missed)
        zones = {person: await self.chat.zone(person) for person in to}
        others = bool(to) and await self._others(request, facts, now)
        mails = not missed and requests.mail.configured
        mails = mails and bool(await reached_at(self.decisions, request, reminds=False))
        gone = request.guest_id is not None and await self.decisions.directory.guest(request.guest_id) is None
        return replace(facts, asked=True, to=to, zones=zones, mails=mails, others=others, gone=gone)

    async def _others(self, request: Request, facts: lasting.Facts, now: datetime) -> bool:
        """Tell whether other accesses to the app end in the same time; it costs two of them, however many."""
        app = (request.app.object_id,)
        found = await self.store.ending(Ending(now + within([facts.rules]), app), most=2)
        return any(one.request_id != request.request_id for one in found)

    async def note_older(self) -> None:
        """Note the accesses that a version without ends has delivered; the audit says which were there.

        What a delivery gave that failed is looked for, where that version has not had it looked for.
        """
        async for lot in in_lots(self.store.unassigned):
            await self._assigned(lot)
        async for lot in in_lots(self.store.unended):
            await asyncio.gather(*(self.store.change(one, halfway.begin) for one in lot))

    async def _assigned(self, older: Sequence[RequestId]) -> None:
        """Note a lot of accesses at once: one by one each would be looked up and written by itself."""
        steps = [one async for one in steps_done(self.store, older)]
        there = {one.fact.request_id for one in steps if one.fact.detail.get(WAS_THERE)}
        changes = (self.store.change(one, resting.assign(was_there=one in there)) for one in older)
        await asyncio.gather(*changes)

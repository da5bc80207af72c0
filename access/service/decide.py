"""Deciding: who may is read from the directory at the click, then one compare-and-swap decides."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from access.ports import Accounts, Directory, Store
from access.rules import deciding, ending, list_acts, list_run, removing, restore, retrying
from access.rules.bulk import Bulk
from access.rules.causes import Cause
from access.rules.model import (
    ON_ACCOUNTS,
    AssignmentState,
    AuditFact,
    Named,
    ObjectId,
    Panel,
    Record,
    Request,
    RequestId,
)
from access.rules.refusals import (
    Duplicate,
    NotInstead,
    NotPossible,
    NotYours,
    Obstacle,
    Stale,
    UnknownRequest,
    WillNotWork,
)
from access.rules.replanning import replan
from access.rules.stages import everybody
from access.service.acting import Acting, Informed, Outcome, Reading, Refusal
from access.service.deciders import Deciders
from access.service.own_apps import is_theirs
from access.service.prospect import Prospect, able
from access.service.request import Requests
from access.service.retries import stopped
from access.service.rights import Rights
from access.service.roster import Roster
from access.service.ways_in import WaysIn

_LABEL = re.compile(r"^(?:r-?)?(?P<number>\d{1,9})$", re.IGNORECASE)


@dataclass(slots=True)
class Decisions:
    """Approve, deny, cancel, retry. A refusal is a value, and an audit entry."""

    store: Store
    directory: Directory
    roster: Roster
    requests: Requests
    accounts: Accounts
    ways: WaysIn = field(init=False)
    rights: Rights = field(init=False)
    prospect: Prospect = field(init=False)
    deciders: Deciders = field(init=False)
    acting: Acting = field(init=False)

    def __post_init__(self) -> None:
        self.ways = WaysIn(self.store, self.roster)
        policy = self.requests.policy
        self.rights = Rights(self.directory, self.roster, policy, self.accounts, self.ways)
        self.prospect = Prospect(self.directory, self.requests)
        self.deciders = Deciders(self.store, self.directory, self.roster, self.requests)
        self.acting = Acting(self.store, self.requests)

    async def find(self, reference: str) -> Record | UnknownRequest:
        """Return a request by its id (a card's hint) or its label (`R-1042`, typed)."""
        label = _LABEL.match(reference.strip())
        found = (
            await self.store.numbered(int(label["number"]))
            if label
            else await self.store.record(RequestId(reference.strip()))
        )
        return found or await self.unknown(reference)

    async def find_access(self, reference: str) -> Record | UnknownRequest:
        """Return the request that gave an access, also where that of a renewal is named."""
        found = await self.find(reference)
        if isinstance(found, Record) and found.request.extends:
            return await self.find(found.request.extends.request_id)
        return found

    async def unknown(self, reference: str) -> UnknownRequest:
        """Return that there is no such request, in the same words whether there is none or it is hidden."""
        label = _LABEL.match(reference.strip())
        number = int(label["number"]) if label else None
        lost_with = restore.lost_with(await self.store.restores(), number)
        return UnknownRequest(reference.strip().upper() if label else "", lost_with)

    async def approve(
        self, reference: str, person_id: ObjectId, seen: str | None, anyway: frozenset[str] = frozenset()
    ) -> Record | Refusal:
        """Approve what `seen` (a plan's hash; None for a typed command) showed, if nothing has moved.

        What is typed is about the plan that stands there at that moment, and about no later one. `anyway` is
        what the presser knows to fail.
        """
        found = await self.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.nothing(found, person_id, "approve")
        first = found.request
        shown = first.plan.hash if seen is None and first.plan else seen

        async def read(request: Request) -> Informed | WillNotWork:
            actor, panels = await self.deciders.who(request, person_id)
            # Who was asked and is no approver any more may be that because the app is gone.
            asked = {one.object_id for one in (*everybody(panels), *request.approvers)}
            plan = await self.prospect.plan(request) if person_id in asked else None
            if isinstance(plan, Cause):
                return WillNotWork(request, plan)
            rules, anew = self.requests.rules_for(request), await self.deciders.anew(request, panels)
            bulk = await self.prospect.lists.now(request)
            vouchers = await self.ways.of_request(self.requests.policy.current(), request)
            facts = deciding.Facts(panels, plan, rules.name, anew, rules.will_fail, anyway, bulk, vouchers)
            # A typed command is answered by a card of its own, so the presser's is drawn anew too.
            moving = replan(facts, None if seen is None else person_id)
            return Informed(deciding.approve(actor, facts, shown), moving)

        return await self.acted(first, person_id, "approve", read)

    async def deny(self, reference: str, person_id: ObjectId, justification: str) -> Record | Refusal:
        found = await self.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.nothing(found, person_id, "deny")

        async def read(request: Request) -> Informed:
            actor, panels = await self.deciders.who(request, person_id)
            rule = self.requests.rules_for(request).text
            return Informed(deciding.deny(actor, panels, justification, rule))

        return await self.acted(found.request, person_id, "deny", read)

    async def cancel(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        found = await self.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.nothing(found, person_id, "cancel")
        request_id = found.request.request_id
        result: Outcome = await self.store.change(request_id, deciding.cancel(person_id))
        return await self.answered(result, found.request, person_id, "cancel")

    async def retry(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        found = await self.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.nothing(found, person_id, "retry")

        async def read(request: Request) -> Informed | NotYours | NotPossible | WillNotWork:
            actor, panels = await self.deciders.who(request, person_id)
            approvers = everybody(panels)
            if not able(await self.directory.person(person_id)):
                return NotYours(request, approvers)
            if await self._may_end(request, person_id):
                approvers = (*approvers, actor)
            if await self._barred_by_now(request):
                return NotPossible(request, request.state)
            if refused := await stopped(self.requests, request, actor, approvers):
                return refused
            if request.bulk is not None:
                return await self._rows_again(request, request.bulk, actor, panels)
            if request.kind not in ON_ACCOUNTS:
                return Informed(ending.retry(actor, approvers))
            theirs = (actor,) if await self.rights.to_retry(request, person_id) else ()
            more = removing.stopped_by(request) == Cause.HOLDS_MORE
            held = await self.accounts.holdings(request.guest_id) if more and request.guest_id else None
            return Informed(removing.retry(actor, approvers, theirs, held))

        done = await self.acted(found.request, person_id, "retry", read, ended=True)
        if isinstance(done, WillNotWork):
            await self.see_late(found.request)
        return done

    async def see_late(self, request: Request) -> None:
        """Have the cards say by now that what they offer is not to be had any more, where that is so."""
        await self.store.change(request.request_id, retrying.see_late(self.requests.check.zone))

    async def _rows_again(
        self, request: Request, bulk: Bulk, actor: Named, panels: Sequence[Panel]
    ) -> Informed | NotPossible:
        may = await self.deciders.of_run(request, panels, actor.object_id)
        counts = await self.store.row_counts(bulk.list_id)
        if actor.object_id in may and not list_run.has_failed(bulk, counts):
            return NotPossible(request, request.state)
        return Informed(list_acts.retry(actor, may))

    async def _may_end(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether an end, or what undoes it, stands still, and somebody could begin one by now."""
        if request.assignment is None or request.assignment.failure is None:
            return False
        policy = self.requests.policy.current()
        return await is_theirs(self.roster, policy, request.app.object_id, person_id)

    async def _barred_by_now(self, request: Request) -> bool:
        """Tell whether an access that is being given again may not be given by now."""
        given = request.assignment
        returns = given is not None and given.state is AssignmentState.RETURNING
        return returns and isinstance(await self.prospect.plan(request), Cause)

    async def mine(self, person_id: ObjectId, most: int) -> Sequence[Record]:
        return await self.store.requested_by(person_id, most)

    async def acted(
        self, first: Request, person_id: ObjectId, act: str, read: Reading, *, ended: bool = False
    ) -> Record | Refusal:
        """Act by facts and tell how that ended; `first` is the request at the press."""
        result = await self.acting.by_facts(first, person_id, read, ended=ended)
        return await self.answered(result, first, person_id, act)

    def now(self) -> datetime:
        """Return the time from which what is read of the directory counts."""
        return self.requests.check.clock.now()

    async def answered(
        self, result: Outcome, request: Request, person_id: ObjectId, act: str
    ) -> Record | Refusal:
        if isinstance(result, Record):
            return result
        if result is None or isinstance(result, Stale):
            return await self.unknown(request.label)
        if isinstance(result, Duplicate):
            first = result.first
            result = NotInstead(request, first.give, Obstacle.SAME_OPEN, first.label)
        return await self.refused(result, request, person_id, act)

    async def nothing(self, unknown: UnknownRequest, person_id: ObjectId, act: str) -> UnknownRequest:
        """Write that somebody acted on what there is not: of what they sent, a request's number alone."""
        detail = {"act": act, "refused": type(unknown).__name__}
        if label := _LABEL.match(unknown.label):
            detail["label"] = f"R-{int(label['number'])}"
        await self.store.write_audit(AuditFact(what="act.refused", actor=person_id, detail=dict(detail)))
        return unknown

    async def refused(self, refusal: Refusal, request: Request, person_id: ObjectId, act: str) -> Refusal:
        by_now = request if isinstance(refusal, UnknownRequest) else refusal.request or request
        detail = {"act": act, "refused": type(refusal).__name__, "state": str(by_now.state)}
        fact = AuditFact(
            what="act.refused",
            request_id=request.request_id,
            actor=person_id,
            subject=request.subject,
            detail=dict(detail),
        )
        await self.store.write_audit(fact)
        return refusal

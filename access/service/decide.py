"""Deciding: who may is read from the directory at the click, then one compare-and-swap decides."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from access.ports import AccessError, Directory, Store, Transition
from access.rules import deciding, delivery, restore
from access.rules.authority import are_fresh
from access.rules.causes import Cause
from access.rules.model import (
    AuditFact,
    Change,
    Named,
    ObjectId,
    Panel,
    Record,
    Request,
    RequestId,
    State,
)
from access.rules.plan import moved
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    Duplicate,
    NoApprover,
    NoQuestion,
    NotInstead,
    NotLess,
    NotPossible,
    NotYet,
    NotYours,
    Obstacle,
    OwnRequest,
    PlanMoved,
    QuestionOpen,
    Stale,
    TooFewApprovers,
    UnknownRequest,
    Unreadable,
    WillNotWork,
)
from access.rules.replanning import begun_anew, replan
from access.rules.stages import everybody, spoken, stage_now, turn_of
from access.rules.waiting import escalated
from access.service.prospect import Prospect, able
from access.service.request import Requests
from access.service.roster import Roster

_LABEL = re.compile(r"^(?:r-?)?(?P<number>\d{1,9})$", re.IGNORECASE)

Refusal = (
    AlreadyDecided
    | AlreadyApproved
    | NotYet
    | TooFewApprovers
    | NotYours
    | OwnRequest
    | NoApprover
    | PlanMoved
    | QuestionOpen
    | NoQuestion
    | NotLess
    | NotInstead
    | NotPossible
    | WillNotWork
    | Unreadable
    | UnknownRequest
)

Outcome = Record | Refusal | Stale | Duplicate | None
Acting = Transition[Refusal | Stale | Duplicate]


@dataclass(slots=True)
class Decisions:
    """Approve, deny, cancel, retry. A refusal is a value, and an audit entry."""

    store: Store
    directory: Directory
    roster: Roster
    requests: Requests
    prospect: Prospect = field(init=False)

    def __post_init__(self) -> None:
        self.prospect = Prospect(self.directory, self.requests)

    async def find(self, reference: str) -> Record | UnknownRequest:
        """Return a request by its id (a card's hint) or its label (`R-1042`, typed)."""
        label = _LABEL.match(reference.strip())
        found = (
            await self.store.numbered(int(label["number"]))
            if label
            else await self.store.record(RequestId(reference.strip()))
        )
        return found or await self.unknown(reference)

    async def unknown(self, reference: str) -> UnknownRequest:
        """Return that there is no such request, in the same words whether there is none or it is hidden."""
        label = _LABEL.match(reference.strip())
        number = int(label["number"]) if label else None
        lost_with = restore.lost_with(await self.store.restores(), number)
        return UnknownRequest(reference.strip().upper() if label else "", lost_with)

    async def approve(self, reference: str, person_id: ObjectId, seen: str | None) -> Record | Refusal:
        """Approve what `seen` (a plan's hash; None for a typed command) showed, if nothing has moved."""
        found = await self.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.nothing(found, person_id, "approve")
        request = found.request
        if request.state is not State.PENDING_APPROVAL:
            return await self.refused(AlreadyDecided(request), request, person_id, "approve")
        asked_at = self.now()
        try:
            actor, panels = await self.who(request, person_id)
            # Who was asked and is no approver any more may be that because the app is gone.
            asked = {one.object_id for one in (*everybody(panels), *request.approvers)}
            plan = await self.prospect.plan(request) if person_id in asked else None
            anew = await self.anew(request, panels)
        except AccessError:
            return await self.refused(Unreadable(request), request, person_id, "approve")
        if isinstance(plan, Cause):
            return await self.refused(WillNotWork(request, plan), request, person_id, "approve")
        rule = self.requests.rules_for(request).name
        facts = deciding.Facts(panels, plan, rule, anew)
        approve = on_fresh_facts(deciding.approve(actor, facts, seen), asked_at)
        result: Outcome = await self.store.change(request.request_id, approve)
        if isinstance(result, PlanMoved):
            # A typed command is answered by a card of its own, so the presser's is drawn anew too.
            presser = None if seen is None else person_id
            moving = on_fresh_facts(replan(facts, presser), asked_at)
            result = await self._show_moved(result.request, moving, person_id)
        return await self.answered(result, request, person_id, "approve")

    async def deny(self, reference: str, person_id: ObjectId, justification: str) -> Record | Refusal:
        found = await self.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.nothing(found, person_id, "deny")
        request = found.request
        if request.state is not State.PENDING_APPROVAL:
            return await self.refused(AlreadyDecided(request), request, person_id, "deny")
        asked_at = self.now()
        try:
            actor, panels = await self.who(request, person_id)
        except AccessError:
            return await self.refused(Unreadable(request), request, person_id, "deny")
        rule = self.requests.rules_for(request).text
        deny = on_fresh_facts(deciding.deny(actor, panels, justification, rule), asked_at)
        result: Outcome = await self.store.change(request.request_id, deny)
        return await self.answered(result, request, person_id, "deny")

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
        request = found.request
        asked_at = self.now()
        try:
            actor, panels = await self.who(request, person_id)
            may_act = able(await self.directory.person(person_id))
        except AccessError:
            return await self.refused(Unreadable(request), request, person_id, "retry")
        approvers = everybody(panels)
        if not may_act:
            return await self.refused(NotYours(request, approvers), request, person_id, "retry")
        retry = on_fresh_facts(delivery.retry(actor, approvers), asked_at)
        result: Outcome = await self.store.change(request.request_id, retry)
        return await self.answered(result, request, person_id, "retry")

    async def mine(self, person_id: ObjectId, most: int) -> Sequence[Record]:
        return await self.store.requested_by(person_id, most)

    async def waiting_for(self, person_id: ObjectId) -> Sequence[Record]:
        """Return what waits for this person's decision, by the directory as it is now."""
        person = await self.directory.person(person_id)
        if not able(person):
            return []
        known: dict[tuple[str, ...], tuple[Panel, ...]] = {}
        found = []
        for record in await self.store.waiting(500):
            request = record.request
            key = self.requests.whose(request)
            if key not in known:
                known[key] = await self.panels(request)
            if _waits_for(person_id, request, known[key]):
                found.append(record)
        return found

    async def who(self, request: Request, person_id: ObjectId) -> tuple[Named, tuple[Panel, ...]]:
        """Return the actor, and who may decide; a guest, a leaver and a stranger are never among them."""
        person = await self.directory.person(person_id)
        panels = await self.panels(request)
        if not able(person):
            panels = tuple(
                replace(panel, approvers=tuple(one for one in panel.approvers if one.object_id != person_id))
                for panel in panels
            )
        return Named(person_id, person.name if person else ""), panels

    async def panels(self, request: Request, *, also: Collection[int] = ()) -> tuple[Panel, ...]:
        """Return who may decide on a request at each stage, at this moment.

        At the stages that were escalated, and `also` at these, the escalation approvers do.
        """
        policy, rules = self.requests.policy.current(), self.requests.rules_for(request)
        return await self.roster.panels(
            policy,
            rules,
            app_id=request.app.object_id,
            give=request.give,
            requestor=request.requestor.object_id,
            guest=await self.requests.sponsored.of_request(rules, request),
            escalated=escalated(request, rules).union(also),
        )

    async def anew(self, request: Request, panels: tuple[Panel, ...]) -> tuple[Panel, ...]:
        """Return who of these may decide once all begins anew: what comes again was not escalated."""
        begun, rules = begun_anew(request, self.now()), self.requests.rules_for(request)
        same = escalated(begun, rules) == escalated(request, rules)
        return panels if same else await self.panels(begun)

    async def _show_moved(self, shown: Request, moving: Acting, person_id: ObjectId) -> Outcome:
        """Store the plan as it is now, so that the next press decides on what is shown.

        Somebody else may have done that, or decided, since: then what stands there is shown. Whoever
        decides at a later stage is told that the first comes again.
        """
        result: Outcome = await self.store.change(shown.request_id, moving)
        if isinstance(result, Stale):
            result = await self.store.record(shown.request_id)
        if not isinstance(result, Record):
            return result
        request = result.request
        if request.state is not State.PENDING_APPROVAL or request.plan is None or shown.plan is None:
            return AlreadyDecided(request)
        if later := turn_of(request, person_id):
            return NotYet(request, later)
        return PlanMoved(request, moved(shown.plan, request.plan))

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
        detail = {"act": act, "refused": type(refusal).__name__, "state": str(request.state)}
        fact = AuditFact(
            what="act.refused",
            request_id=request.request_id,
            actor=person_id,
            subject=request.subject,
            detail=dict(detail),
        )
        await self.store.write_audit(fact)
        return refusal


def on_fresh_facts(act: Acting, asked_at: datetime) -> Acting:
    """Act only by what the directory said a moment ago; a slow one has said it too long ago."""

    def transition(record: Record, now: datetime) -> Change | Refusal | Stale | Duplicate:
        return act(record, now) if are_fresh(asked_at, now) else Unreadable(record.request)

    return transition


def _waits_for(person_id: ObjectId, request: Request, panels: Sequence[Panel]) -> bool:
    stage = stage_now(request, panels)
    may = {one.object_id for one in panels[stage - 1].approvers}
    return person_id in may and not spoken(request, person_id, stage, panels)

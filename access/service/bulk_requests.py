"""`/bulk`: a list that was judged becomes a request, and is approved once, whole or except some domains."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from access.rules import checking, excepting, sending, watch
from access.rules.causes import Cause
from access.rules.deciding import Facts
from access.rules.lists import SENT_KEPT, GuestList, NotSent, WhyNotSent, bulk_of
from access.rules.model import (
    AuditFact,
    Change,
    Kind,
    Named,
    ObjectId,
    Panel,
    Place,
    Plan,
    Record,
    Request,
    RequestId,
    State,
    Subject,
)
from access.rules.policy import Rules
from access.rules.refusals import Duplicate, NotExcepted, NotPossible, Problem, UnknownRequest, WillNotWork
from access.rules.stages import everybody
from access.service.acting import Informed, Refusal
from access.service.decide import Decisions


@dataclass(frozen=True, slots=True)
class BulkRequests:
    """Who may, and what would become of it, is read at the press."""

    decisions: Decisions

    async def send(
        self, list_id: str, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Record | Duplicate | NotSent:
        """Send the list to its approvers; sent a second time it is the request that it is already."""
        decisions, store = self.decisions, self.decisions.store
        if (known := await store.record(RequestId(list_id))) is not None:
            own = known.request.requestor.object_id == person_id
            return known if own else await self._not(WhyNotSent.NO_LIST, person_id)
        made = await store.guest_list(list_id)
        if made is None or made.owner != person_id or not made.is_judged:
            return await self._not(WhyNotSent.NO_LIST, person_id)
        found = await self._judged(made, place)
        if not isinstance(found, Request):
            return await self._not(found, person_id)
        request, rules = found, decisions.requests.rules_for(found)
        await store.keep_list_until(list_id, request.closes_at + SENT_KEPT)

        def make(number: int, now: datetime) -> Change:
            asked = replace(
                request,
                number=number,
                submitted_at=now,
                closes_at=now + rules.closes_after,
                changed_at=now,
            )
            waits = watch.begun(sending.send(asked, now, personal=personal), rules)
            return checking.begun(waits, looks=decisions.requests.looks)

        sent = await store.add(make)
        return await self._first_of(sent, person_id) if isinstance(sent, Duplicate) else sent

    async def _first_of(self, sent: Duplicate, person_id: ObjectId) -> Record | Duplicate:
        """Return the request that a press of the same moment has made of the same list."""
        first = await self.decisions.store.record(sent.first.request_id)
        return first if first and first.request.requestor.object_id == person_id else sent

    async def _judged(self, made: GuestList, place: Place) -> Request | WhyNotSent | Cause:
        """Return the request as of now, or why none is sent; no row is looked at by itself."""
        decisions = self.decisions
        requests, bulk = decisions.requests, bulk_of(made)
        if not bulk.rows:
            return WhyNotSent.EMPTY
        request = _request(made, place, decisions.now(), await decisions.store.digest(made.list_id))
        policy, rules = requests.policy.current(), requests.rules_for(request)
        person = await decisions.directory.person(made.owner)
        app = await decisions.directory.app(request.app.object_id)
        if person is None or app is None:
            return Cause.REQUESTOR_LEFT if person is None else Cause.APP_GONE
        may = await requests.roster.may_request(policy, app, person)
        if not may or not await requests.roster.is_within(policy, rules, app, request.give, person):
            return WhyNotSent.NOT_ALLOWED
        plan = await decisions.prospect.plan(request)
        if not isinstance(plan, Plan):
            return plan
        panels = await decisions.deciders.panels(request)
        if any(one.lacks for one in panels):
            return WhyNotSent.NO_APPROVER
        left = await decisions.ways.waivers(policy, app, request.give, made.owner, panels, ())
        if isinstance(left, Problem):
            return Cause.OTHERS_GROUP
        return _planned(request, plan, panels, Named(person.object_id, person.name), rules)

    async def approve_except(
        self, reference: str, person_id: ObjectId, domains: Collection[str], seen: str | None
    ) -> Record | Refusal:
        """Except domains of a list, and approve what is left where all of it is still as it was shown.

        Else it waits as it is now, for whoever decides first on that: they press once more.
        """
        decisions = self.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await decisions.nothing(found, person_id, "approve")
        first = found.request
        if first.bulk is None:
            refusal = NotPossible(first, first.state)
            return await decisions.refused(refusal, first, person_id, "except")
        shown = first.plan.hash if seen is None and first.plan else seen
        whole = await decisions.prospect.plan(first) if await self._decides(first, person_id) else None
        if isinstance(whole, Plan) and whole.hash != shown:  # nothing is excepted of what was not shown
            return await decisions.approve(reference, person_id, shown)
        left = await self._left_out(first, person_id, domains)
        if not isinstance(left, Record) or not isinstance(whole, Plan):
            return left
        now = left.request
        if now.state is not State.PENDING_APPROVAL or not _may_approve(now, person_id):
            return left
        return await decisions.approve(now.label, person_id, now.plan.hash if now.plan else None)

    async def _left_out(
        self, first: Request, person_id: ObjectId, domains: Collection[str]
    ) -> Record | Refusal:
        decisions, requests = self.decisions, self.decisions.requests

        async def read(request: Request) -> Informed | WillNotWork | NotExcepted:
            actor, panels = await decisions.deciders.who(request, person_id)
            rule = requests.rules_for(request)
            if not await self._decides(request, person_id):
                return Informed(excepting.leave_out(actor, Facts(panels, None), rule.text))
            bulk = await decisions.prospect.lists.now(request)
            if bulk is None:
                return WillNotWork(request, Cause.LIST_MOVED)
            out = excepting.without(request, bulk, domains)
            if isinstance(out, NotExcepted):
                return out
            less = replace(request, bulk=replace(bulk, left_out=out))
            plan, after = await decisions.prospect.plan(less), await decisions.prospect.lists.now(less)
            if isinstance(plan, Cause) or after is None:
                return WillNotWork(request, plan if isinstance(plan, Cause) else Cause.LIST_MOVED)
            anew = await decisions.deciders.anew(less, panels)
            facts = Facts(panels, plan, requests.rules_for(less).name, anew, bulk=after)
            return Informed(excepting.leave_out(actor, facts, rule.text))

        return await decisions.acted(first, person_id, "except", read)

    async def _decides(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether somebody may decide at any stage; for nobody else is anything read of the list."""
        _, panels = await self.decisions.deciders.who(request, person_id)
        return person_id in {one.object_id for one in everybody(panels)}

    async def _not(self, why: WhyNotSent | Cause, person_id: ObjectId) -> NotSent:
        detail = {"act": "bulk", "refused": str(why)}
        await self.decisions.store.write_audit(
            AuditFact(what="act.refused", actor=person_id, detail=dict(detail))
        )
        return NotSent(why)


def _may_approve(request: Request, person_id: ObjectId) -> bool:
    return person_id in {one.object_id for one in request.approvers}


def _request(made: GuestList, place: Place, now: datetime, subject: Subject) -> Request:
    """Return what a list asks for, before it is known what would be done and who decides."""
    return Request(
        request_id=RequestId(made.list_id),
        number=0,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.BULK,
        requestor=Named(made.owner, ""),
        subject=subject,
        address="",
        guest_name="",
        app=made.app,
        give=made.give,
        term=made.term,
        justification=made.justification,
        message=made.message,
        place=place,
        submitted_at=now,
        closes_at=now,
        bulk=bulk_of(made),
        form_answers=made.answers,
        changed_at=now,
    )


def _planned(
    request: Request, plan: Plan, panels: tuple[Panel, ...], requestor: Named, rules: Rules
) -> Request:
    return replace(
        request,
        requestor=requestor,
        closes_at=request.submitted_at + rules.closes_after,
        approvers=panels[0].approvers,
        fallback_used=panels[0].fallback_used,
        stages=panels,
        rule=rules.name,
        plan=plan,
    )

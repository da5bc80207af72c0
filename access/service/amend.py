"""Amending: an approver shortens the term before anybody approves what is left."""

from dataclasses import dataclass, replace

from access.ports import AccessError
from access.rules import amending, deciding
from access.rules.causes import Cause
from access.rules.model import ObjectId, Record, State, Term
from access.rules.refusals import AlreadyDecided, UnknownRequest, Unreadable, WillNotWork
from access.rules.stages import everybody
from access.service.decide import Decisions, Outcome, Refusal, on_fresh_facts


@dataclass(frozen=True, slots=True)
class Amendments:
    """Who may amend, and what would then be done, is read from the directory at the click."""

    decisions: Decisions

    async def shorten(self, reference: str, person_id: ObjectId, term: Term) -> Record | Refusal:
        decisions = self.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return found
        request = found.request
        if request.state is not State.PENDING_APPROVAL:
            return await decisions.refused(AlreadyDecided(request), request, person_id, "amend")
        asked_at, zone = decisions.now(), decisions.requests.check.zone
        term = amending.counted(term, request, asked_at, zone)
        try:
            actor, panels = await decisions.who(request, person_id)
            may = person_id in {one.object_id for one in everybody(panels)}
            plan = await decisions.prospect.plan(replace(request, term=term)) if may else None
        except AccessError:
            return await decisions.refused(Unreadable(request), request, person_id, "amend")
        if isinstance(plan, Cause):
            return await decisions.refused(WillNotWork(request, plan), request, person_id, "amend")
        facts = deciding.Facts(panels, plan, decisions.requests.rules_for(request).name)
        amend = on_fresh_facts(amending.amend(actor, facts, term, zone), asked_at)
        result: Outcome = await decisions.store.change(request.request_id, amend)
        return await decisions.answered(result, request, person_id, "amend")

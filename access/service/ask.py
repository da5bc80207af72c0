"""Asking back: an approver's question to the requestor, and the answer."""

from dataclasses import dataclass

from access.ports import AccessError
from access.rules import asking
from access.rules.model import ObjectId, Record
from access.rules.refusals import UnknownRequest, Unreadable
from access.service.decide import Decisions, Outcome, Refusal, on_fresh_facts


@dataclass(frozen=True, slots=True)
class Questions:
    """Who may ask is read from the directory at the click, as who may decide is."""

    decisions: Decisions

    async def ask(self, reference: str, person_id: ObjectId, text: str, seen: int | None) -> Record | Refusal:
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "ask")
        request = found.request
        asked_at = self.decisions.now()
        try:
            actor, panels = await self.decisions.who(request, person_id)
        except AccessError:
            return await self.decisions.refused(Unreadable(request), request, person_id, "ask")
        rule = self.decisions.requests.rules_for(request).text
        ask = on_fresh_facts(asking.ask(actor, panels, text, seen, rule), asked_at)
        result: Outcome = await self.decisions.store.change(request.request_id, ask)
        return await self.decisions.answered(result, request, person_id, "ask")

    async def answer(
        self, reference: str, person_id: ObjectId, text: str, seen: int | None
    ) -> Record | Refusal:
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "answer")
        request = found.request
        answer = asking.answer(person_id, text, seen)
        result: Outcome = await self.decisions.store.change(request.request_id, answer)
        return await self.decisions.answered(result, request, person_id, "answer")

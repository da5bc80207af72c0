"""Asking back: an approver's question to the requestor, and the answer."""

from dataclasses import dataclass

from access.rules import asking
from access.rules.model import ObjectId, Record, Request
from access.rules.refusals import UnknownRequest
from access.service.acting import Informed, Outcome, Refusal
from access.service.decide import Decisions


@dataclass(frozen=True, slots=True)
class Questions:
    """Who may ask is read from the directory at the click, as who may decide is."""

    decisions: Decisions

    async def ask(self, reference: str, person_id: ObjectId, text: str, seen: int | None) -> Record | Refusal:
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "ask")

        async def read(request: Request) -> Informed:
            actor, panels = await self.decisions.deciders.who(request, person_id)
            rule = self.decisions.requests.rules_for(request).text
            return Informed(asking.ask(actor, panels, text, seen, rule))

        return await self.decisions.acted(found.request, person_id, "ask", read)

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

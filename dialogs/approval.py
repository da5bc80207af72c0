"""Deciding: the approver's buttons and their typed twins, and whose view of a request a person gets."""

from dataclasses import dataclass

from access.rules import jobs
from access.rules.model import Record, RequestId
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.visible import visible
from access.service.copies import Copies
from access.service.decide import Decisions, Refusal
from cards import answers
from cards.draw import draw, on_card
from cards.look import Look
from cards.plain import no_justification, usage
from dialogs.commands import read_number
from dialogs.flow import PressedBy, Routes, look_of
from dialogs.turn import Pressed, Reply, Said, Say, Scope, Show, Turn


@dataclass(frozen=True, slots=True)
class Approval:
    """Approve, deny, cancel, retry and look; who may is decided by the server, never by the card."""

    decisions: Decisions
    copies: Copies
    house: Look

    def routes(self) -> Routes:
        presses = {
            "approval.approve": self.approve,
            "approval.deny": self.deny,
            "approval.view": self.view,
            "request.view": self.view,
            "request.cancel": self.cancel,
            "delivery.retry": self.retry,
        }
        return Routes(
            commands={
                "approve": self.typed_approve,
                "deny": self.typed_deny,
                "cancel": self.typed_cancel,
                "retry": self.typed_retry,
            },
            presses={verb: self._on_newest(press) for verb, press in presses.items()},
            effects=frozenset({"approve", "deny", "cancel", "retry"}),
        )

    def _on_newest(self, press: PressedBy) -> PressedBy:
        """Return the press, which does nothing on an older copy of a card but to retire that."""

        async def pressed(turn: Pressed) -> Reply:
            audience = turn.data.get("card")
            if not isinstance(audience, str):
                return await press(turn)
            request_id = RequestId(_request(turn))
            found = await self.copies.retire(request_id, audience, turn.place, turn.message)
            if found is not None:
                return Show(draw(found, jobs.OLDER, look_of(turn, self.house)))
            reply = await press(turn)
            if turn.anew or not isinstance(reply, Show):
                return reply
            return Show(on_card(reply.card, audience))  # which takes this card's place

        return pressed

    async def typed_approve(self, turn: Said, rest: str) -> Reply | None:
        if not rest:
            return Say(usage("approve", look_of(turn, self.house)))
        if (label := _label(rest)) is None:
            return None
        return await self._reply(
            turn, await self.decisions.approve(label, turn.actor.object_id, None), "approve"
        )

    async def typed_deny(self, turn: Said, rest: str) -> Reply | None:
        number = read_number(rest)
        if rest and (number is None or not number.exact):
            return None
        if number is None or not visible(number.rest):
            return Say(usage("deny", look_of(turn, self.house)))
        result = await self.decisions.deny(number.label, turn.actor.object_id, number.rest[:500])
        return await self._reply(turn, result, "deny")

    async def typed_cancel(self, turn: Said, rest: str) -> Reply | None:
        if not rest:
            return Say(usage("cancel", look_of(turn, self.house)))
        if (label := _label(rest)) is None:
            return None
        return await self._reply(turn, await self.decisions.cancel(label, turn.actor.object_id), "cancel")

    async def typed_retry(self, turn: Said, rest: str) -> Reply | None:
        if not rest:
            return Say(usage("retry", look_of(turn, self.house)))
        if (label := _label(rest)) is None:
            return None
        return await self._reply(turn, await self.decisions.retry(label, turn.actor.object_id), "retry")

    async def approve(self, turn: Pressed) -> Reply:
        seen = str(turn.data.get("plan", ""))
        result = await self.decisions.approve(_request(turn), turn.actor.object_id, seen)
        return await self._reply(turn, result, "approve")

    async def deny(self, turn: Pressed) -> Reply:
        justification = str(turn.data.get("justification", "")).strip()[:500]
        if not visible(justification):
            return Say(no_justification(look_of(turn, self.house)))
        result = await self.decisions.deny(_request(turn), turn.actor.object_id, justification)
        return await self._reply(turn, result, "deny")

    async def cancel(self, turn: Pressed) -> Reply:
        return await self._reply(
            turn, await self.decisions.cancel(_request(turn), turn.actor.object_id), "cancel"
        )

    async def retry(self, turn: Pressed) -> Reply:
        return await self._reply(
            turn, await self.decisions.retry(_request(turn), turn.actor.object_id), "retry"
        )

    async def view(self, turn: Pressed) -> Reply:
        """Show the request as it stands, as this person may see it."""
        found = await self.decisions.find(_request(turn))
        if isinstance(found, UnknownRequest):
            return Show(answers.refused(found, "view", look_of(turn, self.house)))
        return await self._view(turn, found)

    async def _view(self, turn: Turn, record: Record) -> Reply:
        whose = await self.decisions.may_see(record, turn.actor.object_id)
        audience = f"approver/{turn.actor.object_id}" if whose == "approver" else whose or "thread"
        return Show(draw(record, audience, look_of(turn, self.house)))

    async def _reply(self, turn: Turn, result: Record | Refusal, act: str) -> Reply:
        """Answer a press with the presser's next view, what was typed with a sentence.

        A card that answers a message is followed by nobody: it would say "delivering" for ever.
        """
        typed, look = isinstance(turn, Said), look_of(turn, self.house)
        if isinstance(result, Record):
            return Say(answers.done(result, act, look)) if typed else await self._view(turn, result)
        before_others = typed and turn.scope is not Scope.PERSONAL
        if before_others or isinstance(result, Unreadable):  # the presser keeps the card
            return Say(answers.refused_text(result, act, look))
        return Show(answers.refused(result, act, look))


def _request(turn: Pressed) -> str:
    return str(turn.data.get("request", ""))


def _label(rest: str) -> str | None:
    """Return the number where it is all that follows a command: an effect never comes of a guess."""
    number = read_number(rest)
    return number.label if number is not None and number.exact and not number.rest else None

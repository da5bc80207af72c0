"""Deciding: the approver's buttons and their typed twins, and whose view of a request a person gets."""

from dataclasses import dataclass

from access.rules import jobs
from access.rules.model import Record, RequestId
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.sight import Sight
from access.rules.visible import visible
from access.service.copies import Copies
from access.service.decide import Decisions, Refusal
from access.service.sights import Sights
from cards import answers
from cards.draw import draw, on_card
from cards.look import Look
from cards.plain import no_justification, usage
from dialogs.commands import read_number
from dialogs.flow import PressedBy, Routes, before_others, look_of, told, unseen
from dialogs.turn import Pressed, Reply, Said, Say, Show, Turn


@dataclass(frozen=True, slots=True)
class Approval:
    """Approve, deny, cancel, retry and look; who may is decided by the server, never by the card."""

    decisions: Decisions
    sights: Sights
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
                "show": self.typed_show,
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
                seen = await self.sights.of(found.request, turn.actor.object_id, turn.place)
                if hidden := await self.sights.hidden(request_id, seen):
                    return self._unseen(turn, hidden, "view")
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
        result = await self.decisions.approve(label, turn.actor.object_id, None)
        return await self._reply(turn, label, result, "approve")

    async def typed_deny(self, turn: Said, rest: str) -> Reply | None:
        number = read_number(rest)
        if rest and (number is None or not number.exact):
            return None
        if number is None or not visible(number.rest):
            return Say(usage("deny", look_of(turn, self.house)))
        result = await self.decisions.deny(number.label, turn.actor.object_id, number.rest[:500])
        return await self._reply(turn, number.label, result, "deny")

    async def typed_cancel(self, turn: Said, rest: str) -> Reply | None:
        if not rest:
            return Say(usage("cancel", look_of(turn, self.house)))
        if (label := _label(rest)) is None:
            return None
        result = await self.decisions.cancel(label, turn.actor.object_id)
        return await self._reply(turn, label, result, "cancel")

    async def typed_retry(self, turn: Said, rest: str) -> Reply | None:
        if not rest:
            return Say(usage("retry", look_of(turn, self.house)))
        if (label := _label(rest)) is None:
            return None
        result = await self.decisions.retry(label, turn.actor.object_id)
        return await self._reply(turn, label, result, "retry")

    async def typed_show(self, turn: Said, rest: str) -> Reply | None:
        """Show the request as whoever asks may see it, wherever they do: nobody else reads the answer."""
        if not rest:
            return Say(usage("show", look_of(turn, self.house)))
        if (label := _label(rest)) is None:
            return None
        reply = await self._shown(turn, label)
        return told(turn, reply, here=False) if isinstance(reply, Show) else reply

    async def approve(self, turn: Pressed) -> Reply:
        seen = str(turn.data.get("plan", ""))
        result = await self.decisions.approve(_request(turn), turn.actor.object_id, seen)
        return await self._reply(turn, _request(turn), result, "approve")

    async def deny(self, turn: Pressed) -> Reply:
        justification = str(turn.data.get("justification", "")).strip()[:500]
        if not visible(justification):
            return Say(no_justification(look_of(turn, self.house)))
        result = await self.decisions.deny(_request(turn), turn.actor.object_id, justification)
        return await self._reply(turn, _request(turn), result, "deny")

    async def cancel(self, turn: Pressed) -> Reply:
        result = await self.decisions.cancel(_request(turn), turn.actor.object_id)
        return await self._reply(turn, _request(turn), result, "cancel")

    async def retry(self, turn: Pressed) -> Reply:
        result = await self.decisions.retry(_request(turn), turn.actor.object_id)
        return await self._reply(turn, _request(turn), result, "retry")

    async def view(self, turn: Pressed) -> Reply:
        """Show the request as it stands, as this person may see it, or else leave them the view they have."""
        return await self._shown(turn, _request(turn), refresh=turn.refresh)

    async def _shown(self, turn: Turn, reference: str, *, refresh: bool = False) -> Reply:
        found = await self.sights.find(reference, turn.actor.object_id, turn.place, refresh=refresh)
        if isinstance(found, UnknownRequest | Unreadable):
            return self._unseen(turn, found, "view")
        record, seen = found
        if not seen.is_read:
            return self._unseen(turn, Unreadable(record.request), "view")
        return Show(draw(record, _audience(turn, seen.sight), look_of(turn, self.house)))

    async def _reply(self, turn: Turn, reference: str, result: Record | Refusal, act: str) -> Reply:
        """Answer a press with the presser's next view, what was typed with a sentence.

        Who may not see the request hears what they would of a number that there is not. A card that answers
        a message is followed by nobody: it would say "delivering" for ever.
        """
        typed, look = isinstance(turn, Said), look_of(turn, self.house)
        if isinstance(result, UnknownRequest):
            return self._unseen(turn, result, act)
        if isinstance(result, Record):
            seen = self.sights.of_actor(result.request, turn.actor.object_id, turn.place)
            if typed:
                return told(turn, Say(answers.done(result, act, look)), here=seen.here)
            return Show(draw(result, _audience(turn, seen.sight), look))
        assert result.request is not None
        seen = await self.sights.of(result.request, turn.actor.object_id, turn.place)
        if hidden := await self.sights.hidden(reference, seen):
            return self._unseen(turn, hidden, act)
        if before_others(turn) or isinstance(result, Unreadable):  # the presser keeps the card
            return told(turn, Say(answers.refused_text(result, act, look)), here=seen.here)
        return Show(answers.refused(result, act, look))

    def _unseen(self, turn: Turn, refusal: UnknownRequest | Unreadable, act: str) -> Reply:
        return unseen(turn, refusal, act, look_of(turn, self.house))


def _audience(turn: Turn, sight: Sight) -> str:
    audiences = {
        Sight.REQUESTOR: jobs.REQUESTOR,
        Sight.APPROVER: f"{jobs.APPROVER}{turn.actor.object_id}",
    }
    return audiences.get(sight, jobs.THREAD)


def _request(turn: Pressed) -> str:
    return str(turn.data.get("request", ""))


def _label(rest: str) -> str | None:
    """Return the number where it is all that follows a command: an effect never comes of a guess."""
    number = read_number(rest)
    return number.label if number is not None and number.exact and not number.rest else None

"""Answers to acts on a request: a press with the presser's next view, a typed line with a sentence."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from access.rules import jobs
from access.rules.model import Record, RequestId
from access.rules.refusals import UnknownRequest, Unreadable
from access.service.acting import Refusal
from access.service.copies import Copies
from access.service.list_prospect import sampled
from access.service.sights import Sights
from cards import answers
from cards.draw import draw, on_card
from cards.look import Look
from dialogs.flow import PressedBy, before_others, look_of, told, unseen
from dialogs.meant import audience_of, request_of
from dialogs.turn import Pressed, Reply, Said, Say, Show

Act = Callable[[Said | Pressed, str], Awaitable[Reply]]
"""Answers a command or a button, given the number or the id of the request."""


@dataclass(frozen=True, slots=True)
class Replies:
    """Says to each no more than they may see of the request."""

    sights: Sights
    copies: Copies
    house: Look

    def on_newest(self, verb: str, act: Act) -> PressedBy:
        """Return the act as a press, which does nothing on an older copy of a card but to retire that."""
        name = verb.rpartition(".")[2]

        async def pressed(turn: Pressed) -> Reply:
            audience = turn.data.get("card")
            if not isinstance(audience, str):
                return await act(turn, request_of(turn))
            request_id = RequestId(request_of(turn))
            found = await self.copies.retire(request_id, audience, turn.place, turn.message)
            if found is not None:
                if name != "view":
                    await self.copies.refused(found, turn.actor.object_id, name)
                seen = await self.sights.of(found.request, turn.actor.object_id, turn.place)
                if hidden := await self.sights.hidden(request_id, seen):
                    return self.unseen(turn, hidden, "view")
                return Show(draw(found, jobs.OLDER, look_of(turn, self.house)))
            reply = await act(turn, request_of(turn))
            if turn.anew or not isinstance(reply, Show):
                return reply
            return Show(on_card(reply.card, audience))  # which takes this card's place

        return pressed

    async def to(self, turn: Said | Pressed, reference: str, result: Record | Refusal, act: str) -> Reply:
        """Answer a press with the presser's next view, what was typed with a sentence.

        Who may not see the request hears what they would of a number that there is not. A card that answers
        a message is followed by nobody: it would say "delivering" for ever.
        """
        typed, look = isinstance(turn, Said), look_of(turn, self.house)
        if isinstance(result, UnknownRequest):
            return self.unseen(turn, result, act)
        if isinstance(result, Record):
            seen = self.sights.of_actor(result.request, turn.actor.object_id, turn.place)
            if typed:
                return told(turn, Say(answers.done(result, act, look)), here=seen.here)
            shown = await sampled(self.copies.store, result)
            return Show(draw(shown, audience_of(turn, seen.sight), look))
        assert result.request is not None
        seen = await self.sights.of(result.request, turn.actor.object_id, turn.place)
        if hidden := await self.sights.hidden(reference, seen):
            return self.unseen(turn, hidden, act)
        if before_others(turn) or isinstance(result, Unreadable):  # the presser keeps the card
            return told(turn, Say(answers.refused_text(result, act, look)), here=seen.here)
        return Show(answers.refused(result, act, look))

    def unseen(self, turn: Said | Pressed, refusal: UnknownRequest | Unreadable, act: str) -> Reply:
        return unseen(turn, refusal, act, look_of(turn, self.house))

"""Near misses: says what was understood and how to go on; a guess changes nothing."""

from dataclasses import dataclass, replace

from access.ports import AccessError
from access.rules.refusals import UnknownRequest, Unreadable
from access.service.request import Requests
from access.service.search import Known, Searches
from access.service.sights import Sights
from cards import guess
from cards.help import WORDS
from cards.look import Look
from dialogs.commands import Numbered
from dialogs.drafts import by_likeness, sealed, without_answers
from dialogs.flow import Routes, before_others, look_of, told, unseen
from dialogs.nearly import Act, meant_act, meant_command, meant_draft
from dialogs.turn import Reply, Said, Show


@dataclass(frozen=True, slots=True)
class Guess:
    """Takes what is no command for the request, the decision or the question that it most likely is."""

    requests: Requests
    sights: Sights
    searches: Searches
    house: Look

    def routes(self) -> Routes:
        return Routes(otherwise=self.answer)

    async def answer(self, turn: Said) -> Reply:
        look = look_of(turn, self.house)
        act = meant_act(turn.text)
        if act is not None and act.number is not None:
            return await self._request(turn, act, act.number)
        if act is not None and "@" not in turn.text:
            return Show(guess.command(act.word, turn.text, look))
        if word := meant_command(turn.text, WORDS):
            return Show(guess.command(word, turn.text, look))
        known = await self._known(turn)
        others = before_others(turn)
        near = Known().near if others else known.near
        text, answers = without_answers(turn.text, self.requests.question_ids())
        draft = meant_draft(text, by_likeness(known.names()), near)
        if draft is None:
            return Show(guess.unclear(turn.text, look))
        draft = replace(draft, answers=answers)
        why = self.requests.rules_of(None).justification_required
        kept = sealed(draft, turn.actor.object_id, self.requests.store) if others else ""
        return Show(guess.invitation(draft, turn.text, look, asks_why=why, kept=kept))

    async def _known(self, turn: Said) -> Known:
        """Return the apps that the person may request for; none while the directory is down."""
        if not any(letter.isalpha() for letter in turn.text):
            return Known()
        try:
            return await self.searches.known(turn.actor.object_id)
        except AccessError:
            return Known()

    async def _request(self, turn: Said, act: Act, number: Numbered) -> Reply:
        found = await self.sights.find(number.label, turn.actor.object_id, turn.place)
        if isinstance(found, UnknownRequest | Unreadable):
            return unseen(turn, found, act.word or "view", look_of(turn, self.house))
        record, seen = found
        look = look_of(turn, self.house, here=seen.here)
        card = guess.about(record.request, act.word, number.rest, turn.text, look)
        return told(turn, Show(card), here=seen.here)

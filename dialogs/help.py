"""`/help`: what can be typed, of one command, and for one request as it stands."""

from dataclasses import dataclass

from access.rules.refusals import UnknownRequest, Unreadable
from access.service.list_prospect import sampled
from access.service.sights import Sights
from cards import guess
from cards.help import WORDS, help_card
from cards.look import Look
from dialogs.commands import MARKS, read_number
from dialogs.flow import Routes, look_of, told, unseen
from dialogs.turn import Reply, Said, Show


@dataclass(frozen=True, slots=True)
class Help:
    """Says what can be typed; whatever follows `/help` and is neither word nor number is passed over."""

    sights: Sights
    house: Look

    def routes(self) -> Routes:
        return Routes(commands={"help": self.help})

    async def help(self, turn: Said, rest: str) -> Reply:
        look = look_of(turn, self.house)
        if (number := read_number(rest)) is not None:
            found = await self.sights.find(number.label, turn.actor.object_id, turn.place)
            if isinstance(found, UnknownRequest | Unreadable):
                return unseen(turn, found, "view", look)
            record, seen = found
            record = await sampled(self.sights.decisions.store, record)
            own = look_of(turn, self.house, here=seen.here)
            return told(turn, Show(guess.topic(record, own)), here=seen.here)
        word = rest.strip(f"/{MARKS} ").casefold()
        return Show(guess.command(word, "", look) if word in WORDS else help_card(look))

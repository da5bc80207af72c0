"""`/help`: what can be typed, of one command, and for one request as it stands."""

from dataclasses import dataclass

from access.rules.refusals import UnknownRequest
from access.service.decide import Decisions
from cards import answers, guess
from cards.help import COMMANDS, help_card
from cards.look import Look
from dialogs.commands import MARKS, read_number
from dialogs.flow import Routes, look_of
from dialogs.turn import Reply, Said, Say, Scope, Show

_WORDS = frozenset(typed.split(" ", 1)[0].removeprefix("/") for typed, _ in COMMANDS)


@dataclass(frozen=True, slots=True)
class Help:
    """Says what can be typed; whatever follows `/help` and is neither word nor number is passed over."""

    decisions: Decisions
    house: Look

    def routes(self) -> Routes:
        return Routes(commands={"help": self.help})

    async def help(self, turn: Said, rest: str) -> Reply:
        look = look_of(turn, self.house)
        if (number := read_number(rest)) is not None:
            found = await self.decisions.find(number.label)
            if not isinstance(found, UnknownRequest):
                return Show(guess.topic(found, look))
            if turn.scope is Scope.PERSONAL:
                return Show(answers.refused(found, "view", look))
            return Say(answers.refused_text(found, "view", look))
        word = rest.strip(f"/{MARKS} ").casefold()
        return Show(guess.command(word, "", look) if word in _WORDS else help_card(look))

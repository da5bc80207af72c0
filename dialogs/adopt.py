"""`/adopt`: an access that others gave is noted, so that it can be removed and ends."""

import re
from dataclasses import dataclass

from access.rules.addresses import read_address
from access.rules.adopting import Adoptable, Adopting, AlreadyOurs, NotAdopted
from access.rules.refusals import Unreadable
from access.service.adopt import Adoptions, NoneFound
from cards import adopting, answers
from cards.look import Look
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Pressed, Reply, Said, Say, Show

_QUOTES = '"“”„‟«»'
_LINE = re.compile(
    rf"^(?P<who>\S{{3,254}})\s+(?:in|to|from)\s+"
    rf"(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]{{1,256}})[{_QUOTES}]|(?P<plain>.{{1,256}}?))"
    rf"(?P<rest>(?:\s+(?:as|for|until)\s.*)?)$",
    re.IGNORECASE,
)
_AS = re.compile(
    rf"(?i)^\s*as\s+(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]+)[{_QUOTES}]|(?P<plain>.+?))(?=\s+(?:for|until)\s|$)"
)
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Adopt:
    """Answers where nobody else reads it: whose access it is, is for the owners of the app."""

    adoptions: Adoptions
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"adopt": self.adopt},
            presses={"adopt.view": self.view, "adopt.send": self.send},
            effects=frozenset({"adopt"}),
        )

    async def adopt(self, turn: Said, rest: str) -> Reply | None:
        wanted = read_adopting(rest)
        if wanted is None:
            return Say(adopting.usage(look_of(turn, self.house)))
        return await self._adopted(turn, wanted)

    async def view(self, turn: Pressed) -> Reply:
        """Show what a row of the list would be adopted as."""
        found = await self.adoptions.look(_pressed(turn), turn.actor.object_id)
        if isinstance(found, Adoptable):
            return told(turn, Show(adopting.offer(found, self._look(turn))), here=False)
        return self._refused(turn, found)

    async def send(self, turn: Pressed) -> Reply:
        return await self._adopted(turn, _pressed(turn))

    async def _adopted(self, turn: Said | Pressed, wanted: Adopting) -> Reply:
        made = await self.adoptions.adopt(wanted, turn.actor.object_id)
        if isinstance(made, AlreadyOurs | NotAdopted | Unreadable):
            return self._refused(turn, made)
        return told(turn, Show(adopting.adopted(made, self._look(turn))), here=False)

    def _refused(self, turn: Said | Pressed, found: NoneFound) -> Reply:
        look = self._look(turn)
        if isinstance(found, Unreadable):
            return told(turn, Say(answers.refused_text(found, "view", look)), here=False)
        words = (
            adopting.ours(found, look) if isinstance(found, AlreadyOurs) else adopting.refused(found, look)
        )
        return told(turn, Say(words), here=False)

    def _look(self, turn: Said | Pressed) -> Look:
        return look_of(turn, self.house, here=False)


def read_adopting(text: str) -> Adopting | None:
    """Read `ADDRESS in "APP" as "ACCESS" until DAY`; None where it is none."""
    found = _LINE.match(text.strip())
    if found is None or not isinstance(read_address(found["who"]), str):
        return None
    rest, access = found["rest"], ""
    if called := _AS.match(rest):
        access, rest = (called["quoted"] or called["plain"]).strip(), rest[called.end() :]
    app = (found["quoted"] or found["plain"]).strip()
    return Adopting(guest=found["who"].lower(), app=app, access=access, term=rest.strip())


def _pressed(turn: Pressed) -> Adopting:
    """Read a button with its fields, all of which is a hint."""
    guest, app, access, term = (str(turn.data.get(one, "") or "")[:_LONGEST] for one in _FIELDS)
    return Adopting(guest=guest, app=app, access=access, term=term)


_FIELDS = ("guest", "app", adopting.ACCESS, adopting.TERM)

"""`/audit`: what has happened to a request, or around a guest, for those who may know."""

import re
from dataclasses import dataclass

from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.trail import NothingFor
from access.service.trail import Trails
from cards import answers, trail
from cards.look import Look
from cards.plain import usage
from dialogs.commands import first_address, read_number, read_page
from dialogs.flow import Routes, look_of, told, unseen
from dialogs.turn import Pressed, Reply, Said, Say, Show

_PAGE = re.compile(r"(?i)\s+(?:page|p|seite)\s*(?P<page>[0-9]{1,4})\s*$")


@dataclass(frozen=True, slots=True)
class Audit:
    """Answers where nobody else reads it, wherever it was typed."""

    trails: Trails
    house: Look

    def routes(self) -> Routes:
        return Routes(commands={"audit": self.audit}, presses={"audit.page": self.turned})

    async def audit(self, turn: Said, rest: str) -> Reply | None:
        if not rest:
            return Say(usage("audit", look_of(turn, self.house)))
        found = _PAGE.search(rest)
        asked, page = (rest[: found.start()], read_page(found["page"])) if found else (rest, 1)
        return await self._of(turn, asked, page)

    async def turned(self, turn: Pressed) -> Reply:
        """Show another page; whose audit it is, and who may see it, is found out as if it were typed."""
        asked, page = str(turn.data.get("about", "")), read_page(str(turn.data.get("page", "")))
        return await self._of(turn, asked, page) or Say(usage("audit", look_of(turn, self.house)))

    async def _of(self, turn: Said | Pressed, asked: str, page: int) -> Reply | None:
        number = read_number(asked)
        if number is not None and number.exact and not number.rest:
            return await self._of_request(turn, number.label, page)
        address = first_address(asked)
        whole = address and address == asked.strip().lower()
        return await self._of_address(turn, address, page) if whole else None

    async def _of_request(self, turn: Said | Pressed, label: str, page: int) -> Reply:
        look = look_of(turn, self.house, here=False)
        shown = await self.trails.of_request(label, turn.actor.object_id, page)
        if isinstance(shown, UnknownRequest | Unreadable):
            return unseen(turn, shown, "view", look_of(turn, self.house))
        return told(turn, Show(trail.trail(shown, label, look)), here=False)

    async def _of_address(self, turn: Said | Pressed, address: str, page: int) -> Reply:
        look = look_of(turn, self.house, here=False)
        shown = await self.trails.of_address(address, turn.actor.object_id, page)
        if isinstance(shown, Unreadable):
            return told(turn, Say(answers.refused_text(shown, "view", look)), here=False)
        if isinstance(shown, NothingFor):
            return told(turn, Say(trail.nothing(look)), here=False)
        return told(turn, Show(trail.trail(shown, address, look)), here=False)

"""`/protect`: what guests face at the sign-in to one's apps, by Conditional Access as it stands."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from access.rules.faced import FacedPage, NotFaced, Tally
from access.rules.guest_list import NoSuchApp
from access.rules.refusals import Unreadable
from access.service.faced import Faces
from cards import answers, guard_draft, protect
from cards.look import Look
from cards.protect import APP
from dialogs.commands import read_page
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Pressed, Reply, Said, Say, Show

_QUOTES = '"“”„‟«»'
_QUOTED = re.compile(rf"^[{_QUOTES}](?P<app>[^{_QUOTES}]{{1,256}})[{_QUOTES}]$")
_PAGE = re.compile(r"(?i)^(?:page|p|seite)\s*(?P<page>[0-9]{1,4})$")
_WISH = re.compile(
    rf"(?i)^(?:[{_QUOTES}][^{_QUOTES}]+[{_QUOTES}]\s*\S|all-apps\b|group\s+\S+|[^\s@]+@[^\s@]+\.|r-[0-9]+\b)"
)
"""Begins as a wish does, or as an act on one: what is behind it was mistyped."""
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Protect:
    """Answers where nobody else reads it: the card tells where the tenant is open."""

    faces: Faces
    wished: Callable[[Said, str], Awaitable[Reply | None]]
    """Answers where a wish stands behind the app, which another flow does."""
    pictured: Callable[[Tally], str]
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"protect": self.protect},
            presses={"protect.page": self.turned},
            effects=frozenset({"protect"}),
        )

    async def protect(self, turn: Said, rest: str) -> Reply | None:
        text = rest.strip()
        if (wish := await self.wished(turn, text)) is not None:
            return wish
        if _WISH.match(text):
            return told(turn, Say(guard_draft.usage(look_of(turn, self.house, here=False))), here=False)
        if page := _PAGE.match(text):
            return await self._shown(turn, "", read_page(page["page"]))
        quoted = _QUOTED.match(text)
        app = quoted["app"].strip() if quoted else text
        if (quoted and not app) or len(app) > _LONGEST:
            return told(turn, Say(protect.usage(look_of(turn, self.house, here=False))), here=False)
        return await self._shown(turn, app, 1)

    async def turned(self, turn: Pressed) -> Reply:
        """Show another page, or one app; of which apps somebody is told is found out as if it were typed."""
        app = turn.data.get(APP)
        return await self._shown(
            turn, app if isinstance(app, str) else "", read_page(str(turn.data.get("page", "")))
        )

    async def _shown(self, turn: Said | Pressed, app: str, page: int) -> Reply:
        look = look_of(turn, self.house, here=False)
        found = await self.faces.look(app, page, turn.actor.object_id)
        return told(turn, self._reply(found, app, look), here=False)

    def _reply(
        self, found: FacedPage | NoSuchApp | NotFaced | Unreadable, app: str, look: Look
    ) -> Say | Show:
        if isinstance(found, Unreadable):
            return Say(answers.refused_text(found, "view", look))
        if isinstance(found, NoSuchApp):
            return Say((protect.no_app if app else protect.no_apps)(look))
        if isinstance(found, NotFaced):
            return Say(protect.not_read(found.why, look))
        factor, platform, place = (self.pictured(one) for one in found.sums)
        pictures = (factor, platform, place) if factor and found.total else None
        return Show(protect.draw(found, pictures, look))

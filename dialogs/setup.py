"""`/setup`: how an app of one's own stands for guests, and the request for a group of its own."""

import re
from dataclasses import dataclass

from access.rules.guest_list import NoSuchApp
from access.rules.model import Record
from access.rules.refusals import Duplicate, Unreadable
from access.rules.setup_plans import AppShown, AppsShown
from access.service.setups import Setups, Wanted
from cards import answers, setup
from cards.look import Look
from cards.setup import APP, GROUP, ROLE
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Nothing, Pressed, Reply, Said, Say, Scope, Show

_QUOTE = '"“”„‟«»'
_QUOTED = re.compile(rf"^[{_QUOTE}](?P<app>[^{_QUOTE}]{{1,256}})[{_QUOTE}](?P<rest>.*)$")
_PLAIN = re.compile(r"(?i)^(?P<app>\S.{0,255}?)\s+(?P<rest>adopt(?:\s+\S.*)?|create(?:\s+as\s+\S.*)?)$")
_ADOPT = re.compile(r"(?i)^adopt\s+(?P<group>\S.{0,255})$")
_CREATE = re.compile(r"(?i)^create(?:\s+as\s+(?P<role>\S.{0,119}))?$")

_Outcome = Record | Duplicate | AppShown | AppsShown | NoSuchApp | Unreadable


@dataclass(frozen=True, slots=True)
class Setup:
    """Answers where nobody else reads it: the card names owners and groups of the app."""

    setups: Setups
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"setup": self.setup},
            presses={"setup.view": self.view, "setup.send": self.send},
            effects=frozenset({"setup"}),
        )

    async def setup(self, turn: Said, rest: str) -> Reply | None:
        wanted = read_wanted(rest)
        if wanted is None:
            return Say(setup.usage(look_of(turn, self.house)))
        return await self._answered(turn, wanted)

    async def view(self, turn: Pressed) -> Reply:
        """Show the app as it stands now; whose it is, is found out as if it were typed."""
        return await self._answered(turn, Wanted(app=_text(turn, APP)))

    async def send(self, turn: Pressed) -> Reply:
        makes = turn.data.get("makes") is True
        wanted = Wanted(
            app=_text(turn, APP),
            group=_text(turn, GROUP),
            makes=makes,
            role=_text(turn, ROLE) if makes else "",
        )
        return await self._answered(turn, wanted)

    async def _answered(self, turn: Said | Pressed, wanted: Wanted) -> Reply:
        person, look = turn.actor.object_id, look_of(turn, self.house, here=False)
        shown: _Outcome
        if wanted.sends:
            personal = turn.scope is Scope.PERSONAL
            shown = await self.setups.send(wanted, person, turn.place, personal=personal)
        else:
            shown = await self.setups.look(wanted, person)
        if isinstance(shown, Record):
            return self._sent(turn, shown)
        if isinstance(shown, Duplicate):
            return told(turn, Show(answers.duplicate(shown.first, look)), here=False)
        if isinstance(shown, Unreadable):
            return told(turn, Say(answers.refused_text(shown, "view", look)), here=False)
        if isinstance(shown, NoSuchApp):
            words = setup.no_app if wanted.app else setup.no_apps
            return told(turn, Say(words(look)), here=False)
        draws = setup.preview(shown, look) if isinstance(shown, AppShown) else setup.choose(shown, look)
        return told(turn, Show(draws), here=False)

    def _sent(self, turn: Said | Pressed, record: Record) -> Reply:
        """Leave it to the outbox to show what was sent; a press keeps what was looked at, as sent."""
        if isinstance(turn, Said):
            return Nothing()
        look = look_of(turn, self.house)
        return Say(setup.sent(record.request, look))


def read_wanted(text: str) -> Wanted | None:
    """Read `"APP" adopt "GROUP"` or `"APP" create as ROLE`; without quotes the app is what stands before."""
    quoted = _QUOTED.match(text.strip()) or _PLAIN.match(text.strip())
    if quoted is None:
        return Wanted(app=text.strip())
    app, rest = quoted["app"].strip(), quoted["rest"].strip()
    if not rest:
        return Wanted(app=app)
    if found := _ADOPT.match(rest):
        group = found["group"].strip().strip(_QUOTE).strip()
        return Wanted(app=app, group=group) if group else None
    if found := _CREATE.match(rest):
        return Wanted(app=app, makes=True, role=(found["role"] or "").strip().strip(_QUOTE).strip())
    return None


def _text(turn: Pressed, name: str) -> str:
    """Return a text of the card, a hint; what is none is nothing."""
    found = turn.data.get(name)
    return found.strip() if isinstance(found, str) else ""

"""`/delegate`: have somebody decide for a while, in a line or by the form; see it, and end it."""

import re
from dataclasses import dataclass

from access.ports import AccessError
from access.rules.delegating import Delegated, NotDelegated, Period
from access.rules.model import Term
from access.rules.refusals import ProblemCode
from access.rules.terms import read_term
from access.service.delegate import Delegates
from cards import delegate
from cards.delegate import Wanted
from cards.look import Look
from cards.plain import unreadable
from dialogs.commands import MARKS
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Close, Dialog, Opened, Pressed, Reply, Said, Say, Show, Submitted, Turn

_STOP = frozenset({"stop", "end", "off"})
_TO = re.compile(r"^to\s+", re.IGNORECASE)
_PARTS = re.compile(
    r"^(?P<who>.*?)(?:\s+from\s+(?P<begins>.*?))?(?:\s+(?P<length>(?:until|for)\s.*))?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Delegate:
    """Answers where nobody else reads it, wherever it was typed; whose it is, the activity says alone."""

    delegates: Delegates
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"delegate": self.delegate},
            presses={"delegate.end": self.end},
            opens={"delegate.open": self.open},
            submits={"delegate.send": self.submit},
            effects=frozenset({"delegate", "delegate.end", "delegate.send"}),
        )

    async def delegate(self, turn: Said, rest: str) -> Reply:
        look, person = look_of(turn, self.house, here=False), turn.actor.object_id
        if not rest:
            found = await self.delegates.of(person)
            return told(turn, Show(delegate.overview(found, look)), here=False)
        if rest.casefold().strip(f"{MARKS} ") in _STOP:
            return told(turn, self._ended(await self.delegates.end(person), look), here=False)
        who, period = read_line(rest)
        result = await self._make(turn, who, period)
        if isinstance(result, NotDelegated):
            return told(turn, Show(delegate.refused(result, _kept(period), look)), here=False)
        return told(turn, Show(delegate.overview(result, look, done=True)), here=False)

    async def end(self, turn: Pressed) -> Reply:
        return self._ended(await self.delegates.end(turn.actor.object_id), look_of(turn, self.house))

    async def open(self, turn: Opened) -> Reply:
        return await self._form(turn, delegate.read(turn.data), None)

    async def submit(self, turn: Submitted) -> Reply:
        """Delegate, or show the form again with what is wrong; nothing filled in is lost."""
        wanted, look = delegate.read(turn.data), look_of(turn, self.house)
        try:
            result = await self._make(turn, wanted.to, read_period(wanted.begins, f"until {wanted.until}"))
        except AccessError:
            return Close(unreadable(look))
        if isinstance(result, NotDelegated):
            return await self._form(turn, wanted, result)
        return Close(delegate.said(result, look))

    async def _make(self, turn: Turn, who: str, period: Period | NotDelegated) -> Delegated | NotDelegated:
        if isinstance(period, NotDelegated):
            return period
        return await self.delegates.make(turn.actor.object_id, who, period)

    async def _form(self, turn: Opened | Submitted, wanted: Wanted, problem: NotDelegated | None) -> Reply:
        look = look_of(turn, self.house)
        try:
            name = await self.delegates.name_of(turn.actor.object_id, wanted.to)
        except AccessError:
            name = ""
        return Dialog(delegate.title(look), delegate.form(wanted, name, problem, look))

    def _ended(self, result: Delegated | NotDelegated, look: Look) -> Say | Show:
        if isinstance(result, NotDelegated):
            return Say(delegate.wrong(result, look))
        return Show(delegate.overview(result, look, done=True))


def read_line(text: str) -> tuple[str, Period | NotDelegated]:
    """Read `NAME or ADDRESS from DAY until DAY` or `for 14d`; what stands before them is who."""
    found = _PARTS.match(text.strip())
    assert found is not None
    who = _TO.sub("", found["who"]).strip(f"{MARKS} ")
    return who, read_period(found["begins"] or "", found["length"] or "")


def read_period(begins: str, length: str) -> Period | NotDelegated:
    """Read when it begins, now where nothing is said, and until when or for how long."""
    first = read_term(f"until {begins}") if begins else Term()
    if isinstance(first, ProblemCode):
        return NotDelegated.TIME_UNREADABLE
    term = read_term(length.strip(f"{MARKS} "))
    if isinstance(term, ProblemCode):
        missing = length.strip().casefold() in {"", "until"}
        return NotDelegated.TIME_MISSING if missing else NotDelegated.TIME_UNREADABLE
    return Period(first.until, term)


def _kept(period: Period | NotDelegated) -> Wanted:
    """Return what the form can go on with: days, but no length and no name."""
    if isinstance(period, NotDelegated):
        return Wanted()
    begins, until = period.begins, period.length.until
    return Wanted("", begins.isoformat() if begins else "", until.isoformat() if until else "")

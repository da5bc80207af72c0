"""`/check`: will it work? For the tenant, a domain, a guest, a guest and an app, and for a request."""

import asyncio
from dataclasses import dataclass

from access.rules.kinds import OF_GUESTS
from access.rules.readied import NotForYou, Readied
from access.rules.refusals import Problem, UnknownRequest, Unreadable
from access.rules.sight import Sight
from access.service.readiness import Readiness
from access.service.sights import Sights
from cards import answers, readiness
from cards.look import Look
from cards.readiness import ASKED
from dialogs.asked import read_asked
from dialogs.commands import read_command, read_number
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Close, Dialog, Opened, Pressed, Reply, Said, Say, Show, Turn

_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Checks:
    """Answers where nobody else reads it: the card tells how the tenant is set."""

    readiness: Readiness
    sights: Sights
    house: Look
    patience: float = 4.0
    """Seconds that a dialog waits for what is read: Teams waits five."""

    def routes(self) -> Routes:
        return Routes(
            commands={"check": self.check},
            presses={"check.again": self.again},
            opens={"check.open": self.open},
        )

    async def check(self, turn: Said, rest: str) -> Reply | None:
        return await self._answered(turn, rest)

    async def again(self, turn: Pressed) -> Reply:
        """Check what the card was about, as if it were typed: what it carries is read as any line is."""
        self.readiness.renew()
        line = turn.data.get(ASKED)
        typed = read_command(line) if isinstance(line, str) and len(line) <= _LONGEST else None
        return await self._answered(turn, typed.rest if typed and typed.word == "check" else "")

    async def open(self, turn: Opened) -> Reply:
        """Open what stands in the way of a request beside its card, which stays."""
        look, reference = look_of(turn, self.house), str(turn.data.get("request", ""))
        try:
            async with asyncio.timeout(self.patience):
                found = await self._of_request(turn, reference)
        except TimeoutError:
            record = await self.readiness.decisions.find(reference)
            label = "" if isinstance(record, UnknownRequest) else record.request.label
            return Close(readiness.not_now(label, look))
        if isinstance(found, Readied):
            return Dialog(readiness.title(look), readiness.draw(found, look, in_dialog=True))
        return Close(answers.refused_text(found, "view", look))

    async def _of_request(self, turn: Turn, reference: str) -> Readied | UnknownRequest | Unreadable:
        """Return readiness for a party of a request; to everybody else there is no such request."""
        person_id = turn.actor.object_id
        found = await self.sights.find(reference, person_id, turn.place)
        if isinstance(found, UnknownRequest | Unreadable):
            return found
        record, seen = found
        if not seen.is_read:
            return Unreadable()
        is_party = seen.sight in {Sight.REQUESTOR, Sight.APPROVER}
        if not is_party or record.request.kind not in OF_GUESTS:
            return await self.readiness.decisions.unknown(reference)
        return await self.readiness.of_request(record.request, person_id)

    async def _answered(self, turn: Said | Pressed, rest: str) -> Reply:
        look = look_of(turn, self.house, here=False)
        number = read_number(rest)
        if number is not None and number.exact and not number.rest:
            return told(turn, _reply(await self._of_request(turn, number.label), look), here=False)
        asked = read_asked(rest)
        if asked is None:
            return told(turn, Say(readiness.no_domain(look)), here=False)
        if isinstance(asked, Problem):
            return told(turn, Say(readiness.wrong(asked, look)), here=False)
        found = await self.readiness.look(asked, turn.actor.object_id)
        return told(turn, _reply(found, look), here=False)


def _reply(found: Readied | NotForYou | Problem | UnknownRequest | Unreadable, look: Look) -> Say | Show:
    if isinstance(found, Readied):
        return Show(readiness.draw(found, look))
    if isinstance(found, NotForYou):
        return Say(readiness.nothing(look))
    if isinstance(found, Problem):
        return Say(readiness.wrong(found, look))
    return Say(answers.refused_text(found, "view", look))

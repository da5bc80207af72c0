"""`/settings`: what the tenant has set about guests, and the change that a guest or a request needs."""

from dataclasses import dataclass

from access.rules.drafted import AskAdmins, Drafted
from access.rules.readied import NotForYou
from access.rules.refusals import Problem, UnknownRequest, Unreadable
from access.service.tenant_changes import TenantChanges
from cards import answers, problems, setting_drafts
from cards.look import Look
from cards.readiness import ASKED
from dialogs.asked import read_asked
from dialogs.commands import read_command, read_number
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Pressed, Reply, Said, Say, Show

_LONGEST = 600
_Found = Drafted | AskAdmins | NotForYou | Problem | UnknownRequest | Unreadable


@dataclass(frozen=True, slots=True)
class TenantSettingsFlow:
    """Answers where nobody else reads it: the card tells how the tenant is set."""

    changes: TenantChanges
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"settings": self.settings},
            presses={"settings.view": self.pressed, "settings.again": self.pressed},
        )

    async def settings(self, turn: Said, rest: str) -> Reply | None:
        return await self._answered(turn, rest)

    async def pressed(self, turn: Pressed) -> Reply:
        """Look at what the card was about, as if it were typed: what it carries is read as any line is."""
        line = turn.data.get(ASKED)
        typed = read_command(line) if isinstance(line, str) and len(line) <= _LONGEST else None
        return await self._answered(turn, typed.rest if typed and typed.word == "settings" else "")

    async def _answered(self, turn: Said | Pressed, rest: str) -> Reply:
        look, person_id = look_of(turn, self.house, here=False), turn.actor.object_id
        number = read_number(rest)
        if number is not None and number.exact and not number.rest:
            found: _Found = await self.changes.of_request(number.label, person_id)
        else:
            asked = read_asked(rest)
            if asked is None or isinstance(asked, Problem):
                return told(turn, Say(_wrong(asked, look)), here=False)
            found = await self.changes.of(asked, person_id)
        return told(turn, _reply(found, look), here=False)


def _reply(found: _Found, look: Look) -> Say | Show:
    if isinstance(found, Drafted):
        return Show(setting_drafts.draw(found, look))
    if isinstance(found, AskAdmins):
        return Say(setting_drafts.ask(found, look))
    if isinstance(found, NotForYou):
        return Say(setting_drafts.nothing(look))
    if isinstance(found, Problem):
        return Say(_wrong(found, look))
    return Say(answers.refused_text(found, "view", look))


def _wrong(problem: Problem | None, look: Look) -> str:
    """Return what is wrong with a line, and what can be typed."""
    said = (
        problems.sentence(problem, look) if problem else look.say("This is neither a request nor a domain.")
    )
    return f"{said} {setting_drafts.usage(look)}"

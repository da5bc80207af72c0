"""Removing a guest from the directory, and restoring: what is lost is shown before a press does it."""

from dataclasses import dataclass, replace

from access.rules import jobs
from access.rules.departing import Asked, NotAsked, NotTheirs, Standing, Untouchable
from access.rules.model import ObjectId, Record
from access.rules.refusals import Duplicate, TooLate, UnknownRequest, Unreadable
from access.rules.visible import visible
from access.service.accounts import AccountActs
from access.service.acting import Refusal
from cards import account, answers
from cards.account import JUSTIFICATION
from cards.draw import draw, on_card
from cards.look import Look
from cards.plain import usage
from cards.words import LONGEST
from dialogs.commands import Leaving, first_address, read_leaving, read_number
from dialogs.flow import Routes, guest_of, look_of, told, unseen
from dialogs.turn import Pressed, Reply, Said, Say, Scope, Show

Found = Record | Duplicate | Asked | NotAsked


@dataclass(frozen=True, slots=True)
class FromDirectory:
    """Answers where nobody else reads it: the cards have the guest's address and what they hold."""

    acts: AccountActs
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"restore": self.restore},
            presses={
                "account.ask": self.ask,
                "account.remove": self.pressed,
                "account.restore": self.restored,
            },
            effects=frozenset({"restore", "account.remove"}),
        )

    async def remove(self, turn: Said, rest: str) -> Reply | None:
        """Read `ADDRESS from the directory because JUSTIFICATION`; None where it is about an app."""
        wanted = read_leaving(rest)
        if wanted is None:
            return None
        person_id = turn.actor.object_id
        guest_id = await self.acts.found(wanted.address, person_id)
        if isinstance(guest_id, NotTheirs | Unreadable):
            return self._told(turn, guest_id)
        return self._told(turn, await self._of(turn, guest_id, wanted))

    async def _of(self, turn: Said, guest_id: ObjectId, wanted: Leaving) -> Found:
        person_id = turn.actor.object_id
        if not (wanted.now and wanted.justification):
            asked = await self.acts.ask(guest_id, person_id, wanted.justification[:LONGEST])
            return _unjustified(asked) if wanted.now else asked
        personal = turn.scope is Scope.PERSONAL
        why = wanted.justification[:LONGEST]
        return await self.acts.remove(guest_id, person_id, why, turn.place, seen=None, personal=personal)

    async def ask(self, turn: Pressed) -> Reply:
        """Show what is lost, from the button of a guest's card."""
        return self._told(turn, await self.acts.ask(guest_of(turn), turn.actor.object_id))

    async def pressed(self, turn: Pressed) -> Reply:
        """Remove the guest, if what they would lose is still what the card showed."""
        guest_id, seen = guest_of(turn), str(turn.data.get("plan", ""))
        why = str(turn.data.get(JUSTIFICATION, "")).strip()[:LONGEST]
        person_id = turn.actor.object_id
        if not visible(why):
            return self._told(turn, _unjustified(await self.acts.ask(guest_id, person_id)))
        personal = turn.scope is Scope.PERSONAL
        result = await self.acts.remove(guest_id, person_id, why, turn.place, seen=seen, personal=personal)
        return self._told(turn, result)

    async def restore(self, turn: Said, rest: str) -> Reply | None:
        """Put back the guest of an address, or of a request."""
        if not rest:
            return Say(usage("restore", look_of(turn, self.house)))
        number, person_id = read_number(rest), turn.actor.object_id
        if number is not None and number.exact and not number.rest:
            return self._restored(turn, await self.acts.restore(number.label, person_id))
        address = first_address(rest)
        if not address or address != rest.strip().lower():
            return None
        return self._restored(turn, await self.acts.restore_guest(address, person_id))

    async def restored(self, turn: Pressed) -> Reply:
        reference = str(turn.data.get("request", ""))
        return self._restored(turn, await self.acts.restore(reference, turn.actor.object_id))

    def _restored(self, turn: Said | Pressed, result: Record | Refusal | TooLate | NotTheirs) -> Reply:
        look = look_of(turn, self.house, here=False)
        if isinstance(result, Record):
            if isinstance(turn, Said):
                return told(turn, Say(answers.done(result, "restore", look)), here=False)
            audience = str(turn.data.get("card", ""))
            shown = draw(result, jobs.REQUESTOR, look)
            return Show(on_card(shown, audience) if audience and not turn.anew else shown)
        if isinstance(result, NotTheirs):
            return told(turn, Say(account.nobody(look, "restore")), here=False)
        if isinstance(result, UnknownRequest):
            return unseen(turn, result, "restore", look_of(turn, self.house))
        return told(turn, Say(answers.refused_text(result, "restore", look)), here=False)

    def _told(self, turn: Said | Pressed, result: Found) -> Reply:
        look = look_of(turn, self.house, here=False)
        match result:
            case Asked():
                reply: Say | Show = Show(account.asked(result, look))
            case Record():
                reply = Show(account.begun(result.request, look))
            case Duplicate():
                reply = Show(account.standing(result.first, look))
            case Standing():
                reply = Show(account.standing(result.request, look))
            case Untouchable():
                reply = Say(account.untouchable(result.why, look))
            case NotTheirs():
                reply = Say(account.nobody(look))
            case Unreadable():
                reply = Say(answers.refused_text(result, "remove", look))
        return told(turn, reply, here=False)


def _unjustified(found: Asked | NotAsked) -> Asked | NotAsked:
    """Return what would be lost, as shown to who meant it and gave no justification."""
    return replace(found, unjustified=True) if isinstance(found, Asked) else found

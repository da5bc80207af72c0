"""`/change`: what the directory says of a guest, the form for it, and each detail in one line."""

import re
from dataclasses import dataclass

from access.rules.departing import NotTheirs, Standing, Untouchable
from access.rules.model import ObjectId, Record
from access.rules.profile_changes import Shown
from access.rules.profiles import Typed
from access.rules.refusals import Duplicate, Unreadable
from access.service.change import GuestChanges, NotShown
from cards import answers, profile
from cards.look import Look
from cards.plain import usage
from dialogs.commands import first_address
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Pressed, Reply, Said, Say, Scope, Show

_QUOTE = '"“”„‟«»'
_LINE = re.compile(
    rf"^(?P<who>\S+)(?:\s+(?P<what>name|company|sponsor)\s*:?\s+[{_QUOTE}]?(?P<text>[^{_QUOTE}]*)[{_QUOTE}]?)?$",
    re.IGNORECASE,
)

_Outcome = Record | Duplicate | Shown | NotShown


@dataclass(frozen=True, slots=True)
class ChangeGuest:
    """Answers where nobody else reads it: the card has the guest's address and details."""

    changes: GuestChanges
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"change": self.change},
            presses={"change.view": self.view, "change.send": self.send},
            effects=frozenset({"change", "change.send"}),
        )

    async def change(self, turn: Said, rest: str) -> Reply | None:
        """Read `ADDRESS`, which shows the form, or `ADDRESS name "NAME"`, which changes at once."""
        if not rest:
            return Say(usage("change", look_of(turn, self.house)))
        line = _LINE.match(rest.strip())
        address = first_address(line["who"]) if line else ""
        if line is None or not address or address != line["who"].lower():
            return None
        person_id = turn.actor.object_id
        guest_id = await self.changes.acts.found(address, person_id, "change")
        if isinstance(guest_id, NotTheirs | Unreadable):
            return self._told(turn, guest_id)
        if not line["what"]:
            return self._told(turn, await self.changes.look(guest_id, person_id))
        what, text = line["what"].lower(), line["text"].strip()
        typed = Typed(
            name=text if what == "name" else None,
            company=text if what == "company" else None,
            sponsor=text if what == "sponsor" else None,
        )
        return await self._changed(turn, guest_id, typed, None)

    async def view(self, turn: Pressed) -> Reply:
        """Show the form, from the button of a guest's card."""
        guest_id = ObjectId(str(turn.data.get("guest", "")))
        return self._told(turn, await self.changes.look(guest_id, turn.actor.object_id))

    async def send(self, turn: Pressed) -> Reply:
        """Change what the form says, if the guest still is what it showed."""
        guest_id, seen = ObjectId(str(turn.data.get("guest", ""))), str(turn.data.get("seen", ""))
        return await self._changed(turn, guest_id, profile.read(turn.data), seen)

    async def _changed(
        self, turn: Said | Pressed, guest_id: ObjectId, typed: Typed, seen: str | None
    ) -> Reply:
        personal, person_id = turn.scope is Scope.PERSONAL, turn.actor.object_id
        result = await self.changes.change(
            guest_id, person_id, typed, turn.place, seen=seen, personal=personal
        )
        return self._told(turn, result)

    def _told(self, turn: Said | Pressed, result: _Outcome) -> Reply:
        look = look_of(turn, self.house, here=False)
        match result:
            case Shown():
                reply: Say | Show = Show(profile.form(result, look))
            case Record():
                reply = Show(profile.begun(result.request, look))
            case Duplicate():
                reply = Show(profile.same(result.first, look))
            case Standing():
                reply = Show(profile.removed(result.request, look))
            case Untouchable():
                reply = Say(profile.untouchable(result.why, look))
            case NotTheirs():
                reply = Say(profile.nobody(look))
            case Unreadable():
                reply = Say(answers.refused_text(result, "change", look))
        return told(turn, reply, here=False)

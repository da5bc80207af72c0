"""`/change`: what the directory says of a guest, the form for it, each detail in one line, a new address."""

import re
from dataclasses import dataclass, replace

from access.rules.departing import NotTheirs, Standing, Untouchable
from access.rules.model import ObjectId, Record
from access.rules.new_addresses import AskedAnew, NewAddress
from access.rules.new_addresses import Typed as Moved
from access.rules.profile_changes import Shown
from access.rules.profiles import Typed
from access.rules.refusals import Duplicate, Unreadable
from access.rules.visible import visible
from access.service.change import GuestChanges, NotShown
from access.service.new_addresses import NewAddresses
from cards import answers, new_address, profile
from cards.look import Look
from cards.plain import unread_change, usage
from cards.words import LONGEST
from dialogs.commands import first_address
from dialogs.flow import Routes, guest_of, look_of, told
from dialogs.turn import Pressed, Reply, Said, Say, Scope, Show

_QUOTE = '"“”„‟«»'
_WHAT = r"(?:name|company|sponsor)\b"
_PART = re.compile(
    rf"(?P<what>{_WHAT})\s*:?\s+(?:[{_QUOTE}](?P<quoted>[^{_QUOTE}]*)[{_QUOTE}]"
    rf"|(?P<address>[^\s,{_QUOTE}]+@[^\s,{_QUOTE}]+)|(?P<bare>[^{_QUOTE}]+)$)(?:,\s*|\s+(?:and\s+)?|$)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(rf"{_WHAT}\s*:?\s+\S", re.IGNORECASE)
_MOVED = re.compile(
    r"^(?P<who>\S+)\s+address\s*:?\s+(?P<new>\S+)(?:\s+(?P<term>(?:for|until)\s.{1,40}?))?"
    r"(?:\s+because\s*:?\s+(?P<why>.+))?$",
    re.IGNORECASE,
)

_Outcome = Record | Duplicate | Shown | NotShown


@dataclass(frozen=True, slots=True)
class ChangeGuest:
    """Answers where nobody else reads it: the card has the guest's address and details."""

    changes: GuestChanges
    addresses: NewAddresses
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"change": self.change},
            presses={
                "change.view": self.view,
                "change.send": self.send,
                "change.address": self.address,
                "change.ask": self.ask,
            },
            effects=frozenset({"change", "change.send", "change.ask"}),
        )

    async def change(self, turn: Said, rest: str) -> Reply | None:
        """Read `ADDRESS`, which shows the form, or details of one, which are changed at once."""
        if not rest:
            return Say(usage("change", look_of(turn, self.house)))
        moved = _MOVED.match(rest.strip())
        who, _, details = rest.strip().partition(" ")
        address, typed = first_address(who), read_details(details.strip())
        if not address or address != who.lower():
            return None
        if moved is None and typed is None:
            return Say(unread_change(address, look_of(turn, self.house)))
        person_id = turn.actor.object_id
        guest_id = await self.changes.acts.found(address, person_id, "change")
        if isinstance(guest_id, NotTheirs | Unreadable):
            return self._told(turn, guest_id)
        if moved is not None:
            why, term = visible(moved["why"] or "")[:LONGEST], (moved["term"] or "").removeprefix("for ")
            return await self._asked(turn, guest_id, Moved(moved["new"], term, why))
        if typed is None or not details:
            return self._told(turn, await self.changes.look(guest_id, person_id))
        return await self._changed(turn, guest_id, typed, None)

    async def view(self, turn: Pressed) -> Reply:
        """Show the form, from the button of a guest's card."""
        return self._told(turn, await self.changes.look(guest_of(turn), turn.actor.object_id))

    async def send(self, turn: Pressed) -> Reply:
        """Change what the form says, if the guest still is what it showed."""
        guest_id, seen = guest_of(turn), str(turn.data.get("seen", ""))
        return await self._changed(turn, guest_id, profile.read(turn.data), seen)

    async def address(self, turn: Pressed) -> Reply:
        """Show what a new address would be asked for."""
        typed = replace(new_address.read(turn.data), justification="")
        return await self._asked(turn, guest_of(turn), typed)

    async def ask(self, turn: Pressed) -> Reply:
        """Ask anew for each access under the new address."""
        return await self._asked(turn, guest_of(turn), new_address.read(turn.data))

    async def _asked(self, turn: Said | Pressed, guest_id: ObjectId, typed: Moved) -> Reply:
        """Ask where there is a justification, else show what would be asked for."""
        personal, look = turn.scope is Scope.PERSONAL, look_of(turn, self.house, here=False)
        result = await self.addresses.ask(
            guest_id, turn.actor.object_id, typed, turn.place, personal=personal
        )
        if isinstance(result, AskedAnew):
            return told(turn, Show(new_address.sent(result, look)), here=False)
        if isinstance(result, NewAddress):
            drawn = new_address.asked(result, look)
            return told(turn, Say(drawn) if isinstance(drawn, str) else Show(drawn), here=False)
        return self._told(turn, result)

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


def read_details(text: str) -> Typed | None:
    """Read `name "Ana Sousa" company "Fabrikam"`; None for what else stands there, of which none is changed.

    Without quotes a detail is the last one, or an address: where another may begin is no guess.
    """
    found: dict[str, str] = {}
    while text:
        part = _PART.match(text)
        if part is None or _ANOTHER.search(part["bare"] or "") or part["what"].lower() in found:
            return None
        value = part["quoted"] or part["address"] or part["bare"] or ""
        found[part["what"].lower()] = value.strip()
        text = text[part.end() :]
    return Typed(name=found.get("name"), company=found.get("company"), sponsor=found.get("sponsor"))

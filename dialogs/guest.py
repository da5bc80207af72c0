"""`/guest`: one guest, why they are stuck, and the one act that helps, for those whose guest it is."""

from dataclasses import dataclass

from access.rules.coaching import GuestFile, NoGuest
from access.rules.refusals import UnknownRequest, Unreadable
from access.service.coach import Coach
from cards import answers, guest
from cards.look import Look
from cards.plain import usage
from dialogs.commands import first_address, read_number
from dialogs.flow import Routes, look_of, told, unseen
from dialogs.turn import Pressed, Reply, Said, Say, Show


@dataclass(frozen=True, slots=True)
class GuestDesk:
    """Answers where nobody else reads it, wherever it was typed: the card has the guest's address."""

    coach: Coach
    house: Look

    def routes(self) -> Routes:
        return Routes(commands={"guest": self.guest}, presses={"guest.view": self.view})

    async def guest(self, turn: Said, rest: str) -> Reply | None:
        """Show the guest of an address or of a request."""
        if not rest:
            return Say(usage("guest", look_of(turn, self.house)))
        number = read_number(rest)
        if number is not None and number.exact and not number.rest:
            return await self._of_request(turn, number.label)
        address = first_address(rest)
        whole = address and address == rest.strip().lower()
        return await self._of_address(turn, address) if whole else None

    async def view(self, turn: Pressed) -> Reply:
        return await self._of_request(turn, str(turn.data.get("request", "")))

    async def _of_request(self, turn: Said | Pressed, reference: str) -> Reply:
        found = await self.coach.of_request(reference, turn.actor.object_id)
        if isinstance(found, UnknownRequest):
            return unseen(turn, found, "view", look_of(turn, self.house))
        return self._shown(turn, found)

    async def _of_address(self, turn: Said, address: str) -> Reply:
        return self._shown(turn, await self.coach.of_address(address, turn.actor.object_id))

    def _shown(self, turn: Said | Pressed, found: GuestFile | NoGuest | Unreadable) -> Reply:
        look = look_of(turn, self.house, here=False)
        if isinstance(found, Unreadable):
            return told(turn, Say(answers.refused_text(found, "view", look)), here=False)
        if isinstance(found, NoGuest):
            return told(turn, Say(guest.nobody(look)), here=False)
        return told(turn, Show(guest.draw(found, look)), here=False)

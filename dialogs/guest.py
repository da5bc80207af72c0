"""`/guest`: one guest, why they are stuck, and the one act that helps, for those whose guest it is."""

from dataclasses import dataclass
from functools import partial

from access.rules.coaching import GuestFile, NoGuest
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.relinking import Answered
from access.service.coach import Coach
from access.service.relink import Outcome, Relinks
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
    relinks: Relinks
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={
                "guest": self.guest,
                "resend": partial(self._again, "resend"),
                "reset": partial(self._again, "reset"),
            },
            presses={
                "guest.view": self.view,
                "guest.resend": partial(self._pressed, reset=False),
                "guest.reset": partial(self._pressed, reset=True),
            },
            effects=frozenset({"resend", "reset"}),
        )

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

    async def _again(self, word: str, turn: Said, rest: str) -> Reply | None:
        """Send a new link, or have the guest accept anew: of an address, or under a request."""
        if not rest:
            return Say(usage(word, look_of(turn, self.house)))
        person_id, reset, number = turn.actor.object_id, word == "reset", read_number(rest)
        if number is not None and number.exact and not number.rest:
            return self._told(turn, await self.relinks.for_request(number.label, person_id, reset=reset))
        address = first_address(rest)
        if not address or address != rest.strip().lower():
            return None
        return self._told(turn, await self.relinks.for_address(address, person_id, reset=reset))

    async def _pressed(self, turn: Pressed, *, reset: bool) -> Reply:
        reference = str(turn.data.get("request", ""))
        return self._told(turn, await self.relinks.for_request(reference, turn.actor.object_id, reset=reset))

    def _told(self, turn: Said | Pressed, outcome: Outcome) -> Reply:
        look = look_of(turn, self.house, here=False)
        if isinstance(outcome, UnknownRequest):
            return unseen(turn, outcome, "view", look_of(turn, self.house))
        if not isinstance(outcome, Answered):
            return self._shown(turn, outcome, "resend")
        return told(turn, Show(guest.draw(outcome.file, look, outcome)), here=False)

    async def view(self, turn: Pressed) -> Reply:
        return await self._of_request(turn, str(turn.data.get("request", "")))

    async def _of_request(self, turn: Said | Pressed, reference: str) -> Reply:
        found = await self.coach.of_request(reference, turn.actor.object_id)
        if isinstance(found, UnknownRequest):
            return unseen(turn, found, "view", look_of(turn, self.house))
        return self._shown(turn, found)

    async def _of_address(self, turn: Said, address: str) -> Reply:
        return self._shown(turn, await self.coach.of_address(address, turn.actor.object_id))

    def _shown(
        self, turn: Said | Pressed, found: GuestFile | NoGuest | Unreadable, act: str = "view"
    ) -> Reply:
        look = look_of(turn, self.house, here=False)
        if isinstance(found, Unreadable):
            return told(turn, Say(answers.refused_text(found, act, look)), here=False)
        if isinstance(found, NoGuest):
            return told(turn, Say(guest.nobody(look)), here=False)
        return told(turn, Show(guest.draw(found, look)), here=False)

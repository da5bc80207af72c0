"""Undoing: what can be undone is listed, what stays is shown first, and only then a press undoes it."""

import re
from dataclasses import dataclass

from access.rules.model import ON_ACCOUNTS, Record
from access.rules.refusals import NoAccess, UnknownRequest, Unreadable
from access.rules.undoing import NotUndone, Undoable
from access.service.sights import Sights
from access.service.undo import NotAsked, Undoing
from cards import answers, undo
from cards.look import Look
from cards.plain import in_private
from dialogs.commands import read_number, read_page, read_removal
from dialogs.flow import Routes, look_of, told, unseen
from dialogs.turn import Pressed, Reply, Said, Say, Scope, Show

_NOW = re.compile(r"\s+now[.!]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Undo:
    """Answers where nobody else reads it: the cards say what a guest has and what stays.

    What was done is said where the request's own card says it.
    """

    undoing: Undoing
    sights: Sights
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"undo": self.undo},
            presses={"undo.ask": self.ask, "undo.undo": self.pressed, "undo.list": self.more},
            effects=frozenset({"undo"}),
        )

    async def undo(self, turn: Said, rest: str) -> Reply | None:
        """List what can be undone, show what an undo does, or with `now` do it."""
        if not rest or rest.lower().startswith("page"):
            if turn.scope is not Scope.PERSONAL:
                return Say(in_private("undo", look_of(turn, self.house)))
            return await self._list(turn, read_page(rest))
        now, head = bool(_NOW.search(rest)), _NOW.sub("", rest)
        number = read_number(head)
        if number is not None and number.exact and not number.rest:
            return await self._of(turn, number.label, now=now)
        wanted = read_removal(head)
        return None if wanted is None else await self._of_address(turn, *wanted, now=now)

    async def _of_address(self, turn: Said, address: str, app: str, *, now: bool) -> Reply:
        """Take what was done last; what several requests did is shown first, whoever means it."""
        found = await self.undoing.of_address(address, app, turn.actor.object_id)
        look = look_of(turn, self.house, here=False)
        if isinstance(found, NoAccess):
            return told(turn, Say(undo.no_access(look)), here=False)
        if isinstance(found, Unreadable):
            return self._told(turn, found)
        return await self._of(turn, found[0].request_id, now=now and bool(app) and len(found) == 1)

    async def _of(self, turn: Said, reference: str, *, now: bool) -> Reply:
        person_id = turn.actor.object_id
        if now:
            return self._told(turn, await self.undoing.undo(reference, person_id, None))
        return self._told(turn, await self.undoing.ask(reference, person_id))

    async def ask(self, turn: Pressed) -> Reply:
        """Show what an undo does, from the button of a list."""
        reference = str(turn.data.get("request", ""))
        return self._told(turn, await self.undoing.ask(reference, turn.actor.object_id))

    async def pressed(self, turn: Pressed) -> Reply:
        """Undo, if that is still what the card showed."""
        reference, seen = str(turn.data.get("request", "")), str(turn.data.get("plan", ""))
        return self._told(turn, await self.undoing.undo(reference, turn.actor.object_id, seen))

    async def more(self, turn: Pressed) -> Reply:
        return await self._list(turn, read_page(str(turn.data.get("page", ""))))

    async def _list(self, turn: Said | Pressed, page: int) -> Reply:
        found = await self.undoing.mine(turn.actor.object_id)
        if isinstance(found, Unreadable):
            return self._told(turn, found)
        look = look_of(turn, self.house, here=False)
        return told(turn, Show(undo.listed(found, page, look)), here=False)

    def _told(self, turn: Said | Pressed, result: Record | Undoable | NotAsked) -> Reply:
        look = look_of(turn, self.house, here=False)
        match result:
            case UnknownRequest():
                return unseen(turn, result, "undo", look_of(turn, self.house))
            case Record() if isinstance(turn, Said):
                seen = self.sights.of_actor(result.request, turn.actor.object_id, turn.place)
                here = seen.here and result.request.kind not in ON_ACCOUNTS  # as `/restore`
                look = look_of(turn, self.house, here=here)
                return told(turn, Say(answers.done(result, "undo", look)), here=here)
            case Record():
                reply: Say | Show = Show(undo.begun(result, look))
            case Undoable():
                reply = Show(undo.asked(result, look))
            case NotUndone():
                reply = Show(undo.refused(result, look))
            case Unreadable():
                reply = Say(answers.refused_text(result, "undo", look))
        return told(turn, reply, here=False)

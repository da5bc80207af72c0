"""Sends each turn to its flow, once; says so in plain words where the world fails."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from access.ports import AccessError, NotKept, Store, Unconfirmed
from access.rules.model import AuditFact, Json
from cards import plain
from cards.look import Look
from dialogs.commands import read_command
from dialogs.floods import Floods
from dialogs.flow import Routes, before_others, look_of
from dialogs.turn import (
    Close,
    Consented,
    Found,
    Joined,
    Nothing,
    Opened,
    Pressed,
    Reply,
    Said,
    Say,
    Searched,
    Submitted,
    Turn,
    Whisper,
)

Handler = TypeVar("Handler")
Acted = TypeVar("Acted", Pressed, Consented)


class Router:
    """Merges the flows' tables; two flows that claim one word are a mistake found at start."""

    def __init__(
        self, flows: Sequence[Routes], store: Store, house: Look, floods: Floods | None = None
    ) -> None:
        self._floods = floods or Floods()
        self._commands = _merged([flow.commands for flow in flows])
        self._presses = _merged([flow.presses for flow in flows])
        self._opens = _merged([flow.opens for flow in flows])
        self._submits = _merged([flow.submits for flow in flows])
        self._searches = _merged([flow.searches for flow in flows])
        self._consents = _merged([flow.consents for flow in flows])
        self._effects = frozenset().union(*(flow.effects for flow in flows))
        self._joins = next(flow.joins for flow in flows if flow.joins)
        self._otherwise = next(flow.otherwise for flow in flows if flow.otherwise)
        self._files = next((flow.files for flow in flows if flow.files), self._otherwise)
        self._store = store
        self._house = house

    async def answer(self, turn: Turn) -> Reply:
        """Answer a turn; what a person asked for is never lost in silence."""
        try:
            if (seconds := self._floods.seconds(turn.actor.object_id)) > 0:
                return await self._refused(turn, math.ceil(seconds))
            return await self._route(turn)
        except Unconfirmed:
            return Say(plain.unconfirmed(self._look(turn)))
        except AccessError as error:
            words = plain.not_kept if isinstance(error, NotKept) else plain.unreadable
            return Found(()) if isinstance(turn, Searched) else Say(words(self._look(turn)))

    def name_of(self, turn: Turn) -> str:
        """Return what a turn asks for, in a word of the flows' own; nothing that somebody wrote."""
        acts = (self._presses, self._opens, self._submits, self._consents)
        match turn:
            case Said():
                word = read_command(turn.text).word
            case Pressed() | Opened() | Submitted() | Consented():
                word = turn.verb
            case Searched():
                word = turn.dataset
            case _:
                return ""
        return word if any(word in table for table in (self._commands, self._searches, *acts)) else "other"

    def _look(self, turn: Turn) -> Look:
        return look_of(turn, self._house)

    async def _refused(self, turn: Turn, seconds: int) -> Reply:
        """Say when to try again, to whoever takes turns without end; one entry a minute tells of it."""
        if self._floods.is_new(turn.actor.object_id):
            detail: dict[str, Json] = {"act": "turn", "refused": "TooManyTurns"}
            await self._store.write_audit(
                AuditFact(what="act.refused", actor=turn.actor.object_id, detail=detail)
            )
        words = plain.too_many_turns(seconds, self._look(turn))
        match turn:
            case Searched():
                return Found(())
            case Opened() | Submitted():
                return Close(words)
            case Said():
                return Whisper(Say(words)) if before_others(turn) else Say(words)
            case _:
                return Say(words)

    async def _route(self, turn: Turn) -> Reply:
        match turn:
            case Said():
                return await self._said(turn)
            case Pressed():
                return await self._acted(turn, self._presses.get(turn.verb))
            case Opened():
                if turn.verb not in self._opens:
                    return Close(plain.old_button(self._look(turn)))
                return await self._opens[turn.verb](turn)
            case Submitted():
                if turn.verb not in self._submits:
                    return Close(plain.old_button(self._look(turn)))
                return await self._once(turn, turn.verb) or await self._submits[turn.verb](turn)
            case Searched():
                return (
                    await self._searches[turn.dataset](turn) if turn.dataset in self._searches else Found(())
                )
            case Consented():
                return await self._acted(turn, self._consents.get(turn.verb))
            case Joined():
                return await self._joins(turn)
            case _:
                return Nothing()

    async def _acted(self, turn: Acted, handler: Callable[[Acted], Awaitable[Reply]] | None) -> Reply:
        if handler is None:
            return Say(plain.old_button(self._look(turn)))
        return await self._once(turn, turn.verb) or await handler(turn)

    async def _said(self, turn: Said) -> Reply:
        command = read_command(turn.text)
        handler = self._commands.get(command.word)
        if handler is None:
            return await (self._files if turn.files else self._otherwise)(turn)
        reply = await self._once(turn, command.word) or await handler(turn, command.rest)
        return reply or await self._otherwise(turn)

    async def _once(self, turn: Turn, name: str) -> Reply | None:
        """Answer a repeated activity that would change something; None where it is the first time."""
        try:
            if name not in self._effects or await self._store.first_time(turn.activity):
                return None
        except NotKept:
            if not isinstance(turn, Submitted):
                raise
            return None  # the flow meets the same trouble, and gives the form back with what was typed
        said = plain.offered_before if isinstance(turn, Consented) else plain.twice
        words = said(self._look(turn))
        return Close(words) if isinstance(turn, Submitted) else Say(words)


def _merged(tables: Sequence[Mapping[str, Handler]]) -> dict[str, Handler]:
    merged: dict[str, Handler] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            raise ValueError(f"two flows claim {sorted(twice)}")
        merged |= table
    return merged

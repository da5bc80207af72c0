"""Where a request is shown that was asked for with a message extension, which works where we are not, too."""

import asyncio
import logging
from dataclasses import dataclass, replace

from botbuilder.schema import Activity

from access.ports import AccessError
from access.rules.model import Place
from bot.teams.connector import Connector
from bot.teams.reference import People, Reference
from bot.teams.turns import COMPOSED, scope_of
from dialogs.turn import Opened, Scope, Submitted, Turn

log = logging.getLogger(__name__)

_PATIENCE = 2.0
"""Seconds that the question may take: Teams waits five for the answer to a form."""
_HERE = {"compose", "message"}
"""The contexts in which somebody writes in a conversation; the command box belongs to none."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """Keeps a request in the conversation where we are, and takes it to the person's own chat elsewhere.

    Nothing in an invoke says whether the bot is there: the roster is asked, as Microsoft's samples do
    (https://github.com/microsoft/BotBuilder-Samples/pull/3581), and what it does not say counts as no.
    """

    connector: Connector
    people: People

    async def find(self, turn: Turn, activity: Activity) -> Turn:
        """Return the turn with the place where a request of it is shown."""
        if activity.name not in COMPOSED or not isinstance(turn, Opened | Submitted):
            return turn
        if await self._is_here(turn, activity):
            return turn
        return replace(turn, place=Place(""), scope=Scope.PERSONAL, away=True)

    async def _is_here(self, turn: Turn, activity: Activity) -> bool:
        there, person = Reference.of_activity(activity), turn.actor.object_id
        if scope_of(activity) is Scope.PERSONAL:
            # A chat of two people is personal as well: only what is known to be ours is.
            own = (await self.people.known(person)).place
            return bool(own) and Reference.read(Place(own)).is_same(there)
        if str(activity.value.get("commandContext", "")).lower() not in _HERE:
            return False
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.connector.member(there.service, there.conversation, person)
        except (AccessError, TimeoutError) as error:
            log.info("The request is shown in the person's own chat", extra={"why": str(error)})
            return False
        return True

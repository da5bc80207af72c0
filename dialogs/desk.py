"""Looking: `/requests` lists mine, `/approvals` what waits for me, which also greets who adds the app."""

from dataclasses import dataclass, replace

from access.ports import AccessError
from access.service.decide import Decisions
from cards import lists
from cards.look import Look
from cards.plain import in_private
from cards.welcome import welcome
from dialogs.commands import read_page
from dialogs.flow import Routes, look_of
from dialogs.turn import Joined, Pressed, Reply, Said, Say, Scope, Show, Turn

_MOST = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """Lists hold names and justifications of others, so they are shown in 1:1 alone."""

    decisions: Decisions
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"requests": self.requests, "approvals": self.approvals},
            presses={"desk.requests": self.more_requests, "desk.approvals": self.more_approvals},
            joins=self.joined,
        )

    async def joined(self, turn: Joined) -> Reply:
        """Welcome; whoever is waited for sees that first, as no card could reach them before.

        What everybody in a team or a chat reads is in the house's language.
        """
        if turn.scope is not Scope.PERSONAL:
            return Show(welcome(turn.scope, replace(self.house, shared=True)))
        try:
            waiting = await self.decisions.deciders.waiting_for(turn.actor.object_id)
        except AccessError:  # to be greeted needs no directory
            waiting = []
        if waiting:
            return Show(lists.approvals(waiting, 1, look_of(turn, self.house)))
        return Show(welcome(turn.scope, look_of(turn, self.house)))

    async def requests(self, turn: Said, rest: str) -> Reply:
        if turn.scope is not Scope.PERSONAL:
            return Say(in_private("requests", look_of(turn, self.house)))
        return await self._requests(turn, read_page(rest))

    async def approvals(self, turn: Said, rest: str) -> Reply:
        if turn.scope is not Scope.PERSONAL:
            return Say(in_private("approvals", look_of(turn, self.house)))
        return await self._approvals(turn, read_page(rest))

    async def more_requests(self, turn: Pressed) -> Reply:
        return await self._requests(turn, read_page(str(turn.data.get("page", ""))))

    async def more_approvals(self, turn: Pressed) -> Reply:
        return await self._approvals(turn, read_page(str(turn.data.get("page", ""))))

    async def _requests(self, turn: Turn, page: int) -> Reply:
        records = await self.decisions.mine(turn.actor.object_id, _MOST)
        return Show(lists.requests(records, page, look_of(turn, self.house)))

    async def _approvals(self, turn: Turn, page: int) -> Reply:
        records = await self.decisions.deciders.waiting_for(turn.actor.object_id)
        return Show(lists.approvals(records, page, look_of(turn, self.house)))

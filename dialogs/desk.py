"""Looking: `/requests` lists mine, `/approvals` what waits for me, which also greets who adds the app."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from access.ports import AccessError
from access.service.decide import Decisions
from cards import lists
from cards.welcome import welcome
from dialogs.flow import Routes, look_of
from dialogs.turn import Joined, Pressed, Reply, Said, Say, Scope, Show, Turn

_MOST = 200
_IN_PRIVATE = "Lists are shown in the personal chat with Guestlist: open it and type /{word} there."


@dataclass(frozen=True, slots=True)
class Desk:
    """Lists hold names and justifications of others, so they are shown in 1:1 alone."""

    decisions: Decisions
    zone: ZoneInfo

    def routes(self) -> Routes:
        return Routes(
            commands={"requests": self.requests, "approvals": self.approvals},
            presses={"desk.requests": self.more_requests, "desk.approvals": self.more_approvals},
            joins=self.joined,
        )

    async def joined(self, turn: Joined) -> Reply:
        """Welcome; whoever is waited for sees that first, as no card could reach them before."""
        if turn.scope is Scope.PERSONAL:
            try:
                waiting = await self.decisions.waiting_for(turn.actor.object_id)
            except AccessError:  # to be greeted needs no directory
                waiting = []
            if waiting:
                return Show(lists.approvals(waiting, 1, look_of(turn.actor, self.zone)))
        return Show(welcome(turn.scope))

    async def requests(self, turn: Said, rest: str) -> Reply:
        if turn.scope is not Scope.PERSONAL:
            return Say(_IN_PRIVATE.format(word="requests"))
        return await self._requests(turn, _page(rest))

    async def approvals(self, turn: Said, rest: str) -> Reply:
        if turn.scope is not Scope.PERSONAL:
            return Say(_IN_PRIVATE.format(word="approvals"))
        return await self._approvals(turn, _page(rest))

    async def more_requests(self, turn: Pressed) -> Reply:
        return await self._requests(turn, _page(str(turn.data.get("page", ""))))

    async def more_approvals(self, turn: Pressed) -> Reply:
        return await self._approvals(turn, _page(str(turn.data.get("page", ""))))

    async def _requests(self, turn: Turn, page: int) -> Reply:
        records = await self.decisions.mine(turn.actor.object_id, _MOST)
        return Show(lists.requests(records, page, look_of(turn.actor, self.zone)))

    async def _approvals(self, turn: Turn, page: int) -> Reply:
        records = await self.decisions.waiting_for(turn.actor.object_id)
        return Show(lists.approvals(records, page, look_of(turn.actor, self.zone)))


def _page(text: str) -> int:
    digits = text.lower().removeprefix("page").strip()
    return max(int(digits), 1) if digits.isdecimal() and len(digits) <= 4 else 1  # noqa: PLR2004 - pages, not numbers

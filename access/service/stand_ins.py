"""Whoever decides for an approver: by the store's delegations, and the directory at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from access.ports import Directory, Standing
from access.rules import seats
from access.rules.delegating import Delegation
from access.rules.model import ObjectId, Panel
from access.rules.stages import everybody
from access.service.prospect import able


@dataclass(frozen=True, slots=True)
class StandIns:
    """Asks each time; a delegation from or to a guest or a disabled account has no effect."""

    directory: Directory
    delegations: Standing

    async def seat(
        self, panels: tuple[Panel, ...], requestor: ObjectId, guest: ObjectId | None
    ) -> tuple[Panel, ...]:
        """Seat the delegates of these approvers, who are active members: that was asked just now."""
        people = {one.object_id for one in everybody(panels)} | {requestor}
        found = [one for one in await self.delegations.standing() if one.by.object_id in people]
        standing = [one for one in found if await self._able(one.to.object_id)]
        theirs = seats.for_request(standing, {guest}, requestor)
        return tuple(seats.seated(panel, theirs) for panel in panels)

    async def have_effect(self, found: Sequence[Delegation]) -> list[Delegation]:
        """Leave out those from or to somebody who may do nothing at this moment."""
        return [
            one for one in found if await self._able(one.to.object_id) and await self._able(one.by.object_id)
        ]

    async def _able(self, person_id: ObjectId) -> bool:
        return able(await self.directory.person(person_id))

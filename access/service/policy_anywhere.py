"""Finding lists of people that leave nobody whatever the app is, in tables that hold in any app."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from access.rules import policy_places as places
from access.rules.model import Named, ObjectId
from access.rules.policy import Source, SourceKind, Stage
from access.service.policy_check import Finding, PolicyCheck
from access.service.roster import Roster

_BY_APP = frozenset(
    {
        SourceKind.APP_OWNERS,
        SourceKind.GROUP_OWNERS,
        SourceKind.MANAGER,
        SourceKind.GUEST_SPONSORS,
        SourceKind.MEMBERS,
    }
)
"""Words that mean others for each app or request."""
_NO_APP = ObjectId("")
_NAME = "whatever the app is. Name"


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Looks at the defaults, and at the partners whose guests may get any app."""

    check: PolicyCheck
    roster: Roster

    async def findings(self) -> list[Finding]:
        usual = self.check.policy.defaults
        found = [one async for one in self._of("defaults", usual.requestors, usual.stages)]
        for place, partner in places.partners(self.check.policy):
            if not partner.apps:
                stages = partner.says.get("stages", ())
                found += [one async for one in self._of(place, partner.requestors, stages)]
        return found

    async def _of(
        self, place: str, requestors: Sequence[Source], stages: Sequence[Stage]
    ) -> AsyncIterator[Finding]:
        if requestors and await self._people(requestors) == ():
            yield Finding(place, f"nobody may request: `requestors` leaves nobody, {_NAME} somebody.")
        for number, stage in enumerate(stages, start=1):
            if text := await self._lacks(stage):
                yield Finding(places.stage(place, number, len(stages)), text)

    async def _lacks(self, stage: Stage) -> str:
        """Return in words that too few decide at a stage; empty where that is for the app to say."""
        asked = await self._people((*stage.approvers, *stage.fallback))
        if asked is None:
            return ""
        if not asked:
            return f"nobody can decide: approvers and fallback leave nobody, {_NAME} a fallback."
        others = await self._people(stage.may_decide)
        if others is None or len({*asked, *others}) >= stage.quorum:
            return ""
        few = f"{len({*asked, *others})} can decide and {stage.quorum} must approve"
        return f"{few}, {_NAME} more approvers, or a fallback."

    async def _people(self, sources: Sequence[Source]) -> tuple[Named, ...] | None:
        """Return whom a list means; None where it means others for each app."""
        if any(one.kind in _BY_APP for one in sources):
            return None
        return await self.roster.people(self.check.policy, sources, app_id=_NO_APP)

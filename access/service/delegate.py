"""Delegating: an approver has somebody decide for them for a while; the cards of what waits follow."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from access.ports import Chat
from access.rules import delegating, seats, watch
from access.rules.delegating import Delegated, Delegation, Entrusted, NotDelegated, Period
from access.rules.model import AuditFact, Named, ObjectId, Request
from access.rules.stages import everybody, panels_of, stage_now
from access.service.decide import Decisions
from access.service.members import Unmeant, member_meant
from access.service.prospect import able
from access.service.stand_ins import StandIns

_UNMEANT: Mapping[Unmeant, NotDelegated] = {
    Unmeant.NOBODY: NotDelegated.NOBODY,
    Unmeant.SEVERAL: NotDelegated.SEVERAL,
    Unmeant.GUEST: NotDelegated.UNABLE,
}
_PAGE = 500
"""Of requests that wait, when their cards follow a delegation: so many are held at once."""


@dataclass(slots=True)
class Delegates:
    """Whom a person names is looked up; whether a delegation has any effect each press asks anew."""

    decisions: Decisions
    chat: Chat
    page: int = _PAGE

    async def of(self, person_id: ObjectId, replaced: Delegation | None = None) -> Delegated:
        known = await self.decisions.store.delegations()
        own = next((one for one in known if one.by.object_id == person_id), None)
        for_others = tuple(one for one in known if one.to.object_id == person_id)
        return Delegated(self.decisions.now(), own, for_others, replaced)

    async def name_of(self, person_id: ObjectId, chosen: str) -> str:
        """Return the name of somebody by their object id, for a form that has it; a guest is told none."""
        names = await self.decisions.requests.names_of(person_id, [chosen] if chosen else [])
        return next(iter(names.values()), "")

    async def make(self, person_id: ObjectId, who: str, period: Period) -> Delegated | NotDelegated:
        """Have somebody decide for this person; `who` is an object id, an address or a whole name."""
        return await self._told(person_id, await self._make(person_id, who, period))

    async def end(self, person_id: ObjectId) -> Delegated | NotDelegated:
        return await self._told(person_id, await self._changed(person_id, delegating.end(person_id)))

    async def _make(self, person_id: ObjectId, who: str, period: Period) -> Delegated | NotDelegated:
        by = await self.decisions.directory.person(person_id)
        if by is None or not able(by):
            return NotDelegated.YOU_UNABLE
        to = await member_meant(self.decisions.directory, who)
        if isinstance(to, Unmeant):
            return _UNMEANT[to]
        if to.object_id == person_id:
            return NotDelegated.YOURSELF
        if not able(to):
            return NotDelegated.UNABLE
        zone = self.decisions.requests.check.zone
        change = delegating.make(Named(by.object_id, by.name), Named(to.object_id, to.name), period, zone)
        return await self._changed(person_id, change)

    async def follow(self) -> None:
        """Have the cards of what waits follow the delegations that have begun or ended."""
        due = await self.decisions.store.due_delegations()
        if not due:
            return
        directory, store = self.decisions.directory, self.decisions.store
        holding = await store.standing()
        standing = await StandIns(directory, store).have_effect(holding)
        concerned = {one.by.object_id for one in due}
        async for request in self._waiting():
            if seats.concerns(request, concerned):
                follow = seats.follow(standing, await self._hours(request, standing))
                await store.change(request.request_id, follow)
        for one in due:
            has_effect = one not in holding or one in standing
            await store.delegate(one.by.object_id, delegating.followed(one, has_effect=has_effect))

    async def _waiting(self) -> AsyncIterator[Request]:
        after = 0
        while page := await self.decisions.store.waiting(self.page, after):
            for record in page:
                yield record.request
            after = page[-1].request.number

    async def _hours(self, request: Request, standing: seats.Standing) -> watch.Facts:
        """Return when those may be pinged who may be asked by this."""
        approvers = {one.object_id for one in everybody(panels_of(request))}
        people = approvers | {one.to.object_id for one in standing if one.by.object_id in approvers}
        zones = {one: await self.chat.zone(one) for one in people}
        return watch.Facts(self.decisions.requests.rules_for(request), stage_now(request), zones=zones)

    async def _changed(self, person_id: ObjectId, change: delegating.Delegating) -> Delegated | NotDelegated:
        outcome = await self.decisions.store.delegate(person_id, change)
        if isinstance(outcome, Entrusted):
            return await self.of(person_id, outcome.replaced)
        return outcome or NotDelegated.NONE_THERE

    async def _told(self, person_id: ObjectId, result: Delegated | NotDelegated) -> Delegated | NotDelegated:
        """Return what came of it; a refusal is an entry, which says nothing of what was typed."""
        if isinstance(result, NotDelegated):
            detail = {"act": "delegate", "refused": str(result)}
            fact = AuditFact(what="act.refused", actor=person_id, detail=dict(detail))
            await self.decisions.store.write_audit(fact)
        return result

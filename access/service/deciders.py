"""Who may decide on what waits, by policy, directory and delegations as they are at this moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from access.ports import Directory, Store
from access.rules.model import ON_ACCOUNTS, Named, ObjectId, Panel, Record, Request
from access.rules.replanning import begun_anew
from access.rules.setup_plans import without_owners
from access.rules.stages import everybody, spoken, stage_now
from access.rules.waiting import escalated
from access.service.prospect import able
from access.service.request import Requests
from access.service.roster import Roster

ADMINS = "admins"


@dataclass(frozen=True, slots=True)
class Deciders:
    """Says who may decide; what it says is of a request as that was when it was asked."""

    store: Store
    directory: Directory
    roster: Roster
    requests: Requests

    async def waiting_for(self, person_id: ObjectId) -> Sequence[Record]:
        """Return what waits for this person's decision, by the directory as it is now."""
        person = await self.directory.person(person_id)
        if not able(person):
            return []
        known: dict[tuple[str, ...], tuple[Panel, ...]] = {}
        found = []
        for record in await self.store.waiting(500):
            request = record.request
            key = self.requests.whose(request)
            if key not in known:
                known[key] = await self.panels(request)
            if _waits_for(person_id, request, known[key]):
                found.append(record)
        return found

    async def who(self, request: Request, person_id: ObjectId) -> tuple[Named, tuple[Panel, ...]]:
        """Return the actor, and who may decide; a guest, a leaver and a stranger are never among them."""
        person = await self.directory.person(person_id)
        panels = await self.panels(request)
        if not able(person):
            panels = tuple(
                replace(panel, approvers=tuple(one for one in panel.approvers if one.object_id != person_id))
                for panel in panels
            )
        return Named(person_id, person.name if person else ""), panels

    async def of_run(
        self, request: Request, panels: Sequence[Panel], person_id: ObjectId
    ) -> frozenset[ObjectId]:
        """Return who may pause, stop or retry a list: whoever asked or may decide, and this admin."""
        if not able(await self.directory.person(person_id)):
            return frozenset()
        admin = await self.roster.has_role(self.requests.policy.current(), ADMINS, person_id)
        may = {request.requestor.object_id, *(one.object_id for one in everybody(panels))}
        return frozenset(may | ({person_id} if admin else set()))

    async def panels(self, request: Request, *, also: Collection[int] = ()) -> tuple[Panel, ...]:
        """Return who may decide on a request at each stage, at this moment.

        At the stages that were escalated, and `also` at these, the escalation approvers do. An account is of
        no app: the admins may.
        """
        policy, rules = self.requests.policy.current(), self.requests.rules_for(request)
        if request.kind in ON_ACCOUNTS:
            admins = policy.roles.get(ADMINS, ())
            return (Panel(await self.roster.people(policy, admins, app_id=request.app.object_id)),)
        panels = await self.roster.panels(
            policy,
            rules,
            app_id=request.app.object_id,
            give=request.give,
            requestor=request.requestor.object_id,
            guest=await self.requests.sponsored.of_request(rules, request),
            escalated=escalated(request, rules).union(also),
        )
        return panels if request.setup is None else without_owners(panels, request.setup)

    async def anew(self, request: Request, panels: tuple[Panel, ...]) -> tuple[Panel, ...]:
        """Return who of these may decide once all begins anew: what comes again was not escalated."""
        begun, rules = begun_anew(request, self.requests.check.clock.now()), self.requests.rules_for(request)
        same = escalated(begun, rules) == escalated(request, rules)
        return panels if same else await self.panels(begun)


def _waits_for(person_id: ObjectId, request: Request, panels: Sequence[Panel]) -> bool:
    stage = stage_now(request, panels)
    may = {one.object_id for one in panels[stage - 1].approvers}
    return person_id in may and not spoken(request, person_id, stage, panels)

"""Whose an undo is: asked of policy and directory at that moment."""

from dataclasses import dataclass

from access.ports import PolicySource
from access.rules.model import ON_ACCOUNTS, Kind, ObjectId, Person, Request
from access.rules.reviews import APPROVE
from access.rules.stages import everybody
from access.service import changed_back
from access.service.change import GuestChanges
from access.service.decide import Decisions
from access.service.deciders import ADMINS
from access.service.own_apps import own_apps
from access.service.prospect import able


@dataclass(frozen=True, slots=True)
class WhoUndoes:
    """Who answers for what a request did, and is able to."""

    decisions: Decisions
    policy: PolicySource
    changes: GuestChanges

    async def may(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether an undo is somebody's: theirs who answer for the access, and able to.

        Those are who asked for it, as long as they may ask for its app, who approved it, who may decide on
        it or owns its app by now, and the admins; of an account, who may restore or change it.
        """
        person = await self.decisions.directory.person(person_id)
        if person is None or not able(person) or person_id == request.guest_id:
            return False
        if request.kind is Kind.CHANGE:
            return await changed_back.may(self.changes, request, person_id)
        if request.kind in ON_ACCOUNTS:
            return await self.changes.acts.may_restore(request, person_id)
        return await self._asks(request, person) or await self.answers(request, person_id)

    async def _asks(self, request: Request, person: Person) -> bool:
        """Tell whether somebody asked for it, and may still ask for its app."""
        if person.object_id != request.requestor.object_id:
            return False
        app, policy = await self.decisions.directory.app(request.app.object_id), self.policy.current()
        return app is not None and await self.decisions.requests.roster.may_request(policy, app, person)

    async def answers(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether somebody answers for the access, whoever asked for it."""
        policy, decisions = self.policy.current(), self.decisions
        if any(one.by.object_id == person_id and one.result == APPROVE for one in request.reviews):
            return True
        if await decisions.requests.roster.has_role(policy, ADMINS, person_id):
            return True
        if request.app.object_id in await own_apps(decisions.directory, policy, person_id):
            return True
        deciding = everybody(await decisions.deciders.panels(request))
        return person_id in {one.object_id for one in deciding}

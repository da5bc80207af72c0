"""Removing an access early, or keeping it: by requestor, approver or owner as of now, or admin."""

from dataclasses import dataclass

from access.ports import AccessError, PolicySource
from access.rules import halfway, lapsing
from access.rules.model import AssignmentState, AuditFact, Named, ObjectId, Record, Request, Subject
from access.rules.refusals import NoAccess, NoAppNamed, NotYours, SeveralAccesses, UnknownRequest, Unreadable
from access.rules.stages import everybody
from access.service.acting import Informed, Refusal
from access.service.decide import Decisions
from access.service.own_apps import is_theirs
from access.service.prospect import able
from access.service.whose import requests_of


@dataclass(slots=True)
class Removals:
    """Who may is asked of policy and directory at that moment; nobody learns of what is not theirs."""

    decisions: Decisions
    policy: PolicySource

    async def of_request(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        """End what a request gave; what ends or has ended already stays as it is."""
        found = await self.decisions.find_access(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "remove")
        return await self._end(found.request, person_id)

    async def keep(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        """Keep an access that may not be needed any more; nobody is asked about it for a while."""
        found = await self.decisions.find_access(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "keep")

        async def read(request: Request) -> Informed | NotYours:
            actor, others = await self._who(request, person_id)
            rules = self.decisions.requests.rules_for(request)
            return Informed(lapsing.keep(actor, others, rules)) if actor else NotYours(request, others)

        return await self.decisions.acted(found.request, person_id, "keep", read, ended=True)

    async def of_guest(
        self, address: str, app: str, person_id: ObjectId
    ) -> Record | Refusal | NoAccess | NoAppNamed | SeveralAccesses:
        """End the one access that a guest has to an app, of those that are this person's to end.

        Without an app nothing ends.
        """
        subject = await self.decisions.store.subject(address)
        try:
            given = [
                one
                for one in await requests_of(self.decisions, address)
                if (one.request.assignment is not None or halfway.has_access(one))
                and one.request.extends is None
                and (not app or _alike(one.request.app.name, app))
            ]
            theirs = [one for one in given if await self._may(one.request, person_id)]
        except AccessError:
            return Unreadable()
        if not theirs:
            await self._note(person_id, subject)
            return NoAccess()
        lasting = [one for one in theirs if _is_lasting(one)]
        if len(lasting) > 1:
            return SeveralAccesses(tuple(one.request for one in lasting))
        if lasting and not app and not _is_ending(lasting[0]):
            return NoAppNamed(lasting[0].request)
        chosen = lasting or sorted(theirs, key=lambda one: one.request.number)
        return await self._end(chosen[-1].request, person_id)

    async def _end(self, first: Request, person_id: ObjectId) -> Record | Refusal:
        async def read(request: Request) -> Informed | NotYours:
            actor, others = await self._who(request, person_id)
            return Informed(halfway.remove(actor, others)) if actor else NotYours(request, others)

        return await self.decisions.acted(first, person_id, "remove", read, ended=True)

    async def _may(self, request: Request, person_id: ObjectId) -> bool:
        actor, others = await self._who(request, person_id)
        return actor is not None and actor.object_id in {
            one.object_id for one in (request.requestor, *others)
        }

    async def _who(self, request: Request, person_id: ObjectId) -> tuple[Named | None, tuple[Named, ...]]:
        """Return who acts, None for who has left, and who may besides the requestor."""
        person = await self.decisions.directory.person(person_id)
        actor, panels = await self.decisions.deciders.who(request, person_id)
        others = everybody(panels)
        policy, roster = self.policy.current(), self.decisions.roster
        if await is_theirs(roster, policy, request.app.object_id, person_id):
            others = (*others, actor)
        return (actor if able(person) else None), others

    async def _note(self, person_id: ObjectId, subject: Subject) -> None:
        detail = {"act": "remove", "refused": "NoAccess"}
        fact = AuditFact(what="act.refused", actor=person_id, subject=subject, detail=dict(detail))
        await self.decisions.store.write_audit(fact)


def _is_lasting(record: Record) -> bool:
    given = record.request.assignment
    return given.state is not AssignmentState.ENDED if given else halfway.has_access(record)


def _is_ending(record: Record) -> bool:
    given = record.request.assignment
    return given is not None and given.state is AssignmentState.ENDING


def _alike(name: str, typed: str) -> bool:
    return " ".join(name.casefold().split()) == " ".join(typed.casefold().split())

"""What becomes of a protection that was made: enforced, watched on, only reporting again, or removed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from access.ports import AccessError, Missing, NotKept
from access.rules import guarding
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.guard_plans import SECURITY, GuardForeseen, drafts_of, still_holds
from access.rules.guards import Guard, GuardAct
from access.rules.model import App, Named, ObjectId, Record, Request
from access.rules.outlook import Outlook
from access.rules.protecting import in_the_way, is_as_drafted
from access.rules.refusals import NotPossible, NotYours, OwnRequest, UnknownRequest, Unreadable, WillNotWork
from access.service.acting import Informed, Refusal
from access.service.guards import Guards, are_guests
from access.service.prospect import able
from access.service.visitors import Tenant

_LONGEST_CODE = 8


@dataclass(slots=True)
class GuardActs:
    """Who may is read at each press; to enforce is a second approval, by what is foreseen at that moment."""

    guards: Guards

    async def foresee(
        self, reference: str, person_id: ObjectId, *, code: str | None = None
    ) -> GuardForeseen | Refusal:
        """Return what enforcing would do now, to somebody who may decide it."""
        decisions = self.guards.faces.lists.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await decisions.nothing(found, person_id, "enforce")
        request = found.request
        refused = await self._may_not(request, person_id)
        if refused is not None:
            return await decisions.refused(refused, request, person_id, "enforce")
        looked = await self._foreseen(request)
        if not isinstance(looked, GuardForeseen):
            return await decisions.refused(looked, request, person_id, "enforce")
        if code is None or code == looked.code:
            return looked
        return GuardForeseen(request, looked.outlook, looked.code, moved=True)

    async def enforce(
        self, reference: str, person_id: ObjectId, code: str
    ) -> Record | GuardForeseen | Refusal:
        """Enforce what was foreseen, if the same is foreseen now; else show it anew."""
        looked = await self.foresee(reference, person_id, code=code)
        if not isinstance(looked, GuardForeseen) or looked.moved:
            return looked
        return await self._act(looked.request, person_id, GuardAct.ENFORCE, seen=looked.code)

    async def act(self, reference: str, person_id: ObjectId, act: GuardAct) -> Record | Refusal:
        """Keep watching, only report again, or remove."""
        decisions = self.guards.faces.lists.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await decisions.nothing(found, person_id, act)
        return await self._act(found.request, person_id, act)

    async def _act(
        self, first: Request, person_id: ObjectId, act: GuardAct, *, seen: str = ""
    ) -> Record | Refusal:
        async def read(request: Request) -> Informed:
            actor, secures = await self._who(person_id)
            among = person_id in {one.object_id for one in secures}
            if person_id == request.requestor.object_id and not (among or await self._asks(request)):
                actor = replace(actor, object_id=ObjectId(""))
            return Informed(guarding.order(act, actor, secures, seen))

        return await self.guards.faces.lists.decisions.acted(first, person_id, act, read, ended=True)

    async def _asks(self, request: Request) -> bool:
        """Tell whether whoever asked for it might ask for it by now."""
        if request.guard is None:
            return True
        mine = await self.guards.faces.mine(request.requestor.object_id)
        if not request.guard.scope.app_id:
            return mine.is_admin
        return request.app.object_id in {one.object_id for one in mine.every()}

    async def _who(self, person_id: ObjectId) -> tuple[Named, tuple[Named, ...]]:
        """Return who acts, and the security admins of this moment; who is none any more is nobody."""
        lists = self.guards.faces.lists
        policy, decisions = lists.policy.current(), lists.decisions
        person = await decisions.directory.person(person_id)
        named = policy.roles.get(SECURITY, ())
        secures = tuple(await decisions.roster.people(policy, named, app_id=ObjectId("")))
        if not able(person):
            secures = tuple(one for one in secures if one.object_id != person_id)
        return Named(person_id if able(person) else ObjectId(""), person.name if person else ""), secures

    async def _may_not(
        self, request: Request, person_id: ObjectId
    ) -> NotYours | OwnRequest | NotPossible | Unreadable | None:
        try:
            actor, secures = await self._who(person_id)
        except NotKept:
            raise
        except AccessError:
            return Unreadable(request)
        if not guarding.may(request, GuardAct.ENFORCE, actor, secures):
            own = person_id == request.requestor.object_id
            return OwnRequest(request, secures) if own else NotYours(request, secures)
        return None if guarding.can(request, GuardAct.ENFORCE) else NotPossible(request, request.state)

    async def _foreseen(self, request: Request) -> GuardForeseen | WillNotWork | Unreadable:
        """Read everything afresh: the policies, the guests, and who is to be spared."""
        guard = request.guard
        assert guard is not None
        try:
            outlooks = self.guards.outlooks
            tenant = await outlooks.visitors.tenant(anew=True)
            if isinstance(tenant, Unread):
                return Unreadable(request)
            if tenant.protection.security_defaults:
                return WillNotWork(request, Cause.SECURITY_DEFAULTS)
            if not self._is_there(guard, tenant):
                return WillNotWork(request, Cause.POLICY_CHANGED)
            if not await self._still_spares(guard):
                return WillNotWork(request, Cause.GUARD_MOVED)
            outlook = await outlooks.of(guard, drafts_of(guard), await self._apps(request), tenant)
        except NotKept:
            raise
        except AccessError:
            return Unreadable(request)
        assert isinstance(outlook, Outlook)
        code = hashlib.sha256(outlook.whole.encode()).hexdigest()[:_LONGEST_CODE]
        return GuardForeseen(request, outlook, code)

    def _is_there(self, guard: Guard, tenant: Tenant) -> bool:
        drafts = drafts_of(guard)
        there = {one.policy_id: one for one in in_the_way(tenant.protection, drafts)}
        made = {one.policy_id for one in guard.made}
        as_drafted = all(any(is_as_drafted(one, draft) for draft in drafts) for one in there.values())
        return set(there) == made and as_drafted

    async def _still_spares(self, guard: Guard) -> bool:
        """Tell whether whom the policy spares is excluded, and there, and a group holds guests alone."""
        lists = self.guards.faces.lists
        if not still_holds(guard, lists.policy.current().protect.spared) or await self.guards.gone(guard):
            return False
        if not guard.scope.group_id:
            return True
        try:
            return are_guests(await lists.decisions.directory.everybody_in(ObjectId(guard.scope.group_id)))
        except Missing:
            return False

    async def _apps(self, request: Request) -> Sequence[App]:
        apps = await self.guards.faces.lists.index.apps()
        if request.guard is not None and request.guard.scope.app_id:
            one = apps.by_id.get(request.app.object_id)
            return [one] if one is not None else []
        return [one for one in apps.names.things if not one.is_graph]

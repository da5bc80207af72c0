"""Drafting the change of the tenant that a request needs: an admin decides and makes it elsewhere."""

from dataclasses import dataclass

from access.ports import AccessError, NotKept
from access.rules.accounts import NO_APP
from access.rules.clues import Unread
from access.rules.drafted import AskAdmins, Drafted, drafted
from access.rules.kinds import OF_GUESTS
from access.rules.model import AuditFact, ObjectId
from access.rules.readied import Asked, NotForYou, Readied
from access.rules.refusals import Problem, UnknownRequest, Unreadable
from access.service.prospect import able
from access.service.readiness import Readiness

ADMINS = ("admins", "security_admins")
"""Who is told what is set: those who keep Guestlist, and those who keep Conditional Access."""
Refusal = AskAdmins | NotForYou | Unreadable


@dataclass(frozen=True, slots=True)
class TenantChanges:
    """Writes nothing: Guestlist has no permission to, and asks for none."""

    readiness: Readiness

    async def of(self, asked: Asked, person_id: ObjectId) -> Drafted | Problem | Refusal:
        """Return what would have to be changed for the tenant, a domain, a guest or an app, read anew."""
        refused = await self._refused(person_id)
        if refused is not None:
            return refused
        self.readiness.forget()
        return await self._drafted(await self.readiness.look(asked, person_id, ADMINS))

    async def of_request(
        self, reference: str, person_id: ObjectId
    ) -> Drafted | Problem | UnknownRequest | Refusal:
        """Return it for a request; an admin need not be a party, and is told its app and domain alone."""
        refused = await self._refused(person_id)
        if refused is not None:
            return refused
        decisions = self.readiness.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest) or found.request.kind not in OF_GUESTS:
            return await decisions.unknown(reference)
        self.readiness.forget()
        return await self._drafted(await self.readiness.of_request(found.request, person_id, ADMINS))

    async def _drafted(
        self, found: Readied | NotForYou | Problem | Unreadable
    ) -> Drafted | Problem | NotForYou | Unreadable:
        if not isinstance(found, Readied):
            return found
        of_sign_ins = found.foreseen is not None
        protection = await self.readiness.sign_ins.protection() if of_sign_ins else Unread.AWAY
        return drafted(found, protection)

    async def _refused(self, person_id: ObjectId) -> Refusal | None:
        """Return whom to ask, for whoever is no admin; nothing for one."""
        decisions = self.readiness.decisions
        policy = decisions.requests.policy.current()
        try:
            person = await decisions.directory.person(person_id)
            if person is not None and await self.readiness.is_admin(person, ADMINS):
                return None
            fact = AuditFact(
                what="act.refused", actor=person_id, detail={"act": "settings", "refused": "NotForYou"}
            )
            await decisions.store.write_audit(fact)
            if not able(person):
                return NotForYou()
            sources = policy.roles.get(ADMINS[0], ())
            return AskAdmins(await decisions.roster.people(policy, sources, app_id=NO_APP.object_id))
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

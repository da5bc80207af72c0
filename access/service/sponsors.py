"""The guest of a request, where the policy asks the guest's sponsors: read at the moment it matters."""

from dataclasses import dataclass

from access.ports import Directory, Store
from access.rules.model import ERASED, Guest, ObjectId, Request, State, Subject
from access.rules.policy import Rules, SourceKind

_WITHOUT_EFFECT = frozenset(
    {State.SUBMITTED, State.PENDING_APPROVAL, State.DENIED, State.CANCELED, State.EXPIRED}
)
_MOST = 500
"""Requests of the requestor in which another address of the guest is looked for."""


@dataclass(frozen=True, slots=True)
class KnownGuest:
    """A guest who is in the directory, and whose sponsors may be asked."""

    guest_id: ObjectId
    named: frozenset[ObjectId] = frozenset()
    """Whom the requestor has made sponsors of this guest: nobody chooses who decides on their own request."""


def asks_sponsors(rules: Rules) -> bool:
    """Tell whether a sponsor of the guest is among those who decide, at whichever stage."""
    lists = (
        sources
        for stage in rules.stages
        for sources in (stage.approvers, stage.fallback, stage.may_decide, stage.escalation)
    )
    return any(source.kind is SourceKind.GUEST_SPONSORS for sources in lists for source in sources)


@dataclass(frozen=True, slots=True)
class Sponsored:
    """Finds whose sponsors may decide; where the policy asks for none it reads nothing.

    A guest who is not in the directory has none: the one in the form is the requestor's choice, and becomes
    the guest's sponsor only with the delivery. So a requestor could make somebody sponsor by a request for
    less, and have them decide on this one: whom they named so is not asked.
    """

    directory: Directory
    store: Store

    async def of_draft(
        self, rules: Rules, guest: Guest | None, address: str, requestor: ObjectId
    ) -> KnownGuest | None:
        if guest is None or not asks_sponsors(rules):
            return None
        subject = await self.store.subject(address)
        return KnownGuest(guest.object_id, await self._named(guest.object_id, subject, requestor))

    async def of_request(self, rules: Rules, request: Request) -> KnownGuest | None:
        """Return the guest as the directory knows them now: they may have come or gone since it was sent."""
        if not asks_sponsors(rules):
            return None
        guest = await self._guest(request)
        if guest is None:
            return None
        requestor = request.requestor.object_id
        return KnownGuest(guest.object_id, await self._named(guest.object_id, request.subject, requestor))

    async def _guest(self, request: Request) -> Guest | None:
        known = request.plan.guest_id if request.plan else None
        if guest := await self.directory.guest(known) if known else None:
            return guest
        if request.address == ERASED or request.of_no_guest:
            return None
        found = await self.directory.find_by_address(request.address)
        return found if isinstance(found, Guest) else None

    async def _named(self, guest_id: ObjectId, subject: Subject, requestor: ObjectId) -> frozenset[ObjectId]:
        """Return whom the requestor made sponsors, under this address or another of the same guest."""
        theirs = [*await self.store.about(subject), *await self.store.requested_by(requestor, _MOST)]
        requests = [record.request for record in theirs if record.request.requestor.object_id == requestor]
        return frozenset(
            one.sponsor.object_id
            for one in requests
            if one.sponsor and (one.subject == subject or one.guest_id == guest_id)
            if one.assignment is not None or one.state not in _WITHOUT_EFFECT
        )

"""Asking anew, under a new address, for what a guest has: nothing is changed before each has its approval."""

from dataclasses import dataclass, replace

from access.ports import AccessError, ClueReader
from access.rules import new_addresses
from access.rules.accounts import Right
from access.rules.addresses import domain_of, read_address
from access.rules.model import Guest, ObjectId, Person, Place, Record, Request
from access.rules.new_addresses import Again, AskedAnew, NewAddress, Typed, WhyNoAddress
from access.rules.profile_changes import Shown
from access.rules.refusals import Duplicate, Field, Problem, ProblemCode, Unreadable
from access.service.change import GuestChanges, NotShown
from access.service.own_apps import own_apps
from access.service.request import Returned


@dataclass(frozen=True, slots=True)
class NewAddresses:
    """Whoever may change a guest may ask; whether they may request the app each request asks by itself."""

    changes: GuestChanges
    clues: ClueReader

    async def look(self, guest_id: ObjectId, person_id: ObjectId, typed: Typed) -> NewAddress | NotShown:
        """Return what would be asked for, or what is against the address; nothing is sent."""
        shown = await self.changes.look(guest_id, person_id)
        if not isinstance(shown, Shown):
            return shown
        read = read_address(typed.address)
        asked = NewAddress(guest=shown.guest, typed=typed)
        if isinstance(read, Problem):
            return replace(asked, problem=read)
        asked = replace(asked, typed=replace(typed, address=read))
        try:
            if problem := await self._refused(read):
                return replace(asked, problem=problem)
            why = await self._held(shown.guest, read)
            if why is WhyNoAddress.TAKEN:
                return replace(asked, why=why)
            apps = await self._apps(shown.right, person_id)
        except AccessError:
            return Unreadable()
        store = self.changes.acts.decisions.store
        found = new_addresses.accesses(await store.of_guest(guest_id), apps)
        if why is WhyNoAddress.SAME:
            found = new_addresses.for_others(found, shown.guest, read)
            return replace(asked, accesses=found, why=None if found else why)
        return replace(asked, accesses=found, why=None if found else WhyNoAddress.NO_ACCESS)

    async def ask(
        self, guest_id: ObjectId, person_id: ObjectId, typed: Typed, place: Place, *, personal: bool
    ) -> AskedAnew | NewAddress | NotShown:
        """Send a request for each access, each to its own approvers by the policy for the new domain."""
        asked = await self.look(guest_id, person_id, typed)
        if not isinstance(asked, NewAddress) or asked.why or asked.problem or not asked.typed.justification:
            return asked
        requests, found = self.changes.acts.decisions.requests, list[Again]()
        for first in asked.accesses:
            draft = new_addresses.draft(first, asked, requests.check.zone)
            sent = await requests.send(draft, person_id, place, personal=personal)
            found.append(_came_of(first, sent, person_id))
        return AskedAnew(asked, tuple(found))

    async def _refused(self, address: str) -> Problem | None:
        """Return what policy and organisation have against the domain, whatever is asked for."""
        decisions, domain = self.changes.acts.decisions, domain_of(address)
        if domain in await decisions.directory.own_domains():
            return Problem(Field.ADDRESS, ProblemCode.OWN_DOMAIN, (domain,))
        if self.changes.acts.policy.current().domains.refuse(domain):
            return Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED, (domain,))
        return None

    async def _held(self, guest: Guest, address: str) -> WhyNoAddress | None:
        """Return whose the address is: the guest's own, or somebody's or something's else."""
        found: Guest | Person | None = await self.changes.acts.decisions.directory.find_by_address(address)
        if found is not None:
            same = found.object_id == guest.object_id
            return WhyNoAddress.SAME if same else WhyNoAddress.TAKEN
        try:
            holders = await self.clues.holders(address, guest.object_id)
        except AccessError:  # what cannot be read is found by the invitation itself
            return None
        return WhyNoAddress.TAKEN if holders else None

    async def _apps(self, right: Right, person_id: ObjectId) -> frozenset[ObjectId] | None:
        """Return the apps of which somebody may ask for this; None where all are."""
        if right is Right.ADMIN:
            return None
        decisions, policy = self.changes.acts.decisions, self.changes.acts.policy.current()
        return await own_apps(decisions.directory, policy, person_id)


def _came_of(first: Request, sent: Record | Duplicate | Returned, person_id: ObjectId) -> Again:
    """Return what came of it; of another's request not even the number is told."""
    if isinstance(sent, Returned):
        return Again(first, problems=sent.problems)
    if isinstance(sent, Record):
        return Again(first, sent.request)
    own = sent.first.requestor.object_id == person_id
    return Again(first, sent.first) if own else Again(first, by_others=True)

"""Adopting an access that was given past Guestlist: by an owner of the app, or an admin, as of now."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.ports import AccessError, NotKept, Unconfirmed
from access.rules import departing
from access.rules.addresses import domain_of
from access.rules.adopting import (
    Adoptable,
    Adopting,
    AlreadyOurs,
    NotAdopted,
    WhyNotAdopted,
    adopt,
    ours_among,
)
from access.rules.gives import chosen_of
from access.rules.guest_list import Held
from access.rules.model import (
    DEFAULT_ACCESS,
    DEFAULT_NAME,
    App,
    AuditFact,
    Give,
    GiveKind,
    Named,
    ObjectId,
    Record,
    RequestId,
    Term,
)
from access.rules.refusals import Duplicate, ProblemCode, Unreadable
from access.rules.terms import read_term
from access.service.guest_lists import GuestLists

_AT_WORK = timedelta(seconds=30)
"""How long nobody else adopts the same access, so that it is adopted once."""

NoneFound = AlreadyOurs | NotAdopted | Unreadable
Looked = Adoptable | NoneFound
Outcome = Record | NoneFound


@dataclass(frozen=True, slots=True)
class Adoptions:
    """What the guest has is read at that moment; the directory is not written to."""

    lists: GuestLists
    zone: ZoneInfo

    async def look(self, wanted: Adopting, person_id: ObjectId) -> Looked:
        """Return the access that could be adopted, or why none can be."""
        try:
            return await self._found(wanted, person_id)
        except (NotKept, Unconfirmed):
            raise
        except AccessError:
            return Unreadable()

    async def adopt(self, wanted: Adopting, person_id: ObjectId) -> Outcome:
        """Note the access as delivered, adopted by this person, under a number of its own."""
        ends = self._ends(wanted.term)
        if isinstance(ends, NotAdopted):
            return ends
        found = await self.look(wanted, person_id)
        if not isinstance(found, Adoptable):
            return await self._refused(found, person_id)
        if len(found.gives) > 1:
            return NotAdopted(WhyNotAdopted.SEVERAL, found.gives)
        store, holder = self.lists.decisions.store, secrets.token_hex(8)
        lease = f"adopt/{found.guest.object_id}/{found.gives[0].key}"
        if not await store.take_lease(lease, holder, _AT_WORK):
            return NotAdopted(WhyNotAdopted.AT_WORK)
        try:
            return await self._add(found, person_id, ends)
        finally:
            await store.give_up_lease(lease, holder)

    async def _add(
        self, found: Adoptable, person_id: ObjectId, ends: tuple[Term, datetime] | None
    ) -> Record | AlreadyOurs:
        decisions, (give,) = self.lists.decisions, found.gives
        if ours := ours_among(await decisions.store.given_for(found.app.object_id), found, give):
            return AlreadyOurs(ours)
        person = await decisions.directory.person(person_id)
        actor = Named(person_id, person.name if person else "")
        subject = await decisions.store.subject(found.guest.address)
        request_id = RequestId(secrets.token_hex(16))
        requests, domain = decisions.requests, domain_of(found.guest.address)
        rules = requests.policy.current().rules_for(found.app.object_id, give, domain)
        landing = requests.landing(rules, found.app)
        made = await decisions.store.add(adopt(request_id, subject, actor, found, give, ends, landing))
        return AlreadyOurs(made.first) if isinstance(made, Duplicate) else made

    def _ends(self, typed: str) -> tuple[Term, datetime] | NotAdopted | None:
        """Return the term and the end that were said; no policy has a say, as an end only takes away."""
        if not typed.strip():
            return None
        term, now = read_term(typed), self.lists.decisions.now()
        if isinstance(term, ProblemCode):
            return NotAdopted(WhyNotAdopted.TERM)
        ends_at = term.ends_at(now, self.zone)
        return (term, ends_at) if ends_at > now else NotAdopted(WhyNotAdopted.TERM)

    async def _found(self, wanted: Adopting, person_id: ObjectId) -> Adoptable | AlreadyOurs | NotAdopted:
        app = await self.lists.own(wanted.app, person_id)
        held = _of(wanted.guest, await self.lists.guests.guests_of(app.object_id)) if app else None
        if app is None or held is None:
            return NotAdopted(WhyNotAdopted.NOT_HELD)
        if held.guest.is_member:
            return NotAdopted(WhyNotAdopted.IS_MEMBER)
        open_ones = await self._gives(app, held)
        if not open_ones:
            return NotAdopted(WhyNotAdopted.CLOSED)
        every = [one for one in open_ones if await self._may_take(app, one, person_id)]
        meant = [one for one in open_ones if chosen_of([one], wanted.access, "")]
        if not every or (meant and not any(one in every for one in meant)):
            return await self._of_others(meant or open_ones)
        chosen = chosen_of(every, wanted.access, "") if wanted.access else None
        if wanted.access and chosen is None:
            return NotAdopted(WhyNotAdopted.NO_SUCH_ACCESS, tuple(every))
        gives = (chosen,) if chosen else tuple(every)
        found = await self._others(Adoptable(held.guest, app, gives, self.lists.decisions.now()))
        removal = departing.keeps_out(await self.lists.decisions.store.of_guest(held.guest.object_id))
        if removal is not None and isinstance(found, Adoptable):
            return NotAdopted(WhyNotAdopted.BEING_REMOVED, removal=removal.label)
        return found

    async def _may_take(self, app: App, give: Give, person_id: ObjectId) -> bool:
        """Tell whether somebody may have an access end; in a group that is not the app's, who owns it may."""
        decisions = self.lists.decisions
        vouchers = await decisions.ways.vouchers(self.lists.policy.current(), app.object_id, give)
        return vouchers is None or person_id in vouchers

    async def _of_others(self, gives: Sequence[Give]) -> NotAdopted:
        ways, groups = self.lists.decisions.ways, [one for one in gives if one.kind is GiveKind.GROUP]
        owners = {one.object_id: one for each in groups for one in await ways.owners(each.object_id)}
        return NotAdopted(WhyNotAdopted.OTHERS_GROUP, tuple(gives), owners=tuple(owners.values()))

    async def _others(self, found: Adoptable) -> Adoptable | AlreadyOurs:
        """Return what is left when what is ours already is taken out; where nothing is, our request."""
        requests = await self.lists.decisions.store.given_for(found.app.object_id)
        ours = {give: ours_among(requests, found, give) for give in found.gives}
        left = tuple(give for give, request in ours.items() if request is None)
        known = [request for request in ours.values() if request is not None]
        if not left and known:
            return AlreadyOurs(max(known, key=lambda one: one.number))
        return replace(found, gives=left)

    async def _gives(self, app: App, held: Held) -> Sequence[Give]:
        """Return by what a guest holds an app; not the groups that nobody can be taken out of."""
        roles = {role.role_id: role.name for role in app.roles} | {DEFAULT_ACCESS: DEFAULT_NAME}
        found: list[Give] = []
        for key in sorted(held.gives):
            kind, _, object_id = key.partition(":")
            if kind == GiveKind.APP_ROLE:
                role = ObjectId(object_id)
                found.append(Give(GiveKind.APP_ROLE, role, roles.get(role, str(role))))
                continue
            group = await self.lists.decisions.directory.group(ObjectId(object_id))
            if group is not None and not group.closed_because:
                found.append(Give(GiveKind.GROUP, group.object_id, group.name))
        return found

    async def _refused(self, found: NoneFound, person_id: ObjectId) -> NoneFound:
        if isinstance(found, NotAdopted):
            detail = {"act": "adopt", "refused": str(found.why)}
            fact = AuditFact(what="act.refused", actor=person_id, detail=dict(detail))
            await self.lists.decisions.store.write_audit(fact)
        return found


def _of(guest: str, held: Sequence[Held]) -> Held | None:
    """Return the guest of an address or an object id."""
    wanted = guest.strip().lower()
    return next((one for one in held if wanted in (one.guest.object_id, one.guest.address.lower())), None)

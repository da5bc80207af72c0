"""Renewing an access: a request of its own, judged by policy and directory as they are at that moment."""

from dataclasses import dataclass
from datetime import datetime

from access.rules import checking, renewing, waiving, watch
from access.rules.authority import are_fresh
from access.rules.changing import refused
from access.rules.halfway import is_halfway
from access.rules.model import AuditFact, Change, Json, Named, ObjectId, Place, Record, Request, Term
from access.rules.policy import Policy, Rules
from access.rules.refusals import (
    Duplicate,
    Field,
    NoAccess,
    NotPossible,
    NotYours,
    Problem,
    ProblemCode,
    SeveralAccesses,
    UnknownRequest,
)
from access.rules.renewing import NotRenewable
from access.rules.sight import party
from access.rules.stages import everybody
from access.rules.unsent import by_policy
from access.rules.waiving import Uses, Waivable, key_of
from access.service.decide import Decisions
from access.service.own_apps import own_apps
from access.service.prospect import able
from access.service.renewable import Renewability, Renewable, Wanted
from access.service.whose import requests_of

_ADMINS = "admins"
_MOST_READ = 4
"""How often a renewal is judged, where the policy changes meanwhile."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the renewal is asked for, and so has its thread."""

    place: Place
    personal: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """By which rules an access can be renewed, and the term that it had, as far as they leave it."""

    rules: Rules
    same: Term


@dataclass(slots=True)
class Renewals:
    """Who may ask anew for an app may renew its accesses; to anybody else there is no such access."""

    decisions: Decisions

    async def meant(self, reference: str, person_id: ObjectId) -> Request | UnknownRequest:
        """Return the request whose access is meant, if this person may know of it."""
        found = await self.decisions.find_access(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "extend")
        gave = found.request.assignment is not None or is_halfway(found.request)
        may = gave and await self.may(found.request, person_id)
        if may:
            return found.request
        hidden = await self.decisions.unknown(reference)
        await self.decisions.refused(hidden, found.request, person_id, "extend")
        return hidden

    async def of_address(
        self, address: str, app: str, person_id: ObjectId
    ) -> Request | NoAccess | SeveralAccesses:
        """Return the request that gave a guest an app, if it is one, and this person may know of it."""
        subject = await self.decisions.store.subject(address)
        given = [
            one.request
            for one in await requests_of(self.decisions, address)
            if one.request.assignment is not None or is_halfway(one.request)
            if one.request.extends is None
            if not app or _alike(one.request.app.name, app)
        ]
        theirs = [one for one in given if await self.may(one, person_id)]
        if not theirs:
            detail: dict[str, Json] = {"act": "extend", "refused": "NoAccess"}
            fact = AuditFact(what="act.refused", actor=person_id, subject=subject, detail=detail)
            await self.decisions.store.write_audit(fact)
            return NoAccess()
        active = [one for one in theirs if renewing.active(one)]
        if len(active) > 1:
            return SeveralAccesses(tuple(active))
        return (active or sorted(theirs, key=lambda one: one.number))[-1]

    async def may(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether somebody asked for an access, or may ask for its app and knows the guest.

        Where the policy lets many ask for an app, none of them learns of the guests of the others.
        """
        directory, requests = self.decisions.directory, self.decisions.requests
        person = await directory.person(person_id)
        if person is None or not able(person):
            return False
        if person_id == request.requestor.object_id:
            return True
        app = await directory.app(request.app.object_id)
        policy = requests.policy.current()
        may = app is not None and await requests.roster.may_request(policy, app, person)
        return may and await self._knows(request, policy, person_id)

    async def _knows(self, request: Request, policy: Policy, person_id: ObjectId) -> bool:
        """Tell whether somebody decided or may decide on a request, owns its app, or is an admin."""
        decisions = self.decisions
        if party(request, person_id) or await decisions.roster.has_role(policy, _ADMINS, person_id):
            return True
        if request.app.object_id in await own_apps(decisions.directory, policy, person_id):
            return True
        panels = await decisions.deciders.panels(request)
        return person_id in {one.object_id for one in everybody(panels)}

    def offer(self, first: Request) -> Offer | NotRenewable:
        """Return what can be asked for, or why nothing can."""
        requests = self.decisions.requests
        rules = requests.rules_for(first)
        if renewing.endless(first):
            return Offer(rules, Term(days=rules.term_default.days))
        if never := renewing.barred(first, rules):
            return NotRenewable(first, (never,), rules)
        return Offer(rules, renewing.same_again(first, rules, requests.check.zone))

    async def ask(
        self, first: Request, person_id: ObjectId, wanted: Wanted, where: Where
    ) -> Record | NotRenewable | Duplicate:
        """Ask for a renewal, if this person may at this moment; the same press again is answered the same.

        Where an adopted access has no end it gets one, and its own request is returned.
        """
        if renewing.endless(first) or wanted.shown == renewing.NO_END:
            return await self._end_of(first, person_id, wanted)
        if again := await self.again(first, wanted):
            return again
        requests = self.decisions.requests
        judging = Renewability(requests)
        for _ in range(_MOST_READ):
            policy, asked_at = requests.policy.current(), self.decisions.now()
            found = await judging.judge(policy, first, person_id, wanted)
            if requests.policy.current() is policy:
                break
        else:
            changing = Problem(Field.WHOLE, ProblemCode.POLICY_CHANGING)
            found = NotRenewable(first, (changing,), requests.rules_for(first))
        if isinstance(found, NotRenewable):
            return await self._refused(found, person_id)
        renewable = found

        def make(number: int, now: datetime, uses: Uses) -> Change | Duplicate:
            if uses.about and self._overtaken(uses.about.request, renewable):
                return Duplicate(uses.about.request)
            request = judging.request(renewable, where.place, number, now)
            fresh, rules = are_fresh(asked_at, now), renewable.rules
            if fresh and rules.renewals_open:
                return waiving.renew(request, first, rules, now, personal=where.personal)
            may = renewable.waivers if fresh else ()
            sent = waiving.send(request, may, uses, now, personal=where.personal)
            return checking.begun(watch.begun(sent, rules), looks=requests.looks)

        names = [*(one.name for one in found.waivers), found.rules.renewals_open]
        keys = tuple(key_of(name) for name in names if name)
        sent = await self.decisions.store.add(Waivable(keys, make, about=first.request_id))
        return await self._same(sent, found, person_id, wanted) if isinstance(sent, Duplicate) else sent

    def _overtaken(self, request: Request, found: Renewable) -> NotRenewable | None:
        """Return what has become of the access, where this is the request that gave it."""
        if request.request_id != found.first.request_id:
            return None
        zone = self.decisions.requests.check.zone
        problem = renewing.overtaken(request, found.extends, found.rules, zone)
        return NotRenewable(request, (problem,), found.rules) if problem else None

    async def _end_of(self, first: Request, person_id: ObjectId, wanted: Wanted) -> Record | NotRenewable:
        """Give an adopted access an end, unless it has got one since: then it stays that."""
        requests = self.decisions.requests
        rules = requests.rules_for(first)
        if not await self.may(first, person_id):
            problem = Problem(Field.WHOLE, ProblemCode.NOT_ALLOWED, (first.app.name,))
            return await self._refused(NotRenewable(first, (problem,), rules), person_id)
        if wanted.term is None:
            return NotRenewable(first, (Problem(Field.TERM, ProblemCode.TERM_MISSING),), rules)
        now = self.decisions.now()
        ends_at = wanted.term.ends_at(now, requests.check.zone)
        if ends_at <= now:
            return NotRenewable(first, (Problem(Field.TERM, ProblemCode.TERM_PAST),), rules)
        person = await self.decisions.directory.person(person_id)
        actor = Named(person_id, person.name if person else "")
        change = renewing.set_end(actor, wanted.term, ends_at)
        result: Record | NotPossible | None = await self.decisions.store.change(first.request_id, change)
        if isinstance(result, Record):
            return result
        stands = await self.decisions.store.record(first.request_id)
        if stands is not None and renewing.active(stands.request):
            return stands
        over = Problem(Field.WHOLE, ProblemCode.ACCESS_OVER, (first.guest_name, first.app.name))
        return NotRenewable(first, (over,), rules)

    async def let_end(
        self, first: Request, person_id: ObjectId
    ) -> Record | NotYours | NotPossible | UnknownRequest:
        """Note that an access is to end as it does; whoever may renew it may, and who asked for it."""
        person = await self.decisions.directory.person(person_id)
        actor = Named(person_id, person.name if person else "")
        change = renewing.let_end(actor, may=await self.may(first, person_id))
        result: Record | NotYours | NotPossible | None
        result = await self.decisions.store.change(first.request_id, change)
        if isinstance(result, Record):
            return result
        if result is None:
            return await self.decisions.unknown(first.label)
        await self.decisions.refused(result, first, person_id, "norenew")
        return result

    async def again(self, first: Request, wanted: Wanted) -> Record | None:
        """Return the renewal that was made since the end that a card showed: it was pressed twice."""
        if not wanted.shown or first.assignment is None:
            return None
        since = (one for one in first.assignment.renewals if one.was.isoformat() == wanted.shown)
        made = next(since, None)
        return await self.decisions.store.record(made.request_id) if made else None

    async def _same(
        self, sent: Duplicate, found: Renewable, person_id: ObjectId, wanted: Wanted
    ) -> Record | Duplicate | NotRenewable:
        """Answer that it is asked already, or has moved since; to the same press again as the first time."""
        other = sent.first
        if moved := self._overtaken(other, found):
            return await self.again(other, wanted) or await self._refused(moved, person_id)
        same = other.extends is not None and other.extends.was == found.extends.was
        if wanted.shown and same and other.requestor.object_id == person_id:
            return await self.decisions.store.record(other.request_id) or sent
        await self.decisions.store.write_audit(refused(other, "extend", type(sent).__name__, person_id))
        return sent

    async def _refused(self, found: NotRenewable, person_id: ObjectId) -> NotRenewable:
        """Note what the policy does not let somebody ask for; what was only mistyped is nothing to note."""
        codes: list[Json] = [*by_policy(found.problems)]
        if codes:
            fact = refused(found.request, "extend", ",".join(map(str, codes)), person_id)
            await self.decisions.store.write_audit(fact)
        return found


def _alike(name: str, typed: str) -> bool:
    return " ".join(name.casefold().split()) == " ".join(typed.casefold().split())

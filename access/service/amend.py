"""Amending: an approver makes a request less, in term or access, before anybody approves what is left."""

from dataclasses import dataclass, replace
from datetime import datetime

from access.rules import amending, deciding
from access.rules.causes import Cause
from access.rules.model import App, Change, Give, ObjectId, Panel, Plan, Record, Request, Term
from access.rules.policy_order import below
from access.rules.refusals import (
    NotInstead,
    NotLess,
    NotPossible,
    Obstacle,
    UnknownRequest,
    WillNotWork,
)
from access.rules.replanning import begun_anew
from access.rules.stages import everybody
from access.rules.terms import check_term
from access.service.acting import Informed, Refusal
from access.service.decide import Decisions

_Obstructed = NotLess | NotInstead | WillNotWork


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an approver wants instead: a term, an access by its key or name (a hint), or both.

    With a term, a card sends the access that it shows, too: where that is the present one, it is to stay.
    """

    term: Term | None = None
    access: str = ""


@dataclass(frozen=True, slots=True)
class _Become:
    """What the request would become, as directory and policy stand."""

    term: Term
    plan: Plan
    lower: amending.Lower | None
    rule: str


@dataclass(frozen=True, slots=True)
class Amendments:
    """Who may amend, and what would then be done, is read from the directory at the click."""

    decisions: Decisions

    async def amend(self, reference: str, person_id: ObjectId, wanted: Wanted) -> Record | Refusal:
        decisions = self.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await decisions.nothing(found, person_id, "amend")
        first = found.request
        if first.of_no_guest:  # there is nothing less than a group, or than a policy
            return await decisions.refused(NotPossible(first, first.state), first, person_id, "amend")
        if first.extends:
            refusal = NotPossible(first, first.state)
            return await decisions.refused(refusal, first, person_id, "amend")
        if wanted.term and _means(wanted.access, first.give):
            wanted = Wanted(wanted.term)

        async def read(request: Request) -> Informed | _Obstructed:
            if self._is_done(first, request, person_id, wanted):
                return Informed(_as_it_is)
            actor, panels = await decisions.deciders.who(request, person_id)
            may = person_id in {one.object_id for one in everybody(panels)}
            again = _has_lowered(request, person_id, wanted)
            become = await self._become(request, Wanted(request.term) if again else wanted) if may else None
            if isinstance(become, NotLess | NotInstead | WillNotWork):
                return become
            anew = await decisions.deciders.anew(request, panels)
            term = become.term if become else request.term
            lower = become.lower if become else None
            plan, name = (become.plan, become.rule) if become else (None, "")
            facts = deciding.Facts(panels, plan, name, anew)
            zone = decisions.requests.check.zone
            rule = decisions.requests.rules_for(request).text
            return Informed(amending.amend(actor, facts, term, zone, lower, rule))

        return await decisions.acted(first, person_id, "amend", read)

    def _is_done(self, first: Request, request: Request, person_id: ObjectId, wanted: Wanted) -> bool:
        """Tell whether what changed the request since the press was this very press, sent twice."""
        since = request.amendments[len(first.amendments) :]
        if not since or since[-1].by.object_id != person_id:
            return False
        now, zone = self.decisions.now(), self.decisions.requests.check.zone
        term = amending.counted(wanted.term, request, now, zone) if wanted.term else request.term
        return term == request.term and (not wanted.access or _means(wanted.access, request.give))

    async def _become(self, request: Request, wanted: Wanted) -> _Become | _Obstructed:
        requests = self.decisions.requests
        now, zone = self.decisions.now(), requests.check.zone
        term = amending.counted(wanted.term, request, now, zone) if wanted.term else request.term
        lower: amending.Lower | None = None
        if wanted.access and not (wanted.term and _means(wanted.access, request.give)):
            found = await self._lower(request, term, wanted.access)
            if not isinstance(found, amending.Lower):
                return found
            lower = found
        changed = replace(request, term=term, give=lower.give if lower else request.give)
        plan = await self.decisions.prospect.plan(changed)
        if isinstance(plan, Cause):
            return WillNotWork(request, plan)
        has, app_id = self.decisions.directory.has, request.app.object_id
        if lower and plan.guest_id and await has(plan.guest_id, app_id, lower.give):
            return NotInstead(request, lower.give, Obstacle.HAS_ACCESS)
        return _Become(term, plan, lower, requests.rules_for(changed).name)

    async def _lower(self, request: Request, term: Term, access: str) -> amending.Lower | _Obstructed:
        """Return the lesser access and who would decide on it, if the requestor could have asked for it."""
        app = await self.decisions.directory.app(request.app.object_id)
        if app is None:
            return WillNotWork(request, Cause.APP_GONE)
        order = await self.decisions.requests.in_order(app)
        lesser = below(order, request.give)
        give = next((one for one in lesser if _means(access, one)), None)
        if give is None:
            wanted = "" if _means(access, request.give) else access
            return NotLess(request, wanted, tuple(one.name for one in lesser))
        after = replace(begun_anew(request, self.decisions.now()), give=give, term=term)
        panels = await self.decisions.deciders.panels(after)
        if obstacle := await self._obstacle(after, app, panels):
            hint = str(self.decisions.requests.rules_for(after).term_longest.days)
            return NotInstead(request, give, obstacle, hint)
        return amending.Lower(give, order, panels)

    async def _obstacle(self, after: Request, app: App, panels: tuple[Panel, ...]) -> Obstacle | None:
        """Return why this could not have been asked for, by the tables of the lesser access."""
        requests = self.decisions.requests
        rules, zone = requests.rules_for(after), requests.check.zone
        if requests.bars(after):
            return Obstacle.DOMAIN_DENIED
        requestor = await self.decisions.directory.person(after.requestor.object_id)
        policy, roster = requests.policy.current(), requests.roster
        if requestor and not await roster.is_within(policy, rules, app, after.give, requestor):
            return Obstacle.NOT_ALLOWED
        if check_term(after.term, rules.term_longest, self.decisions.now(), zone):
            return Obstacle.TERM_TOO_LONG
        if any(one.lacks for one in panels):
            return Obstacle.NO_APPROVER
        return None


def _means(text: str, give: Give) -> bool:
    """Tell whether a text is the name or the key of what is given."""
    return text.casefold() in {give.key.casefold(), give.name.casefold()}


def _has_lowered(request: Request, person_id: ObjectId, wanted: Wanted) -> bool:
    """Tell whether the last who made it less is this person, by the access alone that they want again."""
    if wanted.term or not request.amendments or not _means(wanted.access, request.give):
        return False
    last = request.amendments[-1]
    return last.by.object_id == person_id and last.was_give is not None and last.was == request.term


def _as_it_is(record: Record, now: datetime) -> Change:  # noqa: ARG001 - a transition's
    return Change(request=record.request)

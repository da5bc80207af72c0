"""An approver makes a request less than was asked, before anybody approves what is left of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.rules import checking, jobs, standing, watch
from access.rules.authority import DecisionRefused, as_counted, refusal
from access.rules.changing import entry, moved_by, on_behalf
from access.rules.deciding import Facts, tell_requestor
from access.rules.lifecycle import Event
from access.rules.model import Amendment, AuditFact, Change, Give, Json, Named, Panel, Record, Request, Term
from access.rules.policy_order import below
from access.rules.refusals import Duplicate, NotLess
from access.rules.replanning import replanned, voided
from access.rules.stages import for_whom

AmendRefused = DecisionRefused | NotLess | Duplicate
"""The store says that it is a `Duplicate`: another request asks for the same already."""


@dataclass(frozen=True, slots=True)
class Lower:
    """A lesser access: what can be given by the policy's order, the least first, and who then decides."""

    give: Give
    order: tuple[Give, ...]
    panels: tuple[Panel, ...]


def is_less(term: Term, asked: Term, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a term ends before the other whenever the delivery is, and would not be over already.

    Days begin at the delivery, which may be late: they are never surely less than until a day.
    """
    if asked.until is not None and term.until is None:
        return False
    return now < term.ends_at(now, zone) < asked.ends_at(now, zone)


def counted(term: Term, request: Request, now: datetime, zone: ZoneInfo) -> Term:
    """Return the term with its days counted from today, where the request is until a day."""
    if request.term.until is None or term.days is None:
        return term
    return Term(until=term.ends_at(now, zone).astimezone(zone).date())


def amend(
    actor: Named, facts: Facts, term: Term, zone: ZoneInfo, lower: Lower | None = None, rule: str = ""
) -> Callable[[Record, datetime], Change | AmendRefused]:
    """Make it less, if the actor may decide now; `facts` hold the plan with the term and access they want.

    What was approved before counts no more, and whoever amends approves by a press of its own, on the
    plan as it is then, if they decide on what it is then. The same press again finds nothing to change.
    """

    def transition(record: Record, now: datetime) -> Change | AmendRefused:
        request = record.request
        counted = as_counted(request, actor, facts.panels, rule)
        if refused := refusal(counted, actor, facts.panels):
            return refused
        if facts.plan is None:
            raise ValueError("an amendment makes a plan")
        give = lower.give if lower else request.give
        same = (request.term, request.give) == (term, give)
        if same and request.amendments and request.amendments[-1].by == actor:
            return Change(request=request)
        if not_less := _not_less(request, term, lower, now, zone):
            return not_less
        if facts.plan.parts["access"] != give.key:
            raise ValueError("the plan is of another access")
        whom = for_whom(counted, facts.panels, actor.object_id)
        after = replace(facts, anew=lower.panels) if lower else facts
        amendment = Amendment(actor, now, request.term, whom, request.give if lower else None)
        return _amended(record, amendment, after, term, lower, now)

    return transition


def _amended(
    record: Record, amendment: Amendment, facts: Facts, term: Term, lower: Lower | None, now: datetime
) -> Change:
    before = record.request
    changed = replace(replanned(before, facts, now), term=term, amendments=(*before.amendments, amendment))
    if lower:
        changed = replace(changed, give=lower.give, lesser=below(lower.order, lower.give))
    changed, again = standing.unless_awaited(record, changed, now)
    amended = moved_by(changed, Event.AMENDED, now)
    told = tell_requestor(record, amended, now)
    cards = jobs.approver_cards(amended, record.jobs, now)
    shown = jobs.show_again(record.jobs, amended, now)
    rows = (*again, *told, *cards, *shown, *watch.anew(amended, record.jobs, now))
    rows += checking.anew(amended, record.jobs, now) if lower else ()
    return Change(
        request=amended,
        jobs=tuple({row.key: row for row in rows}.values()),
        audit=(_fact(record, amended, amendment.by),),
    )


def _not_less(
    request: Request, term: Term, lower: Lower | None, now: datetime, zone: ZoneInfo
) -> NotLess | None:
    """Return that neither the present nor what was asked first is more, in access or in term."""
    first = request.amendments[0].was if request.amendments else request.term
    shorter = all(is_less(term, one, now, zone) for one in (request.term, first))
    if lower is None:
        return None if shorter else NotLess(request)
    gives = (request.give, *(one.was_give for one in request.amendments if one.was_give))
    if not all(lower.give in below(lower.order, one) for one in gives):
        lesser = tuple(one.name for one in below(lower.order, request.give))
        return NotLess(request, lower.give.name, lesser)
    return None if shorter or term == request.term else NotLess(request)


def _fact(record: Record, request: Request, actor: Named) -> AuditFact:
    before = record.request
    was, now = before.term, request.term
    detail: dict[str, Json] = {
        "plan": request.plan.hash if request.plan else "",
        "was": f"{was.days}/{was.until}",
        "term": f"{now.days}/{now.until}",
        **voided(before),
        **on_behalf(request.amendments[-1].for_whom),
    }
    if before.give.key != request.give.key:
        detail |= {"give_was": before.give.key, "give": request.give.key}
    return entry(request, "request.amended", detail, actor.object_id)

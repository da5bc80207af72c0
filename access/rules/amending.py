"""An approver makes a request less than was asked, before anybody approves what is left of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.rules import jobs, watch
from access.rules.authority import DecisionRefused, refusal
from access.rules.changing import entry, moved_by, on_behalf
from access.rules.deciding import Facts, tell_requestor
from access.rules.lifecycle import Event
from access.rules.model import Amendment, AuditFact, Change, Json, Named, Record, Request, Term
from access.rules.refusals import NotLess
from access.rules.replanning import replanned, voided
from access.rules.stages import for_whom

AmendRefused = DecisionRefused | NotLess


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
    actor: Named, facts: Facts, term: Term, zone: ZoneInfo
) -> Callable[[Record, datetime], Change | AmendRefused]:
    """Shorten the term, if the actor may decide now; `facts` hold the plan with the term that they want.

    What was approved before counts no more, and whoever amends approves by a press of its own, on the
    plan as it is then. The same press again finds nothing to shorten.
    """

    def transition(record: Record, now: datetime) -> Change | AmendRefused:
        request = record.request
        if refused := refusal(request, actor, facts.panels):
            return refused
        if facts.plan is None:
            raise ValueError("an amendment makes a plan")
        if request.term == term and request.amendments and request.amendments[-1].by == actor:
            return Change(request=request)
        first = request.amendments[0].was if request.amendments else request.term
        if not all(is_less(term, one, now, zone) for one in (request.term, first)):
            return NotLess(request)
        whom = for_whom(request, facts.panels, actor.object_id)
        amendment = Amendment(actor, now, request.term, whom)
        changed = replanned(request, facts, now)
        changed = replace(changed, term=term, amendments=(*request.amendments, amendment))
        amended = moved_by(changed, Event.AMENDED, now)
        told = tell_requestor(record, amended, now)
        cards = jobs.approver_cards(amended, record.jobs, now)
        shown = jobs.show_again(record.jobs, amended, now)
        return Change(
            request=amended,
            jobs=(*told, *cards, *shown, *watch.anew(amended, record.jobs, now)),
            audit=(_fact(record, amended, actor),),
        )

    return transition


def _fact(record: Record, request: Request, actor: Named) -> AuditFact:
    was, now = record.request.term, request.term
    detail: dict[str, Json] = {
        "plan": request.plan.hash if request.plan else "",
        "was": f"{was.days}/{was.until}",
        "term": f"{now.days}/{now.until}",
        **voided(record.request),
        **on_behalf(request.amendments[-1].for_whom),
    }
    return entry(request, "request.amended", detail, actor.object_id)

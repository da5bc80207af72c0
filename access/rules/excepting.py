"""An approver excepts domains of a list, before anybody approves what is left of it."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from access.rules import jobs, standing, watch
from access.rules.authority import DecisionRefused, as_counted, refusal
from access.rules.bulk import Bulk
from access.rules.changing import entry, moved_by, on_behalf
from access.rules.deciding import Facts, tell_requestor
from access.rules.lifecycle import Event
from access.rules.model import Amendment, AuditFact, Change, Json, Named, Record, Request
from access.rules.refusals import NotExcepted
from access.rules.replanning import replanned, voided
from access.rules.stages import for_whom

ExceptRefused = DecisionRefused | NotExcepted


def without(request: Request, bulk: Bulk, domains: Collection[str]) -> tuple[str, ...] | NotExcepted:
    """Return the domains that are left out of a list when these are, too."""
    there = {domain for domain, _ in bulk.domains}
    unknown = [one for one in domains if one not in there and one not in bulk.left_out]
    if unknown:
        return NotExcepted(request, tuple(unknown))
    if there <= set(domains):
        return NotExcepted(request, tuple(domains), is_all=True)
    return (*bulk.left_out, *(one for one in domains if one not in bulk.left_out))


def leave_out(actor: Named, facts: Facts, rule: str) -> Callable[[Record, datetime], Change | ExceptRefused]:
    """Make a list less, if the actor may decide now; `facts` hold the plan and the list that are left.

    What was approved before counts no more. Who has excepted them already finds nothing to change.
    """

    def transition(record: Record, now: datetime) -> Change | ExceptRefused:
        request = record.request
        counted = as_counted(request, actor, facts.panels, rule)
        if refused := refusal(counted, actor, facts.panels):
            return refused
        if facts.plan is None or facts.bulk is None or request.bulk is None:
            raise ValueError("what is excepted makes a plan of a list")
        if facts.bulk.left_out == request.bulk.left_out:
            return Change(request=request)
        fresh = tuple(one for one in facts.bulk.left_out if one not in request.bulk.left_out)
        whom = for_whom(counted, facts.panels, actor.object_id)
        return _left_out(record, Amendment(actor, now, request.term, whom, left_out=fresh), facts, now)

    return transition


def _left_out(record: Record, amendment: Amendment, facts: Facts, now: datetime) -> Change:
    before = record.request
    changed = replace(replanned(before, facts, now), amendments=(*before.amendments, amendment))
    changed, again = standing.unless_awaited(record, changed, now)
    lessened = moved_by(changed, Event.AMENDED, now)
    told = tell_requestor(record, lessened, now)
    cards = jobs.approver_cards(lessened, record.jobs, now)
    shown = jobs.show_again(record.jobs, lessened, now)
    rows = (*again, *told, *cards, *shown, *watch.anew(lessened, record.jobs, now))
    return Change(
        request=lessened,
        jobs=tuple({row.key: row for row in rows}.values()),
        audit=(_fact(before, lessened, amendment),),
    )


def _fact(before: Request, request: Request, amendment: Amendment) -> AuditFact:
    was, now = before.bulk, request.bulk
    detail: dict[str, Json] = {
        "plan": request.plan.hash if request.plan else "",
        "domains": len(amendment.left_out),
        "rows_were": was.rows if was else 0,
        "rows": now.rows if now else 0,
        **voided(before),
        **on_behalf(amendment.for_whom),
    }
    return entry(request, "request.amended", detail, amendment.by.object_id)

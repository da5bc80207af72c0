"""A plan that has moved since it was shown: stored as it is now, for everybody to decide on anew."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from access.rules import jobs, standing, watch
from access.rules.changing import entry, newer
from access.rules.deciding import Facts
from access.rules.model import (
    AuditFact,
    Change,
    Escalation,
    Job,
    Json,
    ObjectId,
    Panel,
    Plan,
    Record,
    Request,
    State,
)
from access.rules.refusals import Stale
from access.rules.stages import approvals


def replan(facts: Facts, presser: ObjectId | None = None) -> Callable[[Record, datetime], Change | Stale]:
    """Store the plan as it would be now, so that the next press decides on what is shown.

    What was approved before counts no more, even if the plan moves back: all begins at the first stage.
    Who has become an approver meanwhile gets a card. On the card of `presser`, the answer to the press
    shows what is new; to draw that card again would take it away.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, plan = record.request, facts.plan
        if request.state is not State.PENDING_APPROVAL or request.plan is None or plan is None:
            return Stale()
        if request.plan.hash == plan.hash:
            return Stale()
        request, again = standing.unless_awaited(record, replanned(request, facts, now), now)
        request = newer(request, now)
        cards = jobs.approver_cards(request, record.jobs, now)
        shown = jobs.show_again(_drawn_anew(record, request, presser), request, now)
        rows = {row.key: row for row in (*again, *cards, *shown, *watch.anew(request, record.jobs, now))}
        return Change(request=request, jobs=tuple(rows.values()), audit=(_moved(record, request),))

    return transition


def replanned(request: Request, facts: Facts, now: datetime) -> Request:
    """Return the request with the plan of these facts, of which nobody has approved anything yet."""
    if facts.plan is None:
        raise ValueError("there is nothing to plan anew")
    panels = facts.anew or facts.panels
    panel = panels[0]
    return replace(
        begun_anew(request, now),
        plan=facts.plan,
        stages=panels,
        escalations=tuple(one for one in request.escalations if _stands(one, request, facts.plan, panels)),
        landing=facts.plan.parts.get("landing", request.landing),
        bulk=facts.bulk or request.bulk,
        rule=facts.rule,
        approvers=panel.approvers,
        fallback_used=panel.fallback_used,
        unreached=tuple(one for one in request.unreached if one in panel.approvers),
        ask_first=tuple(one for one in request.ask_first if one in panel.approvers),
    )


def begun_anew(request: Request, now: datetime) -> Request:
    """Return the request with the approvals void; where there were any, the first stage waits from now on."""
    return replace(
        request,
        reviews=tuple(replace(one, plan="") for one in request.reviews),
        restarted_at=now if approvals(request) else request.restarted_at,
    )


def _stands(escalation: Escalation, request: Request, plan: Plan, panels: Sequence[Panel]) -> bool:
    """Tell whether whom a stage was escalated to is whom the rule of the new plan calls in, too.

    Else it is to be escalated anew, when that rule says so, and everybody reads to whom.
    """
    if request.plan and request.plan.parts.get("rule") == plan.parts.get("rule"):
        return True
    called = {one for panel in panels[escalation.stage - 1 : escalation.stage] for one in panel.escalated}
    return bool(called) and called == {one.object_id for one in escalation.to}


def voided(request: Request) -> dict[str, Json]:
    """Return for the audit whose approvals a new plan makes void."""
    lost = [one.by.object_id for one in approvals(request)]
    return {"void": list[Json](lost)} if lost else {}


def _drawn_anew(record: Record, request: Request, presser: ObjectId | None) -> dict[str, Job]:
    """Return the cards that this changes: other approvers', and all if others decide or must do so again."""
    before = record.request
    others_decide = (before.approvers, before.fallback_used) != (request.approvers, request.fallback_used)
    others_decide = others_decide or bool(approvals(before))
    others_decide = others_decide or standing.open_question(before) != standing.open_question(request)
    return {
        key: job
        for key, job in record.jobs.items()
        if (others_decide or job.name.startswith(jobs.APPROVER)) and job.name != f"{jobs.APPROVER}{presser}"
    }


def _moved(record: Record, request: Request) -> AuditFact:
    detail: dict[str, Json] = {"plan": request.plan.hash if request.plan else "", "rule": request.rule}
    detail |= voided(record.request)
    return entry(request, "plan.moved", detail)

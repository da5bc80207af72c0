"""Whether somebody may decide at this moment, at the stage that a request is at, and else why not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules.model import Named, ObjectId, Panel, Plan, Request, State
from access.rules.plan import moved
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    NoApprover,
    NotYet,
    NotYours,
    OwnRequest,
    PlanMoved,
    TooFewApprovers,
    WillNotWork,
    WouldFail,
)
from access.rules.stages import everybody, has_approved, later_stage, spoken, stage_now

FACTS_HOLD = timedelta(seconds=30)
"""How long what was read of the directory may decide."""

DecisionRefused = (
    AlreadyDecided
    | AlreadyApproved
    | NotYet
    | NotYours
    | OwnRequest
    | NoApprover
    | TooFewApprovers
    | PlanMoved
    | WouldFail
    | WillNotWork
)


def refusal(
    request: Request, actor: Named, panels: Sequence[Panel], plan: Plan | None = None
) -> DecisionRefused | None:
    """Return why this person decides nothing now; None where they may.

    Where `plan` is another than was shown, whoever decides at any stage hears that: a policy with other
    stages has moved it, and the approvals that are stored say nothing of which of these comes now.
    """
    if request.state is not State.PENDING_APPROVAL:
        return AlreadyDecided(request)
    stage = stage_now(request, panels)
    may = panels[stage - 1].approvers
    if actor.object_id in {request.requestor.object_id, request.guest_id, guest_of(request)}:
        return OwnRequest(request, may)
    decides = actor.object_id in {one.object_id for one in everybody(panels)}
    if decides and plan and request.plan and plan.hash != request.plan.hash:
        return PlanMoved(request, moved(request.plan, plan))
    if actor.object_id in {one.object_id for one in may}:
        return None
    if has_approved(request, actor.object_id):
        return AlreadyApproved(request)
    if later := later_stage(panels, stage, actor.object_id):
        return NotYet(request, later)
    return NotYours(request, may) if may else NoApprover(request)


def as_counted(request: Request, actor: Named, panels: Sequence[Panel], rule: str) -> Request:
    """Return the request with the approvals that stand against this person's act, which is no approval.

    Where `rule`, the policy's text of this moment, is not the one that they were given under, they count no
    more: who decides first by now may act, and who has approved may act again. Empty where it was not
    looked at.
    """
    refused = refusal(request, actor, panels) or has_spoken(request, actor, panels)
    if not has_changed(request, rule) or refused is None:
        return request
    void = as_of(request, rule)
    return void if refusal(void, actor, panels) is None else request


def as_of(request: Request, rule: str) -> Request:
    """Return the request with the approvals that count by this text of the policy."""
    if not has_changed(request, rule):
        return request
    return replace(request, reviews=tuple(replace(one, plan="") for one in request.reviews))


def has_changed(request: Request, rule: str) -> bool:
    """Tell whether the policy's text of this moment is another than the plan was made by."""
    return bool(rule) and request.plan is not None and request.plan.parts.get("rule", rule) != rule


def has_spoken(request: Request, actor: Named, panels: Sequence[Panel]) -> AlreadyApproved | None:
    """Return that this person has approved at the present stage, or somebody for them or in their place."""
    review = spoken(request, actor.object_id, stage_now(request, panels), panels)
    if review is None:
        return None
    own = review.by.object_id == actor.object_id
    return AlreadyApproved(request, None if own else review)


def guest_of(request: Request) -> ObjectId | None:
    """Return the guest, where the directory knew them when the plan was made."""
    return request.plan.guest_id if request.plan else None


def are_fresh(asked_at: datetime, now: datetime) -> bool:
    """Tell whether what the directory was asked then may decide; a clock set back says nothing either."""
    return abs(now - asked_at) <= FACTS_HOLD

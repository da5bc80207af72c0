"""The request's own transitions: sent, approved, denied, canceled, timed out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.rules import jobs
from access.rules.lifecycle import Event, after
from access.rules.model import (
    AuditFact,
    Change,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    ObjectId,
    Plan,
    Record,
    Request,
    ReviewResult,
    State,
    StepKind,
)
from access.rules.plan import moved, sponsor_of
from access.rules.refusals import (
    AlreadyDecided,
    NoApprover,
    NotPossible,
    NotYours,
    OwnRequest,
    PlanMoved,
    Stale,
)

APPROVE = "Approve"
DENY = "Deny"

DecisionRefused = AlreadyDecided | NotYours | OwnRequest | NoApprover | PlanMoved
Deciding = Callable[[Record, datetime], Change | DecisionRefused]


@dataclass(frozen=True, slots=True)
class Facts:
    """What policy and directory say at the click: who may decide, by which rule, and what would be done.

    There is no plan for a presser who may not decide.
    """

    approvers: tuple[Named, ...]
    plan: Plan | None
    rule: str = ""
    fallback_used: bool = False


def send(request: Request, now: datetime, *, personal: bool) -> Change:
    """Turn a submitted request into one that waits: cards for the thread and each approver, and its timer.

    In a personal chat the thread is the requestor's own, so it shows the requestor's view.
    """
    request = _moved_by(request, Event.APPROVAL_REQUIRED, now)
    thread = jobs.REQUESTOR if personal else jobs.THREAD
    rows = [jobs.card(request, thread, request.place, now)]
    rows += jobs.approver_cards(request, {}, now)
    rows.append(_timer(request))
    detail: dict[str, Json] = {
        "app": request.app.object_id,
        "give": request.give.key,
        "plan": request.plan.hash if request.plan else "",
        "rule": request.rule,
        "approvers": [one.object_id for one in request.approvers],
        "sponsor": sponsor_of(request).object_id,
        "ask_first": [one.object_id for one in request.ask_first],
    }
    fact = _fact(request, "request.submitted", request.requestor.object_id, detail)
    return Change(request=request, jobs=tuple(rows), audit=(fact,))


def approve(actor: Named, facts: Facts, seen: str | None) -> Deciding:
    """Approve, if the actor may at this moment and the plan is the one that was shown.

    `seen` is the hash on the pressed card, a hint: a typed command has none and means the stored plan.
    Whoever presses is answered with the card as it is now; others see it with the delivery's first second.
    """

    def transition(record: Record, now: datetime) -> Change | DecisionRefused:
        request = record.request
        if refused := _refusal(request, actor, facts.approvers):
            return refused
        if facts.plan is None or request.plan is None:
            raise ValueError("an approval is bound to a plan")
        stale_card = seen is not None and seen != request.plan.hash
        if stale_card or facts.plan.hash != request.plan.hash:
            return PlanMoved(request, moved(request.plan, facts.plan))
        review = ReviewResult(actor, APPROVE, now)
        decided = _moved_by(request, Event.APPROVED, now, review=review, guest_id=_guest_of(request))
        return Change(
            request=decided,
            jobs=(
                *_without_timer(record),
                *_steps(decided, now),
                *jobs.show_again(record.jobs, decided, now, patience=jobs.PROGRESS),
            ),
            audit=(_decided(decided, review),),
        )

    return transition


def deny(actor: Named, approvers: tuple[Named, ...], justification: str) -> Deciding:
    """Deny, with the justification that the requestor reads."""

    def transition(record: Record, now: datetime) -> Change | DecisionRefused:
        request = record.request
        if refused := _refusal(request, actor, approvers):
            return refused
        review = ReviewResult(actor, DENY, now, justification)
        decided = _moved_by(request, Event.DENIED, now, review=review)
        told = tell_requestor(record, decided, now)
        return Change(
            request=decided,
            jobs=(*_without_timer(record), *told, *jobs.show_again(record.jobs, decided, now)),
            audit=(_decided(decided, review),),
        )

    return transition


def replan(facts: Facts, presser: ObjectId | None = None) -> Callable[[Record, datetime], Change | Stale]:
    """Store the plan as it would be now, so that the next press decides on what is shown.

    Who has become an approver meanwhile gets a card. On the card of `presser`, the answer to the press
    shows what is new; to draw that card again would take it away.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, plan = record.request, facts.plan
        if request.state is not State.PENDING_APPROVAL or request.plan is None or plan is None:
            return Stale()
        if request.plan.hash == plan.hash:
            return Stale()
        request = jobs.newer(
            request,
            now,
            plan=plan,
            landing=plan.parts["landing"],
            rule=facts.rule,
            approvers=facts.approvers,
            fallback_used=facts.fallback_used,
            unreached=tuple(one for one in request.unreached if one in facts.approvers),
            ask_first=tuple(one for one in request.ask_first if one in facts.approvers),
        )
        redrawn = _drawn_anew(record, request, presser)
        rows = (*jobs.approver_cards(request, record.jobs, now), *jobs.show_again(redrawn, request, now))
        fact = _fact(request, "plan.moved", None, {"plan": plan.hash, "rule": request.rule})
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition


def cancel(actor: ObjectId) -> Callable[[Record, datetime], Change | NotYours | NotPossible | AlreadyDecided]:
    """Cancel while it waits; only the requestor may."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | AlreadyDecided:
        request = record.request
        if actor != request.requestor.object_id:
            return NotYours(request, (request.requestor,))
        if after(request.state, Event.CANCELED) is None:
            open_still = request.state in {State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED}
            return NotPossible(request, request.state) if open_still else AlreadyDecided(request)
        canceled = _moved_by(request, Event.CANCELED, now)
        return Change(
            request=canceled,
            jobs=(*_without_timer(record), *jobs.show_again(record.jobs, canceled, now)),
            audit=(_fact(canceled, "request.canceled", actor, {}),),
        )

    return transition


def time_out(key: str, fence: int) -> Callable[[Record, datetime], Change | Stale]:
    """Close a request that nobody decided in time."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        timer = jobs.held(record, key, fence)
        if timer is None or after(record.request.state, Event.APPROVAL_TIMED_OUT) is None:
            return Stale()
        expired = _moved_by(record.request, Event.APPROVAL_TIMED_OUT, now)
        return Change(
            request=expired,
            jobs=(
                jobs.done(timer),
                *tell_requestor(record, expired, now),
                *jobs.show_again(record.jobs, expired, now),
            ),
            audit=(_fact(expired, "request.expired", None, {}),),
        )

    return transition


def tell_requestor(record: Record, request: Request, now: datetime) -> tuple[Job, ...]:
    """Return a card in the requestor's 1:1, unless the request was asked there or has one already."""
    key = jobs.key_of(request.request_id, 0, jobs.REQUESTOR)
    return () if key in record.jobs else (jobs.card(request, jobs.REQUESTOR, "", now),)


def _refusal(
    request: Request, actor: Named, approvers: Sequence[Named]
) -> AlreadyDecided | OwnRequest | NoApprover | NotYours | None:
    if request.state is not State.PENDING_APPROVAL:
        return AlreadyDecided(request)
    may = tuple(approvers)
    if actor.object_id in {request.requestor.object_id, request.guest_id, _guest_of(request)}:
        return OwnRequest(request, may)
    if not may:
        return NoApprover(request)
    if actor.object_id not in {one.object_id for one in may}:
        return NotYours(request, may)
    return None


def _guest_of(request: Request) -> ObjectId | None:
    return request.plan.guest_id if request.plan else None


def _drawn_anew(record: Record, request: Request, presser: ObjectId | None) -> dict[str, Job]:
    """Return the cards that a new plan changes: other approvers', and all if others decide now."""
    before = record.request
    others_decide = (before.approvers, before.fallback_used) != (request.approvers, request.fallback_used)
    return {
        key: job
        for key, job in record.jobs.items()
        if (others_decide or job.name.startswith(jobs.APPROVER)) and job.name != f"{jobs.APPROVER}{presser}"
    }


def _steps(request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the plan's steps as journal rows: the first is ready, each other waits for the one before."""
    kinds: tuple[StepKind, ...] = request.plan.steps if request.plan else ()
    return tuple(
        Job(
            key=jobs.key_of(request.request_id, request.cycle, kind),
            request_id=request.request_id,
            kind=JobKind.STEP,
            name=kind,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=now,
            position=place,
        )
        for place, kind in enumerate(kinds)
    )


def _timer(request: Request) -> Job:
    return Job(
        key=jobs.key_of(request.request_id, request.cycle, jobs.CLOSES),
        request_id=request.request_id,
        kind=JobKind.TIMER,
        name=jobs.CLOSES,
        status=JobStatus.READY,
        due_at=request.closes_at,
    )


def _without_timer(record: Record) -> tuple[Job, ...]:
    return tuple(
        replace(job, status=JobStatus.DROPPED, lease_until=None)
        for job in record.jobs.values()
        if job.kind is JobKind.TIMER and job.status is JobStatus.READY
    )


def _moved_by(request: Request, event: Event, now: datetime, **changes: object) -> Request:
    state = after(request.state, event)
    if state is None:
        raise ValueError(f"{event} is not possible in {request.state}")
    return jobs.newer(request, now, state=state, **changes)


def _decided(request: Request, review: ReviewResult) -> AuditFact:
    what = "request.approved" if review.result == APPROVE else "request.denied"
    plan = request.plan.hash if request.plan else ""
    return _fact(request, what, review.by.object_id, {"plan": plan, "rule": request.rule})


def _fact(request: Request, what: str, actor: ObjectId | None, detail: dict[str, Json]) -> AuditFact:
    return AuditFact(
        what=what, request_id=request.request_id, actor=actor, subject=request.subject, detail=detail
    )

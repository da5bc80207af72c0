"""The request's own transitions: approved, denied, canceled, timed out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.rules import checking, jobs, sending, standing, watch, ways_in
from access.rules.authority import DecisionRefused, as_counted, guest_of, has_spoken, refusal
from access.rules.bulk import Bulk
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by, on_behalf
from access.rules.checked import WillFail
from access.rules.facts import Meant, news
from access.rules.lifecycle import Event, after
from access.rules.model import (
    AuditFact,
    Change,
    Job,
    JobStatus,
    Json,
    Named,
    ObjectId,
    Panel,
    Plan,
    Record,
    Request,
    ReviewResult,
    State,
)
from access.rules.plan import moved
from access.rules.refusals import (
    AlreadyDecided,
    NotPossible,
    NotYours,
    PlanMoved,
    Stale,
    TooFewApprovers,
    WillNotWork,
)
from access.rules.reseating import moved_seats, reseated
from access.rules.reviews import APPROVE, DENY
from access.rules.stages import (
    approvals,
    cycle_of,
    for_whom,
    panels_of,
    short_of,
    spoken,
    stage_now,
    still_needed,
)

Deciding = Callable[[Record, datetime], Change | DecisionRefused]


@dataclass(frozen=True, slots=True)
class Facts:
    """What policy and directory say at the click: who may decide at each stage, and what would be done.

    There is no plan for a presser who may not decide. Where it is another, all begins anew, and `anew` are
    those who then may, where they are others than before.
    """

    panels: tuple[Panel, ...]
    plan: Plan | None
    rule: str = ""
    anew: tuple[Panel, ...] = ()
    will_fail: WillFail = WillFail.SECOND_PRESS
    anyway: frozenset[str] = frozenset()
    """What the presser knows to fail."""
    bulk: Bulk | None = None
    """The list that the plan is about, as it is kept now."""
    vouchers: frozenset[ObjectId] | None = None
    """Whose word it takes to give a group that is not the app's own."""


def approve(actor: Named, facts: Facts, seen: str | None) -> Deciding:
    """Approve, if the actor may at this moment and the plan is the one that was shown.

    `seen` is the hash on the pressed card, a hint: a typed command has none and means the stored plan.
    Whoever presses is answered with the card as it is now; others see it with the delivery's first second.
    """

    def transition(record: Record, now: datetime) -> Change | DecisionRefused:
        request = record.request
        if refused := refusal(request, actor, facts.panels, facts.plan):
            return refused
        if facts.plan is None or request.plan is None:
            raise ValueError("an approval is bound to a plan")
        if seen is not None and seen != request.plan.hash:
            return PlanMoved(request, moved(request.plan, facts.plan))
        if refused := has_spoken(request, actor, facts.panels):
            return refused
        for stage, lacks in short_of(request, facts.panels):
            return TooFewApprovers(request, stage, lacks)
        if barred := checking.barred(request, facts.will_fail, facts.anyway):
            return barred
        approved = _approved(record, actor, facts, now)
        if not ways_in.is_vouched_for(approved.request, facts.vouchers):
            return WillNotWork(request, Cause.OTHERS_GROUP)
        return approved

    return transition


def deny(actor: Named, panels: tuple[Panel, ...], justification: str, rule: str = "") -> Deciding:
    """Deny, with the justification that the requestor reads; a single denial ends the request.

    `rule` is the policy's text of this moment.
    """

    def transition(record: Record, now: datetime) -> Change | DecisionRefused:
        request = as_counted(record.request, actor, panels, rule)
        if refused := refusal(request, actor, panels):
            return refused
        if refused := has_spoken(request, actor, panels):
            return refused
        stage, whom = stage_now(request, panels), for_whom(request, panels, actor.object_id)
        meant = _meant_now(request, (actor, whom), panels)
        review = ReviewResult(actor, DENY, now, justification, stage, _hash_of(request), meant, whom)
        decided = moved_by(_reviewed(request, review), Event.DENIED, now, review=review, stages=panels)
        told = tell_requestor(record, decided, now)
        return Change(
            request=decided,
            jobs=(*without_timer(record), *told, *jobs.show_again(record.jobs, decided, now)),
            audit=(_decided(decided, review),),
        )

    return transition


def cancel(actor: ObjectId) -> Callable[[Record, datetime], Change | NotYours | NotPossible | AlreadyDecided]:
    """Cancel while it waits, or a renewal that failed; only the requestor may."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | AlreadyDecided:
        request = record.request
        if actor != request.requestor.object_id:
            return NotYours(request, (request.requestor,))
        if after(request.state, Event.CANCELED) is None or _has_begun(request):
            open_still = request.state in {State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED}
            return NotPossible(request, request.state) if open_still else AlreadyDecided(request)
        canceled = moved_by(request, Event.CANCELED, now, failure=None)
        return Change(
            request=canceled,
            jobs=(*without_timer(record), *jobs.show_again(record.jobs, canceled, now)),
            audit=(entry(canceled, "request.canceled", {}, actor),),
        )

    return transition


def _has_begun(request: Request) -> bool:
    """Tell whether a failed delivery may have changed the directory, which that of a renewal never does."""
    return request.state is State.DELIVERY_FAILED and request.extends is None


def time_out(key: str, fence: int) -> Callable[[Record, datetime], Change | Stale]:
    """Close a request that nobody decided in time."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        timer = jobs.held(record, key, fence)
        if timer is None or after(record.request.state, Event.APPROVAL_TIMED_OUT) is None:
            return Stale()
        expired = moved_by(record.request, Event.APPROVAL_TIMED_OUT, now)
        return Change(
            request=expired,
            jobs=(
                *(one for one in without_timer(record) if one.key != key),
                jobs.done(timer),
                *tell_requestor(record, expired, now),
                *jobs.show_again(record.jobs, expired, now),
            ),
            audit=(entry(expired, "request.expired", {}),),
        )

    return transition


def tell_requestor(record: Record, request: Request, now: datetime) -> tuple[Job, ...]:
    """Return a card in the requestor's 1:1, unless the request was asked there or has one already.

    What stands in a list is told of on the card of that.
    """
    if request.listed is not None:
        return ()
    key = jobs.key_of(request.request_id, 0, jobs.REQUESTOR)
    return () if key in record.jobs else (jobs.card(request, jobs.REQUESTOR, "", now),)


def _approved(record: Record, actor: Named, facts: Facts, now: datetime) -> Change:
    """Take an approval: the last that is needed starts the delivery, another calls whoever is next."""
    before = record.request
    stage = stage_now(before, facts.panels)
    panel, whom = facts.panels[stage - 1], for_whom(before, facts.panels, actor.object_id)
    theirs = panel.seats_of(actor.object_id)
    plan, meant = _hash_of(before), _meant_now(before, (actor, *theirs), facts.panels)
    others = tuple(one for one in theirs if one != whom) if whom else ()
    review = ReviewResult(actor, APPROVE, now, "", stage, plan, meant, whom, others)
    seated = moved_seats(before, review, panel)
    request = replace(_reviewed(seated, review), stages=facts.panels)
    change = _further(record, request, review, now)
    return replace(change, audit=(*change.audit, *reseated(before, change.request)))


def _further(record: Record, request: Request, review: ReviewResult, now: datetime) -> Change:
    """Deliver what is approved by this; else go on to whoever is to approve next."""
    if still_needed(request) > 0:
        return _stage_approved(record, request, review, now)
    decided = moved_by(request, Event.APPROVED, now, review=review, guest_id=guest_of(request))
    return Change(
        request=decided,
        jobs=(
            *without_timer(record),
            *sending.steps(decided, now),
            *jobs.show_again(record.jobs, decided, now, patience=jobs.PROGRESS),
        ),
        audit=(_decided(decided, review),),
    )


def _stage_approved(record: Record, request: Request, review: ReviewResult, now: datetime) -> Change:
    panel = panels_of(request)[stage_now(request) - 1]
    request, again = _without_question(record, request, review, now)
    waits = moved_by(
        request,
        Event.STAGE_APPROVED,
        now,
        approvers=panel.approvers,
        fallback_used=panel.fallback_used,
        unreached=tuple(one for one in request.unreached if one in panel.approvers),
    )
    called = jobs.approver_cards(waits, record.jobs, now)
    shown = jobs.show_again(record.jobs, waits, now, patience=jobs.PROGRESS)
    rows = {row.key: row for row in (*again, *called, *shown, *watch.anew(waits, record.jobs, now))}
    return Change(request=waits, jobs=tuple(rows.values()), audit=(_decided(waits, review),))


def _without_question(
    record: Record, request: Request, review: ReviewResult, now: datetime
) -> tuple[Request, tuple[Job, ...]]:
    """End a question that nobody needs the answer to: they or their seat have approved, or decide no more."""
    question = standing.open_question(request)
    if question is None:
        return request, ()
    spoke = question.seat == review.seat or spoken(request, question.by.object_id, review.stage)
    if spoke or stage_now(request) != review.stage:
        return standing.going_on(record, request, now)
    return standing.unless_awaited(record, request, now)


def _reviewed(request: Request, review: ReviewResult) -> Request:
    """Add a review; the first after a plan has moved begins a cycle, in which all may approve again."""
    return replace(request, reviews=(*request.reviews, review), cycle=cycle_of(request))


def _meant_now(
    request: Request, people: Sequence[Named | None], panels: Sequence[Panel]
) -> tuple[Meant, ...]:
    """Return whom the words meant at a press of these people, as far as that is not kept of before."""
    if request.facts is None:
        return ()
    before = (*request.facts.meant, *(meant for one in request.reviews for meant in one.meant))
    seen = (meant for panel in panels if panel.seen for meant in panel.seen.meant)
    about = {request.requestor.object_id, *(one.object_id for one in people if one)}
    return news(seen, {one.word: one for one in before}, about)


def _hash_of(request: Request) -> str:
    return request.plan.hash if request.plan else ""


def without_timer(record: Record) -> tuple[Job, ...]:
    """Return what waited for a decision, given up."""
    return tuple(
        replace(job, status=JobStatus.DROPPED, lease_until=None)
        for job in (*standing.timers(record), *standing.reminders(record))
    )


def _decided(request: Request, review: ReviewResult) -> AuditFact:
    """Return the entry of a review; where one approval was enough, it says nothing of stages."""
    panels, detail = panels_of(request), dict[str, Json](plan=_hash_of(request), rule=request.rule)
    detail |= on_behalf(review.for_whom)
    if len(panels) > 1 or panels[0].quorum > 1:
        given = len(approvals(request, review.stage))
        detail |= {"stage": review.stage, "given": given, "quorum": panels[review.stage - 1].quorum}
    if review.result == APPROVE and (fails := checking.fails(request)):
        # The chain names no domain.
        detail["will_fail"] = [*dict.fromkeys(one.partition(checking.OF)[0] for one in fails)]
    what = "request.approved" if review.result == APPROVE else "request.denied"
    if request.state is State.PENDING_APPROVAL:
        what = "stage.approved"
    return entry(request, what, detail, review.by.object_id)

"""A guest's removal from the directory: blocked, deleted after some days, put back where that is wanted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs, profile_changes
from access.rules.accounts import RESTORABLE, Holdings, Ordered, Right
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by, newer
from access.rules.delivery import WAS_THERE, StepDone
from access.rules.failing import Failed, Stepping, failing
from access.rules.lifecycle import Event
from access.rules.model import (
    Account,
    AccountState,
    AuditFact,
    Change,
    EndCause,
    EndFailure,
    Job,
    JobKind,
    JobStatus,
    Json,
    Kind,
    Named,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale, TooLate
from access.rules.removal_plan import BLOCKING, WITH_MORE, apps_of, more_of, wanted, was_blocked

DELETING = (StepKind.DELETE, StepKind.PROVE_DELETED)
SEEING_OFF = (StepKind.SEE_GONE,)
PUTTING_BACK = (StepKind.PUT_BACK, StepKind.UNBLOCK, StepKind.PROVE_BACK)
_OVER = frozenset({JobStatus.DONE, JobStatus.DROPPED})
_PLACES = {kind: place for place, kind in enumerate((*BLOCKING, *DELETING, *SEEING_OFF, *PUTTING_BACK))}

Restoring = Callable[[Record, datetime], Change | NotYours | NotPossible | TooLate]


def is_blocked(record: Record) -> bool:
    """Tell whether the account has been blocked, or may have been by a step that has failed since."""
    step = record.jobs.get(jobs.key_of(record.request.request_id, record.request.cycle, StepKind.BLOCK))
    may_be = step is not None and step.status is JobStatus.FAILED and step.started > 0
    return may_be or (step is not None and step.status is JobStatus.DONE)


def steps_of(record: Record) -> list[Job]:
    """Return the steps on the account, in their order."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.ACCOUNT]
    return sorted(steps, key=lambda job: job.position)


def order(request: Request, right: Right, now: datetime, *, personal: bool) -> Change:
    """Send a removal that needs nobody else: whoever asks has the right to it."""
    assert request.plan is not None
    ordered = Ordered(request.requestor, now, request.plan.hash, right)
    request = moved_by(request, Event.ORDERED, now, ordered=ordered, guest_id=request.plan.guest_id)
    detail: dict[str, Json] = {
        "guest": request.guest_id,
        "plan": request.plan.hash if request.plan else "",
        "right": right,
        "apps": [*sorted(apps_of(request))],
        "days": request.term.days,
    }
    shown = jobs.card(request, jobs.REQUESTOR, request.place if personal else "", now)
    actor = request.requestor.object_id
    return Change(
        request=request,
        jobs=(shown, *rows_of(request, BLOCKING, now)),
        audit=(
            entry(request, "request.submitted", detail, actor),
            entry(request, "request.ordered", detail, actor),
        ),
    )


def rows_of(request: Request, kinds: tuple[StepKind, ...], at: datetime) -> tuple[Job, ...]:
    """Return the rows of a part: its first step is due then, each other waits for the one before."""
    return tuple(
        Job(
            key=jobs.key_of(request.request_id, request.cycle, kind),
            request_id=request.request_id,
            kind=JobKind.ACCOUNT,
            name=kind,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=at,
            position=_PLACES[kind],
        )
        for place, kind in enumerate(kinds)
    )


def _deletion(record: Record, request: Request, at: datetime) -> list[Job]:
    """Return the rows of the deletion; what an admin wanted gone at the block is wanted gone there, too."""
    block = next((one for one in steps_of(record) if one.name == StepKind.BLOCK), None)
    gone = block.body.get(WITH_MORE) if block is not None else None
    first, *rest = rows_of(request, DELETING, at)
    return [replace(first, body={WITH_MORE: gone}) if gone else first, *rest]


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:  # noqa: ARG001 - as of a delivery
    """Finish a step: the next becomes ready, or a part is over and the account is what was read back."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        found: dict[str, Json] = {WAS_THERE: True} if result.traces.get(WAS_THERE) else {}
        done = jobs.done(job, **found)
        request = newer(record.request, now, waiting_for="", failure=None)
        detail: dict[str, Json] = {"step": job.name, "fence": job.fence, "guest": request.guest_id}
        audit = [entry(request, "step.done", {**detail, **result.traces})]
        request, rows, facts = _passed(record, request, StepKind(job.name), now)
        waiting = [one for one in steps_of(record) if one.status is JobStatus.WAITING][:1]
        rows += [replace(one, status=JobStatus.READY, due_at=now) for one in waiting]
        over = bool(facts)
        shown = jobs.show_again(record.jobs, request, now, patience=timedelta() if over else jobs.PROGRESS)
        return Change(request=request, jobs=(done, *rows, *shown), audit=(*audit, *facts))

    return transition


def _passed(
    record: Record, request: Request, step: StepKind, now: datetime
) -> tuple[Request, list[Job], list[AuditFact]]:
    """Return what the last step of a part makes of the request, with the rows that it begins."""
    given, facts = request.account, [entry(request, f"account.{step}", {"guest": request.guest_id})]
    if step is StepKind.PROVE_BLOCKED:
        delete_at = now + timedelta(days=request.term.days or 0)
        blocked = Account(state=AccountState.BLOCKED, delete_at=delete_at, was_blocked=blocked_before(record))
        state = moved_by(record.request, Event.DELIVERY_SUCCEEDED, now).state
        request = replace(request, state=state, delivered_at=now, account=blocked)
        delivered = {"guest": request.guest_id, "delete_at": delete_at.isoformat()}
        facts = [entry(request, "request.delivered", {}), entry(request, "account.blocked", dict(delivered))]
        return request, _deletion(record, request, delete_at), facts
    if step is StepKind.PROVE_PROFILE:
        request, facts = profile_changes.proved(record.request, request, now)
        return request, [], facts
    if given is None:
        return request, [], []
    if step is StepKind.PROVE_DELETED:
        gone_at = now + RESTORABLE
        given = replace(given, state=AccountState.DELETED, deleted_at=now, gone_at=gone_at, failure=None)
        facts = [entry(request, "account.deleted", {"guest": request.guest_id})]
        return replace(request, account=given), [*rows_of(request, SEEING_OFF, gone_at)], facts
    if step is StepKind.SEE_GONE:
        given = replace(given, state=AccountState.GONE, failure=None)
        facts = [entry(request, "account.gone", {"guest": request.guest_id})]
        return replace(request, account=given), [], facts
    if step is StepKind.PROVE_BACK:
        given = replace(given, state=AccountState.RESTORED, restored_at=now, failure=None)
        facts = [entry(request, "account.restored", {"guest": request.guest_id})]
        return replace(request, account=given), [], facts
    return request, [], []


def _fail(record: Record, failed: Failed) -> tuple[Request, Sequence[Job]]:
    """Let a removal fail before the account is blocked, or stand still after that."""
    given, now = record.request.account, failed.at
    if given is None:
        event = Event.DELIVERY_FAILED
        return moved_by(record.request, event, now, failure=failed.failure, waiting_for=""), ()
    if failed.job.name == StepKind.PUT_BACK and failed.cause is Cause.GONE_FOR_GOOD:
        others = replace(record, jobs={key: one for key, one in record.jobs.items() if key != failed.job.key})
        request, rows = let_go(others, given, now)
        return request, (*rows, *_told_of_no_way_back(record.request, request, now))
    given = replace(given, failure=EndFailure(failed.job.name, failed.cause, now))
    request = newer(record.request, now, account=given, waiting_for="")
    return request, _told_of_no_way_back(request, request, now)


def let_go(record: Record, given: Account, now: datetime) -> tuple[Request, list[Job]]:
    """Note that the directory has the account no more, be it before its time; that is seen again.

    Whoever asks is told so; the accesses end with the step that sees it, for a copy may only lag.
    """
    gone = replace(given, state=AccountState.DELETED, gone_at=now, failure=None)
    request = newer(record.request, now, account=gone, waiting_for="")
    still = [job for job in steps_of(record) if job.status not in _OVER]
    rows = [replace(job, status=JobStatus.DROPPED, lease_until=None) for job in still]
    return request, [*rows, *anew(record, rows_of(request, SEEING_OFF, now))]


def anew(record: Record, rows: Iterable[Job]) -> list[Job]:
    """Return rows of a part that may have been begun before: whoever held one then holds it no more."""
    known = record.jobs
    return [replace(row, fence=known[row.key].fence) if row.key in known else row for row in rows]


def _told_of_no_way_back(before: Request, request: Request, now: datetime) -> Sequence[Job]:
    """Return the message to whoever wanted the account back: the card that moves may be far above."""
    back = before.account.put_back if before.account else None
    if back is None or before.account is None or before.account.state is not AccountState.RESTORING:
        return ()
    who = back.by.object_id
    audience = jobs.REQUESTOR if who == request.requestor.object_id else f"{jobs.APPROVER}{who}"
    told = jobs.notice(request, audience, "", now)
    return (replace(told, key=f"{told.key}/not-restored/{request.version}"),)


fail = failing(_fail)


def takes_nothing(request: Request) -> bool:
    """Tell whether what is left of a removal only looks for the account, or gives it back."""
    return request.account is not None and request.account.state is not AccountState.BLOCKED


def is_over(given: Account, now: datetime) -> bool:
    """Tell whether the time in which Entra keeps a deleted account is over, though it may list it still."""
    late = given.gone_at is not None and given.gone_at <= now
    return late and given.state is AccountState.DELETED and given.failure is None


def stopped_by(request: Request) -> str:
    """Return the cause for which a removal failed or stands still; none where it does not."""
    failure = request.account.failure if request.account is not None else request.failure
    return failure.cause if failure is not None else ""


def retry(
    actor: Named, admins: tuple[Named, ...], others: tuple[Named, ...], held: Holdings | None = None
) -> Restoring:
    """Take up what has failed or stands still, from that step on: `admins` may, and `others` by right.

    Where the guest has been given more since the removal was ordered, the admins alone may; what is `held`
    at that press is wanted gone, and nothing that is given later.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | TooLate:
        request, given = record.request, record.request.account
        cause = stopped_by(request)
        may = admins if cause == Cause.HOLDS_MORE else (*admins, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, admins)
        if request.state is State.DELIVERY_FAILED:
            again = moved_by(request, Event.DELIVERY_RETRIED, now, failure=None, waiting_for="")
        elif given is not None and given.failure is not None:
            again = newer(request, now, account=replace(given, failure=None), waiting_for="")
        else:
            return NotPossible(request, request.state)
        failed = [job for job in steps_of(record) if job.status is JobStatus.FAILED]
        more = more_of(request, held) if held is not None else frozenset()
        rows = [
            replace(job, status=JobStatus.READY, due_at=now, tries=0, body=wanted(job, cause, more))
            for job in failed
        ]
        told: dict[str, Json] = {"step": rows[0].name if rows else ""}
        told |= {"with_more": [*sorted(more)]} if cause == Cause.HOLDS_MORE else {}
        fact = entry(again, "account.retried", told, actor.object_id)
        shown = jobs.show_again(record.jobs, again, now)
        return Change(request=again, jobs=(*rows, *shown), audit=(fact,))

    return transition


def can_give_up(record: Record) -> bool:
    """Tell whether a removal failed before anything of it was done."""
    request = record.request
    failed = request.kind is Kind.REMOVE and request.state is State.DELIVERY_FAILED
    return failed and request.account is None and not is_blocked(record)


def give_up(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Give up what failed before the account was blocked, so that it can be asked for anew or not at all."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request = record.request
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if not can_give_up(record):
            return NotPossible(request, request.state)
        over = moved_by(request, Event.CANCELED, now, failure=None, waiting_for="")
        left = [one for one in steps_of(record) if one.status not in _OVER]
        rows = [replace(one, status=JobStatus.DROPPED, lease_until=None) for one in left]
        detail: dict[str, Json] = {"why": EndCause.REMOVED, "guest": request.guest_id}
        fact = entry(over, "request.canceled", detail, actor.object_id)
        return Change(request=over, jobs=(*rows, *jobs.show_again(record.jobs, over, now)), audit=(fact,))

    return transition


def blocked_before(record: Record) -> bool:
    return was_blocked(record.request) or any(job.body.get(WAS_THERE) for job in steps_of(record))

"""What each outcome of a step does to a protection, and who may have it enforced, kept or removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs
from access.rules.assignments import EndFailure
from access.rules.changing import entry, moved_by, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import StepDone
from access.rules.failing import Failed, Stepping, failing
from access.rules.guards import Guard, GuardAct, GuardState, Observed, Ordering
from access.rules.lifecycle import Event
from access.rules.model import (
    AuditFact,
    Change,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, OwnRequest, Stale

TRIAL = "trial"
"""The name of the row that asks once a protection has been watched for long enough."""
_STEPS = {
    GuardAct.ENFORCE: StepKind.ENFORCE_POLICIES,
    GuardAct.WATCH: StepKind.WATCH_POLICIES,
    GuardAct.REMOVE: StepKind.REMOVE_POLICIES,
}
_LEADS_TO = {
    GuardAct.ENFORCE: GuardState.ENFORCED,
    GuardAct.WATCH: GuardState.WATCHING,
    GuardAct.REMOVE: GuardState.REMOVED,
}
_FROM = {
    GuardAct.ENFORCE: {GuardState.WATCHING},
    GuardAct.WATCH: {GuardState.ENFORCED},
    GuardAct.REMOVE: {GuardState.WATCHING, GuardState.ENFORCED},
    GuardAct.KEEP: {GuardState.WATCHING},
}
_HARMLESS = {GuardAct.KEEP, GuardAct.REMOVE}
"""While it only reports, whoever asked may do these, too."""

Ordered = Callable[[Record, datetime], Change | NotYours | OwnRequest | NotPossible]


def steps_of(record: Record) -> list[Job]:
    """Return the steps of the part that was begun last: the making, or what was ordered since."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.PROTECT]
    newest = max((job.position // 10 for job in steps), default=0)
    return sorted((one for one in steps if one.position // 10 == newest), key=lambda job: job.position)


def may(request: Request, act: GuardAct, person: Named, secures: Sequence[Named]) -> bool:
    """Tell whether somebody may: security admins, and who asked takes back what only reports."""
    guard, own = request.guard, person.object_id == request.requestor.object_id
    among = person.object_id in {one.object_id for one in secures}
    if act is GuardAct.ENFORCE:
        return among and not own
    watching = guard is not None and guard.state is GuardState.WATCHING
    return among or (own and watching and act in _HARMLESS)


def order(act: GuardAct, actor: Named, secures: tuple[Named, ...], seen: str = "") -> Ordered:
    """Have a protection enforced, only reporting again, or removed, or go on watching it."""

    def transition(record: Record, now: datetime) -> Change | NotYours | OwnRequest | NotPossible:
        request, guard = record.request, record.request.guard
        if not may(request, act, actor, secures):
            own = actor.object_id == request.requestor.object_id
            others = tuple(one for one in secures if one.object_id != request.requestor.object_id)
            return OwnRequest(request, others) if own else NotYours(request, secures)
        if guard is None or guard.state not in _FROM[act] or guard.doing is not None:
            return NotPossible(request, request.state)
        if act is GuardAct.KEEP:
            return _kept(record, guard, actor, now)
        doing = Ordering(act, actor, now, seen)
        request = newer(request, now, guard=replace(guard, doing=doing, failure=None), waiting_for="")
        rows = [*_rows(record, request, _STEPS[act], now), *jobs.show_again(record.jobs, request, now)]
        detail: dict[str, Json] = {"act": act, "seen": seen}
        fact = entry(request, "guard.ordered", detail, actor.object_id)
        return Change(request=request, jobs=tuple(rows), audit=(fact,))

    return transition


def _kept(record: Record, guard: Guard, actor: Named, now: datetime) -> Change:
    asks_at = now + timedelta(days=guard.watch_days)
    kept = replace(guard, asks_at=asks_at, observed=None, done=Ordering(GuardAct.KEEP, actor, now))
    request = newer(record.request, now, guard=kept)
    rows = (_trial(request, asks_at, record.jobs), *jobs.show_again(record.jobs, request, now))
    fact = entry(request, "guard.kept", {"asks_at": asks_at.isoformat()}, actor.object_id)
    return Change(request=request, jobs=rows, audit=(fact,))


def _rows(record: Record, request: Request, first: StepKind, now: datetime) -> list[Job]:
    """Return the rows of what was ordered; each order has rows of its own, so none is ever taken up again."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.PROTECT]
    place = 10 * (max((job.position // 10 for job in steps), default=0) + 1)
    return [
        Job(
            key=f"{jobs.key_of(request.request_id, request.cycle, kind)}/{request.version}",
            request_id=request.request_id,
            kind=JobKind.PROTECT,
            name=kind,
            status=JobStatus.WAITING if after else JobStatus.READY,
            due_at=now,
            position=place + after,
        )
        for after, kind in enumerate((first, StepKind.PROVE_POLICIES))
    ]


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:  # noqa: ARG001 - as of a delivery
    """Finish a step: the next becomes ready; what was read back is the end of the part."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, guard = jobs.held(record, key, fence), record.request.guard
        if job is None or guard is None:
            return Stale()
        guard = replace(guard, made=result.policies or guard.made)
        detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
        detail |= {"policies": [one.policy_id for one in guard.made]}
        if job.name == StepKind.PROVE_POLICIES:
            request, rows, facts = _over(record, guard, now)
        else:
            request = newer(record.request, now, guard=guard, waiting_for="", failure=None)
            waiting = [one for one in steps_of(record) if one.status is JobStatus.WAITING and one != job]
            rows, facts = [replace(one, status=JobStatus.READY, due_at=now) for one in waiting[:1]], ()
        patience = timedelta() if facts else jobs.PROGRESS
        shown = jobs.show_again(record.jobs, request, now, patience=patience)
        audit = (entry(request, "step.done", detail), *facts)
        return Change(request=request, jobs=(jobs.done(job), *rows, *shown), audit=audit)

    return transition


def _over(record: Record, guard: Guard, now: datetime) -> tuple[Request, list[Job], tuple[AuditFact, ...]]:
    """Return what a part that was read back makes of the request, with the row that wakes later."""
    act = guard.doing.act if guard.doing else None
    state = _LEADS_TO[act] if act else GuardState.WATCHING
    asks_at = now + timedelta(days=guard.watch_days) if state is GuardState.WATCHING else None
    guard = replace(
        guard,
        state=state,
        since=now,
        asks_at=asks_at,
        observed=None,
        done=guard.doing,
        doing=None,
        failure=None,
    )
    changes: dict[str, object] = {"guard": guard, "waiting_for": "", "failure": None}
    told: Sequence[Job] = ()
    if act is None:
        request = moved_by(record.request, Event.DELIVERY_SUCCEEDED, now, delivered_at=now, **changes)
        told = tell_requestor(record, request, now)
    else:
        request = newer(record.request, now, **changes)
    fact = _told(request, state, {"policies": [one.policy_id for one in guard.made]})
    return request, [*_asleep(record, request, asks_at), *told], (fact,)


def _told(request: Request, state: GuardState, detail: dict[str, Json]) -> AuditFact:
    match state:
        case GuardState.WATCHING:
            return entry(request, "guard.watching", detail)
        case GuardState.ENFORCED:
            return entry(request, "guard.enforced", detail)
        case GuardState.REMOVED:
            return entry(request, "guard.removed", detail)


def _asleep(record: Record, request: Request, asks_at: datetime | None) -> list[Job]:
    if asks_at is not None:
        return [_trial(request, asks_at, record.jobs)]
    row = record.jobs.get(jobs.key_of(request.request_id, 0, TRIAL))
    return [replace(row, status=JobStatus.DROPPED, lease_until=None)] if row is not None else []


def _trial(request: Request, at: datetime, known: Mapping[str, Job]) -> Job:
    key = jobs.key_of(request.request_id, 0, TRIAL)
    row = Job(
        key=key,
        request_id=request.request_id,
        kind=JobKind.TRIAL,
        name=TRIAL,
        status=JobStatus.READY,
        due_at=at,
    )
    return replace(known.get(key, row), status=JobStatus.READY, due_at=at, tries=0, lease_until=None)


def asked(key: str, fence: int, observed: Observed) -> jobs.Claim:
    """Note what was observed while it only reported, and ask the security admins on a card of their own."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, guard = jobs.held(record, key, fence), record.request.guard
        if job is None or guard is None:
            return Stale()
        if guard.state is not GuardState.WATCHING or guard.doing is not None:
            return Change(request=record.request, jobs=(jobs.done(job),))
        request = newer(record.request, now, guard=replace(guard, observed=observed))
        asks = [
            replace(told, key=f"{told.key}/asked/{request.version}")
            for one in request.approvers
            if one.object_id != request.requestor.object_id
            for told in [jobs.notice(request, f"{jobs.APPROVER}{one.object_id}", "", now)]
        ]
        detail: dict[str, Json] = {"guests": observed.guests, "stopped": observed.stopped}
        fact = entry(
            request, "guard.asked", detail | ({"unread": observed.unread} if observed.unread else {})
        )
        rows = (jobs.done(job), *asks, *jobs.show_again(record.jobs, request, now))
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition


def _fail(record: Record, failed: Failed) -> tuple[Request, Sequence[Job]]:
    """Let the making fail, or leave a protection as it was before what was ordered."""
    guard, now = record.request.guard, failed.at
    if guard is None or guard.doing is None:
        event = Event.DELIVERY_FAILED
        request = moved_by(record.request, event, now, failure=failed.failure, waiting_for="")
        return request, tell_requestor(record, request, now)
    failure = EndFailure(failed.job.name, failed.cause, now)
    rest = [
        replace(one, status=JobStatus.DROPPED, lease_until=None)
        for one in steps_of(record)
        if one.key != failed.job.key and one.status in {JobStatus.WAITING, JobStatus.READY}
    ]
    left = replace(guard, doing=None, done=guard.doing, failure=failure)
    return newer(record.request, now, guard=left, waiting_for=""), rest


fail = failing(_fail)


def retry(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Go on with a making that has failed: each step looks first."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request = record.request
        able = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in able}:
            return NotYours(request, able)
        if request.state is not State.DELIVERY_FAILED:
            return NotPossible(request, request.state)
        again = moved_by(request, Event.DELIVERY_RETRIED, now, failure=None, waiting_for="")
        rows = [
            replace(one, status=JobStatus.WAITING if place else JobStatus.READY, due_at=now, tries=0, body={})
            for place, one in enumerate(steps_of(record))
        ]
        fact = entry(again, "delivery.retried", {"step": StepKind.MAKE_POLICIES}, actor.object_id)
        return Change(request=again, jobs=(*rows, *jobs.show_again(record.jobs, again, now)), audit=(fact,))

    return transition

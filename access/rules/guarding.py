"""What each outcome of a step does to a protection, and who may have it enforced, kept or removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import StepDone, wait
from access.rules.failing import Failed, Stepping, failing, names_of
from access.rules.guard_halts import after_halt
from access.rules.guard_trials import asleep, trial_row
from access.rules.guards import Guard, GuardAct, GuardState, Halted, MadePolicy, Ordering
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
_FROM: Mapping[GuardAct, set[GuardState | None]] = {
    GuardAct.ENFORCE: {GuardState.WATCHING},
    GuardAct.WATCH: {GuardState.ENFORCED, GuardState.PARTLY},
    GuardAct.REMOVE: {None, GuardState.WATCHING, GuardState.ENFORCED, GuardState.PARTLY},
    GuardAct.KEEP: {GuardState.WATCHING},
}
_HARMLESS = {GuardAct.KEEP, GuardAct.REMOVE}
"""While it only reports, whoever asked may do these, too."""

_MADE = {State.DELIVERED, State.DELIVERY_FAILED}
"""The states in which something of it may be there; a making that failed can be removed."""

Ordered = Callable[[Record, datetime], Change | NotYours | OwnRequest | NotPossible]


def steps_of(record: Record) -> list[Job]:
    """Return the steps of the part that was begun last: the making, also anew, or what was ordered since."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.PROTECT]
    newest = max((job.position // 10 for job in steps), default=0)
    newest = 0 if record.request.state is State.DELIVERING else newest
    return sorted((one for one in steps if one.position // 10 == newest), key=lambda job: job.position)


def may(request: Request, act: GuardAct, person: Named, secures: Sequence[Named]) -> bool:
    """Tell whether somebody may: security admins, and who asked takes back what only reports."""
    guard, own = request.guard, person.object_id == request.requestor.object_id
    among = person.object_id in {one.object_id for one in secures}
    if act is GuardAct.ENFORCE:
        return among and not own
    return among or (own and (guard is None or guard.only_reports) and act in _HARMLESS)


def can(request: Request, act: GuardAct) -> bool:
    """Tell whether a protection is in a state for an act, whoever it is."""
    guard = request.guard
    if guard is None or guard.doing is not None or request.state not in _MADE:
        return False
    return guard.state in _FROM[act]


def order(act: GuardAct, actor: Named, secures: tuple[Named, ...], seen: str = "") -> Ordered:
    """Have a protection enforced, only reporting again, or removed, or go on watching it."""

    def transition(record: Record, now: datetime) -> Change | NotYours | OwnRequest | NotPossible:
        request, guard = record.request, record.request.guard
        if not may(request, act, actor, secures):
            own = actor.object_id == request.requestor.object_id
            others = tuple(one for one in secures if one.object_id != request.requestor.object_id)
            return OwnRequest(request, others) if own else NotYours(request, secures)
        if guard is None or not can(request, act):
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
    rows = (trial_row(request, asks_at, record.jobs), *jobs.show_again(record.jobs, request, now))
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
    if (later := result.later) is not None:
        waits = wait(key, fence, later.cause, later.delay, surely_not_done=True)
        return _noting(result.policies, fence, waits)
    if (halted := result.halted) is not None:
        traces, noted = str(result.traces.get("request-id", "")), bool(result.policies)
        fails = fail(key, fence, halted.cause, {}, traces, surely_not_done=noted, halted=halted)
        return _noting(result.policies, fence, fails)

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


def _noting(made: tuple[MadePolicy, ...], fence: int, stops: Stepping) -> Stepping:
    """Note what a step has made before it stops, so that it is looked for, and not made again."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        change = stops(record, now)
        if isinstance(change, Stale) or not made or change.request.guard is None:
            return change
        request = replace(change.request, guard=replace(change.request.guard, made=made))
        request = replace(request, version=record.request.version + 1, changed_at=now)
        told: dict[str, Json] = {"policies": [one.policy_id for one in made], "fence": fence}
        failed = "step.failed"
        facts = [
            replace(one, detail={**one.detail, **told}) if one.what == failed else one for one in change.audit
        ]
        return replace(change, request=request, audit=tuple(facts))

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
        enforced=(),
        left=(),
    )
    changes: dict[str, object] = {"guard": guard, "waiting_for": "", "failure": None}
    told: Sequence[Job] = ()
    if act is None:
        request = moved_by(record.request, Event.DELIVERY_SUCCEEDED, now, delivered_at=now, **changes)
        told = tell_requestor(record, request, now)
    elif record.request.state is State.DELIVERY_FAILED:  # whose making failed, so that there was nothing else
        request = moved_by(record.request, Event.CANCELED, now, **changes)
    else:
        request = newer(record.request, now, **changes)
    fact = became(request, state, {"policies": [one.policy_id for one in guard.made]})
    return request, [*asleep(record, request, asks_at), *told], (fact,)


def became(request: Request, state: GuardState, detail: dict[str, Json]) -> AuditFact:
    match state:
        case GuardState.WATCHING:
            return entry(request, "guard.watching", detail)
        case GuardState.ENFORCED:
            return entry(request, "guard.enforced", detail)
        case GuardState.PARTLY:
            return entry(request, "guard.partly", detail)
        case GuardState.REMOVED:
            return entry(request, "guard.removed", detail)


def fail(
    key: str,
    fence: int,
    cause: Cause,
    detail: Mapping[str, str],
    trace: str,
    *,
    surely_not_done: bool = True,
    halted: Halted | None = None,
) -> Stepping:
    """Let the making fail, or say of a protection what is left of it: as a step `halted`, or as it may be."""

    def meaning(record: Record, failed: Failed) -> tuple[Request, Sequence[Job]]:
        return _fallen(record, failed, halted)

    ending = failing(meaning)(key, fence, cause, detail, trace, surely_not_done=surely_not_done)

    def transition(record: Record, now: datetime) -> Change | Stale:
        change, before = ending(record, now), record.request.guard
        guard = None if isinstance(change, Stale) else change.request.guard
        if (
            isinstance(change, Stale)
            or before is None
            or guard is None
            or guard.state in {before.state, None}
        ):
            return change
        # By their ids: a name may hold a guest's, and the chain forgets nobody.
        left: list[Json] = [one.object_id for one in halted.left] if halted is not None else []
        detail: dict[str, Json] = {"enforced": list(guard.enforced), "left": left}
        return replace(change, audit=(*change.audit, became(change.request, guard.state, detail)))

    return transition


def _fallen(record: Record, failed: Failed, halted: Halted | None) -> tuple[Request, Sequence[Job]]:
    guard, now = record.request.guard, failed.at
    if guard is None or guard.doing is None:
        failure = replace(failed.failure, detail=names_of(record.request))
        request = moved_by(record.request, Event.DELIVERY_FAILED, now, failure=failure, waiting_for="")
        return request, tell_requestor(record, request, now)
    rest = [
        replace(one, status=JobStatus.DROPPED, lease_until=None)
        for one in steps_of(record)
        if one.key != failed.job.key and one.status in {JobStatus.WAITING, JobStatus.READY}
    ]
    left = after_halt(guard, guard.doing, failed, halted)
    request = newer(record.request, now, guard=left, waiting_for="")
    moved = left.state is not guard.state
    return request, [*rest, *(asleep(record, request, left.asks_at) if moved else [])]


def retry(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Go on with a making that has failed: each step looks first."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request = record.request
        able = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in able}:
            return NotYours(request, able)
        if request.state is not State.DELIVERY_FAILED or (request.guard and request.guard.doing):
            return NotPossible(request, request.state)
        guard = request.guard
        if guard is not None and guard.done is not None:  # a removal, which may have deleted some of it
            guard = replace(guard, made=())
        again = moved_by(request, Event.DELIVERY_RETRIED, now, guard=guard, failure=None, waiting_for="")
        rows = [
            replace(one, status=JobStatus.WAITING if place else JobStatus.READY, due_at=now, tries=0, body={})
            for place, one in enumerate(steps_of(replace(record, request=again)))
        ]
        fact = entry(again, "delivery.retried", {"step": StepKind.MAKE_POLICIES}, actor.object_id)
        return Change(request=again, jobs=(*rows, *jobs.show_again(record.jobs, again, now)), audit=(fact,))

    return transition

"""Giving an access again that was taken away, under the approval that it had and with its old end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.rules import jobs, lasting, unaccepted
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import WAS_THERE, StepDone
from access.rules.failing import Failed, Stepping, failing
from access.rules.model import (
    Assignment,
    AssignmentState,
    Change,
    EndFailure,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    Record,
    Request,
    Returned,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale

STEPS = (StepKind.GIVE_AGAIN, StepKind.PROVE_AGAIN)
Retrying = Callable[[Record, datetime], Change | NotYours | NotPossible]


def steps_of(record: Record) -> list[Job]:
    """Return the steps that give an access again, in their order."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.RETURN]
    return sorted(steps, key=lambda job: job.position)


def is_given(record: Record) -> bool:
    """Tell whether the access is there again, though that is perhaps not read back yet."""
    return any(job.name == StepKind.GIVE_AGAIN and job.status is JobStatus.DONE for job in steps_of(record))


def was_there(record: Record) -> bool:
    """Tell whether somebody else had given the access, when it was to be given again."""
    given = record.request.assignment
    returns = given is not None and given.state is AssignmentState.RETURNING
    return returns and any(job.body.get(WAS_THERE) for job in steps_of(record))


def journal(
    known: Mapping[str, Job], request: Request, kind: JobKind, steps: tuple[StepKind, ...], at: datetime
) -> tuple[Job, ...]:
    """Return the rows of steps that begin, the first of them due; a row that was there keeps its fence."""
    rows = []
    for place, step in enumerate(steps):
        key = jobs.key_of(request.request_id, request.cycle + 1, step)
        status = JobStatus.WAITING if place else JobStatus.READY
        row = Job(
            key=key,
            request_id=request.request_id,
            kind=kind,
            name=step,
            status=status,
            due_at=at,
            position=place,
        )
        rows.append(replace(row, fence=known[key].fence) if key in known else row)
    return tuple(rows)


def begin(actor: Named, seen: int) -> jobs.Claim:
    """Begin to give an access again that has ended, as it was `seen`; else it is looked at anew."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, given = record.request, record.request.assignment
        if request.version != seen or given is None or given.state is not AssignmentState.ENDED:
            return Stale()
        back = replace(given, state=AssignmentState.RETURNING, failure=None, returned=Returned(actor, now))
        request = newer(request, now, assignment=back, failure=None, waiting_for="")
        rows = [
            *journal(record.jobs, request, JobKind.RETURN, STEPS, now),
            *lasting.anew(request, record.jobs, now),  # which ends it where it stands still until its end
            *tell_requestor(record, request, now),
            *_tell_remover(record, request, actor, now),
            *jobs.show_again(record.jobs, request, now),
        ]
        detail: dict[str, Json] = {
            "guest": request.guest_id,
            "app": request.app.object_id,
            "give": request.give.key,
            "ends_at": request.ends_at.isoformat() if request.ends_at else "",
            "why": given.end.why if given.end else "",
        }
        fact = entry(request, "assignment.returning", detail, actor.object_id)
        return Change(request=request, jobs=tuple(rows), audit=(fact,))

    return transition


def _tell_remover(record: Record, request: Request, actor: Named, now: datetime) -> tuple[Job, ...]:
    """Return a card in the 1:1 of who took the access away, unless they undo that or have one already."""
    given = request.assignment
    by = given.end.by if given and given.end else None
    if by is None or by.object_id in {actor.object_id, request.requestor.object_id}:
        return ()
    card = jobs.card(request, f"{jobs.APPROVER}{by.object_id}", "", now)
    return () if card.key in record.jobs else (card,)


def retry(actor: Named, others: tuple[Named, ...]) -> Retrying:
    """Take the giving up again from its first step, after looking what is there; who may end it may."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request, given = record.request, record.request.assignment
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if given is None or given.state is not AssignmentState.RETURNING or given.failure is None:
            return NotPossible(request, request.state)
        request = newer(request, now, assignment=replace(given, failure=None), waiting_for="")
        steps = tuple(
            replace(
                job,
                status=JobStatus.WAITING if place else JobStatus.READY,
                due_at=now,
                tries=0,
                body={},
            )
            for place, job in enumerate(steps_of(record))
        )
        fact = entry(request, "assignment.retried", {}, actor.object_id)
        shown = jobs.show_again(record.jobs, request, now)
        return Change(request=request, jobs=(*steps, *shown), audit=(fact,))

    return transition


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:  # noqa: ARG001 - as of a delivery
    """Finish a step: the next becomes ready, or the access is active again, as it was before its end."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, given = jobs.held(record, key, fence), record.request.assignment
        if job is None or given is None:
            return Stale()
        found: dict[str, Json] = {WAS_THERE: True} if result.traces.get(WAS_THERE) else {}
        if job.name == StepKind.GIVE_AGAIN:
            given = replace(given, was_there=bool(found))
        request = newer(record.request, now, assignment=given, waiting_for="")
        detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
        audit = [entry(request, "step.done", {**detail, "guest": request.guest_id})]
        waiting = [one for one in steps_of(record) if one.status is JobStatus.WAITING][:1]
        rows = [jobs.done(job, **found)]
        rows += [replace(one, status=JobStatus.READY, due_at=now) for one in waiting]
        if not waiting:
            request = _active_again(record, request, given, pending=result.invited)
            rows += [*lasting.anew(request, record.jobs, now), *unaccepted.anew(request, record.jobs, now)]
            rows += jobs.show_again(record.jobs, request, now)
            audit.append(entry(request, "assignment.returned", {"guest": request.guest_id}))
        return Change(request=request, jobs=tuple(rows), audit=tuple(audit))

    return transition


def _active_again(record: Record, request: Request, given: Assignment, *, pending: bool) -> Request:
    """Return the request with its access as it was, of a guest who has perhaps not accepted yet.

    What has lapsed before is shown anew: nothing ends again unseen.
    """
    active = as_given(record, given)
    waits = pending and request.accepted_at is None
    kept = tuple(one for one in request.lapses if one.kept_until is not None)
    if active.returned is not None:  # it may have been begun long before
        active = replace(active, returned=replace(active.returned, at=request.changed_at))
    return replace(request, assignment=active, awaits_acceptance=waits, lapses=kept)


def as_given(record: Record, given: Assignment) -> Assignment:
    """Return an access that was given again: nothing is left of its end, but who has halted it meanwhile."""
    return Assignment(
        state=AssignmentState.ACTIVE,
        was_there=given.was_there or was_there(record),
        halted=given.halted,
        renewals=given.renewals,
        not_renewed=given.not_renewed,
        returned=given.returned,
        linked_at=given.linked_at,
    )


def stand_still(record: Record, failed: Failed) -> tuple[Request, Sequence[Job]]:
    """Let an end, or what undoes it, stand still: the guest may have the access, or not."""
    given, now = record.request.assignment, failed.at
    assert given is not None
    given = replace(given, failure=EndFailure(failed.job.name, failed.cause, now))
    request = newer(record.request, now, assignment=given, waiting_for="")
    return request, tell_requestor(record, request, now)


fail = failing(stand_still)

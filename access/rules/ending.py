"""How an access ends, by its term or by somebody's act: taken away step by step, and read back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.rules import delivery, jobs, lasting, settingup
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import StepDone, steps_of
from access.rules.failing import Failed, Stepping, failing
from access.rules.model import (
    Assignment,
    AssignmentState,
    AuditFact,
    Change,
    End,
    EndCause,
    EndFailure,
    Job,
    JobKind,
    JobStatus,
    Json,
    Left,
    MailState,
    Named,
    ObjectId,
    Record,
    Request,
    RequestId,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale

STEPS = (StepKind.TAKE_AWAY, StepKind.PROVE_GONE)


def removals_of(record: Record) -> list[Job]:
    """Return the steps of an end in their order."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.REMOVAL]
    return sorted(steps, key=lambda job: job.position)


def assign(*, was_there: bool) -> jobs.Claim:
    """Note the access of a request that a version without ends has delivered."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        if request.state is not State.DELIVERED or request.assignment is not None or request.setup:
            return Stale()
        given = Assignment(state=AssignmentState.ACTIVE, was_there=was_there)
        # Nothing has happened that a card shows, so no date changes.
        request = newer(request, request.changed_at, assignment=given)
        detail: dict[str, Json] = {"guest": request.guest_id, "was_there": was_there}
        fact = entry(request, "assignment.noted", detail)
        return Change(request=request, jobs=lasting.begun(request, now), audit=(fact,))

    return transition


def look(key: str, fence: int, facts: lasting.Facts) -> jobs.Claim:
    """Begin the end that is due, or warn of it, and sleep until something is due."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, request = jobs.held(record, key, fence), record.request
        if job is None:
            return Stale()
        due = lasting.calendar(request, facts.rules, facts.house)
        if not due:
            return Change(request=request, jobs=(jobs.done(job),))
        if due[-1].at <= now:
            change = _begun(record, End(EndCause.TERM, now), now)
            return replace(change, jobs=(*change.jobs, jobs.done(job)))
        at, change = lasting.next_at(request, facts, now), Change(request=request)
        warning = lasting.passed(request, facts, now)
        if warning and not lasting.is_told(record, warning):
            if facts.asked:
                change = lasting.warned(record, warning, facts, now)
            else:  # it has come due since
                at = now
        asleep = replace(jobs.later(job, at, surely_not_done=True), tries=0)
        return replace(change, jobs=(*change.jobs, asleep))

    return transition


def remove(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """End an access before its term is over; its requestor and `others` may.

    An end that stands still goes on, and any other stays as it is: to remove twice is to remove once.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request, given = record.request, record.request.assignment
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if given is None:
            return NotPossible(request, request.state)
        if given.failure is not None:
            return take_up(record, actor, now)
        if given.state is not AssignmentState.ACTIVE:
            return Change(request=request)
        return _ahead_of_term(record, End(EndCause.REMOVED, now, actor), now)

    return transition


def by_policy(record: Record, why: EndCause, rule: str, now: datetime) -> Change:
    """End an active access before its term is over, because the policy says so."""
    return _ahead_of_term(record, End(why, now, rule=rule), now)


def _ahead_of_term(record: Record, end: End, now: datetime) -> Change:
    change = _begun(record, end, now)
    row = record.jobs.get(jobs.key_of(record.request.request_id, 0, lasting.NAME))
    asleep = (replace(row, status=JobStatus.DROPPED, lease_until=None),) if row else ()
    return replace(change, jobs=(*change.jobs, *asleep))


def retry(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Go on with what stands still: an end, or else a delivery; its requestor and `others` may."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        given = record.request.assignment
        if record.request.setup is not None:
            return settingup.retry(actor, others)(record, now)
        again = remove if given is not None and given.failure is not None else delivery.retry
        return again(actor, others)(record, now)

    return transition


def _begun(record: Record, end: End, now: datetime) -> Change:
    """Begin an end: what was not done of the delivery is not done any more, nor is an acceptance awaited."""
    before, given = record.request, record.request.assignment
    assert given is not None
    ending = replace(given, state=AssignmentState.ENDING, end=end)
    audit = [_begins(before, end)]
    if given.was_there:
        ending = _left(ending, Left.WAS_THERE, now)
        audit.append(_ended(before, ending))
    request = newer(
        before,
        now,
        assignment=ending,
        failure=None,
        waiting_for="",
        awaits_acceptance=False,
        mail=MailState.FAILED if before.mail is MailState.QUEUED else before.mail,
    )
    rows = [*given_up(record), *(() if given.was_there else _steps(request, now))]
    rows += tell_requestor(record, request, now)
    rows += jobs.show_again(record.jobs, request, now)
    return Change(request=request, jobs=tuple(rows), audit=tuple(audit))


def given_up(record: Record) -> list[Job]:
    """Return the steps of the delivery that are not done, given up: of a mail that waits, its link, too."""
    still = {JobStatus.READY, JobStatus.WAITING, JobStatus.FAILED}
    waiting = [job for job in steps_of(record) if job.status in still]
    return [replace(job, status=JobStatus.DROPPED, secret="") for job in waiting]


def _steps(request: Request, now: datetime) -> tuple[Job, ...]:
    return tuple(
        Job(
            key=jobs.key_of(request.request_id, request.cycle + 1, kind),
            request_id=request.request_id,
            kind=JobKind.REMOVAL,
            name=kind,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=now,
            position=place,
        )
        for place, kind in enumerate(STEPS)
    )


def take_up(record: Record, actor: Named | None, now: datetime) -> Change:
    """Take an end up from its first step: what is gone by now is found gone."""
    request, given = record.request, record.request.assignment
    assert given is not None
    state = AssignmentState.ENDING
    again = replace(given, state=state, failure=None, ended_at=None, left=None, halted=None)
    request = newer(request, now, assignment=again, waiting_for="")
    steps = tuple(
        replace(
            job,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=now,
            started=0 if job.status is JobStatus.DONE else job.started,
            tries=0,
            body={},
        )
        for place, job in enumerate(removals_of(record))
    )
    rows = (*steps, *jobs.show_again(record.jobs, request, now))
    fact = entry(request, "assignment.retried", {}, actor.object_id if actor else None)
    return Change(request=request, jobs=rows, audit=(fact,))


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:  # noqa: ARG001 - as of a delivery
    """Finish a step of an end: the next becomes ready, or the access has ended with what it `left`."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, given = jobs.held(record, key, fence), record.request.assignment
        if job is None or given is None:
            return Stale()
        if result.left:
            given = _left(given, result.left, now)
        request = newer(record.request, now, assignment=given, waiting_for="")
        waiting = [one for one in removals_of(record) if one.status is JobStatus.WAITING]
        others = [
            replace(one, status=JobStatus.DROPPED)
            if result.left
            else replace(one, status=JobStatus.READY, due_at=now)
            for one in waiting
        ]
        detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
        audit = [entry(request, "step.done", {**detail, "guest": request.guest_id})]
        audit += [_ended(request, given)] if result.left else []
        shown = jobs.show_again(record.jobs, request, now) if result.left else ()
        return Change(request=request, jobs=(jobs.done(job), *others, *shown), audit=tuple(audit))

    return transition


def _fail(record: Record, failed: Failed) -> tuple[Request, Sequence[Job]]:
    """Let an end stand still: the guest may still have the access."""
    given, now = record.request.assignment, failed.at
    assert given is not None
    given = replace(given, failure=EndFailure(failed.job.name, failed.cause, now))
    request = newer(record.request, now, assignment=given, waiting_for="")
    return request, tell_requestor(record, request, now)


fail = failing(_fail)


def take_over(other: RequestId) -> jobs.Claim:
    """Take away, at one's own end, what was there because of another request, which ends now.

    Stale where this access is not active any more; a second time nothing changes.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        request, given = record.request, record.request.assignment
        if given is None or given.state is not AssignmentState.ACTIVE:
            return Stale()
        if not given.was_there:
            return Change(request=request)
        request = newer(request, request.changed_at, assignment=replace(given, was_there=False))
        fact = entry(request, "assignment.taken-over", {"from": other, "guest": request.guest_id})
        return Change(request=request, audit=(fact,))

    return transition


def _left(given: Assignment, left: Left, now: datetime) -> Assignment:
    return replace(given, state=AssignmentState.ENDED, ended_at=now, left=left)


def _begins(request: Request, end: End) -> AuditFact:
    detail: dict[str, Json] = {
        "why": end.why,
        "ends_at": request.ends_at.isoformat() if request.ends_at else "",
        "guest": request.guest_id,
        "app": request.app.object_id,
        "give": request.give.key,
        **({"rule": end.rule} if end.rule else {}),
    }
    by: ObjectId | None = end.by.object_id if end.by else None
    return entry(request, "assignment.ending", detail, by)


def _ended(request: Request, given: Assignment) -> AuditFact:
    return entry(request, "assignment.ended", {"guest": request.guest_id, "left": given.left})

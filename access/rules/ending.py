"""How an access ends, by its term or by somebody's act: taken away step by step, and read back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.rules import group_gone, guarding, jobs, lasting, retrying, returning, settingup
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import StepDone, steps_of
from access.rules.failing import Stepping, failing
from access.rules.model import (
    Assignment,
    AssignmentState,
    AuditFact,
    Change,
    End,
    EndCause,
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
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale, WillNotWork

STEPS = (StepKind.TAKE_AWAY, StepKind.PROVE_GONE)
_LAST = (StepKind.UNSPONSOR,)
"""Of an undo, when the access has ended: no failure of it keeps an access, or one that is asked for anew."""
GUEST_GONE = "guest_gone"
"""In the audit of that step, and on its row: it met no guest, and is done anew where they come back."""
_SHORTENING = (StepKind.SHORTEN,)
"""Of a renewal, which gave no access: the end that it moved moves back."""
_UNDOABLE = frozenset({AssignmentState.ACTIVE, AssignmentState.LENGTHENS})


def removals_of(record: Record) -> list[Job]:
    """Return the steps of an end in their order."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.REMOVAL]
    return sorted(steps, key=lambda job: job.position)


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
            change = begun(record, End(EndCause.TERM, now), now)
            return replace(change, jobs=(*change.jobs, jobs.done(job)))
        at, change = lasting.next_at(request, facts, now), Change(request=request)
        warning = lasting.passed(request, facts, now)
        if warning and (not lasting.is_told(record, warning) or lasting.untold(record, warning)):
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

    An end that stands still goes on, and any other stays as it is: to remove twice is to remove once. What
    went with the guest's account is not there to be removed.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request, given = record.request, record.request.assignment
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if given is None or given.state is AssignmentState.SUSPENDED:
            return NotPossible(request, request.state)
        if given.failure is not None and given.failure.step in _LAST:
            return take_up_last(record, actor, now)
        if given.failure is not None and given.state is AssignmentState.ENDING:
            return take_up(record, actor, now)
        if given.state is not AssignmentState.ACTIVE and given.failure is None:
            return Change(request=request)
        return _ahead_of_term(record, End(EndCause.REMOVED, now, actor), now)

    return transition


def undo(actor: Named, seen: int, *, sponsor: bool = False) -> jobs.Claim:
    """Take back what a request added, its access or the end to which it moved another's, as it was `seen`.

    The `sponsor` whom it added to the guest is taken off at last, where that is so.

    Stale where the request is another version by now: who may, and what would be undone, is looked at anew.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        given = record.request.assignment
        if record.request.version != seen or given is None or given.state not in _UNDOABLE:
            return Stale()
        return _ahead_of_term(record, End(EndCause.UNDONE, now, actor), now, sponsor=sponsor)

    return transition


def by_policy(record: Record, why: EndCause, rule: str, now: datetime) -> Change:
    """End an active access before its term is over, because the policy says so."""
    return _ahead_of_term(record, End(why, now, rule=rule), now)


def _ahead_of_term(record: Record, end: End, now: datetime, *, sponsor: bool = False) -> Change:
    change = begun(record, end, now, sponsor=sponsor)
    row = record.jobs.get(jobs.key_of(record.request.request_id, 0, lasting.NAME))
    asleep = (replace(row, status=JobStatus.DROPPED, lease_until=None),) if row else ()
    return replace(change, jobs=(*change.jobs, *asleep))


def retry(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible | WillNotWork]:
    """Go on with what stands still: an end, or else a delivery; its requestor and `others` may."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | WillNotWork:
        given = record.request.assignment
        if record.request.setup is not None:
            return settingup.retry(actor, others)(record, now)
        if record.request.guard is not None:
            return guarding.retry(actor, others)(record, now)
        if record.request.bulk is not None:
            return NotPossible(record.request, record.request.state)
        if given is None or given.failure is None:
            return retrying.retry(actor, others)(record, now)
        again = returning.retry if given.state is AssignmentState.RETURNING else remove
        return again(actor, others)(record, now)

    return transition


def begun(record: Record, end: End, now: datetime, *, gave: bool = True, sponsor: bool = False) -> Change:
    """Begin an end: what was not done of the delivery is not done any more, nor is an acceptance awaited.

    A step that gives the access again, and that somebody is at, has its time before anything is taken away.
    Where the delivery `gave` nothing there is nothing to take away either, nor what was there before it.
    A `sponsor` whom it added is taken off after that.
    """
    before, given = record.request, record.request.assignment
    assert given is not None
    given = replace(given, was_there=given.was_there or returning.was_there(record))
    ending = replace(
        given, state=AssignmentState.ENDING, end=end, failure=None, ended_at=None, left=None, returned=None
    )
    audit = [_begins(before, end)]
    takes = gave and not given.was_there
    if not takes:
        ending = _left(ending, Left.WAS_THERE if given.was_there else Left.NEVER_GIVEN, now)
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
    free_at = max([now, *(job.lease_until for job in returning.steps_of(record) if job.lease_until)])
    taking = _SHORTENING if request.extends else STEPS
    kinds = (*(taking if takes else ()), *(_LAST if sponsor else ()))
    rows = [*given_up(record), *returning.journal(record.jobs, request, JobKind.REMOVAL, kinds, free_at)]
    rows += tell_requestor(record, request, now)
    rows += jobs.show_again(record.jobs, request, now)
    return Change(request=request, jobs=tuple(rows), audit=tuple(audit))


def given_up(record: Record) -> list[Job]:
    """Return the steps of the delivery that are not done, given up: of a mail that waits, its link, too."""
    still = {JobStatus.READY, JobStatus.WAITING, JobStatus.FAILED}
    waiting = [job for job in (*steps_of(record), *returning.steps_of(record)) if job.status in still]
    return [replace(job, status=JobStatus.DROPPED, secret="", lease_until=None) for job in waiting]


def take_up(record: Record, actor: Named | None, now: datetime) -> Change:
    """Take an end up from its first step: what is gone by now is found gone.

    Whoever is at one of its steps holds it no more, so that what they found before counts no more, either.
    """
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
            lease_until=None,
            body={},
        )
        for place, job in enumerate(removals_of(record))
    )
    rows = (*steps, *jobs.show_again(record.jobs, request, now))
    fact = entry(request, "assignment.retried", {}, actor.object_id if actor else None)
    return Change(request=request, jobs=rows, audit=(fact,))


def met_nobody(record: Record) -> bool:
    """Tell whether the last step of an undo met no guest: who comes back has kept what it takes."""
    given = record.request.assignment
    last = [job for job in removals_of(record) if job.status is JobStatus.DONE and job.body.get(GUEST_GONE)]
    return bool(last) and given is not None and given.state is AssignmentState.ENDED


def take_up_last(record: Record, actor: Named | None, now: datetime) -> Change:
    """Take up what is left to do of an undo whose access has ended."""
    given = record.request.assignment
    assert given is not None
    request = newer(record.request, now, assignment=replace(given, failure=None), waiting_for="")
    rows = [
        replace(job, status=JobStatus.READY, due_at=now, tries=0, lease_until=None, body={})
        for job in removals_of(record)
        if job.name in _LAST
    ]
    rows += jobs.show_again(record.jobs, request, now)
    fact = entry(request, "assignment.retried", {"step": _LAST[0]}, actor.object_id if actor else None)
    return Change(request=request, jobs=tuple(rows), audit=(fact,))


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:  # noqa: ARG001 - as of a delivery
    """Finish a step of an end: the next becomes ready, or the access has ended with what it `left`."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, given = jobs.held(record, key, fence), record.request.assignment
        if job is None or given is None:
            return Stale()
        left, others = result.left, _next_of(record, result.left, now)
        if left:
            given = _left(given, left, now)
        gone_at = group_gone.since(record.request, job, result, now)
        request = newer(record.request, now, assignment=given, waiting_for="", group_gone_at=gone_at)
        detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
        audit = [entry(request, "step.done", {**detail, "guest": request.guest_id})]
        audit += [_ended(request, given)] if left else []
        shown = jobs.show_again(record.jobs, request, now) if left else ()
        found: dict[str, Json] = {GUEST_GONE: True} if result.traces.get(GUEST_GONE) else {}
        return Change(request=request, jobs=(jobs.done(job, **found), *others, *shown), audit=tuple(audit))

    return transition


def _next_of(record: Record, left: Left | None, now: datetime) -> list[Job]:
    """Return the rows that wait: the next is ready, once it is over the last, of a guest who is there."""
    waiting = [one for one in removals_of(record) if one.status is JobStatus.WAITING]
    if left is None:
        return [replace(one, status=JobStatus.READY, due_at=now) for one in waiting[:1]]
    last = [one for one in waiting if one.name in _LAST and left is not Left.GUEST_GONE]
    dropped = [replace(one, status=JobStatus.DROPPED) for one in waiting if one not in last]
    return [*dropped, *(replace(one, status=JobStatus.READY, due_at=now) for one in last)]


fail = failing(returning.stand_still)


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

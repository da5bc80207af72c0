"""What each outcome of a step does to a request that gives an app a group of its own for guests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import StepDone
from access.rules.failing import Failed, Stepping, failing
from access.rules.lifecycle import Event
from access.rules.model import (
    Change,
    End,
    EndCause,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    Record,
    Request,
    Setup,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible, NotYours, Stale, WillNotWork
from access.rules.retrying import is_old

ENTRY = "entry"
"""The name of the row that looks whether the policy gives the group by now."""
ASKED = "asked"
"""On that row: somebody asks whether the group is still there, too."""
_OFTEN, _SELDOM = timedelta(minutes=1), timedelta(minutes=15)
_LONG = timedelta(days=1)
"""After which the policy is looked at less often."""
GIVEN_UP = timedelta(days=60)
"""After which nobody is expected to write the entry any more; *Check again* still looks."""


def steps_of(record: Record) -> list[Job]:
    """Return the steps of a set-up in their order."""
    steps = [job for job in record.jobs.values() if job.kind is JobKind.SETUP]
    return sorted(steps, key=lambda job: job.position)


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:  # noqa: ARG001 - as of a delivery
    """Finish a step, done by Guestlist or left to a person: the next becomes ready, the proof is the end."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, setup = jobs.held(record, key, fence), record.request.setup
        if job is None or setup is None:
            return Stale()
        by_hand = [one for one in setup.by_hand if one != job.name]
        by_hand += [job.name] if result.by_hand else []
        group_id, owners = result.group_id or setup.group_id, result.owners or setup.owners
        setup = replace(setup, by_hand=tuple(by_hand), group_id=group_id, owners=owners)
        changes: dict[str, object] = {"setup": setup, "waiting_for": "", "failure": None}
        if job.name != StepKind.PROVE_SETUP:
            request, rows = newer(record.request, now, **changes), list[Job]()
        else:
            changes["delivered_at"] = now
            changes["setup"] = replace(setup, entry=result.entry)
            request = moved_by(record.request, Event.DELIVERY_SUCCEEDED, now, **changes)
            rows = [_entry_row(request, now), *tell_requestor(record, request, now)]
        rows = [jobs.done(job), *_woken(record, job, now), *rows]
        patience = jobs.PROGRESS if request.state is State.DELIVERING else timedelta()
        rows += jobs.show_again(record.jobs, request, now, patience=patience)
        detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
        detail |= {"group": setup.group_id} | ({"by_hand": True} if result.by_hand else {})
        audit = [entry(request, "step.done", detail)]
        if request.state is State.DELIVERED:
            audit.append(entry(request, "setup.delivered", {"group": setup.group_id}))
        return Change(request=request, jobs=tuple(rows), audit=tuple(audit))

    return transition


def _woken(record: Record, finished: Job, now: datetime) -> list[Job]:
    waiting = [one for one in steps_of(record) if one.status is JobStatus.WAITING and one != finished]
    return [replace(one, status=JobStatus.READY, due_at=now) for one in waiting[:1]]


def _fail(record: Record, failed: Failed) -> tuple[Request, Sequence[Job]]:
    """End a set-up; what was done stays done, and is found by the next try."""
    event, now = Event.DELIVERY_FAILED, failed.at
    request = moved_by(record.request, event, now, failure=failed.failure, waiting_for="")
    return request, tell_requestor(record, request, now)


fail = failing(_fail)


def retry(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible | WillNotWork]:
    """Go on with what stands still, or look again whether the policy gives the group.

    Every step looks first, so all of them may run again under the approval.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | WillNotWork:
        request, setup = record.request, record.request.setup
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if setup is not None and request.state is State.DELIVERED and setup.in_force_at is None:
            return Change(request=request, jobs=(_entry_row(request, now, record.jobs),))
        if setup is None or request.state is not State.DELIVERY_FAILED:
            return NotPossible(request, request.state)
        if is_old(request, now):
            return WillNotWork(request, Cause.APPROVAL_OLD)
        again = moved_by(request, Event.DELIVERY_RETRIED, now, failure=None, waiting_for="")
        steps = steps_of(record)
        rows = [
            replace(
                one,
                status=JobStatus.WAITING if place else JobStatus.READY,
                due_at=now,
                tries=0,
                body={},
            )
            for place, one in enumerate(steps)
        ]
        rows += jobs.show_again(record.jobs, again, now)
        fact = entry(again, "delivery.retried", {"step": steps[0].name}, actor.object_id)
        return Change(request=again, jobs=tuple(rows), audit=(fact,))

    return transition


def give_up(
    actor: Named, others: tuple[Named, ...]
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Give up what stands still, so that the app is free for another; what was done stays."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request, setup = record.request, record.request.setup
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if setup is None or request.state is not State.DELIVERY_FAILED:
            return NotPossible(request, request.state)
        setup = replace(setup, given_up=End(EndCause.REMOVED, now, actor))
        over = moved_by(request, Event.CANCELED, now, failure=None, waiting_for="", setup=setup)
        left = [one for one in steps_of(record) if one.status is not JobStatus.DONE]
        dropped = [replace(one, status=JobStatus.DROPPED, lease_until=None) for one in left]
        rows = (*dropped, *tell_requestor(record, over, now), *jobs.show_again(record.jobs, over, now))
        detail: dict[str, Json] = {"why": EndCause.REMOVED, "group": setup.group_id}
        fact = entry(over, "request.canceled", detail, actor.object_id)
        return Change(request=over, jobs=rows, audit=(fact,))

    return transition


def look(key: str, fence: int, *, in_force: bool, there: bool | None = None) -> jobs.Claim:
    """Note that the policy gives the group, or sleep until it is looked at again.

    Note too whether the group is still `there`, where that was looked at: one that is not is not in force.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, setup = jobs.held(record, key, fence), record.request.setup
        if job is None or setup is None:
            return Stale()
        since = record.request.delivered_at or now
        if there is not None:
            job = replace(job, body={})
        row = jobs.done(job)
        if (there is False or not in_force) and now - since < GIVEN_UP:
            often = _OFTEN if now - since < _LONG else _SELDOM
            row = replace(jobs.later(job, now + often, surely_not_done=True), tries=0)
        if there is not None and there is not (setup.gone_at is None):
            what, known = "setup.group-back" if there else "setup.group-gone", None if there else now
            setup = replace(setup, gone_at=known)
        elif in_force and there is not False and setup.in_force_at is None:
            what = "setup.in-force"
        else:
            return Change(request=record.request, jobs=(row,))
        if in_force and there is not False:
            setup = replace(setup, in_force_at=now)
        request = newer(record.request, now, setup=setup)
        rows = (row, *jobs.show_again(record.jobs, request, now))
        return Change(request=request, jobs=rows, audit=(entry(request, what, {"group": setup.group_id}),))

    return transition


def _entry_row(request: Request, now: datetime, known: Mapping[str, Job] | None = None) -> Job:
    """Return the row, awake; one that somebody has in hand keeps its claim, and looks anyway."""
    key = jobs.key_of(request.request_id, 0, ENTRY)
    row = Job(
        key=key,
        request_id=request.request_id,
        kind=JobKind.ENTRY,
        name=ENTRY,
        status=JobStatus.READY,
        due_at=now,
    )
    if known is None:
        return row
    return replace(known.get(key, row), status=JobStatus.READY, due_at=now, tries=0, body={ASKED: True})


def group_of(setup: Setup) -> dict[str, Json]:
    """Return for the audit which group a step is about, as far as it is known."""
    return {"group": setup.group_id}

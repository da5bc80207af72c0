"""What each outcome of a step does to a request that gives an app a group of its own for guests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs
from access.rules.changing import entry, moved_by, newer
from access.rules.deciding import tell_requestor
from access.rules.delivery import StepDone
from access.rules.failing import Failed, Stepping, failing
from access.rules.lifecycle import Event
from access.rules.model import (
    Change,
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
from access.rules.refusals import NotPossible, NotYours, Stale

ENTRY = "entry"
"""The name of the row that looks whether the policy gives the group by now."""
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
        setup = replace(setup, by_hand=tuple(by_hand), group_id=result.group_id or setup.group_id)
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
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Go on with what stands still, or look again whether the policy gives the group.

    Every step but the making of the group looks first, so all of them may run again under the approval.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request, setup = record.request, record.request.setup
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if setup is not None and request.state is State.DELIVERED and setup.in_force_at is None:
            return Change(request=request, jobs=(_entry_row(request, now, record.jobs),))
        if setup is None or request.state is not State.DELIVERY_FAILED:
            return NotPossible(request, request.state)
        again = moved_by(request, Event.DELIVERY_RETRIED, now, failure=None, waiting_for="")
        made = setup.group_id is not None
        steps = [one for one in steps_of(record) if not (made and one.name == StepKind.MAKE_GROUP)]
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


def look(key: str, fence: int, *, in_force: bool) -> jobs.Claim:
    """Note that the policy gives the group, or sleep until it is looked at again."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, setup = jobs.held(record, key, fence), record.request.setup
        if job is None or setup is None:
            return Stale()
        since = record.request.delivered_at or now
        if not in_force and now - since < GIVEN_UP:
            often = _OFTEN if now - since < _LONG else _SELDOM
            asleep = replace(jobs.later(job, now + often, surely_not_done=True), tries=0)
            return Change(request=record.request, jobs=(asleep,))
        if not in_force or setup.in_force_at is not None:
            return Change(request=record.request, jobs=(jobs.done(job),))
        request = newer(record.request, now, setup=replace(setup, in_force_at=now))
        rows = (jobs.done(job), *jobs.show_again(record.jobs, request, now))
        fact = entry(request, "setup.in-force", {"group": setup.group_id})
        return Change(request=request, jobs=rows, audit=(fact,))

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
    return replace((known or {}).get(key, row), status=JobStatus.READY, due_at=now, tries=0)


def group_of(setup: Setup) -> dict[str, Json]:
    """Return for the audit which group a step is about, as far as it is known."""
    return {"group": setup.group_id}

"""The time that a protection is watched, and the question at its end: what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.changing import entry, newer
from access.rules.guards import Guard, GuardState, Observed
from access.rules.model import Change, Job, JobKind, JobStatus, Json, Named, Record, Request
from access.rules.refusals import Stale

_UNDER_WAY = timedelta(hours=1)
_KEPT = timedelta(days=30)
"""How long the sign-in log goes back."""
TRIAL = "trial"
"""The name of the row that asks once a protection has been watched for long enough."""


def asleep(record: Record, request: Request, asks_at: datetime | None) -> list[Job]:
    if asks_at is not None:
        return [trial_row(request, asks_at, record.jobs)]
    row = record.jobs.get(jobs.key_of(request.request_id, 0, TRIAL))
    return [replace(row, status=JobStatus.DROPPED, lease_until=None)] if row is not None else []


def trial_row(request: Request, at: datetime, known: Mapping[str, Job]) -> Job:
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


def begins(guard: Guard, now: datetime) -> datetime:
    """Return from when on the sign-in log can tell of a protection."""
    return max(guard.since or now, now - _KEPT)


def is_cut(guard: Guard, seen: Observed) -> bool:
    """Tell whether there were more sign-ins than were gone through, so that the newest alone were."""
    return seen.since > begins(guard, seen.until)


def asked(key: str, fence: int, observed: Observed, secures: Sequence[Named]) -> jobs.Claim:
    """Note what was observed while it only reported, and ask the security admins on a card of their own.

    Where there is none but who asked for it, they are asked, who may go on watching, or remove it.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, guard = jobs.held(record, key, fence), record.request.guard
        if job is None or guard is None:
            return Stale()
        if guard.state is not GuardState.WATCHING:
            return Change(request=record.request, jobs=(jobs.done(job),))
        if guard.doing is not None:  # which may fail, and then it is to be asked all the same
            later = jobs.later(job, now + _UNDER_WAY, surely_not_done=True)
            return Change(request=record.request, jobs=(later,))
        own = record.request.requestor
        others = tuple(one for one in secures if one.object_id != own.object_id)
        request = newer(record.request, now, guard=replace(guard, observed=observed, asked=others))
        asks = [
            replace(told, key=f"{told.key}/asked/{request.version}")
            for one in others or (own,)
            for told in [jobs.notice(request, f"{jobs.APPROVER}{one.object_id}", "", now)]
        ]
        detail: dict[str, Json] = {"guests": observed.guests, "stopped": observed.stopped}
        fact = entry(
            request, "guard.asked", detail | ({"unread": observed.unread} if observed.unread else {})
        )
        rows = (jobs.done(job), *asks, *jobs.show_again(record.jobs, request, now))
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition

"""What becomes of a card that cannot be shown: it is told another way, and shown again to who comes back."""

from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs, lasting
from access.rules.changing import newer
from access.rules.deciding import tell_requestor
from access.rules.model import (
    OPEN,
    Change,
    Job,
    JobKind,
    JobStatus,
    Named,
    ObjectId,
    Place,
    Record,
    Request,
    State,
)
from access.rules.refusals import Stale

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 3 * 60, 8 * 60, 12 * 60))
"""After how long a thread that refuses is tried again: for about a day, in which a change of a team's or the
tenant's settings has come into effect everywhere. Of a moderator who lets us write again nobody tells us."""
TOLD = (jobs.THREAD, jobs.REQUESTOR)
_WAKES = frozenset(
    {
        *(JobKind.TIMER, JobKind.WATCH, JobKind.QUESTION, JobKind.TERM, JobKind.ACCEPTANCE, JobKind.TRIAL),
        JobKind.LIST,
    }
)


def drop(key: str, fence: int, *, untold: bool = False) -> jobs.Claim:
    """Give a card up, and tell another way what it would have told.

    An approver is named where the request is followed. A thread that is closed is followed by its requestor
    in 1:1 from now on, and of a requestor who cannot be reached the thread says so. Of a warning that is
    `untold`, for nobody was shown it, others are told.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        dropped = replace(job, status=JobStatus.DROPPED, lease_until=None)
        if untold and job.name.startswith(lasting.WARNING):
            return Change(request=record.request, jobs=lasting.missed(record, dropped, now))
        return _told_another_way(record, dropped, now)

    return transition


def refused(key: str, fence: int) -> jobs.Claim:
    """Put off what a thread refused to show, longer each time, and give it up after the last pause.

    Its requestor follows the request in 1:1 from the first refusal on.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        count = jobs.refusals(job)
        if count >= len(PAUSES):
            return Change(
                request=record.request, jobs=(replace(job, status=JobStatus.DROPPED, lease_until=None),)
            )
        job = jobs.later(job, now + PAUSES[count], surely_not_done=True)
        job = replace(job, body={**job.body, jobs.REFUSED: count + 1})
        return Change(request=record.request, jobs=(job,)) if count else _told_another_way(record, job, now)

    return transition


def _told_another_way(record: Record, unshown: Job, now: datetime) -> Change:
    """Return the change in which others are told what this card cannot tell."""
    approver = unshown.name.startswith(jobs.APPROVER)
    if not approver and unshown.name not in TOLD:
        return Change(request=record.request, jobs=(unshown,))
    request = _missing(record.request, unshown)
    rest = {
        key: one for key, one in record.jobs.items() if key != unshown.key and (approver or one.name in TOLD)
    }
    told = _others(record, unshown, request, now)
    return Change(request=request, jobs=(unshown, *told, *jobs.show_again(rest, request, now)))


def _others(record: Record, job: Job, request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the new cards of those who are told or asked instead."""
    if job.name == jobs.THREAD:
        return tell_requestor(record, request, now)
    if job.name == jobs.REQUESTOR or request.state is not State.PENDING_APPROVAL:
        return ()
    return jobs.approver_cards(request, record.jobs, now)


def _missing(request: Request, job: Job) -> Request:
    person = job.name.removeprefix(jobs.APPROVER)
    missed = tuple(one for one in request.approvers if one.object_id == person)
    return _told(request, tuple(dict.fromkeys((*request.unreached, *missed))))


def _told(request: Request, unreached: tuple[Named, ...]) -> Request:
    """Return the next version, in which nothing has happened but that others are told: no date changes."""
    return newer(request, request.changed_at, unreached=unreached)


def stumble(job: Job) -> jobs.Claim:
    """Put off a job that a bug of ours ended, later each time; a card is given up after a few."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        mine = jobs.held(record, job.key, job.fence)
        if mine is None:
            return Stale()
        if mine.kind not in _WAKES and jobs.stumbles(mine) + 1 >= jobs.MOST_STUMBLES:
            return drop(job.key, job.fence)(record, now)
        return Change(request=record.request, jobs=(jobs.stumbled(mine, now),))

    return transition


def is_closed(record: Record, audience: str) -> bool:
    """Tell whether the card of this audience was given up, or is refused where it belongs."""
    job = record.jobs.get(jobs.key_of(record.request.request_id, 0, audience))
    return job is not None and _is_unshown(job)


def _is_unshown(job: Job) -> bool:
    return job.status is JobStatus.DROPPED or jobs.refusals(job) > 0


def is_told_nobody(record: Record) -> bool:
    """Tell whether neither the thread nor the requestor can be told of this request any more."""
    cards = (job for job in record.jobs.values() if job.kind is JobKind.CARD and job.name in TOLD)
    return all(_is_unshown(job) for job in cards)


def shown(key: str, fence: int, version: int, place: Place, message: str) -> jobs.Claim:
    """Finish a card; where its thread had refused it, the requestor's own says so no more."""
    finish = jobs.shown(key, fence, version, place, message)

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, change = jobs.held(record, key, fence), finish(record, now)
        if isinstance(change, Stale) or job is None or job.name != jobs.THREAD or not jobs.refusals(job):
            return change
        request = _told(change.request, change.request.unreached)
        told = {other: one for other, one in record.jobs.items() if one.name == jobs.REQUESTOR}
        return replace(change, request=request, jobs=(*change.jobs, *jobs.show_again(told, request, now)))

    return transition


def reopened(record: Record, now: datetime) -> Change | Stale:
    """Try again what the thread refused, for we are there again: no sooner than the shortest pause allows.

    What stands there is changed, and what was given up and does not is posted while the request is open.
    """
    mine = [job for job in record.jobs.values() if _waits_for_thread(job, record.request)]
    if not mine:
        return Stale()
    return Change(request=record.request, jobs=tuple(_tried_soon(job, record.request, now) for job in mine))


def _tried_soon(job: Job, request: Request, now: datetime) -> Job:
    at = now
    if job.status is JobStatus.READY and job.lease_until is None:
        refused_at = job.due_at - PAUSES[jobs.refusals(job) - 1]
        at = max(now, min(job.due_at, refused_at + PAUSES[0]))
    body = {**job.body, jobs.WANTED: request.version, jobs.STUMBLES: 0, jobs.REFUSED: 1}
    return replace(job, status=JobStatus.READY, due_at=at, tries=1, body=body)


def is_given_up(record: Record) -> bool:
    """Tell whether something that its thread is to show again, where we are there again, was given up."""
    dropped = (job for job in record.jobs.values() if job.status is JobStatus.DROPPED)
    return any(_waits_for_thread(job, record.request) for job in dropped)


def _waits_for_thread(job: Job, request: Request) -> bool:
    if job.status is JobStatus.DROPPED:
        return job.name == jobs.THREAD and (bool(job.body[jobs.MESSAGE]) or request.state in OPEN)
    return job.status is JobStatus.READY and jobs.refusals(job) > 0


def again(person: ObjectId) -> jobs.Claim:
    """Show a person, as it is now, what could not be shown to them; a message that stands is updated."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        mine = given_up(record, person)
        if not mine:
            return Stale()
        reached = tuple(one for one in record.request.unreached if one.object_id != person)
        request = _told(record.request, reached)
        shown = {
            job.key: replace(
                job,
                status=JobStatus.READY,
                due_at=now,
                tries=0,
                body={**job.body, jobs.WANTED: request.version, jobs.STUMBLES: 0},
            )
            for job in mine
        }
        rest = {key: job for key, job in record.jobs.items() if key not in shown}
        return Change(request=request, jobs=(*shown.values(), *jobs.show_again(rest, request, now)))

    return transition


def given_up(record: Record, person: ObjectId) -> list[Job]:
    """Return the person's cards that were given up: those that stand, and those that still concern them."""
    request, to_decide = record.request, f"{jobs.APPROVER}{person}"
    theirs = {jobs.REQUESTOR, to_decide} if person == request.requestor.object_id else {to_decide}
    decides = request.state is State.PENDING_APPROVAL and person in {
        one.object_id for one in request.approvers
    }
    return [
        job
        for job in record.jobs.values()
        if job.kind is JobKind.CARD
        and job.status is JobStatus.DROPPED
        and job.name in theirs
        and (job.name == jobs.REQUESTOR or decides or job.body[jobs.MESSAGE])
    ]

"""What becomes of a card that cannot be shown: it is told another way, and shown again to who comes back."""

from dataclasses import replace
from datetime import datetime

from access.rules import jobs
from access.rules.deciding import tell_requestor
from access.rules.model import Change, Job, JobKind, JobStatus, ObjectId, Record, Request, State
from access.rules.refusals import Stale

_TOLD = (jobs.THREAD, jobs.REQUESTOR)


def drop(key: str, fence: int) -> jobs.Claim:
    """Give a card up, and tell another way what it would have told.

    An approver is named where the request is followed. A thread that is closed is followed by its requestor
    in 1:1 from now on, and of a requestor who cannot be reached the thread says so.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        dropped = replace(job, status=JobStatus.DROPPED, lease_until=None)
        approver = job.name.startswith(jobs.APPROVER)
        if not approver and job.name not in _TOLD:
            return Change(request=record.request, jobs=(dropped,))
        request = _missing(record.request, job, now)
        rest = {
            other: one
            for other, one in record.jobs.items()
            if other != key and (approver or one.name in _TOLD)
        }
        told = _others(record, job, request, now)
        return Change(request=request, jobs=(dropped, *told, *jobs.show_again(rest, request, now)))

    return transition


def _others(record: Record, job: Job, request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the new cards of those who are told or asked instead."""
    if job.name == jobs.THREAD:
        return tell_requestor(record, request, now)
    if job.name == jobs.REQUESTOR or request.state is not State.PENDING_APPROVAL:
        return ()
    return jobs.approver_cards(request, record.jobs, now)


def _missing(request: Request, job: Job, now: datetime) -> Request:
    person = job.name.removeprefix(jobs.APPROVER)
    missed = tuple(one for one in request.approvers if one.object_id == person)
    return jobs.newer(request, now, unreached=tuple(dict.fromkeys((*request.unreached, *missed))))


def stumble(job: Job) -> jobs.Claim:
    """Put off a job that a bug of ours ended, later each time; a card is given up after a few."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        mine = jobs.held(record, job.key, job.fence)
        if mine is None:
            return Stale()
        if mine.kind is not JobKind.TIMER and jobs.stumbles(mine) + 1 >= jobs.MOST_STUMBLES:
            return drop(job.key, job.fence)(record, now)
        return Change(request=record.request, jobs=(jobs.stumbled(mine, now),))

    return transition


def is_closed(record: Record, audience: str) -> bool:
    """Tell whether the card of this audience was given up."""
    job = record.jobs.get(jobs.key_of(record.request.request_id, 0, audience))
    return job is not None and job.status is JobStatus.DROPPED


def is_told_nobody(record: Record) -> bool:
    """Tell whether neither the thread nor the requestor can be told of this request any more."""
    cards = (job for job in record.jobs.values() if job.kind is JobKind.CARD and job.name in _TOLD)
    return all(job.status is JobStatus.DROPPED for job in cards)


def again(person: ObjectId) -> jobs.Claim:
    """Show a person, as it is now, what could not be shown to them; a message that stands is updated."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        mine = given_up(record, person)
        if not mine:
            return Stale()
        reached = tuple(one for one in record.request.unreached if one.object_id != person)
        request = jobs.newer(record.request, now, unreached=reached)
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

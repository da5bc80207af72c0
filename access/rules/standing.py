"""The time to decide, which stands still while a question waits for its answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules.model import Job, JobKind, JobStatus, Named, Panel, Question, Record, Request, State
from access.rules.stages import everybody, panels_of, stage_now

_TIMED = frozenset({JobKind.TIMER, JobKind.WATCH})
_OPEN = frozenset({JobStatus.READY, JobStatus.WAITING})


def open_question(request: Request) -> Question | None:
    """Return the question that waits for its answer; there is one at a time."""
    if request.state is not State.PENDING_APPROVAL or not request.questions:
        return None
    last = request.questions[-1]
    return last if last.ended_at is None else None


def awaiting(request: Request, panels: Sequence[Panel] = ()) -> tuple[Named, ...]:
    """Return who is to decide with the answer to the open question: who asked, then for whom they asked.

    By `panels`, where who decides was read just now; else by those that are stored.
    """
    question = open_question(request)
    if question is None:
        return ()
    stage = stage_now(request, panels)
    left = {one.object_id for one in everybody((panels or panels_of(request))[stage - 1 :])}
    # The stages that the policy has by now are stored with the plan that moves, and not before.
    ahead = not panels and request.plan is not None and question.ahead_of == request.plan.hash
    asked = (question.by, question.for_whom)
    return tuple(one for one in asked if one is not None and (ahead or one.object_id in left))


def stopped(record: Record) -> tuple[Job, ...]:
    """Return the timers, put away until there is an answer; whoever runs one just now holds it no more.

    So are the reminders that wait for the morning; one that is being posted is told.
    """
    kept = [job for job in timers(record) if job.status is JobStatus.READY]
    kept += [job for job in reminders(record) if job.status is JobStatus.READY and job.lease_until is None]
    return tuple(replace(job, status=JobStatus.WAITING, lease_until=None) for job in kept)


def going_on(
    record: Record, request: Request, now: datetime, answer: str = ""
) -> tuple[Request, tuple[Job, ...]]:
    """End the open question; closing and timers come later by exactly the time that it stood open.

    Where it kept reminders, the watch looks at once, and has them come when nobody is disturbed.
    """
    question = open_question(record.request)
    if question is None:
        return request, ()
    pause = max(now - question.asked_at, timedelta())
    ended = replace(question, answer=answer, ended_at=now)
    again = {
        job.key: replace(job, status=JobStatus.READY, due_at=job.due_at + pause)
        for job in timers(record)
        if job.status is JobStatus.WAITING
    }
    if any(job.status is JobStatus.WAITING for job in reminders(record)):
        watches = (job for job in record.jobs.values() if job.kind is JobKind.WATCH)
        again |= {job.key: replace(job, status=JobStatus.READY, due_at=now, tries=0) for job in watches}
    questions = (*request.questions[:-1], ended)
    return replace(request, questions=questions, closes_at=request.closes_at + pause), tuple(again.values())


def unless_awaited(record: Record, request: Request, now: datetime) -> tuple[Request, tuple[Job, ...]]:
    """End a question where nobody is to decide with its answer any more, by the stages as just read."""
    return (request, ()) if awaiting(request, panels_of(request)) else going_on(record, request, now)


def timers(record: Record) -> tuple[Job, ...]:
    """Return the timers that have not run: their time comes, or a question keeps them."""
    return tuple(job for job in record.jobs.values() if job.kind in _TIMED and job.status in _OPEN)


def reminders(record: Record) -> tuple[Job, ...]:
    """Return the reminders that nobody has got yet: their time comes, or a question keeps them."""
    found = (job for job in record.jobs.values() if job.kind is JobKind.REMINDER)
    return tuple(job for job in found if job.status in _OPEN)


def stood(request: Request, since: datetime, until: datetime | None = None) -> timedelta:
    """Return for how long, since then, questions kept the time to decide standing still.

    With `until`, only those that were asked before.
    """
    asked = [one for one in request.questions if until is None or one.asked_at < until]
    ended = [(one.asked_at, one.ended_at) for one in asked if one.ended_at is not None]
    return sum((end - max(begin, since) for begin, end in ended if end > since), timedelta())

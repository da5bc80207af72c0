"""One access under two requests: which comes first where one ends it and another gives it.

The end does: what gives waits for it, though its answer was lost before, and then looks what is there. But
whoever is giving at this moment, or has given and has the proof to come, waits for no end, so that an end
waits for them and leaves the access to them. No two wait for each other, whoever dies or stands still.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs, returning
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.delivery import steps_of
from access.rules.failing import Stepping
from access.rules.model import AssignmentState, Change, Job, JobStatus, Record, State, StepKind
from access.rules.refusals import Stale

WAITS = "waits"
"""On the row of a step: how often it has waited for another request."""
_ORDINARY = 5
"""So often it is nothing to speak of: about a quarter of a minute."""


def is_ending(record: Record) -> bool:
    """Tell whether an access is being taken away, or is to be once its end is taken up again."""
    given = record.request.assignment
    return given is not None and given.state is AssignmentState.ENDING


def is_giving(record: Record) -> bool:
    """Tell whether a delivery, or an undo, is giving an access at this moment, or has and proves it.

    A lease counts until somebody has taken the step up again, whatever a clock says: its holder may be at it.
    """
    given = record.request.assignment
    again = given is not None and given.state is AssignmentState.RETURNING
    if again and given is not None and given.failure is not None:
        return False
    if not again and record.request.state is not State.DELIVERING:
        return False
    steps = returning.steps_of(record) if again else steps_of(record)
    give = next((job for job in steps if job.name in {StepKind.GIVE, StepKind.GIVE_AGAIN}), None)
    return give is not None and (give.status is JobStatus.DONE or give.lease_until is not None)


def waits(job: Job) -> int:
    """Return how often a step has waited for another request."""
    count = job.body.get(WAITS, 0)
    return count if isinstance(count, int) else 0


def wait(key: str, fence: int, cause: Cause, label: str, delay: timedelta) -> Stepping:
    """Put a step off behind another request, which the cards name once that takes longer than usual."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, request = jobs.held(record, key, fence), record.request
        if job is None:
            return Stale()
        count = waits(job) + 1
        put_off = jobs.later(job, now + delay, surely_not_done=True)
        rows = [replace(put_off, body={**job.body, WAITS: count})]
        if count > _ORDINARY and (request.waiting_for, request.waits_for) != (cause, label):
            request = newer(request, now, waiting_for=cause, waits_for=label)
            rows += jobs.show_again(record.jobs, request, now)
        return Change(request=request, jobs=tuple(rows))

    return transition

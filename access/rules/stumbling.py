"""What becomes of a step that a bug of ours ended."""

from datetime import datetime

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.failing import Failing, Stepping
from access.rules.model import Change, Record
from access.rules.refusals import Stale


def give_up(key: str, fence: int, fail: Failing) -> Stepping:
    """Put off a step that a bug of ours ended; after a few times its journal ends at it."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        if jobs.stumbles(job) + 1 < jobs.MOST_STUMBLES:
            return Change(request=record.request, jobs=(jobs.stumbled(job, now),))
        return fail(key, fence, Cause.BUG, {}, "", surely_not_done=False)(record, now)

    return transition

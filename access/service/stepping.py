"""What becomes of a journal when a step of it is done, or the world has failed it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from access.ports import AccessError, GivesWay, NotDone, NotYet, Unknown
from access.rules import (
    delivery,
    ending,
    giving_way,
    guarding,
    jobs,
    removing,
    returning,
    settingup,
)
from access.rules.causes import Cause
from access.rules.delivery import StepDone, wait
from access.rules.failing import Failing, Stepping, names_of
from access.rules.journal import DELIVERS
from access.rules.model import Job, JobKind, Request
from access.service.steps import Patience


@dataclass(frozen=True, slots=True)
class Journal:
    """What the steps of a kind lead to."""

    succeed: Callable[[str, int, StepDone, ZoneInfo], Stepping]
    fail: Failing


JOURNALS = {
    **dict.fromkeys(DELIVERS, Journal(delivery.succeed, delivery.fail)),
    JobKind.REMOVAL: Journal(ending.succeed, ending.fail),
    JobKind.RETURN: Journal(returning.succeed, returning.fail),
    JobKind.ACCOUNT: Journal(removing.succeed, removing.fail),
    JobKind.SETUP: Journal(settingup.succeed, settingup.fail),
    JobKind.PROTECT: Journal(guarding.succeed, guarding.fail),
}
_OFTENER = 0.4
"""By this an end looks oftener than what waits for it: in step, each would always find the other at it."""


def failed(job: Job, request: Request, error: AccessError, patience: Patience) -> Stepping:
    """Return the transition that an error of the world leads to."""
    fail = JOURNALS[job.kind].fail
    looks = jobs.looks(job) + 1
    delay = jobs.back_off(looks if isinstance(error, NotYet) else job.tries, most=patience.most)
    if error.retry_after is not None:
        delay = max(timedelta(seconds=error.retry_after), jobs.back_off(1))
    if isinstance(error, GivesWay):
        if gave_way_in_vain(job, error, patience):
            return fail(job.key, job.fence, error.cause, names_of(request), error.trace)
        delay *= _OFTENER if job.kind is JobKind.REMOVAL else 1
        return giving_way.wait(job.key, job.fence, error.cause, error.label, delay)
    if isinstance(error, NotDone):
        return wait(job.key, job.fence, error.cause, delay, surely_not_done=True)
    if isinstance(error, Unknown):
        return wait(job.key, job.fence, error.cause, delay, surely_not_done=False)
    if isinstance(error, NotYet):
        if looks < patience.replication_tries:
            return wait(job.key, job.fence, Cause.REPLICATING, delay, surely_not_done=True)
        return fail(job.key, job.fence, Cause.TOO_LONG, names_of(request), error.trace)
    return fail(job.key, job.fence, error.cause, names_of(request), error.trace)


def gave_way_in_vain(job: Job, error: AccessError, patience: Patience) -> bool:
    """Tell whether a step has waited for another request as often as it may."""
    return isinstance(error, GivesWay) and giving_way.waits(job) + 1 >= patience.waits_for_another

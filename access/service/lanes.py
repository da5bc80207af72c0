"""The lane of the rows of lists: behind what people wait for, and stopped by what stands against all."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from access.ports import AccessError, NotDone, Refused, Store
from access.ports.haste import behind_people
from access.rules.bulk import Bulk, Listed, Run
from access.rules.causes import Cause
from access.rules.list_acts import HALTS, RESTS, halt, rest, waits
from access.rules.model import Job, JobKind, Record, Request, RequestId, StepKind
from access.service.list_alarms import run_paused

_LATER = 60.0
"""Seconds after which a row of a run that has stopped looks whether it goes on."""
_MAILS_LATER = timedelta(minutes=2)
"""The same of a mail, of which there may be thousands."""


def lane_of(job: Job) -> AbstractContextManager[None]:
    """Return the context of a step: what it asks of the world stands behind others where it is of a row."""
    return behind_people() if job.kind is JobKind.ROW else nullcontext()


async def see_that_it_runs(store: Store, job: Job, request: Request) -> None:
    """Put a row off, before it calls anybody, while its list is paused by what stands against every row.

    Where the list was stopped then, the row fails by that.
    """
    if request.listed is None or job.kind is not JobKind.ROW:
        return
    bulk = await _halted_list(store, request.listed)
    if bulk is None:
        return
    if bulk.run is Run.STOPPED:
        raise Refused(Cause(bulk.why), "the run of its list was stopped while nothing could be done")
    raise NotDone(Cause(bulk.why), "the run of its list is paused", retry_after=_LATER)


async def rests(store: Store, job: Job) -> bool:
    """Put off a row that was put off before, while its list is still paused: without a claim and its entry.

    Days of that would else fill the audit with steps that never begin.
    """
    if job.kind is not JobKind.ROW or not job.tries or job.lease_until is not None:
        return False
    record = await store.record(job.request_id)
    listed = record.request.listed if record else None
    bulk = await _halted_list(store, listed) if listed else None
    if bulk is None or bulk.run is Run.STOPPED:
        return False
    delay = _MAILS_LATER if job.name == StepKind.MAIL else timedelta(seconds=_LATER)
    await store.change(job.request_id, rest(job.key, delay))
    return True


async def _halted_list(store: Store, listed: Listed) -> Bulk | None:
    """Return the list of a row, if that was paused or stopped by what stands against every row."""
    record = await store.record(RequestId(listed.list_id))
    bulk = record.request.bulk if record else None
    return None if bulk is None or bulk.run is Run.RUNNING or bulk.why not in RESTS else bulk


async def halted(
    store: Store, job: Job, request: Request, error: AccessError, alarm: Callable[[str], None]
) -> AccessError:
    """Pause the run of a list at what stands against all its rows; the row that met it waits.

    Where the run was stopped for good, or this very row has paused it before, the row fails.
    """
    if request.listed is None:
        return error
    if error.cause is Cause.DAILY_LIMIT:
        waiting = waits(error.cause, mail=job.name == StepKind.MAIL)
        await store.change(RequestId(request.listed.list_id), waiting)
    if error.cause not in HALTS or isinstance(error, NotDone):
        return error
    list_id, row = RequestId(request.listed.list_id), request.listed.row
    record = await store.record(list_id)
    bulk = record.request.bulk if record else None
    if bulk is None or bulk.run is Run.STOPPED or bulk.met == (row, error.cause):
        return error  # who meets it once more after somebody has resumed the run meets it alone
    noted = await store.change(list_id, halt(error.cause, row))
    if isinstance(noted, Record):
        alarm(run_paused(noted.request, error.cause))
    return NotDone(error.cause, str(error), trace=error.trace, retry_after=_LATER)

"""Holding a job: claimed, its lease renewed while it runs, put off or ended when a bug strikes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from access.ports import AccessError, Lease, LeaseLost, Store
from access.ports.lease import machine_time
from access.rules import jobs
from access.rules.model import Job, JobKind, Record

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
"""How long others wait for whoever died with a job in hand."""
BEATS = 3
"""Renewals in a lease; one may fail before its holder, for whom it ends a beat early, must stop writing."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job that is ours, the request as it was when we claimed it, and what we may still do."""

    job: Job
    record: Record
    lease: Lease


@asynccontextmanager
async def holding(
    store: Store, job: Job, lasting: timedelta, stumble: Callable[[Job], jobs.Claim] = jobs.stumble
) -> AsyncIterator[Held | None]:
    """Claim a job and hold it while the block runs; None where it is not to be had.

    A bug in the block passes through, after the transition that `stumble` returns. A lost lease ends the
    block in silence: the job is up for anybody, who looks first what a step has done.
    """
    lease = Lease(_end(lasting))
    record = await store.change(job.request_id, jobs.claim(job.key, lasting))
    if not isinstance(record, Record):
        yield None
        return
    mine = record.jobs[job.key]
    beating = asyncio.create_task(_beat(store, mine, lease, lasting))
    bug = True
    try:
        yield Held(mine, record, lease)
        bug = False
    except LeaseLost:
        bug = False
        log.warning("A job was left to its next holder: the lease had run out", extra={"job": mine.name})
        await _let_go(store, mine)
    except (AccessError, asyncio.CancelledError):
        bug = False
        raise
    finally:
        beating.cancel()
        if bug:
            with suppress(AccessError):
                await store.change(mine.request_id, stumble(mine))


async def _let_go(store: Store, job: Job) -> None:
    """Put the job up at once, if nobody has claimed it; a card has one write, a step several."""
    delay, nothing_sent = jobs.back_off(job.tries), job.kind is not JobKind.STEP
    with suppress(AccessError):
        put_off = jobs.put_off(job.key, job.fence, delay, surely_not_done=nothing_sent)
        await store.change(job.request_id, put_off)


async def _beat(store: Store, job: Job, lease: Lease, lasting: timedelta) -> None:
    """Renew the lease until canceled, or until the job is somebody else's."""
    beat = lasting.total_seconds() / BEATS
    pause = beat
    while True:
        await asyncio.sleep(pause)
        end = _end(lasting)
        try:
            renewed = await store.change(job.request_id, jobs.renew(job.key, job.fence, lasting))
        except AccessError:
            pause = beat / 5
            continue
        if not isinstance(renewed, Record):
            lease.until = 0.0
            return
        lease.until, pause = end, beat


def _end(lasting: timedelta) -> float:
    """Return when a lease that is asked for now ends for its holder."""
    return machine_time() + lasting.total_seconds() * (1 - 1 / BEATS)

"""Holding jobs: claimed, their leases renewed while they run, put off or ended when a bug strikes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from access.ports import AccessError, Lease, LeaseLost, Store
from access.ports.lease import machine_time
from access.rules import claims, jobs, unshown
from access.rules.journal import STEPS
from access.rules.model import Job, Record, RequestId

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
"""How long others wait for whoever died with a job in hand."""
LONGEST = timedelta(minutes=15)
"""How long a row sleeps, at the most, while what it has to read or to send to is away."""
BEATS = 3
"""Renewals in a lease; one may fail before its holder, for whom it ends a beat early, must stop writing."""


@dataclass(frozen=True, slots=True)
class Held:
    """A job that is ours, the request as it was when we claimed it, and what we may still do."""

    job: Job
    record: Record
    lease: Lease


async def claimed(
    store: Store, request_id: RequestId, claiming: claims.Claiming, lasting: timedelta
) -> list[Held]:
    """Make a change that claims jobs, and return those that are ours by it: none where it came too late."""
    end = _end(lasting)
    record = await store.change(request_id, claiming)
    if not isinstance(record, Record):
        return []
    return [Held(record.jobs[key], record, Lease(end)) for key in claiming.keys]


async def hold(store: Store, job: Job, lasting: timedelta, act: Callable[[Held], Awaitable[object]]) -> None:
    """Claim one job and act on it, if it is ours, while its lease is renewed."""
    for held in await claimed(store, job.request_id, claims.ClaimOne(job.key, lasting), lasting):
        async with keeping(store, [held], lasting):
            await act(held)


async def looked(held: Held, look: Callable[[Record], Awaitable[jobs.Claim]]) -> jobs.Claim:
    """Return what comes of a look at the directory; while that is away, it is put off."""
    try:
        return await look(held.record)
    except AccessError:
        delay = jobs.back_off(held.job.tries, most=LONGEST)
        return jobs.put_off(held.job.key, held.job.fence, delay, surely_not_done=True)


@asynccontextmanager
async def keeping(
    store: Store,
    group: Sequence[Held],
    lasting: timedelta,
    stumble: Callable[[Job], jobs.Claim] = unshown.stumble,
) -> AsyncIterator[None]:
    """Hold jobs of one request while the block runs.

    A bug in the block passes through, after the transition that `stumble` returns. A lost lease ends the
    block in silence, and whoever cuts it off lets go of the jobs: each is up for anybody, who looks first
    what a step has done.
    """
    beating = asyncio.create_task(_beat(store, group, lasting))
    if (task := asyncio.current_task()) is not None:
        task.set_name(f"job {', '.join(held.job.name for held in group)}")  # what a log says of a bug in it
    bug = True
    try:
        yield
        bug = False
    except LeaseLost:
        bug = False
        for held in group:
            await let_go(store, held)
    except AccessError:
        bug = False
        raise
    except asyncio.CancelledError:
        bug = False
        cut_off = [
            jobs.put_off(held.job.key, held.job.fence, timedelta(), surely_not_done=False) for held in group
        ]
        await _try(store, group[0], claims.every(*cut_off))
        raise
    finally:
        beating.cancel()
        if bug:
            for held in group:
                await _try(store, held, stumble(held.job))


async def let_go(store: Store, held: Held) -> None:
    """Put a job whose lease had run out up at once, if nobody has claimed it; a card has one write."""
    job = held.job
    log.warning("A job was left to its next holder: the lease had run out", extra={"job": job.name})
    delay, nothing_sent = jobs.back_off(job.tries), job.kind not in STEPS
    await _try(store, held, jobs.put_off(job.key, job.fence, delay, surely_not_done=nothing_sent))


async def _try(store: Store, held: Held, transition: jobs.Claim) -> None:
    """Make a change that is lost where the store fails: then the lease has to run out."""
    with suppress(AccessError):
        await store.change(held.job.request_id, transition)


async def _beat(store: Store, group: Sequence[Held], lasting: timedelta) -> None:
    """Renew the leases until canceled, or until none of the jobs is ours."""
    beat = lasting.total_seconds() / BEATS
    pause, mine = beat, list(group)
    while mine:
        await asyncio.sleep(pause)
        end = _end(lasting)
        fences = {held.job.key: held.job.fence for held in mine}
        try:
            renewed = await store.change(mine[0].job.request_id, jobs.renew(fences, lasting))
        except AccessError:
            pause = beat / 5
            continue
        pause, asked, mine = beat, mine, []
        for held in asked:
            if isinstance(renewed, Record) and jobs.held(renewed, held.job.key, held.job.fence):
                held.lease.until = end
                mine.append(held)
            else:
                held.lease.until = 0.0


def _end(lasting: timedelta) -> float:
    """Return when a lease that is asked for now ends for its holder."""
    return machine_time() + lasting.total_seconds() * (1 - 1 / BEATS)

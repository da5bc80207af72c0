"""The run of a list is one worker's at a time, and whoever has lost it makes nothing more."""

from datetime import datetime, timedelta

import pytest

from access.ports import Refused
from access.rules.bulk import Bulk
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.claims import ClaimOne
from access.rules.list_run import Pace, Reached, looked
from access.rules.model import Change, JobKind, Record, State
from access.service.holding import LEASE, claimed
from access.service.list_runs import ListRunner, ListRuns
from tests.service.house import MEGAN, House
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress, rows
from tests.service.test_list_runs_met import go_on


async def test_whoever_has_lost_the_lease_of_a_run_makes_no_more_rows_of_it(house: House) -> None:
    """As after a long stop of its process: somebody may have ended the run meanwhile, for good."""
    record = await approved(house, *MANY)
    late = ListRunner(house.decisions, house.clock, house.alarms.append, lease=timedelta())
    for job in await house.store.due(9):
        if job.kind is JobKind.LIST:
            await late.run(job)
    assert await rows(house, record) == []
    record = await over(house, record)
    assert (len(house.tenant.access), bulk_of(record).made) == (len(MANY), len(MANY))


async def test_rows_that_a_kill_left_uncounted_are_counted_when_the_run_is_stopped_before_the_next_look(
    house: House,
) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    bulk = bulk_of(record)
    uncounted = await house.store.change(record.request.request_id, lambda one, now: _with(one, bulk, now))
    assert isinstance(uncounted, Record)
    assert isinstance(await ListRuns(house.decisions).stop(record.request.label, MEGAN), Record)
    record = await over(house, record)
    assert (len(house.tenant.access), bulk_of(record).made) == (2, 2)
    assert (await progress(house, record)).waiting == 4


@pytest.mark.parametrize("paused", [False, True])
async def test_rows_that_a_kill_left_uncounted_are_counted_once_when_the_run_goes_on(
    house: House, *, paused: bool
) -> None:
    house.pace, runs = Pace(window=3, lot=3), ListRuns(house.decisions)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    bulk = bulk_of(record)
    await house.store.change(record.request.request_id, lambda one, now: _with(one, bulk, now))
    if paused:
        assert isinstance(await runs.pause(record.request.label, MEGAN), Record)
        await go_on(house, 9)
        assert bulk_of(await house.now(record)).made == 3
        assert isinstance(await runs.resume(record.request.label, MEGAN), Record)
    record = await over(house, record)
    assert (len(house.tenant.access), bulk_of(record).made) == (len(MANY), len(MANY))


async def test_whoever_died_in_the_middle_of_a_look_is_followed_within_three_seconds(house: House) -> None:
    record = await approved(house, *MANY)
    [job] = [one for one in await house.store.due(9) if one.kind is JobKind.LIST]
    runner = ListRunner(house.decisions, house.clock, house.alarms.append)
    assert await claimed(house.store, job.request_id, ClaimOne(job.key, runner.lease), runner.lease)
    await house.run_due(JobKind.LIST)
    assert await rows(house, record) == []
    house.clock.turn(seconds=3.1)
    await house.run_due(JobKind.LIST)
    assert len(await rows(house, record)) == len(MANY)


def _with(record: Record, bulk: Bulk, now: datetime) -> Change:
    return Change(request=newer(record.request, now, bulk=bulk))


async def test_a_look_that_had_begun_before_a_retry_does_not_end_the_run_that_it_takes_up(
    house: House,
) -> None:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED)]
    record = await approved(house, *MANY)
    while (await house.now(record)).request.state is State.DELIVERING:
        await go_on(house, 1)
    counts = await house.store.row_counts(record.request.request_id)
    [job] = [one for one in (await house.now(record)).jobs.values() if one.kind is JobKind.LIST]
    house.clock.time = max(house.clock.time, job.due_at)
    [held] = await claimed(house.store, job.request_id, ClaimOne(job.key, LEASE), LEASE)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    await house.store.change(job.request_id, looked(job.key, held.job.fence, Reached(), counts, more=False))
    assert (await house.now(record)).request.state is State.DELIVERING
    assert (await over(house, record)).request.state is State.DELIVERED

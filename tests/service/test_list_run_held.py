"""The run of a list is one worker's at a time, and whoever has lost it makes nothing more."""

from datetime import timedelta

from access.rules.model import JobKind
from access.service.list_runs import ListRunner
from tests.service.house import House
from tests.service.test_list_runs import MANY, approved, bulk_of, over, rows


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

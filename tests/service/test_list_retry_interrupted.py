"""A retry of what was skipped: killed or stopped once its rows are requests, or leading nowhere."""

import pytest

from access.rules.model import JobKind, ObjectId, Record, State
from tests.service.house import ALEX, ANA, MEGAN, RECORDS, House
from tests.service.test_bulk_requests import sent
from tests.service.test_killed_at_each_write import Died
from tests.service.test_list_halted_in_a_look import look
from tests.service.test_list_runs import MANY, bulk_of, over


async def dies() -> None:
    raise Died


async def test_a_retry_that_was_killed_knows_its_rows_though_an_older_request_is_theirs(house: House) -> None:
    """The older one lost its access in the portal; what the row itself gave seemed to be of the older one."""
    first = await house.delivered(await house.approved())
    held = (first.request.guest_id or ObjectId(""), RECORDS)
    house.clock.turn(hours=3)
    house.tenant.access.remove(held)
    record = await sent(house, ANA, MANY[0])
    house.tenant.access.add(held)
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), Record)
    assert [row for row, _ in bulk_of(await over(house, record)).skipped] == [2]

    house.tenant.access.remove(held)
    house.clock.turn(hours=1)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    with pytest.raises(Died):
        await look(house, "add", dies)
    for _ in range(12):
        await house.run_due(JobKind.ROW)
        house.clock.turn(seconds=0.2)
    assert held in house.tenant.access
    house.clock.turn(seconds=4)
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())

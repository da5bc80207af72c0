"""A run that takes months, as few may be invited a day: its list is there until the last row."""

from datetime import timedelta

from access.rules.bulk import Run
from access.rules.list_run import Pace
from access.rules.lists import SENT_KEPT
from access.rules.model import JobKind, Record, State
from access.service.list_runs import ListRuns
from tests.service.house import MEGAN, House
from tests.service.test_bulk_requests import R1
from tests.service.test_list_runs import MANY, approved, bulk_of, over


async def left(house: House, record: Record) -> timedelta | None:
    made = await house.store.guest_list(record.request.request_id)
    return None if made is None else made.kept_until - house.clock.now()


async def days(house: House, record: Record, count: int) -> None:
    for _ in range(count):
        house.clock.turn(days=1)
        await house.run_due(JobKind.LIST)
        await house.store.drop_lists()
        assert await left(house, record) is not None


async def test_a_list_is_kept_for_as_long_as_it_runs(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await days(house, record, 100)
    now = await house.now(record)
    assert (now.request.state, bulk_of(now).run, bulk_of(now).made) == (State.DELIVERING, Run.RUNNING, 2)
    end = await over(house, record)
    assert (end.request.state, len(house.tenant.access)) == (State.DELIVERED, 6)
    kept = await left(house, record)
    assert kept is not None
    assert kept <= SENT_KEPT


async def test_a_list_that_somebody_paused_is_let_go_of(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    assert isinstance(await ListRuns(house.decisions).pause(R1, MEGAN), Record)
    before = await left(house, record)
    assert before is not None
    await days(house, record, 30)
    assert await left(house, record) == before - timedelta(days=30)

"""A retry of what was skipped: killed or stopped once its rows are requests, or leading nowhere."""

from dataclasses import replace

import pytest

from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.model import JobKind, ObjectId, Record, State
from access.service.list_runs import ListRuns
from tests.service.house import ALEX, ANA, MEGAN, RECORDS, House, draft
from tests.service.test_bulk_requests import sent
from tests.service.test_killed_at_each_write import Died
from tests.service.test_list_halted_in_a_look import look
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress
from tests.service.test_list_runs_met import go_on


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


@pytest.mark.parametrize("died", [False, True])
async def test_a_stop_once_a_retry_has_made_its_rows_knows_them(house: House, *, died: bool) -> None:
    """They were delivered, and noted as asked for already: the list had failed."""
    record = await approved(house, *MANY[:2])
    others = [await house.sent(draft(address=one)) for one in MANY[:2]]
    await over(house, record)
    for other in others:
        await house.decisions.cancel(other.request.label, MEGAN)
    house.clock.turn(seconds=60)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)

    async def stopped() -> None:
        while len(await house.store.rows_made(bulk_of(record).list_id, 0)) < 2:
            pass
        if died:
            raise Died
        assert isinstance(await ListRuns(house.decisions).stop(record.request.label, MEGAN), Record)

    if died:
        house.pace = replace(house.pace, window=2)
        with pytest.raises(Died):
            await look(house, "add", stopped)
        house.clock.turn(seconds=4)
        await house.run_due(JobKind.LIST)
        assert isinstance(await ListRuns(house.decisions).stop(record.request.label, MEGAN), Record)
    else:
        await look(house, "add", stopped)
    await go_on(house)
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())
    assert ((await progress(house, end)).delivered, len(house.mail.sent)) == (2, 2)


async def test_a_retry_of_what_was_skipped_says_why_nothing_can_come_of_it(house: House) -> None:
    record = await approved(house, *MANY[:2])
    other = await house.sent(draft(address=MANY[0]))
    await over(house, record)
    await house.decisions.cancel(other.request.label, MEGAN)
    house.clock.turn(seconds=60)
    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], enabled=False)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    await go_on(house, 20)
    now = bulk_of(await house.now(record))
    assert (now.run, now.why) == (Run.PAUSED, Cause.APP_DISABLED)

    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], enabled=True)
    house.clock.turn(seconds=60)
    assert isinstance(await ListRuns(house.decisions).resume(record.request.label, MEGAN), Record)
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())

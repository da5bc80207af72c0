"""Who gets an access back while a list is run that would give it: they are not asked for, nor mailed."""

from collections.abc import Awaitable, Callable

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import Assignment, AssignmentState, JobKind, Record, Redemption
from access.service.undo import Undoing
from tests.service.house import ALEX, ANA, MEGAN, House
from tests.service.test_account_removals import deleted
from tests.service.test_bulk_requests import sent
from tests.service.test_list_runs import MANY, bulk_of, over
from tests.service.test_undoing import R1, removed

Back = Callable[[House], Awaitable[None]]


async def _undo(house: House) -> None:
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo(R1, MEGAN, None), Record)


async def under_way(house: House) -> None:
    await _undo(house)


async def after_an_outage(house: House) -> None:
    await _undo(house)
    house.clock.turn(hours=2)
    for _ in range(8):
        await house.run_due(JobKind.RETURN)
        house.clock.turn(seconds=1)


async def assignment_of_the_first(house: House) -> Assignment:
    first = await house.store.numbered(1001)
    assert first is not None
    assert first.request.assignment is not None
    return first.request.assignment


async def run_of(house: House, record: Record) -> list[str]:
    """Run a list while the directory shows nobody's access, and return to whom a mail goes."""
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), Record)
    mails = len(house.mail.sent)
    house.directory.has_nothing = True
    await house.run_due(JobKind.LIST)
    house.directory.has_nothing = False
    end = await over(house, record)
    assert bulk_of(end).skipped == ((2, R1),)
    return [one.to for one in house.mail.sent[mails:]]


@pytest.mark.parametrize("back", [under_way, after_an_outage])
async def test_who_gets_the_app_back_by_an_undo_is_not_asked_for_by_a_list(house: House, back: Back) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.delivered(await house.approved())
    house.clock.turn(hours=3)
    await removed(house)
    record = await sent(house, ANA, MANY[0])
    await back(house)
    assert await run_of(house, record) == [MANY[0]]


async def test_whose_account_was_put_back_just_now_is_not_asked_for_by_a_list(house: House) -> None:
    await house.delivered(await house.approved())
    house.clock.turn(hours=3)
    removal = await deleted(house)
    record = await sent(house, ANA, MANY[0])
    assert isinstance(await house.acts.restore(removal.request.label, MEGAN), Record)
    await house.settle()
    assert (await assignment_of_the_first(house)).state is AssignmentState.ACTIVE
    assert await run_of(house, record) == [MANY[0]]


async def test_who_was_to_get_the_app_back_and_did_not_is_asked_for_by_a_list(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await house.delivered(await house.approved())
    await removed(house)
    record = await sent(house, ANA, MANY[0])
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    await _undo(house)
    await house.settle()
    assert (await assignment_of_the_first(house)).failure is not None
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), Record)
    assert bulk_of(await over(house, record)).skipped == ()
    assert len(house.tenant.access) == 2

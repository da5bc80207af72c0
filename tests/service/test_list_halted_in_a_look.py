"""A pause or a stop that is answered in the middle of a look: nothing that was not begun by then begins."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

import pytest

from access.ports import Access, Directory, Refused, Store
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.list_run import Pace
from access.rules.model import JobKind, Record, State
from access.service.list_runs import ListRunner, ListRuns
from tests.service.house import MEGAN, House, draft
from tests.service.test_bulk_requests import R1
from tests.service.test_deliveries_overtaken import Overtaken
from tests.service.test_dry_runs import guest
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress, rows
from tests.service.test_list_runs_met import go_on

Happens = Callable[[], Awaitable[None]]


def pressed(house: House, act: str) -> Happens:
    async def happens() -> None:
        assert isinstance(await getattr(ListRuns(house.decisions), act)(R1, MEGAN), Record)

    return happens


async def halted(house: House, record: Record) -> Record:
    await go_on(house, 20)
    return await house.now(record)


async def look(house: House, call: str, happens: Happens) -> None:
    """Look at the list once, while something happens right after one of its calls was answered."""
    decisions = house.decisions
    of = decisions.store if hasattr(decisions.store, call) else decisions.directory
    overtaken = Overtaken(cast("Access", of), call, happens)
    if of is decisions.store:
        slow = replace(decisions, store=cast("Store", overtaken))
    else:
        slow = replace(decisions, directory=cast("Directory", overtaken))
    runner = ListRunner(slow, house.clock, house.alarms.append, pace=house.pace)
    for job in await house.store.due(500):
        if job.kind is JobKind.LIST:
            await runner.run(job)


async def test_a_stop_that_is_answered_during_a_look_begins_nobody(house: House) -> None:
    record = await approved(house, *MANY)
    await look(house, "app", pressed(house, "stop"))
    assert await rows(house, record) == []
    end = await over(house, record)
    now = await progress(house, end)
    assert (bulk_of(end).run, bulk_of(end).made, now.waiting, now.skipped) == (Run.STOPPED, 0, 6, 0)
    assert house.tenant.invitations == []


async def test_a_pause_that_is_answered_during_a_look_begins_nobody_until_it_is_resumed(
    house: House,
) -> None:
    record = await approved(house, *MANY)
    await look(house, "app", pressed(house, "pause"))
    now = await halted(house, record)
    assert (now.request.state, bulk_of(now).run, await rows(house, record)) == (
        State.DELIVERING,
        Run.PAUSED,
        [],
    )
    await pressed(house, "resume")()
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).made, bulk_of(end).skipped) == (State.DELIVERED, 6, ())
    assert len(house.tenant.access) == len(house.tenant.invitations) == len(house.mail.sent) == 6


@pytest.mark.parametrize("act", ["pause", "stop"])
async def test_what_a_look_had_made_before_it_was_halted_counts_and_is_made_once(
    house: House, act: str
) -> None:
    """The first row's guest is looked up, and so made behind the others."""
    guest(house, "ana", MANY[0])
    record = await approved(house, *MANY)

    async def once_the_others_are_there() -> None:
        while len(await house.store.rows_made(record.request.request_id, 0)) < 5:
            pass
        await pressed(house, act)()

    await look(house, "find_by_address", once_the_others_are_there)
    end = await halted(house, record)
    now = await progress(house, end)
    assert (now.delivered, now.waiting, bulk_of(end).made) == (5, 1, 5)
    if act == "pause":
        await pressed(house, "resume")()
        end = await over(house, record)
        assert (end.request.state, bulk_of(end).made, bulk_of(end).skipped) == (State.DELIVERED, 6, ())
        assert len(house.tenant.access) == len(house.mail.sent) == 6
    assert len(house.tenant.invitations) == 5, "Ana has accepted"


@pytest.mark.parametrize("act", ["pause", "stop"])
async def test_what_had_failed_is_taken_up_no_more_once_that_is_halted(house: House, act: str) -> None:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED) for _ in MANY]
    record = await over(house, await approved(house, *MANY))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await look(house, "rows_failed", pressed(house, act))
    now = await halted(house, record)
    assert ((await progress(house, now)).failed, len(house.tenant.access)) == (6, 0)
    if act == "pause":
        await pressed(house, "resume")()
        assert (await over(house, record)).request.state is State.DELIVERED
        assert len(house.tenant.access) == 6


async def test_what_was_skipped_is_tried_again_after_a_pause_in_the_middle_of_it(house: House) -> None:
    record = await approved(house, *MANY)
    others = [await house.sent(draft(address=one)) for one in MANY]
    await over(house, record)
    for one in others:
        await house.decisions.cancel(one.request.label, MEGAN)
    house.pace = Pace(window=4, lot=4)
    house.clock.turn(seconds=60)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    skipped = bulk_of(await house.now(record)).skipped
    await look(house, "app", pressed(house, "pause"))
    now = await halted(house, record)
    assert (await rows(house, record), bulk_of(now).skipped) == ([], skipped)
    await pressed(house, "resume")()
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped, len(house.tenant.access)) == (State.DELIVERED, (), 6)


@pytest.mark.parametrize("call", ["given_to", "find_by_address"])
async def test_who_is_given_the_access_in_the_middle_of_a_look_is_invited_and_mailed_once(
    house: House, call: str
) -> None:
    if call == "find_by_address":
        guest(house, "ana", MANY[0])
    record = await approved(house, MANY[0])
    other = await house.approved(draft(address=MANY[0]))

    async def delivered() -> None:
        house.clock.turn(seconds=1)
        while (await house.now(other)).request.state is not State.DELIVERED:
            await house.run_due(JobKind.STEP)

    await look(house, call, delivered)
    end = await over(house, record)
    assert bulk_of(end).skipped == ((2, other.request.label),)
    assert (len(house.tenant.access), len(house.mail.sent)) == (1, 1)

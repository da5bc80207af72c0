"""A list that something has halted rests without a trace; what failed by that is tried when it is asked."""

from datetime import timedelta

import pytest

from access.ports import Blocked, Refused, Unknown
from access.rules.audit import AuditEntry
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.list_acts import MOST_REFUSED
from access.rules.list_run import Pace
from access.rules.model import JobKind, Record, State
from access.rules.reconciled import Act, Finding, Gap
from access.rules.stalled import Standing, has_its_turn
from access.service.list_runs import ListRuns
from tests.service.house import MEGAN, House
from tests.service.test_bulk_requests import R1
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress, rows
from tests.service.test_list_runs_met import go_on


def standing(entries: list[AuditEntry]) -> list[Finding]:
    found = Standing()
    for entry in entries:
        found.take(entry)
    return list(found.found(entries[0].at, entries[-1].at + timedelta(seconds=1)))


async def test_a_halted_list_fills_the_audit_with_nothing_while_it_rests(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    record = await approved(house, *MANY)
    await go_on(house, 60)
    before = len(await house.audit())
    for _ in range(60):
        house.clock.turn(seconds=60)
        await house.run_due()
    assert len(await house.audit()) == before
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    house.clock.turn(seconds=61)
    assert (await over(house, record)).request.state is State.DELIVERED


async def test_whose_holder_died_is_taken_up_by_a_claim_though_the_list_rests(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    await approved(house, *MANY)
    await go_on(house, 60)
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    house.clock.turn(seconds=61)
    await house.run_due(JobKind.ROW)
    assert not [job for job in await house.store.due(99) if job.kind is JobKind.ROW]


async def test_who_failed_by_the_stop_of_a_halted_list_is_retried_alone_by_their_number(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    record = await approved(house, *MANY)
    await go_on(house, 5)
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    await over(house, record)
    first = (await rows(house, record))[0]
    assert isinstance(await house.decisions.retry(first.label, MEGAN), Record)
    await over(house, record)
    now = await house.store.record(first.request_id)
    assert now is not None
    assert now.request.state is State.DELIVERED
    assert ((await progress(house, record)).delivered, len(house.tenant.invitations)) == (1, 1)


async def test_a_run_of_days_and_mails_that_are_tried_again_are_no_approval_without_effect(
    house: House,
) -> None:
    house.faults.before["draft"] = [Refused(Cause.MAIL_REFUSED)]
    record = await over(house, await approved(house))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await over(house, record)
    assert standing(list(await house.audit())) == []


async def test_a_list_that_is_halted_for_days_stands_as_it_should(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    record = await approved(house, *MANY)
    await go_on(house, 60)
    now, at = house.clock.now() + timedelta(days=3), house.clock.now()
    for one in (record.request, *await rows(house, record)):
        known = await house.store.record(one.request_id)
        found = Finding(
            gap=Gap.NO_EFFECT, key="", at=at, act=Act.REQUEST, principal=None, request_id=one.request_id
        )
        assert has_its_turn(found, known, now)
        assert not has_its_turn(found, known, now + timedelta(days=30))


@pytest.mark.parametrize("cause", [Cause.SIGN_IN_REFUSED, Cause.RIGHTS_MISSING])
async def test_a_run_that_may_read_nothing_before_its_first_row_pauses_and_rings(
    house: House, cause: Cause
) -> None:
    record = await approved(house, *MANY)
    house.faults.down = Refused(cause)
    await go_on(house, 5)
    bulk = bulk_of(await house.now(record))
    assert (bulk.run, bulk.why) == (Run.PAUSED, cause)
    assert [cause in one for one in house.alarms] == [True]
    house.faults.down = None
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERED


async def test_a_run_that_waits_for_the_directory_before_its_first_row_says_so_and_catches_up(
    house: House,
) -> None:
    record = await approved(house, *MANY)
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    await go_on(house, 600)
    assert bulk_of(await house.now(record)).still
    assert (await progress(house, record)).left is None
    house.faults.down = None
    await go_on(house, 21)
    assert (await progress(house, record)).delivered == 6, "within a minute of the end of the outage"
    assert not bulk_of(await house.now(record)).still


async def test_a_group_that_bars_guests_stops_the_run_before_all_are_invited_in_vain(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    house.faults.before["give"] = [Refused(Cause.GROUP_BARS_GUESTS) for _ in MANY]
    record = await approved(house, *MANY)
    await go_on(house)
    bulk = bulk_of(await house.now(record))
    assert (bulk.run, bulk.why) == (Run.PAUSED, Cause.GROUP_BARS_GUESTS)
    assert (len(house.tenant.invitations), len(house.alarms)) == (2, 1)
    house.faults.before["give"] = []
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    house.clock.turn(seconds=61)
    assert (await over(house, record)).request.state is State.DELIVERED


async def test_invitations_refused_one_after_the_other_in_unknown_words_pause_the_run(house: House) -> None:
    """Failed invitations bring on the block for suspicious ones; what refuses ten may refuse thousands."""
    house.pace = Pace(window=6, lot=3)
    many = tuple(f"guest{number}@fabrikam.com" for number in range(40))
    house.faults.before["invite"] = [Refused(Cause.INVITATIONS_OFF) for _ in range(30)]
    record = await approved(house, *many)
    await go_on(house)
    bulk, told = bulk_of(await house.now(record)), await progress(house, record)
    assert (bulk.run, bulk.why, len(house.alarms)) == (Run.PAUSED, Cause.INVITATIONS_OFF, 1)
    assert (told.failed, told.delivered) == (bulk.refused, 0)
    assert MOST_REFUSED <= told.failed < MOST_REFUSED + 6
    await go_on(house)
    assert (await progress(house, record)).failed == told.failed, "what is begun rests, too"
    while bulk_of(await house.now(record)).run is Run.PAUSED:
        assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
        await go_on(house)
    done = await over(house, record)
    assert done.request.state is State.DELIVERY_FAILED
    assert (await progress(house, record)).failed == 30
    assert isinstance(await ListRuns(house.decisions).retry(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERED
    assert len(house.tenant.invitations) == len(house.mail.sent) == 40


async def test_a_list_whose_last_rows_are_refused_comes_to_its_end(house: House) -> None:
    many = tuple(f"guest{number}@fabrikam.com" for number in range(12))
    house.faults.before["invite"] = [Refused(Cause.INVITATIONS_OFF) for _ in many]
    record = await over(house, await approved(house, *many))
    assert (record.request.state, bulk_of(record).run) == (State.DELIVERY_FAILED, Run.RUNNING)

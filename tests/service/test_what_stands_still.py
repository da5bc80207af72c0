"""What was approved and then neither done nor refused is found: the directory's log cannot show it."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta

import pytest

from access.ports import NotDone, Refused
from access.rules.causes import Cause
from access.rules.model import JobKind, ObjectId, Record, Redemption, State
from access.rules.reconciled import Act, Finding, Gap
from access.service.comparing import Comparing
from access.service.reconcile import Reconciliations
from access.service.remove import Removals
from access.service.undo import Undoing
from bot.commands.reconcile import BookChain
from bot.store.book import SqliteBook
from tests.service.house import ALEX, MEGAN, THREAD, House
from tests.service.test_reconciliations import FakeLog, found, later, reconciliations

ALL = "kind = 'step'"


@pytest.fixture
def log(house: House) -> FakeLog:
    return FakeLog(house)


@pytest.fixture
def work(house: House, log: FakeLog) -> Reconciliations:
    return reconciliations(house, log, house.alarms.append)


def past_the_store(house: House, statement: str) -> None:
    """Change the database as whoever has its file."""
    path = house.store._witness.with_name("guestlist.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount


async def standing(house: House, log: FakeLog) -> list[Finding]:
    """Ask as the command does, which reads the database beside Guestlist."""
    now = house.clock.now()
    book = await SqliteBook.open(house.store._witness.with_name("guestlist.db"))
    try:
        work = Comparing(BookChain(book), log, house.clock)
        report = await work.compare(now - timedelta(days=7), now - timedelta(hours=1))
    finally:
        await book.close()
    return [one for one in report.findings if one.act is Act.REQUEST]


async def test_an_approval_whose_steps_were_taken_out_of_the_database_is_found_after_an_hour(
    house: House, log: FakeLog
) -> None:
    record = await house.approved()
    past_the_store(house, f"DELETE FROM jobs WHERE {ALL}")
    house.clock.turn(minutes=55)
    assert await standing(house, log) == []
    house.clock.turn(minutes=10)
    [one] = await standing(house, log)
    assert (one.gap, one.request_id) == (Gap.NO_EFFECT, record.request.request_id)


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE jobs SET status = 'done' WHERE {ALL}",
        f"UPDATE jobs SET due_at = due_at * 2 WHERE {ALL}",
    ],
)
async def test_steps_that_are_only_said_to_be_done_or_far_away_are_found(
    house: House, log: FakeLog, change: str
) -> None:
    await house.approved()
    past_the_store(house, change)
    house.clock.turn(hours=2)
    assert len(await standing(house, log)) == 1


async def test_a_delivery_that_stands_still_half_way_is_found(house: House, log: FakeLog) -> None:
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    past_the_store(house, f"DELETE FROM jobs WHERE {ALL} AND status <> 'done'")
    log.tell_of(await house.now(record))
    house.clock.turn(hours=2)
    [one] = await standing(house, log)
    [done] = [entry for entry in await house.audit() if entry.fact.what == "step.done"]
    assert one.at == done.at


async def test_an_end_whose_steps_were_taken_out_is_found(house: House, log: FakeLog) -> None:
    record = await house.delivered(await house.approved())
    log.tell_of(record)
    assert record.request.ends_at is not None
    house.clock.time = record.request.ends_at
    await house.run_due(JobKind.TERM)
    past_the_store(house, "DELETE FROM jobs WHERE kind = 'removal'")
    house.clock.turn(hours=2)
    [one] = await standing(house, log)
    assert one.request_id == record.request.request_id


async def test_the_alarm_says_it_once_and_what_to_do(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    record = await house.approved()
    past_the_store(house, f"DELETE FROM jobs WHERE {ALL}")
    for _ in range(3):
        await later(house, work, hours=25)
    [alarm] = house.alarms
    assert f"{record.request.label} was approved, and nothing was done or refused since" in alarm
    assert "guestlist audit verify" in alarm
    assert "do not agree" not in alarm
    [(what, _)] = await found(house)
    assert what == "reconcile.no-effect"


async def test_what_goes_on_after_the_alarm_is_taken_back_once(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    record = await house.approved()
    past_the_store(house, f"UPDATE jobs SET due_at = due_at * 2 WHERE {ALL}")
    await later(house, work, hours=26)
    past_the_store(house, f"UPDATE jobs SET due_at = due_at / 2 WHERE {ALL}")
    log.tell_of(await house.delivered(record))
    for _ in range(2):
        await later(house, work, hours=25)
    assert [what for what, _ in await found(house)] == ["reconcile.no-effect", "reconcile.found-later"]
    assert house.alarms[1:] == [f"What stood still has gone on: {record.request.label}."]


async def test_a_step_that_waits_for_its_turn_stands_still_after_a_day_and_not_before(
    house: House, log: FakeLog
) -> None:
    await house.approved()
    house.clock.turn(hours=20)
    assert await standing(house, log) == []
    house.clock.turn(hours=5)
    assert len(await standing(house, log)) == 1


async def test_a_step_that_is_tried_again_and_again_does_not_stand_still(house: House, log: FakeLog) -> None:
    away = NotDone(Cause.UNAVAILABLE)
    house.faults.before["invite"] = [away] * 200
    await house.approved()
    for _ in range(100):
        house.clock.turn(minutes=1)
        await house.run_due(JobKind.STEP)
    assert await standing(house, log) == []


Come = Callable[[House], Awaitable[object]]


async def delivered(house: House) -> Record:
    return await house.delivered(await house.approved())


async def refused(house: House) -> None:
    house.tenant.access.clear()
    house.faults.before["invite"] = [NotDone(Cause.UNAVAILABLE)]
    await house.delivered(await house.approved())


async def ended(house: House) -> None:
    record = await delivered(house)
    assert record.request.ends_at is not None
    house.clock.time = record.request.ends_at
    await house.settle()


async def removed_and_restored(house: House) -> None:
    await delivered(house)
    guest = next(iter(house.tenant.guests))
    ordered = await house.acts.remove(ObjectId(guest), MEGAN, "It is over", THREAD, seen=None, personal=True)
    assert isinstance(ordered, Record)
    await house.settle()


async def denied(house: House) -> None:
    record = await house.sent()
    await house.decisions.deny(record.request.label, ALEX, "Not this quarter")


@pytest.mark.parametrize("come", [delivered, refused, ended, removed_and_restored, denied])
async def test_whatever_has_come_to_its_end_does_not_stand_still(
    house: House, log: FakeLog, come: Come
) -> None:
    await come(house)
    house.clock.turn(days=2)
    assert await standing(house, log) == []


async def test_what_waits_for_a_decision_is_not_approved(house: House, log: FakeLog) -> None:
    record = await house.sent()
    house.clock.turn(days=3)
    assert record.request.state is State.PENDING_APPROVAL
    assert await standing(house, log) == []


async def test_an_undo_whose_steps_were_taken_out_of_the_database_is_found(
    house: House, log: FakeLog
) -> None:
    record = await house.delivered(await house.approved())
    await Removals(house.decisions, house.policy).of_request(record.request.label, MEGAN)
    await house.settle()
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo(record.request.label, MEGAN, None), Record)
    past_the_store(house, "DELETE FROM jobs WHERE kind = 'return'")
    house.clock.turn(hours=2)
    [one] = await standing(house, log)
    assert one.request_id == record.request.request_id


async def test_an_undo_that_was_carried_out_is_no_finding(house: House, log: FakeLog) -> None:
    record = await house.delivered(await house.approved())
    await Removals(house.decisions, house.policy).of_request(record.request.label, MEGAN)
    await house.settle()
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo(record.request.label, MEGAN, None), Record)
    await house.settle()
    house.clock.turn(hours=2)
    assert await standing(house, log) == []


async def test_a_mail_that_is_tried_again_after_its_delivery_opens_nothing(
    house: House, log: FakeLog
) -> None:
    house.faults.before["send"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    await house.settle()
    await house.decisions.retry(record.request.label, MEGAN)
    await house.settle()
    house.clock.turn(days=1, hours=3)
    assert await standing(house, log) == []


async def test_a_sponsor_who_is_taken_off_at_a_second_try_after_the_end_opens_nothing(
    house: House, log: FakeLog
) -> None:
    house.knows(Redemption.ACCEPTED)
    record = await house.delivered(await house.approved())
    house.faults.before["drop_sponsor"] = [Refused(Cause.RIGHTS_MISSING)]
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo(record.request.label, MEGAN, None), Record)
    await house.settle()
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    await house.settle()
    house.clock.turn(days=1, hours=3)
    assert await standing(house, log) == []


async def test_a_guest_who_is_seen_off_every_few_hours_does_not_stand_still(
    house: House, log: FakeLog
) -> None:
    """An account that is put back past Guestlist stops the last step of its removal, which is tried again."""
    await delivered(house)
    guest = next(iter(house.tenant.guests))
    ordered = await house.acts.remove(ObjectId(guest), MEGAN, "It is over", THREAD, seen=None, personal=True)
    assert isinstance(ordered, Record)
    await house.settle()
    house.clock.turn(days=7, seconds=5)
    await house.settle()
    house.clock.turn(days=30, seconds=5)
    house.faults.before["look"] = [Refused(Cause.NOT_DELETED)]
    await house.settle()
    await house.decisions.retry(ordered.request.label, MEGAN)
    for _ in range(12):
        house.clock.turn(minutes=30)
        await house.run_due()
        assert await standing(house, log) == []

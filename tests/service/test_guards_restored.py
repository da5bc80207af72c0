"""A backup from before a protection was made or enforced: what is true of it is looked at, and told."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.conditional_access import PolicyState
from access.rules.guards import Guard, GuardAct, GuardState
from access.rules.model import Effect, JobKind, JobStatus, Record
from access.rules.refusals import OwnRequest
from cards.look import Look
from cards.since_restore import since_restore
from tests.service.guarding_house import ISAIAH, MFA, Guarded
from tests.service.house import MEGAN, ZONE, House, draft
from tests.service.test_restored_backup import Operator

LOOK = Look(ZONE, personal=True)


@pytest.fixture
async def operator(tmp_path: Path, empty_database: Path) -> AsyncIterator[Operator]:
    shutil.copy(empty_database, tmp_path / "guestlist.db")
    operator = Operator(tmp_path, await House.open(tmp_path / "guestlist.db"))
    yield operator
    await operator.house.store.close()


async def restored(operator: Operator, before: Guarded) -> Guarded:
    """Put the backup back; the tenant stays as it is."""
    after = Guarded.of(await operator.restores())
    after.reader.demanded = before.reader.demanded
    after.house.restores.guards.reader = after.reader
    return after


async def enforces(guarded: Guarded, record: Record) -> None:
    looked = await guarded.acts.foresee(record.request.label, ISAIAH)
    done = await guarded.acts.enforce(record.request.label, ISAIAH, getattr(looked, "code", ""))
    assert isinstance(done, Record), done
    await guarded.run(done)


async def guard_now(guarded: Guarded, record: Record) -> Guard:
    guard = (await guarded.house.now(record)).request.guard
    assert guard is not None
    return guard


async def test_what_was_enforced_since_the_backup_is_said_and_is_not_its_owners_to_remove(
    operator: Operator,
) -> None:
    before = Guarded.of(operator.house)
    record = await before.watched()
    operator.backs_up()
    await enforces(before, record)
    after = await restored(operator, before)
    assert (await guard_now(after, record)).state is GuardState.WATCHING
    await after.house.restores.look()
    assert (await guard_now(after, record)).state is GuardState.ENFORCED
    assert f"{record.request.label}: enforced" in after.house.alarms[-1]
    [fact] = [one.fact for one in await after.house.audit() if one.fact.what == "guard.enforced"]
    assert fact.detail["found"] == "restore"
    now = await after.house.now(record)
    assert [one.status for one in now.jobs.values() if one.kind is JobKind.TRIAL] == [JobStatus.DROPPED]
    refused = await after.acts.act(record.request.label, MEGAN, GuardAct.REMOVE)
    assert isinstance(refused, OwnRequest)
    again = await after.acts.act(record.request.label, ISAIAH, GuardAct.WATCH)
    assert isinstance(again, Record)
    assert (await after.run(again)).request.guard is not None
    assert after.states() == [PolicyState.REPORT_ONLY]


async def test_whoever_died_over_the_look_leaves_the_same_report(operator: Operator) -> None:
    before = Guarded.of(operator.house)
    record = await before.watched()
    operator.backs_up()
    await enforces(before, record)
    after = await restored(operator, before)
    [restore] = await after.house.store.restores()
    first = await after.house.restores.guards.look(restore)
    after.house.clock.turn(minutes=1)
    assert first == await after.house.restores.guards.look(restore) == [f"{record.request.label}: enforced"]
    assert len([one for one in await after.house.audit() if one.fact.what == "guard.enforced"]) == 1


async def test_what_was_taken_back_since_only_reports_and_is_asked_about_again(operator: Operator) -> None:
    before = Guarded.of(operator.house)
    record = await before.enforced()
    operator.backs_up()
    await before.run(await ordered(before, record, GuardAct.WATCH))
    after = await restored(operator, before)
    await after.house.restores.look()
    guard = await guard_now(after, record)
    assert guard.state is GuardState.WATCHING
    assert guard.asks_at is not None
    assert f"{record.request.label}: only reports" in after.house.alarms[-1]


async def ordered(guarded: Guarded, record: Record, act: GuardAct) -> Record:
    done = await guarded.acts.act(record.request.label, ISAIAH, act)
    assert isinstance(done, Record)
    return done


async def test_what_was_removed_since_is_told(operator: Operator) -> None:
    before = Guarded.of(operator.house)
    record = await before.watched()
    operator.backs_up()
    await before.run(await ordered(before, record, GuardAct.REMOVE))
    after = await restored(operator, before)
    await after.house.restores.look()
    assert f"{record.request.label}: its policies are gone" in after.house.alarms[-1]
    assert (await after.run(await ordered(after, record, GuardAct.REMOVE))).request.guard is not None


async def test_what_was_approved_and_made_since_stands_on_the_card_that_waits_again(
    operator: Operator,
) -> None:
    before = Guarded.of(operator.house)
    record = await before.sent(MFA)
    operator.backs_up()
    done = await before.house.decisions.approve(record.request.label, ISAIAH, None)
    assert isinstance(done, Record)
    await before.run(done)
    after = await restored(operator, before)
    await after.house.restores.look()
    request = (await after.house.now(record)).request
    assert request.effects == (Effect.POLICY,)
    assert f"{request.label}: policies 1, enforced 0" in after.house.alarms[-1]
    assert since_restore(request, LOOK)[0] == "Its policies are there already."


@pytest.mark.parametrize("reads", [True, False])
async def test_what_is_as_the_backup_says_needs_no_line_and_what_cannot_be_read_has_one(
    operator: Operator, *, reads: bool
) -> None:
    before = Guarded.of(operator.house)
    record = await before.watched()
    operator.backs_up()
    await before.house.sent(draft(address="zoe@northwind.example"))
    after = await restored(operator, before)
    if not reads:
        after.reader.refuses["protection"] = Refused(Cause.RIGHTS_MISSING)
    await after.house.restores.look()
    assert (f"{record.request.label}: " in after.house.alarms[-1]) is not reads
    assert (await guard_now(after, record)).state is GuardState.WATCHING

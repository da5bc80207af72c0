"""The end of the time of watching: the security admins of that day are asked, whatever is under way."""

from datetime import timedelta

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.guard_plans import GuardForeseen
from access.rules.guards import Guard, GuardState
from access.rules.model import JobKind, Record
from access.rules.policy_reader import read_policy
from cards.guard_request import draw
from cards.look import Look
from tests.service.guarding_house import ISAIAH, PROTECT, ROLES, SVEA, Guarded
from tests.service.house import POLICY, ZONE, House

LOOK = Look(ZONE, personal=True)


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


def guard_of(record: Record) -> Guard:
    assert record.request.guard is not None
    return record.request.guard


def asked(record: Record) -> set[str]:
    return {one.name for key, one in record.jobs.items() if "/asked/" in key}


async def test_who_is_security_admin_by_then_is_asked_and_may_enforce(house: House, guarded: Guarded) -> None:
    both = f'"person:{ISAIAH}", "person:{SVEA}"'
    first, later = (ROLES.replace(both, f'"person:{one}"') for one in (ISAIAH, SVEA))
    house.policy.policy = read_policy(POLICY.replace("[roles]", first) + PROTECT)
    record = await guarded.watched()
    house.policy.policy = read_policy(POLICY.replace("[roles]", later) + PROTECT)
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.TRIAL)
    now = await house.now(record)
    assert asked(now) == {f"approver/{SVEA}"}
    assert "protect.foresee" in str(draw(now, f"approver/{SVEA}", LOOK))


async def test_where_nobody_is_security_admin_who_asked_is_asked(house: House, guarded: Guarded) -> None:
    record = await guarded.watched()
    house.policy.policy = read_policy(POLICY + PROTECT)
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.TRIAL)
    now = await house.now(record)
    assert asked(now) == {f"approver/{record.request.requestor.object_id}"}
    assert "protect.foresee" not in str(draw(now, f"approver/{record.request.requestor.object_id}", LOOK))


async def test_a_time_that_ends_while_an_order_is_carried_out_asks_once_that_has_failed(
    house: House, guarded: Guarded
) -> None:
    record = await guarded.watched()
    looked = await guarded.acts.foresee(record.request.label, ISAIAH)
    assert isinstance(looked, GuardForeseen)
    house.clock.turn(days=7, seconds=1)
    done = await guarded.acts.enforce(record.request.label, ISAIAH, looked.code)
    assert isinstance(done, Record)
    guarded.writer.refuses_for["made-1 enabled"] = Refused(Cause.RIGHTS_MISSING)
    await house.run_due(JobKind.TRIAL)
    assert guard_of(await guarded.run(done)).state is GuardState.WATCHING
    house.clock.turn(hours=1, seconds=1)
    await house.run_due(JobKind.TRIAL)
    now = await house.now(record)
    assert guard_of(now).observed is not None
    assert asked(now) == {f"approver/{ISAIAH}", f"approver/{SVEA}"}


async def test_one_that_is_enforced_meanwhile_is_not_asked_about(house: House, guarded: Guarded) -> None:
    record = await guarded.watched()
    looked = await guarded.acts.foresee(record.request.label, ISAIAH)
    assert isinstance(looked, GuardForeseen)
    house.clock.turn(days=7, seconds=1)
    done = await guarded.acts.enforce(record.request.label, ISAIAH, looked.code)
    assert isinstance(done, Record)
    await house.run_due(JobKind.TRIAL)
    await guarded.run(done)
    house.clock.turn(days=1)
    await house.run_due(JobKind.TRIAL)
    assert not asked(await house.now(record))
    assert guard_of(await house.now(record)).asks_at != house.clock.now() + timedelta(days=7)

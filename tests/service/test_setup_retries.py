"""`/retry` of a set-up that stands still: right, approval and what is there count as at the press."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import Missing
from access.rules.causes import Cause
from access.rules.model import JobKind, ObjectId, Record, Setup, State
from access.rules.refusals import NotPossible, NotYours, WillNotWork
from access.rules.setup_plans import Right
from access.service.remove import Removals
from access.service.setups import Wanted
from cards import answers
from tests.cards.gallery import LOOK
from tests.service.house import DIEGO, GUESTS, LIDIA, MEGAN, NIA, PORTAL, THREAD, House
from tests.service.test_setups import ADOPT, NEW, approved, run_steps


async def left_to_a_person(house: House, wanted: Wanted = NEW) -> Record:
    """Return a set-up whose group is made, and that stands still for want of the other permissions."""
    house.tenant.open_apps.add(PORTAL)
    house.tenant.rights = frozenset({Right.MAKE})
    record = await run_steps(house, await approved(house, wanted))
    assert record.request.state is State.DELIVERY_FAILED
    house.tenant.rights = frozenset(Right)
    return record


def setup_of(record: Record) -> Setup:
    assert record.request.setup is not None
    return record.request.setup


def group_of(record: Record) -> ObjectId:
    group_id = setup_of(record).group_id
    assert group_id is not None
    return group_id


def cause_of(record: Record) -> str:
    assert record.request.failure is not None
    return record.request.failure.cause


def said(refusal: object) -> str:
    assert isinstance(refusal, WillNotWork | NotYours | NotPossible), refusal
    return answers.refused_text(refusal, "retry", LOOK)


# --- who may, and for how long ------------------------------------------------------------------


async def test_who_asked_and_owns_the_app_no_more_has_nothing_set_up(house: House) -> None:
    house.tenant.owners[PORTAL] = [MEGAN, DIEGO]
    record = await left_to_a_person(house)
    house.tenant.owners[PORTAL] = [DIEGO]
    refused = await house.decisions.retry(record.request.label, MEGAN)
    assert isinstance(refused, NotYours)
    assert [one.object_id for one in refused.may] == [LIDIA]
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    assert isinstance(await house.decisions.retry(record.request.label, LIDIA), Record)


async def test_who_asked_as_an_admin_and_is_one_still_may_retry(house: House) -> None:
    record = await left_to_a_person(house, replace(NEW))
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)


@pytest.mark.parametrize("who", [MEGAN, LIDIA])
async def test_an_approval_of_more_than_thirty_days_ago_sets_nothing_up(house: House, who: ObjectId) -> None:
    record = await left_to_a_person(house)
    house.clock.turn(days=31)
    refused = await house.decisions.retry(record.request.label, who)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APPROVAL_OLD
    assert f"/remove {record.request.label}" in said(refused)
    assert '/setup "Patient Portal"' in said(refused)
    assert "group-assign" not in house.faults.calls[-1:]
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED


async def test_an_app_that_is_gone_is_named(house: House) -> None:
    record = await left_to_a_person(house)
    del house.tenant.apps[PORTAL]
    refused = await house.decisions.retry(record.request.label, MEGAN)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.APP_GONE


async def test_what_stands_is_looked_at_at_any_time(house: House) -> None:
    record = await run_steps(house, await approved(house))
    house.clock.turn(days=31)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)


# --- the group is gone --------------------------------------------------------------------------


def deletes(house: House, group_id: ObjectId) -> None:
    """Delete a group as somebody does by hand: nothing of it is found any more."""
    del house.tenant.groups[group_id]
    for groups in house.tenant.of_app.values():
        if group_id in groups:
            groups.remove(group_id)
    house.tenant.markers = {name: one for name, one in house.tenant.markers.items() if one != group_id}


async def retried(house: House, record: Record, by: ObjectId = LIDIA) -> Record:
    assert isinstance(await house.decisions.retry(record.request.label, by), Record)
    return await run_steps(house, record)


async def test_a_group_that_was_deleted_by_hand_is_made_anew(house: House) -> None:
    record = await left_to_a_person(house)
    deletes(house, group_of(record))
    done = await retried(house, record)
    assert done.request.state is State.DELIVERED, cause_of(done)
    assert group_of(done) in house.tenant.of_app[PORTAL]
    assert house.faults.calls.count("group-make") == 2
    assert setup_of(done).by_hand == ()


async def test_one_that_is_there_is_not_made_twice(house: House) -> None:
    record = await left_to_a_person(house)
    done = await retried(house, record)
    assert group_of(done) == group_of(record)
    assert house.faults.calls.count("group-make") == 1


async def test_a_group_that_nobody_finds_any_more_fails_with_that_within_minutes(house: House) -> None:
    record = await left_to_a_person(house)
    house.faults.before["group-assign"] = [Missing(Cause.GROUP_GONE)] * 1000
    since = house.clock.now()
    failed = await retried(house, record)
    assert cause_of(failed) == Cause.GROUP_GONE
    assert house.clock.now() - since < timedelta(minutes=15)


async def test_an_adopted_group_that_is_gone_is_said_to_be(house: House) -> None:
    house.tenant.rights, house.tenant.owners[GUESTS] = frozenset(), []
    record = await run_steps(house, await approved(house, ADOPT))
    assert cause_of(record) == Cause.BY_HAND
    deletes(house, GUESTS)
    for _ in range(2):
        record = await retried(house, record)
        assert cause_of(record) == Cause.GROUP_LOST


async def test_an_owner_who_has_left_is_left_out(house: House) -> None:
    house.tenant.owners[PORTAL] = [MEGAN, DIEGO]
    record = await left_to_a_person(house)
    group_id = group_of(record)
    house.tenant.owners[PORTAL] = house.tenant.owners[group_id] = [MEGAN]
    done = await retried(house, record)
    assert done.request.state is State.DELIVERED, cause_of(done)
    assert [one.object_id for one in setup_of(done).owners] == [MEGAN]


async def test_a_group_that_is_made_anew_is_not_owned_by_who_has_left(house: House) -> None:
    house.tenant.owners[PORTAL] = [MEGAN, DIEGO]
    record = await left_to_a_person(house)
    deletes(house, group_of(record))
    house.tenant.owners[PORTAL] = [MEGAN]
    done = await retried(house, record)
    assert house.tenant.owners[group_of(done)] == [MEGAN]


async def test_where_none_of_its_owners_is_left_nothing_is_made(house: House) -> None:
    record = await left_to_a_person(house)
    deletes(house, group_of(record))
    house.tenant.owners[PORTAL] = [NIA]
    failed = await retried(house, record)
    assert cause_of(failed) == Cause.SETUP_MOVED
    assert house.faults.calls.count("group-make") == 1


# --- giving it up -------------------------------------------------------------------------------


async def given_up(house: House, record: Record, by: ObjectId) -> object:
    return await Removals(house.decisions, house.policy).of_request(record.request.label, by)


@pytest.mark.parametrize("who", [MEGAN, LIDIA])
async def test_who_asked_or_an_admin_gives_it_up_and_the_app_is_free_for_another(
    house: House, who: ObjectId
) -> None:
    record = await left_to_a_person(house)
    done = await given_up(house, record, who)
    assert isinstance(done, Record)
    assert done.request.state is State.CANCELED
    end = setup_of(done).given_up
    assert end is not None
    assert end.by is not None
    assert (end.by.object_id, end.at) == (who, house.clock.now())
    [fact] = [one.fact for one in await house.audit() if one.fact.what == "request.canceled"]
    assert (fact.actor, fact.detail["group"]) == (who, group_of(record))
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), NotPossible)
    assert not await house.run_due(JobKind.SETUP)
    again = await house.setups.send(NEW, MEGAN, THREAD, personal=False)
    assert isinstance(again, Record)


@pytest.mark.parametrize("who", [NIA, DIEGO])
async def test_nobody_else_gives_it_up(house: House, who: ObjectId) -> None:
    record = await left_to_a_person(house)
    assert isinstance(await given_up(house, record, who), NotYours)
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED


async def test_what_waits_and_what_stands_is_not_given_up(house: House) -> None:
    record = await approved(house)
    assert isinstance(await given_up(house, record, MEGAN), NotPossible)
    done = await run_steps(house, record)
    assert isinstance(await given_up(house, done, MEGAN), NotPossible)


async def test_the_way_out_is_named_where_it_is_looked_for(house: House) -> None:
    record = await left_to_a_person(house)
    refused = await house.decisions.cancel(record.request.label, MEGAN)
    assert isinstance(refused, NotPossible)
    assert f"/remove {record.request.label}" in answers.refused_text(refused, "cancel", LOOK)


# --- after the delivery -------------------------------------------------------------------------


async def checked(house: House, record: Record) -> Setup:
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    await house.run_due(JobKind.ENTRY)
    return setup_of(await house.now(record))


async def test_check_again_sees_that_the_group_is_gone_and_that_it_is_back(house: House) -> None:
    record = await run_steps(house, await approved(house))
    await house.run_due(JobKind.ENTRY)
    assert (await checked(house, record)).gone_at is None
    house.tenant.of_app[PORTAL].remove(group_of(record))
    assert (await checked(house, record)).gone_at == house.clock.now()
    assert [one.fact.what for one in await house.audit()][-1] == "setup.group-gone"
    house.tenant.of_app[PORTAL].append(group_of(record))
    assert (await checked(house, record)).gone_at is None


async def test_a_dead_group_that_the_policy_gives_is_not_said_to_be_in_force(house: House) -> None:
    record = await run_steps(house, await approved(house))
    house.tenant.of_app[PORTAL].remove(group_of(record))
    policy = house.policy.policy
    rules = replace(policy.defaults, give=setup_of(record).give)
    house.policy.policy = replace(policy, apps={PORTAL: rules})
    await house.run_due(JobKind.ENTRY)
    now = setup_of(await house.now(record))
    assert (now.in_force_at, now.gone_at) == (None, house.clock.now())


async def test_while_the_directory_is_away_nothing_is_said_of_the_group(house: House) -> None:
    record = await run_steps(house, await approved(house))
    await house.run_due(JobKind.ENTRY)
    house.faults.before["setup-look"] = [Missing(Cause.UNAVAILABLE)]
    assert (await checked(house, record)).gone_at is None
    house.clock.turn(minutes=5)
    assert await house.run_due(JobKind.ENTRY)

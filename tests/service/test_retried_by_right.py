"""`/retry` of an act on an account: the right to it is asked anew, whoever asked for the act at first."""

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AccountState, Named, ObjectId, Record, State
from access.rules.refusals import NotYours, Unreadable
from tests.service import test_guest_changes as changes
from tests.service.house import ALEX, GUESTS, LIDIA, MEGAN, NIA, PORTAL, RECORDS, House
from tests.service.test_account_removals import ANAS, account, begun, deleted_after, given, removed


async def failed_change(house: House) -> Record:
    await changes.given(house)
    house.faults.before["write"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await changes.begun(house)
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    return record


async def failed_removal(house: House) -> Record:
    await given(house)
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await begun(house)
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    return record


async def let_in_again(house: House) -> Record:
    """Have a removal stand still before the deletion, as the guest may sign in again."""
    await given(house)
    record = await removed(house)
    await house.accounts.unblock(ANAS)
    await deleted_after(house)
    assert account(await house.now(record)).failure
    return record


def loses_the_app(house: House) -> None:
    """Have Health Records be others' than Megan's from now on."""
    house.tenant.owners[RECORDS] = [ALEX, NIA]
    house.clock.turn(days=60)


async def retried(house: House, record: Record, by: ObjectId) -> Record | object:
    again = await house.decisions.retry(record.request.label, by)
    await house.settle()
    return again


async def test_who_has_lost_the_app_has_no_change_taken_up(house: House) -> None:
    record, before = await failed_change(house), house.tenant.guests[ANAS].name
    loses_the_app(house)
    refused = await retried(house, record, MEGAN)
    assert isinstance(refused, NotYours)
    assert [one.object_id for one in refused.may] == [LIDIA]
    assert house.tenant.guests[ANAS].name == before
    noted = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail["act"]) for one in noted] == [(MEGAN, "retry")]


@pytest.mark.parametrize("who", [NIA, LIDIA])
async def test_who_has_the_right_by_now_has_a_change_taken_up(house: House, who: ObjectId) -> None:
    record = await failed_change(house)
    loses_the_app(house)
    assert isinstance(await retried(house, record, who), Record)
    assert house.tenant.guests[ANAS].name == "Ana Sousa"


async def test_a_change_of_who_holds_a_role_by_now_is_an_admins_to_take_up(house: House) -> None:
    record = await failed_change(house)
    house.accounts.roles[ANAS] = (Named(ObjectId("reader"), "Directory Readers"),)
    assert isinstance(await retried(house, record, MEGAN), NotYours)


async def test_a_change_of_a_guest_who_is_not_there_is_an_admins_to_take_up(house: House) -> None:
    record = await failed_change(house)
    del house.tenant.guests[ANAS]
    assert isinstance(await retried(house, record, MEGAN), NotYours)
    assert isinstance(await retried(house, record, LIDIA), Record)


async def test_who_has_lost_the_app_has_no_guest_blocked(house: House) -> None:
    record = await failed_removal(house)
    loses_the_app(house)
    house.tenant.access.add((ANAS, GUESTS))
    house.tenant.owners[PORTAL] = [ALEX]
    assert isinstance(await retried(house, record, MEGAN), NotYours)
    assert house.tenant.guests[ANAS].enabled


async def test_an_app_of_others_since_leaves_the_removal_to_an_admin(house: House) -> None:
    record = await failed_removal(house)
    house.tenant.access.add((ANAS, GUESTS))
    house.tenant.owners[PORTAL] = [ALEX]
    assert isinstance(await retried(house, record, MEGAN), NotYours)
    assert house.tenant.guests[ANAS].enabled


async def test_a_guest_who_was_given_more_is_not_blocked_before_an_admin_wants_it_all_the_same(
    house: House,
) -> None:
    record = await failed_removal(house)
    house.tenant.access.add((ANAS, GUESTS))
    house.tenant.owners[PORTAL] = [ALEX]
    assert isinstance(await retried(house, record, LIDIA), Record)
    assert await house.failed(record) is Cause.HOLDS_MORE
    assert house.tenant.guests[ANAS].enabled
    house.tenant.owners[PORTAL] = [MEGAN]
    assert isinstance(await retried(house, record, MEGAN), NotYours)
    assert isinstance(await retried(house, record, LIDIA), Record)
    assert account(await house.now(record)).state is AccountState.BLOCKED


async def test_a_block_that_may_have_been_done_is_not_left_half_for_what_was_given_since(
    house: House,
) -> None:
    record = await failed_removal(house)
    await house.accounts.block(ANAS)
    house.tenant.access.add((ANAS, GUESTS))
    assert isinstance(await retried(house, record, LIDIA), Record)
    assert (await house.now(record)).request.state is State.DELIVERED


async def test_who_has_lost_the_app_has_no_account_deleted(house: House) -> None:
    record = await let_in_again(house)
    loses_the_app(house)
    assert isinstance(await retried(house, record, MEGAN), NotYours)
    assert ANAS in house.tenant.guests
    assert isinstance(await retried(house, record, LIDIA), Record)
    assert account(await house.now(record)).state is AccountState.DELETED


async def test_whoever_ordered_a_removal_has_its_restore_taken_up_without_the_app(house: House) -> None:
    await given(house)
    record = await removed(house)
    house.faults.before["unblock"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert account(await house.now(record)).failure
    loses_the_app(house)
    assert isinstance(await retried(house, record, MEGAN), Record)
    assert account(await house.now(record)).state is AccountState.RESTORED


async def test_where_the_directory_cannot_be_read_nothing_is_taken_up(house: House) -> None:
    record = await failed_removal(house)
    house.faults.before["holdings"] = [Refused(Cause.UNAVAILABLE)]
    assert isinstance(await retried(house, record, MEGAN), Unreadable)
    assert house.tenant.guests[ANAS].enabled

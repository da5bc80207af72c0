"""`/remove … from the directory` and `/restore`: who may, what is done when, and what comes back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from access.ports import NotDone, Refused, Store, Unknown
from access.rules import removing
from access.rules.accounts import Right, Unfit
from access.rules.causes import Cause
from access.rules.departing import Asked, NotTheirs, Standing, Untouchable
from access.rules.model import (
    Account,
    AccountState,
    Assignment,
    AssignmentState,
    JobKind,
    Kind,
    Left,
    Named,
    ObjectId,
    Person,
    Record,
    Redemption,
    RequestId,
    State,
)
from access.rules.refusals import Duplicate, NotYours, TooLate, Unreadable
from access.service.accounts import AccountActs
from access.service.remove import Removals
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    PORTAL,
    RECORDS,
    THREAD,
    VISITOR,
    House,
    draft,
)

ANAS = ObjectId("guest-1")
WHY = "The contract has ended"


async def given(house: House) -> Record:
    """Have Ana hold Health Records by a request of Megan's."""
    return await house.delivered(await house.approved())


async def asked(house: House, by: ObjectId = MEGAN) -> Asked:
    found = await house.acts.ask(ANAS, by)
    assert isinstance(found, Asked), found
    return found


async def begun(house: House, by: ObjectId = MEGAN) -> Record:
    record = await house.acts.remove(ANAS, by, WHY, THREAD, seen=None, personal=True)
    assert isinstance(record, Record), record
    return record


async def removed(house: House, by: ObjectId = MEGAN) -> Record:
    """Remove Ana, up to where she is blocked."""
    return await house.delivered(await begun(house, by))


async def deleted(house: House, by: ObjectId = MEGAN) -> Record:
    record = await removed(house, by)
    house.clock.turn(days=7, seconds=1)
    await house.settle()
    return await house.now(record)


def account(record: Record) -> Account:
    assert record.request.account is not None
    return record.request.account


async def assignment(house: House, record: Record) -> Assignment:
    found = (await house.now(record)).request.assignment
    assert found is not None
    return found


async def whats(house: House, record: Record) -> list[str]:
    request_id = record.request.request_id
    return [entry.fact.what for entry in await house.audit() if entry.fact.request_id == request_id]


async def test_what_is_lost_is_listed_first_and_nothing_is_done_by_that(house: House) -> None:
    await given(house)
    found = await asked(house)
    assert [one.name for one in found.held.apps] == ["Health Records"]
    assert (found.right, found.days) == (Right.OWNER, 7)
    assert house.tenant.guests[ANAS].enabled
    assert len(await house.store.of_guest(ANAS)) == 1


async def test_the_account_is_blocked_at_once_and_deleted_after_the_days_of_the_policy(house: House) -> None:
    await given(house)
    record = await removed(house)
    assert account(record).state is AccountState.BLOCKED
    assert account(record).delete_at - house.clock.now() > timedelta(days=6, hours=23)
    assert not house.tenant.guests[ANAS].enabled
    assert house.faults.calls.count("sign_out") == 1
    house.clock.turn(days=6)
    await house.settle()
    assert ANAS in house.tenant.guests
    house.clock.turn(days=1, minutes=1)
    await house.settle()
    record = await house.now(record)
    assert account(record).state is AccountState.DELETED
    assert ANAS not in house.tenant.guests
    assert (await whats(house, record))[:3] == ["request.submitted", "request.ordered", "step.begun"]
    assert house.faults.calls.count("block") == house.faults.calls.count("delete") == 1


async def test_each_step_names_who_had_it_done_before_it_begins(house: House) -> None:
    await given(house)
    record = await removed(house)
    steps = [
        entry.fact.detail
        for entry in await house.audit()
        if entry.fact.what == "step.begun" and entry.fact.request_id == record.request.request_id
    ]
    assert [one["step"] for one in steps] == ["block", "sign-out", "prove-blocked"]
    assert {one["approved_by"] for one in steps} == {MEGAN}


async def test_an_owner_may_only_where_every_app_of_the_guest_is_theirs(house: House) -> None:
    await given(house)
    assert (await asked(house, ALEX)).right is Right.OWNER
    house.tenant.access.add((ANAS, GUESTS))  # which carries the portal, and that is Megan's alone
    assert await house.acts.ask(ANAS, ALEX) == NotTheirs()
    assert (await asked(house, MEGAN)).right is Right.OWNER
    assert (await asked(house, LIDIA)).right is Right.ADMIN


async def test_a_group_without_an_app_and_a_role_are_nobodys_to_take_but_an_admins(house: House) -> None:
    await given(house)
    house.tenant.of_app[PORTAL].remove(GUESTS)
    house.tenant.owners[GUESTS] = []
    house.tenant.access.add((ANAS, GUESTS))
    assert await house.acts.ask(ANAS, MEGAN) == NotTheirs()
    house.tenant.owners[GUESTS] = [MEGAN]
    assert (await asked(house, MEGAN)).right is Right.OWNER
    house.accounts.roles[ANAS] = (Named(ObjectId("reader"), "Directory Readers"),)
    assert await house.acts.ask(ANAS, MEGAN) == NotTheirs()
    assert (await asked(house, LIDIA)).right is Right.ADMIN


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR])
async def test_whoever_may_not_hears_what_they_would_of_no_guest(house: House, who: ObjectId) -> None:
    await given(house)
    nobody = await house.acts.found("nobody@fabrikam.com", who)
    assert nobody == await house.acts.ask(ANAS, who) == await house.acts.ask(ObjectId("none"), who)
    assert await house.acts.remove(ANAS, who, WHY, THREAD, seen=None, personal=True) == NotTheirs()
    refusals = [entry.fact for entry in await house.audit() if entry.fact.what == "act.refused"]
    assert [(one.actor, one.detail["refused"]) for one in refusals] == [(who, "NotTheirs")] * 4
    assert house.tenant.guests[ANAS].enabled


async def test_a_guest_who_holds_no_app_and_was_there_before_is_an_admins_alone(house: House) -> None:
    ana = house.knows(Redemption.ACCEPTED).object_id
    await given(house)
    house.tenant.access.clear()
    assert await house.acts.ask(ana, MEGAN) == NotTheirs()
    found = await house.acts.ask(ana, LIDIA)
    assert isinstance(found, Asked)
    assert found.right is Right.ADMIN


async def test_a_member_is_no_guest(house: House) -> None:
    house.tenant.people[DIEGO] = Person(DIEGO, "Diego", ANA)
    assert await house.acts.found(ANA, LIDIA) == NotTheirs()


@pytest.mark.parametrize("why", Unfit)
async def test_nobody_has_an_account_removed_that_guestlist_does_not_touch(house: House, why: Unfit) -> None:
    await given(house)
    house.accounts.unfit[ANAS] = why
    assert await house.acts.ask(ANAS, LIDIA) == Untouchable(why)


async def test_where_the_directory_cannot_be_read_nothing_is_removed(house: House) -> None:
    await given(house)
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert await house.acts.found(ANA, MEGAN) == Unreadable()
    assert await house.acts.ask(ANAS, MEGAN) == Unreadable()


async def test_a_press_on_what_has_changed_since_removes_nothing(house: House) -> None:
    await given(house)
    shown = await asked(house)
    house.tenant.access.add((ANAS, GUESTS))
    again = await house.acts.remove(ANAS, MEGAN, WHY, THREAD, seen=shown.plan.hash, personal=True)
    assert isinstance(again, Asked)
    assert (again.moved, again.justification) == (True, WHY)
    pressed = await house.acts.remove(ANAS, MEGAN, WHY, THREAD, seen=again.plan.hash, personal=True)
    assert isinstance(pressed, Record)


async def test_two_removals_at_once_are_one(house: House) -> None:
    await given(house)
    first = await begun(house)
    second = await house.acts.remove(ANAS, ALEX, WHY, THREAD, seen=None, personal=True)
    assert isinstance(second, Duplicate)
    await house.settle()
    assert await house.acts.ask(ANAS, ALEX) == Standing((await house.now(first)).request)


class Late:
    """A store in which something happens right before a request is added."""

    def __init__(self, store: Store, happens: Callable[[], Awaitable[object]]) -> None:
        self._store, self._happens = store, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def add(self, make: Any) -> object:
        await self._happens()
        return await self._store.add(make)


async def test_a_removal_that_crosses_another_is_answered_with_that_one_and_is_no_request(
    house: House,
) -> None:
    await given(house)
    first = await begun(house, LIDIA)

    async def is_blocked() -> None:
        for _ in range(4):
            await house.run_due(JobKind.ACCOUNT)

    late = replace(house.decisions, store=cast("Store", Late(house.store, is_blocked)))
    acts = AccountActs(late, house.policy, house.accounts)
    second = await acts.remove(ANAS, LIDIA, WHY, THREAD, seen=None, personal=True)
    assert isinstance(second, Duplicate), second
    assert second.first.request_id == first.request.request_id
    removals = [one for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    assert len(removals) == 1
    await house.settle()
    assert house.alarms == []


async def test_of_two_removals_that_were_asked_a_moment_apart_the_second_fails(house: House) -> None:
    await given(house)
    first = await begun(house)
    anew = replace(
        first.request, request_id=RequestId("f" * 32), version=0, state=State.SUBMITTED, ordered=None
    )
    await house.delivered(first)
    second = await house.store.add(
        lambda number, now: removing.order(replace(anew, number=number), Right.OWNER, now, personal=True)
    )
    assert isinstance(second, Record)
    assert await house.failed(second) is Cause.REMOVED_ALREADY


async def test_the_accesses_of_the_guest_are_noted_and_not_taken_for_lost(house: House) -> None:
    access = await given(house)
    record = await removed(house)
    halted = (await assignment(house, access)).halted
    assert halted is not None
    assert halted.label == record.request.label
    assert (await assignment(house, access)).state is AssignmentState.ACTIVE
    await deleted_after(house)
    assert (await assignment(house, access)).state is AssignmentState.SUSPENDED
    assert "assignment.halted" in await whats(house, access)
    assert "assignment.suspended" in await whats(house, access)


async def deleted_after(house: House) -> None:
    house.clock.turn(days=7, seconds=1)
    await house.settle()


async def test_an_access_that_ends_while_the_account_is_blocked_ends_as_any(house: House) -> None:
    access = await house.delivered(await house.approved(draft(term="2d")))
    await removed(house)
    house.clock.turn(days=2, minutes=1)
    await house.settle()
    assert (await assignment(house, access)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


@pytest.mark.parametrize("who", [MEGAN, ALEX, LIDIA])
async def test_restore_unblocks_an_account_that_is_not_deleted_yet(house: House, who: ObjectId) -> None:
    access = await given(house)
    record = await removed(house)
    restoring = await house.acts.restore(record.request.label, who)
    assert isinstance(restoring, Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED
    assert house.tenant.guests[ANAS].enabled
    assert (await assignment(house, access)).halted is None
    house.clock.turn(days=8)
    await house.settle()
    assert ANAS in house.tenant.guests


async def test_restore_brings_a_deleted_account_back_with_what_it_had_and_the_old_ends(house: House) -> None:
    access = await given(house)
    ends_at = access.request.ends_at
    record = await deleted(house)
    house.clock.turn(days=29)
    assert isinstance(await house.acts.restore_guest(ANA, MEGAN), Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED
    assert house.tenant.guests[ANAS].enabled
    assert (ANAS, RECORDS) in house.tenant.access
    back = await house.now(access)
    assert back.request.assignment is not None
    assert (back.request.assignment.state, back.request.ends_at) == (AssignmentState.ACTIVE, ends_at)
    house.clock.turn(days=60)
    await house.settle()
    assert (await assignment(house, access)).left is Left.NOTHING


async def test_an_access_whose_term_was_over_meanwhile_ends_as_soon_as_the_account_is_back(
    house: House,
) -> None:
    access = await house.delivered(await house.approved(draft(term="10d")))
    record = await deleted(house)
    house.clock.turn(days=10)
    await house.settle()
    assert (await assignment(house, access)).state is AssignmentState.SUSPENDED
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert (await assignment(house, access)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_an_end_that_met_the_deleted_account_is_made_good_when_it_is_back(house: House) -> None:
    access = await given(house)
    record = await removed(house)
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.ACCOUNT)  # deleted, and not read back yet
    await Removals(house.decisions, house.policy).of_request(access.request.label, MEGAN)
    await house.settle()
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert (await assignment(house, access)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_after_thirty_days_there_is_a_clear_answer_and_the_accesses_have_ended(house: House) -> None:
    access = await given(house)
    record = await deleted(house)
    house.clock.turn(days=30, minutes=1)
    assert isinstance(await house.acts.restore_guest(ANA, MEGAN), TooLate)
    house.accounts.deleted.clear()
    await house.settle()
    assert account(await house.now(record)).state is AccountState.GONE
    assert (await assignment(house, access)).left is Left.GUEST_GONE
    assert isinstance(await house.acts.restore(record.request.label, LIDIA), TooLate)
    assert house.faults.calls.count("put_back") == 0


async def test_who_may_not_restore_learns_nothing_of_it(house: House) -> None:
    await given(house)
    record = await removed(house)
    assert await house.acts.restore_guest(ANA, DIEGO) == NotTheirs()
    assert await house.acts.restore_guest("nobody@fabrikam.com", DIEGO) == NotTheirs()
    assert isinstance(await house.acts.restore(record.request.label, DIEGO), NotYours)


async def test_restored_twice_is_restored_once(house: House) -> None:
    await given(house)
    record = await deleted(house)
    await house.acts.restore(record.request.label, MEGAN)
    await house.acts.restore(record.request.label, LIDIA)
    await house.settle()
    await house.acts.restore(record.request.label, LIDIA)
    await house.settle()
    assert house.faults.calls.count("put_back") == 1
    assert (await whats(house, record)).count("account.restored") == 1


async def test_an_account_that_was_blocked_before_stays_blocked_after_it_was_put_back(house: House) -> None:
    await given(house)
    await house.acts.ask(ANAS, MEGAN)
    await house.accounts.block(ANAS)
    record = await deleted(house)
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert account(await house.now(record)).was_blocked
    assert not house.tenant.guests[ANAS].enabled


async def test_an_account_that_somebody_let_in_again_is_not_deleted_unasked(house: House) -> None:
    await given(house)
    record = await removed(house)
    await house.accounts.unblock(ANAS)
    await deleted_after(house)
    failure = account(await house.now(record)).failure
    assert failure is not None
    assert failure.cause == Cause.UNBLOCKED
    assert ANAS in house.tenant.guests
    assert record.request.label in house.alarms[-1]
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.DELETED


@pytest.mark.parametrize("name", ["block", "sign_out", "delete", "put_back", "unblock"])
async def test_an_answer_that_is_lost_is_looked_for_and_nothing_done_twice(house: House, name: str) -> None:
    await given(house)
    house.faults.after[name] = [Unknown(Cause.UNAVAILABLE)]
    record = await deleted(house)
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    record = await house.now(record)
    assert account(record).state is AccountState.RESTORED
    assert not account(record).was_blocked
    assert house.tenant.guests[ANAS].enabled


async def test_without_the_permission_to_end_sessions_the_account_is_blocked_all_the_same(
    house: House,
) -> None:
    await given(house)
    house.faults.before["sign_out"] = [Refused(Cause.RIGHTS_MISSING)]
    assert account(await removed(house)).state is AccountState.BLOCKED


async def test_a_refused_block_fails_the_removal_which_can_be_taken_up_again(house: House) -> None:
    await given(house)
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await begun(house)
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    record = await house.delivered(record)
    assert (record.request.state, account(record).state) == (State.DELIVERED, AccountState.BLOCKED)


async def test_after_a_restore_the_guest_can_be_removed_again(house: House) -> None:
    await given(house)
    record = await deleted(house)
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    again = await removed(house)
    assert again.request.number > record.request.number
    assert account(again).state is AccountState.BLOCKED

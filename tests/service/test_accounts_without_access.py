"""An account that Guestlist made and that has nothing by now is of whoever owns the app it was made for."""

from dataclasses import replace

import pytest

from access.rules import jobs
from access.rules.accounts import Right
from access.rules.departing import Asked, NotTheirs
from access.rules.model import AccountState, Group, ObjectId, Record, State
from access.rules.refusals import NotYours
from access.service.remove import Removals
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.service.house import (
    ADMINS,
    ALEX,
    DESK,
    DIEGO,
    LIDIA,
    MEGAN,
    NIA,
    PORTAL,
    RECORDS,
    THREAD,
    House,
    draft,
)
from tests.service.test_account_removals import ANAS, WHY, account, given

ALL = ObjectId("all-guests")


async def taken_away(house: House) -> Record:
    """Have Ana's account made for Health Records, and that access taken away again."""
    house.tenant.owners |= {RECORDS: [MEGAN, ALEX], PORTAL: [NIA]}
    access = await given(house)
    await Removals(house.decisions, house.policy).of_request(access.request.label, MEGAN)
    await house.settle()
    assert house.tenant.access == set()
    return await house.now(access)


@pytest.mark.parametrize("who", [MEGAN, ALEX])
async def test_an_owner_of_that_app_removes_the_account_and_a_colleague_restores_it(
    house: House, who: ObjectId
) -> None:
    await taken_away(house)
    asked = await house.acts.ask(ANAS, who)
    assert isinstance(asked, Asked), asked
    assert asked.right is Right.OWNER
    assert (await house.acts.seen(ANAS, who)).may_remove
    record = await house.acts.remove(ANAS, who, WHY, THREAD, seen=asked.plan.hash, personal=True)
    assert isinstance(record, Record), record
    record = await house.delivered(record)
    assert account(record).state is AccountState.BLOCKED
    card = str(draw(record, jobs.REQUESTOR, LOOK))
    assert "Owner of the app that the account was made for" in card
    assert "every app" not in card
    colleague = ALEX if who == MEGAN else MEGAN
    assert isinstance(await house.acts.restore(record.request.label, colleague), Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED


@pytest.mark.parametrize("who", [DIEGO, NIA])
async def test_nobody_else_does_and_learns_nothing(house: House, who: ObjectId) -> None:
    await taken_away(house)
    assert await house.acts.ask(ANAS, who) == NotTheirs()
    assert await house.acts.ask(ObjectId("nobody"), who) == NotTheirs()
    assert not (await house.acts.seen(ANAS, who)).may_remove


async def test_who_no_longer_owns_the_app_does_not(house: House) -> None:
    await taken_away(house)
    house.tenant.owners[RECORDS] = [ALEX]
    assert await house.acts.ask(ANAS, MEGAN) == NotTheirs()


async def test_an_account_that_was_there_before_is_an_admins_alone(house: House) -> None:
    await taken_away(house)
    other = replace(house.tenant.guests.pop(ANAS), object_id=ObjectId("older"))
    house.tenant.guests[other.object_id] = other
    again = await house.delivered(await house.approved())
    await Removals(house.decisions, house.policy).of_request(again.request.label, MEGAN)
    await house.settle()
    assert await house.acts.ask(other.object_id, MEGAN) == NotTheirs()
    assert isinstance(await house.acts.ask(other.object_id, LIDIA), Asked)


async def test_while_others_ask_for_something_for_the_guest_it_is_an_admins_alone(house: House) -> None:
    house.tenant.owners[DESK] = [ALEX, NIA]
    await taken_away(house)
    waits = await house.sent(draft(app="Referral Desk", access="Reader"), by=ALEX)
    assert waits.request.state is State.PENDING_APPROVAL
    assert await house.acts.ask(ANAS, MEGAN) == NotTheirs()


async def test_what_the_guest_is_given_after_the_order_is_nobodys_loss(house: House) -> None:
    await taken_away(house)
    record = await house.acts.remove(ANAS, MEGAN, WHY, THREAD, seen=None, personal=True)
    assert isinstance(record, Record), record
    house.tenant.access.add((ANAS, PORTAL))
    await house.settle()
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    assert house.tenant.guests[ANAS].enabled


async def test_a_group_of_all_guests_by_a_rule_is_nothing_that_the_account_has_and_is_shown(
    house: House,
) -> None:
    await taken_away(house)
    house.tenant.groups[ALL] = Group(ALL, "All guests", closed_because="dynamic")
    house.tenant.access |= {(ANAS, ALL), (ANAS, ADMINS)}
    assert await house.acts.ask(ANAS, MEGAN) == NotTheirs(), "the other group is by hand"
    house.tenant.access.remove((ANAS, ADMINS))
    asked = await house.acts.ask(ANAS, MEGAN)
    assert isinstance(asked, Asked), asked
    assert [one.name for one in asked.held.by_rule] == ["All guests"]
    assert (await house.acts.seen(ANAS, MEGAN)).groups == ("All guests",)
    record = await house.acts.remove(ANAS, MEGAN, WHY, THREAD, seen=asked.plan.hash, personal=True)
    assert isinstance(record, Record), record
    record = await house.delivered(record)
    assert isinstance(await house.acts.restore(record.request.label, ALEX), Record)


async def test_who_only_owns_the_app_overrules_no_admin(house: House) -> None:
    await taken_away(house)
    record = await house.acts.remove(ANAS, LIDIA, WHY, THREAD, seen=None, personal=True)
    assert isinstance(record, Record), record
    record = await house.delivered(record)
    for owner in (MEGAN, ALEX):
        assert isinstance(await house.acts.restore(record.request.label, owner), NotYours)
        assert not await house.decisions.rights.to_retry(record.request, owner)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.BLOCKED
    assert isinstance(await house.acts.restore(record.request.label, LIDIA), Record)

"""A removal or a restore that has failed is said to have, on every card, with the act that goes on."""

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.coaching import GuestFile
from access.rules.departing import Standing
from access.rules.model import AccountState, ObjectId, Place, Record
from access.rules.refusals import UnknownRequest
from access.rules.sight import Sight
from access.service.sights import Sights
from cards import account, guest, profile
from cards.look import Look
from tests.service.house import ALEX, ANA, DESK, DIEGO, GUESTS, LIDIA, MEGAN, THREAD, ZONE, House
from tests.service.test_account_removals import ANAS, WHY, deleted, given
from tests.service.test_account_removals import account as of_account
from tests.service.test_retried_by_right import failed_removal

ELSEWHERE = Place("another channel")
LOOK = Look(ZONE, personal=True)


def sights(house: House) -> Sights:
    return Sights(house.decisions, house.chat, house.policy, house.clock)


async def card_of(house: House, by: ObjectId) -> str:
    file = await house.coach.of_address(ANA, by)
    assert isinstance(file, GuestFile)
    return str(guest.draw(file, LOOK))


async def failed_restore(house: House) -> Record:
    await given(house)
    record = await deleted(house)
    house.faults.before["put_back"] = [Refused(Cause.RIGHTS_MISSING)]
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), Record)
    await house.settle()
    record = await house.now(record)
    assert of_account(record).state is AccountState.RESTORING
    assert of_account(record).failure
    return record


@pytest.mark.parametrize("by", [MEGAN, ALEX])
async def test_who_asks_again_hears_that_the_removal_failed_and_what_goes_on(
    house: House, by: ObjectId
) -> None:
    record = await failed_removal(house)
    found = await house.acts.remove(ANAS, by, WHY, THREAD, seen=None, personal=True)
    assert isinstance(found, Standing), found
    for card in (str(account.standing(found.request, LOOK)), str(profile.removed(found.request, LOOK))):
        assert "has removed this guest already" not in card
        assert "tried to remove this guest and failed" in card
        assert f"/retry {record.request.label}" in card


async def test_who_may_have_it_taken_up_may_see_it(house: House) -> None:
    label = (await failed_removal(house)).request.label
    found = await sights(house).find(label, ALEX, ELSEWHERE)
    assert isinstance(found, tuple), found
    assert found[1].sight is Sight.APPROVER
    assert isinstance(await sights(house).find(label, DIEGO, ELSEWHERE), UnknownRequest)
    house.tenant.access.add((ANAS, GUESTS))  # of an app that is not Alex's
    assert isinstance(await sights(house).find(label, ALEX, ELSEWHERE), UnknownRequest)


@pytest.mark.parametrize("by", [MEGAN, ALEX, LIDIA])
async def test_the_guests_card_names_the_failed_removal_and_the_retry(house: House, by: ObjectId) -> None:
    label = (await failed_removal(house)).request.label
    card = await card_of(house, by)
    assert "Not blocked" in card
    assert f"{label} tried to remove Ana from the directory and failed." in card
    assert f"/retry {label}" in card


async def test_who_may_not_have_it_taken_up_reads_no_retry_on_the_guests_card(house: House) -> None:
    label = (await failed_removal(house)).request.label
    house.tenant.access.add((ANAS, DESK))  # of Alex's alone, so that the guest is no longer Megan's
    card = await card_of(house, MEGAN)
    assert f"{label} tried to remove Ana" in card
    assert f"/retry {label}" not in card


async def test_the_guests_card_names_the_failed_restore_and_the_retry(house: House) -> None:
    label = (await failed_restore(house)).request.label
    card = await card_of(house, MEGAN)
    assert "Not restored" in card
    assert f"/retry {label}" in card

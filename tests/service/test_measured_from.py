"""From when the durations are reckoned that telemetry tells of a request."""

from dataclasses import replace
from datetime import timedelta

from access.rules.bulk import Listed
from access.rules.model import Redemption
from access.rules.relinking import Answered
from access.service.relink import Relinks
from bot.measuring.ports import decided_at, invited_at
from tests.service.house import MEGAN, House
from tests.service.test_accepting_anew import accepts, reset, two
from tests.service.test_guests_who_wait import GUEST, given


async def accepts_again(house: House) -> None:
    guest = house.tenant.guests[GUEST]
    accepted = replace(guest, redemption=Redemption.ACCEPTED, redemption_changed_at=house.clock.now())
    house.tenant.guests[GUEST] = accepted
    await house.redemptions.go_round()
    await house.settle()


async def test_an_acceptance_after_a_reset_counts_from_there_though_a_link_was_sent_since(
    house: House,
) -> None:
    record = await given(house)
    assert invited_at((await house.now(record)).request) == (await house.now(record)).request.delivered_at
    await accepts(house)
    house.clock.turn(days=30)
    began = house.clock.now()
    await reset(house, record.request.label)
    await house.settle()
    house.clock.turn(days=2)
    sent = await Relinks(house.coach).for_request(record.request.label, MEGAN, reset=False)
    assert isinstance(sent, Answered)
    assert sent.done is not None
    await house.settle()
    house.clock.turn(days=1)
    await accepts_again(house)
    request = (await house.now(record)).request
    assert request.accepted_at == began + timedelta(days=3)
    assert invited_at(request) == began


async def test_an_acceptance_counts_from_a_reset_under_another_request(house: House) -> None:
    one, other = await two(house)
    began = house.clock.now()
    await reset(house, one.request.label)
    await house.settle()
    assert invited_at((await house.now(other)).request) == began


async def test_a_first_link_that_is_sent_again_sets_no_acceptance_back(house: House) -> None:
    record = await given(house)
    house.clock.turn(days=2)
    await Relinks(house.coach).for_request(record.request.label, MEGAN, reset=False)
    await house.settle()
    request = (await house.now(record)).request
    assert invited_at(request) == request.delivered_at


async def test_the_effect_of_a_row_counts_from_the_row_and_not_from_the_approval_of_its_list(
    house: House,
) -> None:
    request = (await given(house)).request
    assert request.review is not None
    assert decided_at(request) == request.review.at
    made = request.review.at + timedelta(hours=2)
    row = replace(request, listed=Listed("list", 1, "L-1"), submitted_at=made)
    assert decided_at(row) == made

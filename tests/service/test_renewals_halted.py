"""A renewal that waits while its guest is removed from the directory, or while its access has run out."""

from datetime import timedelta

import pytest

from access.rules.causes import Cause
from access.rules.model import JobKind, Record, Request, State, Term
from access.rules.refusals import ProblemCode, WillNotWork
from access.rules.renewing import NotRenewable
from access.service.extend import Renewals, Where
from access.service.renewable import Wanted
from tests.service.house import ALEX, MEGAN, THREAD, House
from tests.service.test_account_removals import begun, removed
from tests.service.test_undoing import given


async def asked(house: House) -> Record | object:
    renewals = Renewals(house.decisions)
    first = await renewals.meant("R-1001", MEGAN)
    assert isinstance(first, Request)
    return await renewals.ask(first, MEGAN, Wanted(Term(days=30)), Where(THREAD, personal=False))


async def waits(house: House) -> Record:
    sent = await asked(house)
    assert isinstance(sent, Record), sent
    return sent


async def test_it_is_not_approved_while_its_guest_is_being_removed(house: House) -> None:
    record = await given(house)
    renewal = await waits(house)
    await removed(house)
    refused = await house.decisions.approve(renewal.request.label, ALEX, None)
    assert isinstance(refused, WillNotWork), refused
    assert refused.cause is Cause.BEING_REMOVED
    assert (await house.now(record)).request.ends_at == record.request.ends_at


async def test_one_that_was_approved_is_not_carried_out_then(house: House) -> None:
    record = await given(house)
    renewal = await waits(house)
    removal = await begun(house)
    assert isinstance(await house.decisions.approve(renewal.request.label, ALEX, None), Record)
    for _ in range(6):
        await house.run_due(JobKind.ACCOUNT)
    assert (await house.now(removal)).request.state is State.DELIVERED
    assert await house.failed(renewal) is Cause.BEING_REMOVED
    assert (await house.now(record)).request.ends_at == record.request.ends_at


@pytest.mark.parametrize("minutes", [0, 5])
async def test_an_access_whose_end_is_over_and_that_is_not_taken_away_yet_is_not_renewed(
    house: House, minutes: int
) -> None:
    record = await given(house)
    assert record.request.ends_at is not None
    house.clock.time = record.request.ends_at + timedelta(minutes=minutes)
    refused = await asked(house)
    assert isinstance(refused, NotRenewable), refused
    assert [one.code for one in refused.problems] == [ProblemCode.ACCESS_OVER]


async def test_nor_is_its_renewal_approved_that_waited(house: House) -> None:
    record = await given(house)
    renewal = await waits(house)
    assert record.request.ends_at is not None
    house.clock.time = record.request.ends_at + timedelta(minutes=5)
    refused = await house.decisions.approve(renewal.request.label, ALEX, None)
    assert isinstance(refused, WillNotWork), refused
    assert refused.cause is Cause.ACCESS_OVER
    assert (await house.now(renewal)).request.state is State.PENDING_APPROVAL

"""Amending, over a store: who may is read of the directory at the click, and so is what would be done."""

import asyncio

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import ObjectId, Record, Term
from access.rules.refusals import (
    AlreadyDecided,
    NotLess,
    NotYours,
    OwnRequest,
    PlanMoved,
    UnknownRequest,
    Unreadable,
)
from access.service.amend import Amendments, Wanted
from tests.service.house import ALEX, DIEGO, LEAVER, MEGAN, NIA, VISITOR, House

R1, SHORT = "R-1001", Term(days=30)


@pytest.mark.parametrize(
    ("who", "refusal"), [(MEGAN, OwnRequest), (DIEGO, NotYours), (LEAVER, NotYours), (VISITOR, NotYours)]
)
async def test_an_amendment_by_who_may_not_decide_is_refused_and_that_is_audited(
    house: House, who: ObjectId, refusal: type
) -> None:
    await house.sent()
    assert isinstance(await Amendments(house.decisions).amend(R1, who, Wanted(SHORT)), refusal)
    fact = (await house.audit())[-1].fact
    assert (fact.what, fact.actor, fact.detail["act"]) == ("act.refused", who, "amend")


async def test_nothing_is_amended_that_is_not_there_or_while_the_directory_is_away(house: House) -> None:
    await house.sent()
    amendments = Amendments(house.decisions)
    assert await amendments.amend("r-9999", ALEX, Wanted(SHORT)) == UnknownRequest("R-9999")
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert isinstance(await amendments.amend(R1, ALEX, Wanted(SHORT)), Unreadable)


async def test_what_is_delivered_is_the_term_that_was_approved(house: House) -> None:
    record = await house.sent()
    assert record.request.plan is not None
    old = record.request.plan.hash
    assert isinstance(await Amendments(house.decisions).amend(R1, ALEX, Wanted(SHORT)), Record)
    assert isinstance(await house.decisions.approve(R1, NIA, old), PlanMoved)
    assert isinstance(await house.decisions.approve(R1, NIA, None), Record)
    delivered = (await house.delivered(record)).request
    assert delivered.delivered_at is not None
    assert delivered.ends_at is not None
    assert (delivered.ends_at - delivered.delivered_at).days == SHORT.days


async def test_of_an_approval_and_an_amendment_at_once_the_approval_is_of_what_was_shown(
    house: House,
) -> None:
    record = await house.sent()
    assert record.request.plan is not None
    approved, amended = await asyncio.gather(
        house.decisions.approve(R1, NIA, record.request.plan.hash),
        Amendments(house.decisions).amend(R1, ALEX, Wanted(SHORT)),
    )
    if isinstance(approved, Record):
        assert isinstance(amended, AlreadyDecided)
        assert (await house.delivered(record)).request.term == Term(days=90)
    else:
        assert isinstance(approved, PlanMoved)
        assert isinstance(amended, Record)


async def test_of_two_amendments_at_once_the_longer_one_never_wins_over_the_shorter(house: House) -> None:
    record = await house.sent()
    amendments = Amendments(house.decisions)
    results = await asyncio.gather(
        amendments.amend(R1, ALEX, Wanted(Term(days=60))), amendments.amend(R1, NIA, Wanted(SHORT))
    )
    assert all(isinstance(one, Record | NotLess) for one in results)
    assert (await house.now(record)).request.term == SHORT

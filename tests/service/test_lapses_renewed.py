"""Whoever renews an access about which was asked has answered: it is kept, as by *Keep*."""

from datetime import timedelta

import pytest

from access.rules.lapsing import kept
from access.rules.model import Record, Redemption, Term
from access.service.extend import Renewals, Where
from access.service.renewable import Wanted
from tests.service.house import ALEX, MEGAN, THREAD, House, draft
from tests.service.test_clean_ups import days, says

HERE = Where(THREAD, personal=False)


async def renewed(house: House, record: Record) -> Record:
    """Ask for half a year more, have it approved, and return the access."""
    first = (await house.now(record)).request
    assert first.ends_at is not None
    wanted = Wanted(Term(days=180), "She is needed until May", first.ends_at.isoformat())
    asked = await Renewals(house.decisions).ask(first, MEGAN, wanted, HERE)
    assert isinstance(asked, Record), asked
    await house.decisions.approve(asked.request.label, ALEX, None)
    await house.settle()
    return await house.now(record)


@pytest.mark.parametrize(
    ("rule", "term", "silent_for"),
    [("inactive", "100d", 91), ("never_accepted", "33d", 31)],
)
async def test_it_is_not_taken_away_after_the_days_that_were_given_before(
    house: House, rule: str, term: str, silent_for: int
) -> None:
    says(house, f'{rule} = {{ then = "remove" }}', 'renewals = { most = 5, longest = "365d" }')
    if rule == "inactive":
        house.knows(Redemption.ACCEPTED)
    record = await house.delivered(await house.approved(draft(term=term)))
    await days(house, silent_for)
    [asked] = (await house.now(record)).request.lapses
    assert asked.kept_until is None
    longer = await renewed(house, record)
    mark = kept(longer.request, house.clock.now())
    assert mark is not None
    assert mark.kept_by is not None
    assert mark.kept_by.object_id == MEGAN
    await days(house, 20)
    left = (await house.now(record)).request
    assert left.assignment is not None
    assert left.assignment.end is None
    assert left.ends_at is not None
    assert left.ends_at > house.clock.now() + timedelta(days=100)

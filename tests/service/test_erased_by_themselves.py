"""Whole lives of guests, up to the night in which they are erased by themselves."""

import json
from zoneinfo import ZoneInfo

import pytest

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import AccountState, AssignmentState, Record, State
from access.rules.profiles import Typed
from access.service.bulk_requests import BulkRequests
from access.service.list_prospect import sampled
from access.service.list_runs import ListRuns
from cards.draw import draw
from cards.look import Look
from tests.service import test_account_removals as removals
from tests.service import test_guest_changes as changes
from tests.service.house import ALEX, MEGAN, ZONE, House, draft
from tests.service.test_bulk_requests import ROWS, bulk_of, said, sent
from tests.service.test_list_runs import approved as list_approved
from tests.service.test_list_runs import over as list_over
from tests.service.test_list_runs import progress
from tests.store.test_contract_retention import EachNight

DAYS = 90


async def night(house: House, days: int = DAYS) -> None:
    await EachNight(house.store, house.clock, days, ZoneInfo("UTC")).nightly()


async def later(house: House, days: int) -> None:
    for _ in range(0, days, 5):
        house.clock.turn(days=5)
        await house.settle()


async def address_of(house: House, record: Record) -> str:
    return (await house.now(record)).request.address


async def test_a_guest_who_was_removed_from_the_directory_is_erased_once_nobody_can_restore_them(
    house: House,
) -> None:
    first = await removals.given(house)
    record = await removals.deleted(house)
    house.clock.turn(days=31)
    house.accounts.deleted.clear()
    await house.settle()
    await later(house, 100)
    assert removals.account(await house.now(record)).state is AccountState.GONE
    await night(house)
    assert await address_of(house, first) == await address_of(house, record) == "(erased)"


async def test_a_guest_whose_name_was_changed_is_erased_once_their_access_has_ended(house: House) -> None:
    first = await changes.given(house)
    change = await changes.changed(house, Typed(name="Ana Sousa"))
    await night(house, 1)
    assert await address_of(house, first) != "(erased)"
    await later(house, 300)
    assert (await removals.assignment(house, first)).state is AssignmentState.ENDED
    await night(house)
    assert await address_of(house, first) == "(erased)"
    assert "Sousa" not in repr(await house.now(change))


# --- lists --------------------------------------------------------------------------------------


@pytest.fixture
async def denied(house: House) -> Record:
    """Return a request for Bo that was denied so long ago that their time is over."""
    record = await house.sent(draft(address="bo@fabrikam.com"))
    await house.decisions.deny(record.request.label, ALEX, "not this quarter")
    await later(house, DAYS + 10)
    return record


async def test_a_guest_in_a_list_that_waits_is_kept_and_the_press_is_of_what_was_shown(
    house: House, denied: Record
) -> None:
    record = await sent(house, *ROWS)
    assert record.request.plan is not None
    await night(house)
    assert await address_of(house, denied) == "bo@fabrikam.com"
    shown = record.request.plan.hash
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, shown), Record)
    await night(house)
    await list_over(house, record)
    assert len(house.tenant.invitations) == 3


async def test_a_guest_in_a_list_that_runs_is_kept_and_invited(house: House, denied: Record) -> None:
    record = await list_approved(house)
    await night(house)
    assert await address_of(house, denied) == "bo@fabrikam.com"
    end = await list_over(house, record)
    assert (end.request.state, len(house.tenant.invitations)) == (State.DELIVERED, 3)


async def test_a_guest_in_a_list_that_was_denied_is_erased(house: House, denied: Record) -> None:
    record = await sent(house, *ROWS)
    await house.decisions.deny(record.request.label, ALEX, "no partner days this year")
    await night(house)
    assert await address_of(house, denied) == "(erased)"


async def test_who_is_forgotten_by_hand_while_their_list_runs_is_skipped_and_it_says_why(
    house: House,
) -> None:
    record = await list_approved(house)
    await house.store.forget(await house.store.subject("bo@fabrikam.com"))
    entry = (await house.audit())[-1].fact
    assert dict(entry.detail) == {"requests": 0, "skipped_in": [record.request.request_id]}
    end = await list_over(house, record)
    shown = await progress(house, end)
    assert (shown.delivered, shown.skipped, shown.waiting) == (2, 1, 0)
    assert shown.causes == ((Cause.FORGOTTEN, 1),)
    assert [one["skipped"] for one in await said(house, "list.ended")] == [1]
    card = json.dumps(draw(await sampled(house.store, end), jobs.REQUESTOR, Look(ZONE, personal=True)))
    assert "1: The guest was erased from Guestlist's records." in card


async def test_a_retry_of_the_list_says_the_same_of_who_was_forgotten(house: House) -> None:
    record = await list_approved(house)
    await house.store.forget(await house.store.subject("bo@fabrikam.com"))
    end = await list_over(house, record)
    assert isinstance(await ListRuns(house.decisions).retry(end.request.label, MEGAN), Record)
    end = await list_over(house, record)
    assert bulk_of(end).skipped == ((3, Cause.FORGOTTEN),)
    assert (await progress(house, end)).waiting == 0


async def test_who_was_excepted_or_not_asked_for_and_is_forgotten_changes_no_run(house: House) -> None:
    record = await sent(house, *ROWS)
    lists = BulkRequests(house.decisions)
    assert isinstance(await lists.approve_except(record.request.label, ALEX, ["adatum.com"], None), Record)
    await house.store.forget(await house.store.subject("cy@adatum.com"))
    await house.store.forget(await house.store.subject("nobody"))
    end = await list_over(house, record)
    assert (end.request.state, bulk_of(end).skipped) == (State.DELIVERED, ())

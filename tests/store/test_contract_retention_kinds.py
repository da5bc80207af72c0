"""The contract of every Store: by whatever kind of request a guest is known, their time comes to an end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from access.rules import deciding, sending
from access.rules.accounts import Account, AccountState
from access.rules.assignments import ACTIVE
from access.rules.changing import newer
from access.rules.kinds import OF_GUESTS, ON_ACCOUNTS
from access.rules.model import (
    AssignmentState,
    Change,
    JobStatus,
    Kind,
    ObjectId,
    Panel,
    Record,
    State,
    StepKind,
    Subject,
)
from access.rules.removing import rows_of
from bot.store.sql_store import SqlStore
from tests.store.making import PIA, TurnedClock, cancel, submitted, told
from tests.store.test_contract_retention import DAYS, ended, named, retention

OF_ONE_GUEST = sorted((OF_GUESTS | ON_ACCOUNTS) - {Kind.BULK})
GIVEN, GONE = AssignmentState, AccountState


async def asked(store: SqlStore, kind: Kind) -> Record:
    """Add a request of a kind that waits for its approver."""
    make = await submitted(store)
    record = await store.add(
        lambda number, now: sending.send(replace(make(number, now), kind=kind), now, personal=False)
    )
    assert isinstance(record, Record)
    return record


async def over(store: SqlStore, record: Record, how: str) -> None:
    """Bring a request to one of its ends."""

    def delivered(now_record: Record, now: datetime) -> Change:
        request = newer(now_record.request, now, state=State.DELIVERED, delivered_at=now)
        gone = Account(state=AccountState.GONE, delete_at=now) if request.kind is Kind.REMOVE else None
        left = None if request.kind in ON_ACCOUNTS else replace(ACTIVE, state=AssignmentState.ENDED)
        return told(replace(request, guest_id=ObjectId("guest"), account=gone, assignment=left))

    ways = {
        "denied": deciding.deny(PIA, (Panel((PIA,)),), "not this quarter"),
        "canceled": cancel,
        "delivered": delivered,
    }
    assert isinstance(await store.change(record.request.request_id, ways[how]), Record)


@pytest.mark.parametrize("how", ["denied", "canceled", "delivered"])
@pytest.mark.parametrize("kind", OF_ONE_GUEST)
async def test_whatever_was_asked_of_a_guest_is_erased_once_it_is_over(
    store: SqlStore, clock: TurnedClock, kind: Kind, how: str
) -> None:
    first = await ended(store, "ana.canary@fabrikam.com")
    record = await asked(store, kind)
    await over(store, record, how)
    clock.turn(days=DAYS - 1)
    await retention(store, clock).nightly()
    assert await named(store, record)
    clock.turn(days=2)
    await retention(store, clock).nightly()
    assert not await named(store, record)
    assert not await named(store, first)


@pytest.mark.parametrize("state", AccountState)
async def test_an_account_that_can_come_back_keeps_its_guests_name(
    store: SqlStore, clock: TurnedClock, state: AccountState
) -> None:
    record = await asked(store, Kind.REMOVE)

    def removed(now_record: Record, now: datetime) -> Change:
        account = Account(state=state, delete_at=now)
        return told(newer(now_record.request, now, state=State.DELIVERED, account=account))

    await store.change(record.request.request_id, removed)
    clock.turn(days=5000)
    await retention(store, clock).nightly()
    assert await named(store, record) is (state not in {AccountState.GONE, AccountState.RESTORED})


async def test_a_removal_that_failed_behind_the_block_keeps_its_guests_name(
    store: SqlStore, clock: TurnedClock
) -> None:
    record = await asked(store, Kind.REMOVE)

    def failed(now_record: Record, now: datetime) -> Change:
        request = newer(now_record.request, now, state=State.DELIVERY_FAILED)
        (block,) = rows_of(request, (StepKind.BLOCK,), now)
        return told(request, jobs=(replace(block, status=JobStatus.DONE),))

    await store.change(record.request.request_id, failed)
    clock.turn(days=5000)
    await retention(store, clock).nightly()
    assert await named(store, record)
    await store.change(
        record.request.request_id, lambda one, now: told(newer(one.request, now, state=State.CANCELED))
    )
    clock.turn(days=5000)
    await retention(store, clock).nightly()
    assert not await named(store, record)


async def test_what_is_of_no_guest_is_looked_at_by_no_night(store: SqlStore, clock: TurnedClock) -> None:
    make = await submitted(store, "")
    record = await store.add(
        lambda number, now: sending.send(
            replace(make(number, now), kind=Kind.SETUP, address="", guest_name=""), now, personal=False
        )
    )
    assert isinstance(record, Record)
    await store.change(record.request.request_id, cancel)
    clock.turn(days=5000)
    assert await store.silent_since(clock.now() - timedelta(days=DAYS), Subject(""), 9) == []

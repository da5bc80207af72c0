"""A request is not added for what was delivered since it was begun to look, though nothing of it is open."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest

from access.ports import Store
from access.rules import sending
from access.rules.changing import entry, newer
from access.rules.model import Assignment, AssignmentState, Change, Give, GiveKind, ObjectId, Record, State
from access.rules.refusals import Duplicate
from access.rules.waiving import Uses, Waivable
from tests.store.making import ANA, READER, TurnedClock, added, submitted

WRITER = Give(GiveKind.APP_ROLE, ObjectId("0c000000-0000-4000-8000-000000000002"), "Writer")


def delivered(given: AssignmentState | None = AssignmentState.ACTIVE) -> Callable[[Record, datetime], Change]:
    def deliver(record: Record, now: datetime) -> Change:
        assignment = given and Assignment(state=given)
        request = newer(
            record.request, now, state=State.DELIVERED, delivered_at=now, assignment=assignment, approvers=()
        )
        return Change(request=request, audit=(entry(request, "tests.delivered", {}),))

    return deliver


async def since(begun: datetime | None, store: Store, address: str = ANA, give: Give = READER) -> Waivable:
    make = await submitted(store, address, give=give)

    def made(number: int, now: datetime, uses: Uses) -> Change:
        return sending.send(make(number, now), now, personal=False)

    return Waivable((), made, begun=begun)


async def test_what_was_given_since_stands_in_the_way_and_takes_no_number(
    store: Store, clock: TurnedClock
) -> None:
    first, begun = await added(store), clock.now()
    clock.turn(seconds=1)
    given = await store.change(first.request.request_id, delivered())
    assert isinstance(given, Record)
    assert await store.add(await since(begun, store)) == Duplicate(given.request)
    entries = [one.fact.what async for one in store.audit_entries()]
    assert entries == ["request.submitted", "tests.delivered"]
    assert len(await store.about(given.request.subject)) == 1
    assert (await added(store, "ben@fabrikam.com")).request.number == 1002


async def test_what_was_given_before_that_or_where_nobody_looks_is_not_in_the_way(
    store: Store, clock: TurnedClock
) -> None:
    for begun, number in ((clock.now(), 1002), (None, 1003)):
        last = (await store.requested_by((await added(store)).request.requestor.object_id, 1))[0]
        await store.change(last.request.request_id, delivered())
        record = await store.add(await since(begun, store))
        assert isinstance(record, Record)
        assert record.request.number >= number
        await store.change(record.request.request_id, delivered(AssignmentState.ENDED))


@pytest.mark.parametrize("over", [AssignmentState.ENDING, AssignmentState.ENDED])
async def test_what_is_over_again_is_not_in_the_way(
    store: Store, clock: TurnedClock, over: AssignmentState
) -> None:
    first, begun = await added(store), clock.now()
    clock.turn(seconds=1)
    await store.change(first.request.request_id, delivered(over))
    assert isinstance(await store.add(await since(begun, store)), Record)


async def test_another_access_or_guest_is_not_in_the_way(store: Store, clock: TurnedClock) -> None:
    first, begun = await added(store), clock.now()
    clock.turn(seconds=1)
    await store.change(first.request.request_id, delivered())
    assert isinstance(await store.add(await since(begun, store, give=WRITER)), Record)
    assert isinstance(await store.add(await since(begun, store, "ben@fabrikam.com")), Record)


async def test_of_a_delivery_and_many_who_ask_at_the_same_time_nobody_asks_anew(
    store: Store, clock: TurnedClock
) -> None:
    for place in range(20):
        address = f"g{place}@fabrikam.com"
        first, begun = await added(store, address), clock.now()
        clock.turn(seconds=1)
        asks = [await since(begun, store, address) for _ in range(4)]
        done = store.change(first.request.request_id, delivered())
        found = await asyncio.gather(*map(store.add, asks[:2]), done, *map(store.add, asks[2:]))
        refused = [one for one in found if isinstance(one, Duplicate)]
        assert [one.first.request_id for one in refused] == [first.request.request_id] * 4

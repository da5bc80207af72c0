"""A waiver is used no more often than its limit says, however many ask at the same time."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from access.ports import Store
from access.rules import waiving
from access.rules.model import Change, Record, State
from access.rules.policy import Waiver
from access.rules.refusals import Duplicate
from access.rules.waiving import Uses, Waivable, key_of
from tests.store.making import ANA, TurnedClock, asking, submitted

SHORT = Waiver(name="Short terms", most=5, per=timedelta(days=1))
OTHER = Waiver(name="Other", most=1, per=timedelta(days=7))


async def waivable(store: Store, address: str, *may: Waiver) -> Waivable:
    """Return what makes a request that these waivers are for."""
    make = await submitted(store, address)

    def waive(number: int, now: datetime, uses: Uses) -> Change:
        return waiving.send(make(number, now), may, uses, now, personal=False)

    return Waivable(tuple(key_of(one.name) for one in may), waive)


async def ask(store: Store, name: str, *may: Waiver) -> Record:
    record = await store.add(await waivable(store, f"{name}@fabrikam.com", *(may or (SHORT,))))
    assert isinstance(record, Record), record
    return record


def is_waived(record: Record) -> bool:
    return record.request.state is State.DELIVERING


async def test_of_many_at_once_as_many_are_waived_as_the_limit_says(store: Store) -> None:
    records = await asyncio.gather(*(ask(store, f"g{place}") for place in range(40)))
    waived = [one for one in records if is_waived(one)]
    assert len(waived) == 5
    assert sorted(one.request.waived.count for one in waived if one.request.waived) == [1, 2, 3, 4, 5]
    assert all(one.request.not_waived for one in records if one not in waived)


async def test_the_limit_slides_by_the_stores_clock(store: Store, clock: TurnedClock) -> None:
    for place in range(5):
        assert is_waived(await ask(store, f"a{place}"))
        clock.turn(hours=1)
    assert not is_waived(await ask(store, "b1"))
    clock.turn(hours=18, minutes=59)
    assert not is_waived(await ask(store, "b2")), "a day after the first there is room for one more"
    clock.turn(minutes=1)
    assert is_waived(await ask(store, "b3"))
    assert not is_waived(await ask(store, "b4"))


async def test_what_is_not_sent_does_not_count(store: Store) -> None:
    first = await ask(store, "ana")
    for _ in range(10):
        again = await store.add(await waivable(store, "ana@fabrikam.com", SHORT))
        assert again == Duplicate(first.request)
    records = [await ask(store, f"g{place}") for place in range(5)]
    assert [is_waived(one) for one in records] == [True, True, True, True, False]


async def test_each_waiver_has_a_limit_of_its_own(store: Store) -> None:
    names = [
        one.request.waived.waiver
        for one in [await ask(store, f"g{place}", OTHER, SHORT) for place in range(6)]
        if one.request.waived
    ]
    assert names == ["Other", *["Short terms"] * 5]


async def test_a_waiver_is_the_same_whatever_its_capitals(store: Store) -> None:
    assert is_waived(await ask(store, "a", OTHER))
    louder = Waiver(name="OTHER", most=1, per=timedelta(days=7))
    assert not is_waived(await ask(store, "b", louder))


async def test_a_waived_request_is_read_as_it_was_written(store: Store) -> None:
    written = await ask(store, "ana")
    assert await store.record(written.request.request_id) == written
    for place in range(5):
        over = await ask(store, f"g{place}")
    assert over.request.not_waived is not None
    assert await store.record(over.request.request_id) == over


async def test_its_entries_stand_in_the_audit(store: Store) -> None:
    record = await ask(store, "ana")
    entries = [entry.fact async for entry in store.audit_entries()]
    assert [one.what for one in entries] == ["request.submitted", "request.waived"]
    assert {one.request_id for one in entries} == {record.request.request_id}


async def test_no_request_is_added_that_the_audit_does_not_tell_of(store: Store) -> None:
    make = await asking(store)
    with pytest.raises(ValueError, match="not in the audit"):
        await store.add(lambda number, now: Change(request=make(number, now).request))
    assert await store.numbered(1001) is None


async def test_no_request_is_added_approved_without_a_waiver(store: Store) -> None:
    waived = await waivable(store, ANA, SHORT)

    def forged(number: int, now: datetime, uses: Uses) -> Change:
        made = waived.make(number, now, uses)
        assert isinstance(made, Change)
        return replace(made, request=replace(made.request, waived=None))

    with pytest.raises(ValueError, match="no waiver, right or list did it"):
        await store.add(Waivable(waived.waivers, forged))
    assert await store.numbered(1001) is None

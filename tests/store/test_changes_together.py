"""Changes that are written together: as if one after the other, and none pays for another."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from access.ports import Transition
from access.rules.audit import verify
from access.rules.changing import newer
from access.rules.model import AuditFact, Change, Record, RequestId, ReviewResult, State
from access.rules.refusals import AlreadyDecided, Duplicate, Stale
from bot.store import writing
from bot.store.sql_store import SqlStore
from tests.store.making import PIA, added, approve, asking, cancel, touch


async def together(store: SqlStore, *wanted: writing.Wanted) -> list[writing.Outcome]:
    return await store._write(lambda connection, now: writing.change_many(connection, wanted, now))


def fails(record: Record, now: datetime) -> Change:
    raise ZeroDivisionError(record, now)


async def test_each_change_of_a_request_sees_those_before_it(store: SqlStore) -> None:
    record = await added(store)
    its_id = record.request.request_id
    touched, won, late, again = await together(
        store, (its_id, touch), (its_id, approve()), (its_id, approve()), (its_id, touch)
    )
    versions = [one.record.request.version - record.request.version for one in (touched, won, again)]
    assert versions == [1, 2, 3]
    assert late == AlreadyDecided(won.record.request)
    assert again.record.request.state is State.DELIVERING
    assert await store.record(its_id) == again.record
    entries = [entry async for entry in store.audit_entries()]
    assert [entry.fact.what for entry in entries[1:]] == ["touched", "request.approved", "touched"]
    assert verify(entries) is None


async def test_a_refusal_an_unknown_request_and_a_bug_leave_their_neighbours_alone(store: SqlStore) -> None:
    first = await added(store)
    second, third = await added(store, "bo@fabrikam.com"), await added(store, "cy@fabrikam.com")
    ids = [one.request.request_id for one in (first, second, third)]
    refuses: Transition[Stale] = lambda *_: Stale()  # noqa: E731 - its type is the point
    outcomes = await together(
        store,
        (ids[0], touch),
        (ids[1], fails),
        (RequestId("f" * 32), touch),
        (ids[2], refuses),
        (ids[2], touch),
    )
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert outcomes[2:4] == [None, Stale()]
    assert await store.record(ids[0]) == outcomes[0].record
    assert await store.record(ids[1]) == second
    assert await store.record(ids[2]) == outcomes[4].record


async def test_new_requests_and_entries_share_a_transaction_with_changes(store: SqlStore) -> None:
    record, thing = await added(store), await asking(store, "bo@fabrikam.com")
    new, told, touched = await together(
        store, thing, AuditFact(what="told"), (record.request.request_id, touch)
    )
    assert (new.record.request.number, told) == (record.request.number + 1, None)
    assert await store.record(new.record.request.request_id) == new.record
    assert await store.record(record.request.request_id) == touched.record
    entries = [entry async for entry in store.audit_entries()]
    assert [entry.fact.what for entry in entries[1:]] == ["request.submitted", "told", "touched"]
    assert verify(entries) is None


async def test_of_the_same_thing_asked_twice_together_one_is_first_and_a_bug_uses_no_number(
    store: SqlStore,
) -> None:
    def fails_to_make(number: int, now: datetime) -> Change:
        raise ZeroDivisionError(number, now)

    thing, other = await asking(store), await asking(store, "bo@fabrikam.com")
    bug, first, second, last = await together(store, fails_to_make, thing, await asking(store), other)
    assert isinstance(bug, ZeroDivisionError)
    assert second == Duplicate(first.record.request)
    assert [one.record.request.number for one in (first, last)] == [1001, 1002]
    assert (await added(store, "cy@fabrikam.com")).request.number == 1003


async def test_what_ends_before_it_is_asked_for_again_in_one_transaction_is_not_in_the_way(
    store: SqlStore,
) -> None:
    its_id = (await added(store)).request.request_id
    ended, again, third = await together(store, (its_id, cancel), await asking(store), await asking(store))
    assert again.record.request.number == 1002
    assert third == Duplicate(again.record.request)
    assert await store.record(its_id) == ended.record
    assert await store.waiting(9) == [again.record]


async def test_who_asks_for_the_same_sees_the_first_as_it_stands_in_the_same_transaction(
    store: SqlStore,
) -> None:
    its_id = (await added(store)).request.request_id
    touched, again, later = await together(store, (its_id, touch), await asking(store), (its_id, touch))
    assert again == Duplicate(touched.record.request)
    assert await store.record(its_id) == later.record


async def test_what_the_database_refuses_is_refused_whole(store: SqlStore) -> None:
    record, decided = await added(store), await added(store, "bo@fabrikam.com")
    await store.change(decided.request.request_id, approve())
    before = await store.record(decided.request.request_id)
    with pytest.raises(IntegrityError):
        await together(
            store, (record.request.request_id, touch), (decided.request.request_id, _decides_again)
        )
    assert await store.record(record.request.request_id) == record
    assert await store.record(decided.request.request_id) == before


async def test_whoever_waits_beside_what_the_database_refuses_is_written_all_the_same(
    store: SqlStore,
) -> None:
    records = [await added(store, f"guest{place}@fabrikam.com") for place in range(20)]
    ids = [record.request.request_id for record in records]
    await asyncio.gather(*(store.change(one, approve()) for one in ids))
    answers = await asyncio.gather(
        *(store.change(one, _decides_again if place % 7 == 3 else touch) for place, one in enumerate(ids)),
        return_exceptions=True,
    )
    refused = [place for place, answer in enumerate(answers) if isinstance(answer, IntegrityError)]
    assert refused == [3, 10, 17]
    assert sum(isinstance(answer, Record) for answer in answers) == 17
    entries = [entry async for entry in store.audit_entries()]
    assert [entry.fact.what for entry in entries].count("touched") == 17
    assert verify(entries) is None


async def test_a_later_change_of_a_job_is_the_one_that_stays(store: SqlStore) -> None:
    record = await added(store)
    key = next(iter(record.jobs))

    def tries(before: Record, _: datetime) -> Change:
        job = before.jobs[key]
        return Change(request=before.request, jobs=(replace(job, tries=job.tries + 1),))

    await together(store, *[(record.request.request_id, tries)] * 3)
    found = await store.record(record.request.request_id)
    assert found is not None
    assert found.jobs[key].tries == record.jobs[key].tries + 3


def _decides_again(before: Record, now: datetime) -> Change:
    return Change(request=newer(before.request, now, review=ReviewResult(PIA, "Deny", now)))


def unwritable(record: Record, now: datetime) -> Change:
    """Return what passes every check and cannot be written: JSON has no bytes."""
    change = touch(record, now)
    spoilt = replace(change.jobs[1], body={"bytes": b"no JSON"})  # type: ignore[dict-item]  # the bug that is tried
    return replace(change, jobs=(change.jobs[0], spoilt))


async def test_what_cannot_be_written_is_told_to_whose_it_is_and_harms_no_neighbour(store: SqlStore) -> None:
    ids = [(await added(store, f"g{place}@fabrikam.com")).request.request_id for place in range(6)]
    wanted = [unwritable if place == 2 else touch for place in range(6)]
    answers = await asyncio.gather(
        *(store.change(its_id, change) for its_id, change in zip(ids, wanted, strict=True)),
        return_exceptions=True,
    )
    assert isinstance(answers[2], TypeError)
    assert [type(one) for one in answers].count(Record) == 5
    assert isinstance(await store.change(ids[2], touch), Record), "and the store goes on"
    assert verify([entry async for entry in store.audit_entries()]) is None


async def test_a_bug_that_breaks_off_a_new_request_harms_no_neighbour(store: SqlStore) -> None:
    record, thing = await added(store), await asking(store, "bo@fabrikam.com")

    def spoilt(number: int, now: datetime) -> Change:
        change = thing(number, now)
        return replace(change, request=replace(change.request, number=record.request.number))

    failed, touched = await asyncio.gather(
        store.add(spoilt), store.change(record.request.request_id, touch), return_exceptions=True
    )
    assert isinstance(failed, ValueError)
    assert isinstance(touched, Record)

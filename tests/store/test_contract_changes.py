"""The contract of every Store: what is written, and what is not."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from access.ports import Store, Transition
from access.rules.audit import verify
from access.rules.changing import newer
from access.rules.model import (
    OPEN,
    AuditFact,
    Change,
    Give,
    GiveKind,
    Named,
    ObjectId,
    Record,
    RequestId,
    ReviewResult,
    State,
)
from access.rules.refusals import AlreadyDecided, Duplicate, Stale
from tests.store.making import ANA, PIA, READER, TurnedClock, added, approve, asking, cancel, told, touch


async def test_what_was_added_is_read_back_whole(store: Store) -> None:
    record = await added(store)
    assert await store.record(record.request.request_id) == record
    assert await store.numbered(record.request.number) == record
    assert len(record.jobs) == 3


async def test_what_was_changed_is_read_back_whole(store: Store) -> None:
    record = await added(store)
    changed = await store.change(record.request.request_id, approve())
    assert isinstance(changed, Record)
    assert changed.request.state is State.DELIVERING
    assert await store.record(record.request.request_id) == changed


async def test_an_unknown_request_is_none(store: Store) -> None:
    nobody = RequestId("f" * 32)
    assert await store.change(nobody, touch) is None
    assert await store.record(nobody) is None
    assert await store.numbered(1) is None


async def test_a_transition_gets_the_stores_time(store: Store, clock: TurnedClock) -> None:
    record = await added(store)
    clock.turn(hours=3)
    seen: list[datetime] = []
    await store.change(record.request.request_id, lambda _, now: seen.append(now))
    assert seen == [clock.now()]


async def test_of_a_hundred_approvals_at_once_one_wins_and_the_others_are_told_who(store: Store) -> None:
    record = await added(store)
    people = [Named(ObjectId(f"approver-{place}"), f"Approver {place}") for place in range(100)]
    answers = await asyncio.gather(
        *(store.change(record.request.request_id, approve(person)) for person in people)
    )
    won = [answer for answer in answers if isinstance(answer, Record)]
    told = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
    assert (len(won), len(told)) == (1, 99)
    assert {answer.request.review for answer in told} == {won[0].request.review}


async def test_a_hundred_changes_of_one_request_happen_one_after_the_other(store: Store) -> None:
    record = await added(store)
    before = record.request.version
    answers = await asyncio.gather(*(store.change(record.request.request_id, touch) for _ in range(100)))
    versions = [answer.request.version for answer in answers if isinstance(answer, Record)]
    assert sorted(versions) == list(range(before + 1, before + 101))


async def test_a_refusal_is_returned_and_writes_nothing(store: Store) -> None:
    record = await added(store)
    entries = [entry async for entry in store.audit_entries()]
    assert await store.change(record.request.request_id, lambda *_: Stale()) == Stale()
    assert await store.record(record.request.request_id) == record
    assert [entry async for entry in store.audit_entries()] == entries


async def test_a_transition_that_raises_writes_nothing_and_spares_its_neighbours(store: Store) -> None:
    records = [await added(store, f"guest{place}@fabrikam.com") for place in range(40)]

    def raises(record: Record, now: datetime) -> Change:
        touch(record, now)
        raise ZeroDivisionError

    ids = [record.request.request_id for record in records]
    answers = await asyncio.gather(
        *(store.change(one, raises if place % 8 == 3 else touch) for place, one in enumerate(ids)),
        return_exceptions=True,
    )
    for place, (answer, before) in enumerate(zip(answers, records, strict=True)):
        if place % 8 == 3:
            assert isinstance(answer, ZeroDivisionError)
            assert await store.record(ids[place]) == before
        else:
            assert isinstance(answer, Record)
            assert await store.record(ids[place]) == answer
    assert verify([entry async for entry in store.audit_entries()]) is None


async def test_what_the_database_refuses_is_not_half_written(store: Store) -> None:
    """The second job is refused after the request and the first job were written."""
    record, other = await added(store), await added(store, "bo@fabrikam.com")

    def takes_anothers_key(before: Record, now: datetime) -> Change:
        change, theirs = touch(before, now), next(iter(other.jobs.values()))
        return replace(change, jobs=(*change.jobs, replace(theirs, request_id=before.request.request_id)))

    with pytest.raises(IntegrityError):
        await store.change(record.request.request_id, takes_anothers_key)
    assert await store.record(record.request.request_id) == record
    assert await store.record(other.request.request_id) == other


def _jumps(record: Record, now: datetime) -> Change:
    return Change(request=newer(newer(record.request, now), now))


def _changes_under_the_same_version(record: Record, _: datetime) -> Change:
    return Change(request=replace(record.request, state=State.DELIVERED))


def _becomes_another(record: Record, now: datetime) -> Change:
    return Change(request=replace(newer(record.request, now), request_id=RequestId("e" * 32)))


@pytest.mark.parametrize("bug", [_jumps, _changes_under_the_same_version, _becomes_another])
async def test_a_transition_that_breaks_the_order_of_versions_is_refused(store: Store, bug: object) -> None:
    assert callable(bug)
    record = await added(store)
    with pytest.raises(ValueError, match="order of its versions"):
        await store.change(record.request.request_id, bug)
    assert await store.record(record.request.request_id) == record


async def test_a_transition_that_writes_another_requests_job_is_refused(store: Store) -> None:
    record, other = await added(store), await added(store, "bo@fabrikam.com")

    def bug(before: Record, now: datetime) -> Change:
        return replace(touch(before, now), jobs=tuple(other.jobs.values()))

    with pytest.raises(ValueError, match="another request's job"):
        await store.change(record.request.request_id, bug)
    assert await store.record(other.request.request_id) == other


async def test_a_person_decides_a_stage_once_whatever_a_transition_says(store: Store) -> None:
    record = await added(store)
    await store.change(record.request.request_id, approve())

    def decides_again(before: Record, now: datetime) -> Change:
        return Change(request=newer(before.request, now, review=ReviewResult(PIA, "Deny", now)))

    with pytest.raises(IntegrityError):
        await store.change(record.request.request_id, decides_again)


async def test_the_same_thing_asked_again_names_the_first(store: Store) -> None:
    first = await added(store)
    assert await store.add(await asking(store)) == Duplicate(first.request)
    assert await store.add(await asking(store, ANA.upper())) == Duplicate(first.request)


def _instead(give: Give) -> Transition[Duplicate]:
    """Have the request ask for another access."""

    def transition(record: Record, now: datetime) -> Change:
        return told(replace(newer(record.request, now), give=give))

    return transition


async def test_a_request_that_comes_to_ask_for_less_is_in_the_way_of_the_same_and_frees_what_it_was(
    store: Store,
) -> None:
    editor = Give(GiveKind.APP_ROLE, ObjectId("0c000000-0000-4000-8000-000000000002"), "Editor")
    first = await added(store, give=editor)
    changed = await store.change(first.request.request_id, _instead(READER))
    assert isinstance(changed, Record)
    assert (await store.record(first.request.request_id)) == changed
    assert isinstance(await store.add(await asking(store)), Duplicate)
    second = await added(store, give=editor)
    refused = await store.change(second.request.request_id, _instead(READER))
    assert isinstance(refused, Duplicate)
    assert refused.first == changed.request
    assert await store.record(second.request.request_id) == second
    assert isinstance(await store.change(first.request.request_id, cancel), Record)
    assert isinstance(await store.change(second.request.request_id, _instead(READER)), Record)


async def test_of_two_that_come_to_ask_for_the_same_at_once_one_does(store: Store) -> None:
    gives = [
        Give(GiveKind.APP_ROLE, ObjectId(f"0c00000{n}-0000-4000-8000-000000000002"), "X") for n in (2, 3)
    ]
    records = [await added(store, give=give) for give in gives]
    results = await asyncio.gather(
        *(store.change(record.request.request_id, _instead(READER)) for record in records),
        store.add(await asking(store)),
    )
    assert sorted(type(one).__name__ for one in results) == ["Duplicate", "Duplicate", "Record"]


async def test_of_many_who_ask_the_same_at_once_one_is_first(store: Store) -> None:
    answers = await asyncio.gather(*[store.add(await asking(store)) for _ in range(20)])
    first = [answer for answer in answers if isinstance(answer, Record)]
    assert len(first) == 1
    others = [answer for answer in answers if isinstance(answer, Duplicate)]
    assert {answer.first.request_id for answer in others} == {first[0].request.request_id}


async def test_another_access_or_another_guest_is_another_thing(store: Store) -> None:
    await added(store)
    await added(store, "bo@fabrikam.com")
    await added(store, give=replace(READER, kind=GiveKind.GROUP))
    await added(store, give=replace(READER, object_id=ObjectId("another role")))


@pytest.mark.parametrize("state", State)
async def test_the_same_may_be_asked_again_only_when_it_is_not_under_way(store: Store, state: State) -> None:
    record = await added(store)

    def put(before: Record, now: datetime) -> Change:
        fact = AuditFact(what="a.test", request_id=before.request.request_id)
        return Change(request=newer(before.request, now, state=state), audit=(fact,))

    await store.change(record.request.request_id, put)
    again = await store.add(await asking(store))
    assert isinstance(again, Record) == (state not in OPEN)


async def test_numbers_start_at_1001_and_count_up(store: Store) -> None:
    numbers = [(await added(store, f"g{place}@fabrikam.com")).request.number for place in range(3)]
    assert numbers == [1001, 1002, 1003]


async def test_a_duplicate_or_a_bug_uses_no_number_up(store: Store) -> None:
    await added(store)
    await store.add(await asking(store))

    def fails(number: int, now: datetime) -> Change:
        raise ZeroDivisionError(number, now)

    with pytest.raises(ZeroDivisionError):
        await store.add(fails)
    assert (await added(store, "bo@fabrikam.com")).request.number == 1002


async def test_every_change_is_in_the_audit_with_the_next_link(store: Store, clock: TurnedClock) -> None:
    record = await added(store)
    clock.turn(minutes=1)
    await store.change(record.request.request_id, approve())
    await store.write_audit(AuditFact(what="act.refused", actor=PIA.object_id, detail={"act": "deny"}))
    entries = [entry async for entry in store.audit_entries()]
    assert [entry.fact.what for entry in entries] == ["request.submitted", "request.approved", "act.refused"]
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert entries[1].at == clock.now()
    assert verify(entries) is None
    assert [entry.seq async for entry in store.audit_entries(after=1)] == [2, 3]


async def test_a_long_chain_is_read_page_by_page(store: Store) -> None:
    await asyncio.gather(*(store.write_audit(AuditFact(what=f"{place}")) for place in range(1203)))
    entries = [entry async for entry in store.audit_entries()]
    assert len(entries) == 1203
    assert verify(entries) is None


async def test_a_canceled_request_stays_readable(store: Store) -> None:
    record = await added(store)
    canceled = await store.change(record.request.request_id, cancel)
    assert isinstance(canceled, Record)
    assert await store.numbered(record.request.number) == canceled

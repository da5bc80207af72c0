"""The contract of every Store: what is due, who is waited for, and the small things that are remembered."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.ports import Pending, Store
from access.rules.changing import newer
from access.rules.jobs import CLOSES, claim, key_of
from access.rules.model import Change, Job, JobKind, JobStatus, Named, ObjectId, Record, State
from tests.store.making import PIA, TurnedClock, added, cancel, told

GUEST = ObjectId("0d000000-0000-4000-8000-000000000001")


async def test_jobs_are_due_from_their_time_on_soonest_first(store: Store, clock: TurnedClock) -> None:
    first = await added(store, "a@fabrikam.com")
    clock.turn(minutes=1)
    second = await added(store, "b@fabrikam.com")
    due = await store.due(10)
    assert [job.request_id for job in due] == 2 * [first.request.request_id] + 2 * [second.request.request_id]
    assert all(job.kind is JobKind.CARD for job in due)
    assert len(await store.due(3)) == 3
    clock.at = second.request.closes_at - timedelta(microseconds=1)
    assert {job.request_id for job in await store.due(10) if job.name == CLOSES} == {first.request.request_id}
    clock.turn(microseconds=1)
    assert len([job for job in await store.due(10) if job.name == CLOSES]) == 2


async def test_what_was_delivered_of_an_app_is_found_and_nothing_else(store: Store) -> None:
    record, _ = await added(store, "a@fabrikam.com"), await added(store, "b@fabrikam.com")
    done = replace(newer(record.request, record.request.changed_at), state=State.DELIVERED)
    await store.change(record.request.request_id, lambda *_: told(done))
    assert [one.address for one in await store.given_for(done.app.object_id)] == ["a@fabrikam.com"]
    assert await store.given_for(ObjectId("0b000000-0000-4000-8000-000000000002")) == []


async def test_a_claimed_job_is_due_again_only_when_its_lease_has_ended(
    store: Store, clock: TurnedClock
) -> None:
    record = await added(store)
    key = key_of(record.request.request_id, 0, "thread")
    claimed = await store.change(record.request.request_id, claim(key, timedelta(seconds=30)))
    assert isinstance(claimed, Record)
    assert key not in {job.key for job in await store.due(10)}
    clock.turn(seconds=30)
    again = {job.key: job for job in await store.due(10)}[key]
    assert (again.fence, again.started) == (1, 1)


async def test_a_job_put_off_beyond_its_lease_waits_for_its_own_time(
    store: Store, clock: TurnedClock
) -> None:
    record = await added(store)
    key = key_of(record.request.request_id, 0, "thread")

    def later(before: Record, now: datetime) -> Change:
        job = replace(before.jobs[key], due_at=now + timedelta(hours=1), lease_until=now)
        return Change(request=before.request, jobs=(job,))

    await store.change(record.request.request_id, later)
    clock.turn(minutes=59)
    assert key not in {job.key for job in await store.due(10)}
    clock.turn(minutes=1)
    assert key in {job.key for job in await store.due(10)}


async def test_the_next_time_is_the_soonest_that_anybody_may_claim(store: Store, clock: TurnedClock) -> None:
    assert await store.next_due_at() is None
    record = await added(store)
    request_id = record.request.request_id
    assert await store.next_due_at() == clock.now()
    for job in await store.due(10):
        await store.change(request_id, claim(job.key, timedelta(seconds=30)))
    assert await store.next_due_at() == clock.now() + timedelta(seconds=30)
    await store.change(request_id, _all_cards_done)
    assert await store.next_due_at() == record.request.closes_at


def _all_cards_done(record: Record, _: datetime) -> Change:
    cards = [job for job in record.jobs.values() if job.kind is JobKind.CARD]
    return Change(request=record.request, jobs=tuple(replace(job, status=JobStatus.DONE) for job in cards))


async def test_a_finished_or_dropped_job_is_never_due(store: Store, clock: TurnedClock) -> None:
    record = await added(store)
    await store.change(record.request.request_id, cancel)
    await store.change(record.request.request_id, _all_cards_done)
    clock.turn(days=365)
    assert await store.due(10) == []
    assert await store.next_due_at() is None


async def test_what_a_commit_makes_due_is_told_after_it(
    store: Store, clock: TurnedClock, made_due: list[Sequence[Job]]
) -> None:
    record = await added(store)
    assert [{job.key for job in due} for due in made_due] == [set(record.jobs)]
    made_due.clear()
    await store.change(record.request.request_id, _all_cards_done)
    await store.change(record.request.request_id, lambda *_: None)
    assert made_due == []


async def test_a_persons_requests_come_newest_first(store: Store) -> None:
    mine = [await added(store, f"g{place}@fabrikam.com") for place in range(3)]
    await added(store, "other@fabrikam.com", requestor=PIA)
    assert await store.requested_by(mine[0].request.requestor.object_id, 10) == mine[::-1]
    assert await store.requested_by(mine[0].request.requestor.object_id, 2) == mine[:0:-1]


async def test_requests_that_wait_come_oldest_first(store: Store) -> None:
    records = [await added(store, f"g{place}@fabrikam.com") for place in range(3)]
    await store.change(records[1].request.request_id, cancel)
    assert await store.waiting(10) == [records[0], records[2]]
    assert await store.waiting(1) == [records[0]]
    assert await store.waiting(10, records[0].request.number) == [records[2]]


def _request_with(**changes: object) -> Callable[[Record, datetime], Change]:
    return lambda record, now: told(newer(record.request, now, **changes))


async def test_guests_are_pending_from_the_invitation_to_the_acceptance(
    store: Store, clock: TurnedClock
) -> None:
    record = await added(store)
    request_id = record.request.request_id
    await store.change(request_id, _request_with(guest_id=GUEST))
    assert (await store.awaited(9), await store.pending_among([GUEST])) == ([], [])
    await store.change(request_id, _request_with(awaits_acceptance=True, state=State.DELIVERING))
    assert await store.awaited(9) == [GUEST]
    assert await store.pending_among([GUEST]) == [Pending(request_id, GUEST)]
    await store.change(request_id, _request_with(accepted_at=clock.now()))
    assert (await store.awaited(9), await store.pending_among([GUEST])) == ([], [])


async def test_guests_who_are_waited_for_are_read_page_by_page_each_once(store: Store) -> None:
    """One of them is waited for by two requests."""
    guests = [ObjectId(f"{letter}d000000-0000-4000-8000-000000000001") for letter in "7a0f7"]
    waiting = {"awaits_acceptance": True, "state": State.DELIVERING}
    of: dict[str, ObjectId] = {}
    for place, guest in enumerate(guests):
        request_id = (await added(store, f"g{place}@fabrikam.com")).request.request_id
        await store.change(request_id, _request_with(guest_id=guest, **waiting))
        of[request_id] = guest
    first = await store.awaited(2)
    second = await store.awaited(2, first[-1])
    assert (*first, *second) == tuple(sorted(set(guests)))
    assert await store.awaited(2, second[-1]) == []
    among = await store.pending_among([guests[0], guests[2], GUEST])
    assert {one.request_id: one.guest_id for one in among} == {
        key: guest for key, guest in of.items() if guest in {guests[0], guests[2]}
    }


async def test_a_whole_page_of_changes_is_asked_about_at_once(store: Store) -> None:
    page = [ObjectId(f"0d000000-0000-4000-8000-{number:012x}") for number in range(5_000)]
    assert await store.pending_among(page) == await store.pending_among([]) == []


async def test_a_turn_is_new_once_and_is_forgotten_after_a_day(store: Store, clock: TurnedClock) -> None:
    assert await store.first_time("turn-1")
    assert not await store.first_time("turn-1")
    assert await store.first_time("turn-2")
    clock.turn(hours=23)
    assert not await store.first_time("turn-1")
    clock.turn(hours=1, seconds=1)
    assert await store.first_time("turn-1")


async def test_a_turn_with_the_longest_id_there_is_is_new_once_and_told_from_one_that_ends_otherwise(
    store: Store,
) -> None:
    long = "19:" + 1_021 * "é"
    assert await store.first_time(long)
    assert not await store.first_time(long)
    assert await store.first_time(long[:-1] + "e")
    assert await store.first_time(long[:255])
    assert not await store.first_time(long[:-1] + "e")


async def test_a_note_is_kept_under_its_key_until_it_is_replaced(store: Store) -> None:
    assert await store.note("cursor") is None
    await store.keep_note("cursor", "one")
    await store.keep_note("cursor", "two")
    await store.keep_note("person", "here")
    assert await store.note("cursor") == "two"


async def test_a_note_is_replaced_only_where_it_still_is_what_it_was(store: Store) -> None:
    assert not await store.replace_note("person", "here", "there")
    assert await store.note("person") is None
    assert await store.replace_note("person", None, "here")
    assert not await store.replace_note("person", None, "there")
    assert not await store.replace_note("person", "elsewhere", "there")
    assert await store.note("person") == "here"
    assert await store.replace_note("person", "here", "there")
    assert await store.note("person") == "there"


async def test_of_those_who_replace_a_note_at_once_one_does(store: Store) -> None:
    for was in (None, "here"):
        places = map(str, range(9))
        seen = await asyncio.gather(*(store.replace_note("person", was, place) for place in places))
        assert sorted(seen) == [False] * 8 + [True]
        assert await store.note("person") == str(seen.index(True))
        await store.keep_note("person", "here")


async def test_a_subject_is_the_same_for_every_spelling_of_an_address(store: Store) -> None:
    one = await store.subject("Ana@Bücher.example")
    assert one == await store.subject("ana@xn--bcher-kva.example")
    assert one != await store.subject("bo@bücher.example")
    assert "ana" not in one


async def test_words_have_a_digest_for_each_way_to_write_them(store: Store) -> None:
    one = await store.digest("Ana Sousa")
    assert one == await store.digest("Ana Sousa")
    others = ["ANA SOUSA", "Ana  Sousa", "Ana Sousa ", "", "\ud800"]
    assert len({one, *[await store.digest(other) for other in others]}) == 6
    assert await store.digest("ana@fabrikam.com") != await store.subject("ana@fabrikam.com")


async def test_names_and_object_ids_come_back_as_they_were(store: Store) -> None:
    somebody = Named(ObjectId("0a000000-0000-4000-8000-00000000000f"), "Zoë “O’Hara” – 李\n\U0001f600")
    record = await added(store, requestor=somebody)
    found = await store.record(record.request.request_id)
    assert found is not None
    assert found.request.requestor == somebody

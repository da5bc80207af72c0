"""Two replicas on one PostgreSQL, each with its own connections, keep the same promises as one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from access.rules import jobs
from access.rules.audit import verify
from access.rules.delivery import StepDone, succeed
from access.rules.model import (
    AuditFact,
    JobKind,
    JobStatus,
    Named,
    ObjectId,
    Record,
    Redemption,
    RequestId,
    State,
)
from access.rules.redemption import accept
from access.rules.refusals import AlreadyApproved, AlreadyDecided, Duplicate
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.clinic import PATIENCE, until
from tests.store.making import added, approve, asking, touch
from tests.store.test_contract_stages import presses

GUEST = ObjectId("0d000000-0000-4000-8000-000000000001")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def database() -> AsyncIterator[str]:
    url = await postgres.prepared_database()
    yield url
    await postgres.drop(url)


@pytest.fixture
async def replicas(database: str) -> AsyncIterator[Sequence[PostgresStore]]:
    stores = [await PostgresStore.open(database, lambda _: None) for _ in range(2)]
    yield stores
    for store in stores:
        await store.close()


async def test_of_a_hundred_approvals_in_two_replicas_one_wins_and_the_others_are_told_who(
    replicas: Sequence[PostgresStore],
) -> None:
    request_id = (await added(replicas[0])).request.request_id
    people = [Named(ObjectId(f"approver-{place}"), f"Approver {place}") for place in range(100)]
    answers = await asyncio.gather(
        *(replicas[place % 2].change(request_id, approve(person)) for place, person in enumerate(people))
    )
    won = [answer for answer in answers if isinstance(answer, Record)]
    told = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
    assert (len(won), len(told)) == (1, 99)
    assert {answer.request.review for answer in told} == {won[0].request.review}


async def test_of_a_hundred_presses_in_two_replicas_a_quorum_of_three_takes_three(
    replicas: Sequence[PostgresStore],
) -> None:
    request_id = (await added(replicas[0])).request.request_id
    answers = await presses(replicas, request_id)
    assert sum(isinstance(one, Record) for one in answers) == 3
    assert sum(isinstance(one, AlreadyApproved | AlreadyDecided) for one in answers) == 97
    decided = await replicas[1].record(request_id)
    assert decided is not None
    assert decided.request.state is State.DELIVERING
    assert len({one.by for one in decided.request.reviews}) == 3


async def test_no_number_is_given_twice_and_none_is_left_out(replicas: Sequence[PostgresStore]) -> None:
    records = await asyncio.gather(
        *(added(replicas[place % 2], f"g{place}@fabrikam.com") for place in range(60))
    )
    assert sorted(record.request.number for record in records) == list(range(1001, 1061))


async def test_of_many_who_ask_the_same_in_two_replicas_one_is_first(
    replicas: Sequence[PostgresStore],
) -> None:
    answers = await asyncio.gather(*[store.add(await asking(store)) for _ in range(15) for store in replicas])
    (first,) = [answer for answer in answers if isinstance(answer, Record)]
    others = [answer for answer in answers if isinstance(answer, Duplicate)]
    assert {answer.first.request_id for answer in others} == {first.request.request_id}


async def test_one_chain_holds_whoever_writes_and_however_much_at_once(
    replicas: Sequence[PostgresStore],
) -> None:
    ids = [(await added(replicas[0], f"g{place}@fabrikam.com")).request.request_id for place in range(10)]
    changes = [store.change(one, touch) for one in ids for store in replicas for _ in range(5)]
    facts = [store.write_audit(AuditFact(what=f"{place}")) for place in range(50) for store in replicas]
    more = [added(store, f"more{place}@fabrikam.com") for place, store in enumerate([*replicas] * 5)]
    await asyncio.gather(*changes, *facts, *more)
    entries = [entry async for entry in replicas[0].audit_entries()]
    assert len(entries) == 10 + 100 + 100 + 10
    assert verify(entries) is None
    found = [await replicas[1].record(one) for one in ids]
    assert [record.request.version for record in found if record] == [11] * 10


async def test_a_note_a_turn_and_a_guest_met_by_two_at_once_are_kept_once(
    replicas: Sequence[PostgresStore],
) -> None:
    for place in range(10):
        notes = [store.keep_note(f"note-{place}", str(place)) for store in replicas for _ in range(3)]
        turns = [store.first_time(f"turn-{place}") for store in replicas for _ in range(3)]
        people = [store.replace_note(f"person-{place}", None, "met") for store in replicas for _ in range(3)]
        seen = (await asyncio.gather(*notes, *turns, *people))[6:]
        assert sorted(one for one in seen if one) == [True, True]
        assert await replicas[0].replace_note(f"person-{place}", "met", "met again")
        assert await replicas[0].note(f"note-{place}") == str(place)


async def test_a_record_is_read_as_it_was_at_one_moment(replicas: Sequence[PostgresStore]) -> None:
    """Each change writes its version into the request and into a job; a reader never sees two."""
    request_id = (await added(replicas[0])).request.request_id
    await replicas[0].change(request_id, touch)
    changes = asyncio.create_task(_touched(replicas[0], request_id, 100))
    seen = set()
    while not changes.done():
        record = await replicas[1].record(request_id)
        assert record is not None
        assert record.jobs[f"{request_id}/0/touched"].body["version"] == record.request.version
        seen.add(record.request.version)
    await changes
    assert len(seen) > 10


async def _touched(store: PostgresStore, request_id: RequestId, times: int) -> None:
    for _ in range(times):
        await store.change(request_id, touch)


async def _at_the_last_step(store: PostgresStore) -> tuple[Record, str]:
    """Return a request that is delivered with its next step, which is claimed, and that step's key."""
    record: Record | object = await added(store)
    assert isinstance(record, Record)
    request_id = record.request.request_id
    record = await store.change(request_id, approve())
    while True:
        assert isinstance(record, Record)
        steps = [job for job in record.jobs.values() if job.kind is JobKind.STEP]
        ready = next(job for job in steps if job.status is JobStatus.READY)
        await store.change(request_id, jobs.claim(ready.key, MINUTE))
        if ready.name == "prove":
            return record, ready.key
        done = StepDone(guest_id=GUEST, link="https://login.example/redeem")
        record = await store.change(request_id, succeed(ready.key, 1, done, ZoneInfo("UTC")))


@pytest.mark.parametrize("delivered_first", [True, False])
async def test_an_acceptance_and_the_last_step_never_miss_each_other(
    database: str, *, delivered_first: bool
) -> None:
    """One replica stands before its commit while the other comes; whoever is second sees the first."""
    standing, go_on = asyncio.Event(), asyncio.Event()

    async def stand(_: asyncpg.Connection, __: Sequence[datetime]) -> None:
        standing.set()
        await go_on.wait()

    go_on.set()
    one = await PostgresStore.open(database, lambda _: None, stand)
    other = await PostgresStore.open(database, lambda _: None)
    record, key = await _at_the_last_step(one)
    request_id = record.request.request_id
    changes = [
        succeed(key, 1, StepDone(), ZoneInfo("UTC")),
        accept(GUEST, Redemption.ACCEPTED, None),
    ]
    first, second = changes if delivered_first else changes[::-1]
    standing.clear()
    go_on.clear()
    tasks = [asyncio.create_task(one.change(request_id, first))]
    await asyncio.wait_for(standing.wait(), PATIENCE)
    tasks.append(asyncio.create_task(other.change(request_id, second)))
    await until(lambda: _somebody_waits(database), "the second waits for the first")
    go_on.set()
    assert all(isinstance(answer, Record) for answer in await asyncio.gather(*tasks))
    after = await other.record(request_id)
    assert after is not None
    assert after.request.state is State.DELIVERED
    assert [job.name for job in after.jobs.values() if job.kind is JobKind.NOTICE] != []
    await one.close()
    await other.close()


async def _somebody_waits(database: str) -> bool:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await postgres.run(database, waiting))


async def test_replicas_that_start_on_an_empty_database_at_once_all_start() -> None:
    url = await postgres.new_database()
    stores = await asyncio.gather(*(PostgresStore.open(url, lambda _: None) for _ in range(4)))
    assert len({await store.subject("ana@fabrikam.com") for store in stores}) == 1
    numbers = [
        (await added(store, f"g{place}@x.example")).request.number for place, store in enumerate(stores)
    ]
    assert numbers == [1001, 1002, 1003, 1004]
    for store in stores:
        await store.close()
    await postgres.drop(url)

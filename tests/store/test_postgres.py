"""What only PostgreSQL promises: a line that may be cut at any time, a clock that is nobody's own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from access.ports.errors import Unconfirmed
from access.rules.audit import verify
from access.rules.model import Job, Record
from access.rules.refusals import AlreadyDecided, Duplicate
from bot.store import StoreError
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.clinic import until
from tests.store.making import OMAR, PIA, added, approve, asking, touch
from tests.wire import Cut, Wire, laid


@pytest.fixture
async def database() -> AsyncIterator[str]:
    url = await postgres.prepared_database()
    yield url
    await postgres.drop(url)


@pytest.fixture
async def wire(database: str) -> AsyncIterator[Wire]:
    async with laid(database) as wire:
        yield wire


@pytest.fixture
async def store(wire: Wire) -> AsyncIterator[PostgresStore]:
    """Yield a store whose line to the database can be cut."""
    opened = await PostgresStore.open(wire.url, lambda _: None)
    yield opened
    await opened.close()


@pytest.mark.parametrize("cut", Cut)
async def test_a_request_whose_commit_was_lost_is_sent_again_and_there_is_one(
    store: PostgresStore, wire: Wire, cut: Cut
) -> None:
    make = await asking(store)
    wire.cuts.append(cut)
    with pytest.raises(Unconfirmed, match="not known"):
        await store.add(make)
    again = await store.add(await asking(store))
    assert isinstance(again, Duplicate if cut is Cut.AFTER else Record)
    assert len(await store.waiting(10)) == 1


@pytest.mark.parametrize("cut", Cut)
async def test_an_approval_whose_commit_was_lost_is_answered_by_what_is_there_when_pressed_again(
    store: PostgresStore, wire: Wire, cut: Cut
) -> None:
    request_id = (await added(store)).request.request_id
    wire.cuts.append(cut)
    with pytest.raises(Unconfirmed):
        await store.change(request_id, approve())
    again = await store.change(request_id, approve())
    if cut is Cut.AFTER:
        assert isinstance(again, AlreadyDecided)
    else:
        assert isinstance(again, Record)
    decided = await store.record(request_id)
    assert decided is not None
    assert decided.request.review is not None
    assert decided.request.review.by == PIA
    assert verify([entry async for entry in store.audit_entries()]) is None


async def test_what_waits_for_a_lost_commit_together_is_told_so_together(
    store: PostgresStore, wire: Wire
) -> None:
    records = [await added(store, f"g{place}@fabrikam.com") for place in range(5)]
    wire.cuts.append(Cut.AFTER)
    answers = await asyncio.gather(
        *(store.change(record.request.request_id, touch) for record in records), return_exceptions=True
    )
    assert all(isinstance(answer, Unconfirmed) for answer in answers)
    found = [await store.record(record.request.request_id) for record in records]
    assert [record.request.version for record in found if record] == [2] * 5


async def test_cut_connections_are_noticed_and_nobody_hears_of_it(store: PostgresStore, wire: Wire) -> None:
    record = await added(store)
    await asyncio.gather(*(store.record(record.request.request_id) for _ in range(20)))
    wire.cut()
    assert await store.record(record.request.request_id) == record
    wire.cut()
    assert isinstance(await store.change(record.request.request_id, touch), Record)


async def test_a_database_that_is_away_is_said_and_found_again(store: PostgresStore, wire: Wire) -> None:
    record = await added(store)
    wire.refusing = True
    wire.cut()
    with pytest.raises(StoreError, match=r"nothing was written|cannot be reached"):
        await store.change(record.request.request_id, touch)
    with pytest.raises(StoreError):
        await store.record(record.request.request_id)
    wire.refusing = False
    assert await store.record(record.request.request_id) == record


async def test_connections_that_the_server_ends_are_noticed(store: PostgresStore, database: str) -> None:
    record = await added(store)
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    await postgres.run(database, f"{ending} AND datname = current_database()")
    assert isinstance(await store.change(record.request.request_id, touch), Record)


async def test_tables_that_another_version_upgrades_are_met_anew(store: PostgresStore, database: str) -> None:
    record = await added(store)
    await asyncio.gather(*(store.record(record.request.request_id) for _ in range(20)))
    await postgres.run(database, "ALTER TABLE requests ALTER COLUMN body TYPE varchar(90000)")
    assert await store.record(record.request.request_id) == record
    await postgres.run(database, "ALTER TABLE jobs ALTER COLUMN name TYPE varchar(90)")
    assert isinstance(await store.change(record.request.request_id, touch), Record)


async def test_a_change_that_gives_way_to_another_transaction_is_made_after_it(
    store: PostgresStore, database: str
) -> None:
    """Somebody holds the chain and wants the request; the change has the request and wants the chain."""
    record = await added(store)
    stranger = await asyncpg.connect(database)
    ring = stranger.transaction()
    await ring.start()
    await stranger.execute("SELECT pg_advisory_xact_lock(7305507)")
    change = asyncio.create_task(store.change(record.request.request_id, touch))
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    await until(lambda: postgres.run(database, waiting), "the change waits for the chain")
    await stranger.execute("SELECT 1 FROM requests FOR UPDATE")
    await ring.rollback()
    assert isinstance(await change, Record)
    await stranger.close()


async def test_who_is_stopped_in_a_transaction_does_not_hold_up_the_others(database: str) -> None:
    """The server ends the first one's transaction, and the second goes on; woken, the first begins anew."""
    held, woken = asyncio.Event(), asyncio.Event()

    async def stand_still(connection: asyncpg.Connection, _: Sequence[datetime]) -> None:
        held.set()
        await woken.wait()
        await connection.execute("SELECT 1")

    first = await PostgresStore.open(database, lambda _: None, stand_still)
    second = await PostgresStore.open(database, lambda _: None)
    standing = asyncio.create_task(added(first))
    await held.wait()
    begun = asyncio.get_running_loop().time()
    assert (await added(second, "bo@fabrikam.com")).request.number == 1001
    assert 1 < asyncio.get_running_loop().time() - begun < 8
    woken.set()
    assert (await standing).request.number == 1002
    await first.close()
    await second.close()


async def test_what_becomes_due_is_enqueued_in_the_transaction_that_makes_it_due(database: str) -> None:
    await postgres.run(database, "CREATE TABLE told (due timestamptz)")
    made_due: list[Sequence[Job]] = []

    async def tell(connection: asyncpg.Connection, due: Sequence[datetime]) -> None:
        assert connection.is_in_transaction()
        await connection.executemany("INSERT INTO told VALUES ($1)", [(at,) for at in due])
        if OMAR.name in failing:
            raise asyncpg.PostgresError("the queue is out of order")

    failing: list[str] = []
    store = await PostgresStore.open(database, made_due.append, tell)
    record = await added(store)
    told = [row["due"] for row in await postgres.run(database, "SELECT due FROM told ORDER BY due")]
    assert told == sorted(job.due_at for job in record.jobs.values())
    assert sorted(job.due_at for due in made_due for job in due) == told
    failing.append(OMAR.name)
    with pytest.raises(StoreError):
        await added(store, "bo@fabrikam.com")
    assert len(await postgres.run(database, "SELECT due FROM told")) == len(told)
    assert len(made_due) == 1
    await store.close()


async def test_the_databases_clock_decides_and_not_the_hosts(database: str) -> None:
    """Here the database is a day ahead of this host."""
    await postgres.run(
        database,
        "CREATE SCHEMA ahead",
        "CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql"
        " AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 day' $$",
        f"ALTER DATABASE {urlsplit(database).path[1:]} SET search_path = ahead, pg_catalog, public",
    )
    store = await PostgresStore.open(database, lambda _: None)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    record = await added(store)
    for at in (record.request.submitted_at, store.clock.now()):
        assert abs(at - tomorrow) < timedelta(seconds=5)
    assert len(await store.due(10)) == 2
    await store.close()


async def test_a_closed_store_says_so_and_what_waited_was_written(database: str) -> None:
    store = await PostgresStore.open(database, lambda _: None)
    record = await added(store)
    tasks = [asyncio.create_task(store.change(record.request.request_id, touch)) for _ in range(100)]
    await asyncio.sleep(0)
    await store.close()
    assert all(isinstance(answer, Record) for answer in await asyncio.gather(*tasks))
    with pytest.raises(StoreError, match="closed"):
        await store.change(record.request.request_id, touch)


async def test_a_start_that_waits_for_another_replicas_migration_says_so(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.store")
    migrating = await asyncpg.connect(database)
    transaction = migrating.transaction()
    await transaction.start()
    await migrating.execute("SELECT pg_advisory_xact_lock(7305508)")
    starting = asyncio.create_task(PostgresStore.open(database, lambda _: None))

    async def said() -> bool:
        return "brings the tables up to date" in caplog.text

    await until(said, "the start says for whom it waits")
    assert not starting.done()
    await transaction.rollback()
    await migrating.close()
    await (await starting).close()

"""From one machine to several: everything comes along from SQLite, and nothing is taken for a restore."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from access.rules import delegating
from access.rules.audit import verify
from access.rules.delegating import Period
from access.rules.facts import Facts, Meant
from access.rules.model import Change, Record, Term
from bot.clock import SteadyClock
from bot.store import SqliteStore, StoreError
from bot.store.moving import move
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.store.making import ANA, OMAR, PIA, READER, added, approve, asking


async def test_everything_moves_and_goes_on_where_it_was(tmp_path: Path, database: str) -> None:
    file = tmp_path / "guestlist.db"
    old = await SqliteStore.open(file, SteadyClock(), lambda _: None)
    await old.keep_note("cursor/users", "a cursor")
    await old.first_time("activity-1")
    record = await old.change((await added(old)).request.request_id, approve())
    assert isinstance(record, Record)
    period = Period(None, Term(days=7))
    await old.delegate(OMAR.object_id, delegating.make(OMAR, PIA, period, ZoneInfo("UTC")))
    chain = [entry async for entry in old.audit_entries()]
    due, subject, delegated = await old.due(100), await old.subject(ANA), await old.delegations()
    await old.close()

    assert await move(file, database) == 1

    new = await PostgresStore.open(database, lambda _: None)
    assert await new.record(record.request.request_id) == record
    assert [entry async for entry in new.audit_entries()] == chain
    assert verify(chain) is None
    assert (await new.due(100), await new.subject(ANA)) == (due, subject)
    assert (await new.note("cursor/users"), await new.first_time("activity-1")) == ("a cursor", False)
    assert (len(delegated), await new.delegations()) == (1, delegated)
    assert await new.restores() == []
    following = await added(new, "ben@fabrikam.com", OMAR)
    assert following.request.number == record.request.number + 1
    await new.close()


async def test_the_facts_of_a_request_move_with_it(tmp_path: Path, database: str) -> None:
    old = await SqliteStore.open(tmp_path / "guestlist.db", SteadyClock(), lambda _: None)
    sent = await asking(old)
    meant = (Meant("app-owners", (OMAR.object_id,)), Meant("group:many", (), others=True))
    facts = Facts(domain="fabrikam.com", give=READER, guest_known=True, letters=9, meant=meant)

    def with_facts(number: int, now: datetime) -> Change:
        change = sent(number, now)
        return replace(change, request=replace(change.request, facts=facts))

    record = await old.add(with_facts)
    assert isinstance(record, Record)
    await old.close()
    assert await move(tmp_path / "guestlist.db", database) == 1
    new = await PostgresStore.open(database, lambda _: None)
    moved = await new.record(record.request.request_id)
    await new.close()
    assert moved is not None
    assert moved.request.facts == facts


async def test_a_database_that_holds_something_is_not_moved_into(tmp_path: Path, database: str) -> None:
    taken = await PostgresStore.open(database, lambda _: None)
    there = await added(taken)
    await (await SqliteStore.open(tmp_path / "guestlist.db", SteadyClock(), lambda _: None)).close()
    with pytest.raises(StoreError, match="not empty"):
        await move(tmp_path / "guestlist.db", database)
    assert await taken.record(there.request.request_id) == there
    await taken.close()


async def test_a_file_that_a_guestlist_runs_on_is_not_moved(tmp_path: Path, database: str) -> None:
    running = await SqliteStore.open(tmp_path / "guestlist.db", SteadyClock(), lambda _: None)
    with pytest.raises(StoreError, match="in use"):
        await move(tmp_path / "guestlist.db", database)
    await running.close()


async def test_a_database_that_a_guestlist_runs_on_is_not_moved_into(tmp_path: Path, database: str) -> None:
    await (await SqliteStore.open(tmp_path / "guestlist.db", SteadyClock(), lambda _: None)).close()
    running = await PostgresStore.open(database, lambda _: None)
    subject = await running.subject(ANA)
    assert await running.restores() == []
    with pytest.raises(StoreError, match="Stop every one"):
        await move(tmp_path / "guestlist.db", database)
    await running.close()
    again = await PostgresStore.open(database, lambda _: None)
    assert await again.subject(ANA) == subject, "the key that the one that runs holds in memory"
    await again.close()


async def test_a_database_with_a_lease_is_moved_into_when_that_has_ended(
    tmp_path: Path, database: str
) -> None:
    await (await SqliteStore.open(tmp_path / "guestlist.db", SteadyClock(), lambda _: None)).close()
    frozen = await PostgresStore.open(database, lambda _: None)
    assert await frozen.take_lease("redemption", "cut off", timedelta(hours=1))
    await frozen.close()
    with pytest.raises(StoreError, match="Stop every one"):
        await move(tmp_path / "guestlist.db", database)
    await postgres.run(database, "UPDATE leases SET until = 0")
    assert await move(tmp_path / "guestlist.db", database) == 0


async def test_what_a_start_left_on_the_new_database_gives_way_to_what_is_moved(
    tmp_path: Path, database: str
) -> None:
    file = tmp_path / "guestlist.db"
    old = await SqliteStore.open(file, SteadyClock(), lambda _: None)
    await added(old)
    for key in ("worker/alive", "cursor/users"):
        await old.keep_note(key, "of the old one")
    await old.first_time("activity-1")
    await old.close()
    trial = await PostgresStore.open(database, lambda _: None)
    for key in ("worker/alive", "person/megan"):
        await trial.keep_note(key, "of the trial")
    await trial.first_time("activity-1")
    await trial.first_time("activity-2")
    await trial.close()

    assert await move(file, database) == 1

    new = await PostgresStore.open(database, lambda _: None)
    notes = [await new.note(key) for key in ("worker/alive", "cursor/users", "person/megan")]
    assert notes == ["of the old one", "of the old one", None]
    assert [await new.first_time(f"activity-{number}") for number in (1, 2)] == [False, True]
    assert await new.restores() == []
    await new.close()

"""What a store makes of a backup that is put back, on both databases."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from access.rules import jobs
from access.rules.audit import verify
from access.rules.jobs import notice
from access.rules.model import Change, Job, Record, WhyNot
from access.rules.restore import UNDECIDED
from bot.store.restoring import Witness
from bot.store.sql_store import SqlStore
from bot.store.tables import leases
from tests import backups, postgres
from tests.backups import Database
from tests.store.making import added, approve, cancel
from tests.store.test_contract_waivers import ask as ask_by_waiver


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made = await backups.make(request.param, tmp_path)
    yield made
    await made.drop()


async def restored(database: Database, store: SqlStore) -> SqlStore:
    await store.close()
    await database.put_back()
    return await database.open()


async def numbers_and_chain(store: SqlStore) -> int:
    """Return the next number, having seen that the chain holds."""
    assert verify([entry async for entry in store.audit_entries()]) is None
    return (await added(store, "next@fabrikam.com")).request.number


async def test_a_database_that_was_put_back_notes_it_once_and_numbers_go_on_far_above(
    database: Database,
) -> None:
    store = await database.open()
    await added(store)
    await store.change((await added(store, "b@fabrikam.com")).request.request_id, approve())
    until = await store.known_until()
    await database.back_up()
    for name in ("c", "d"):
        await added(store, f"{name}@fabrikam.com")

    store = await restored(database, store)
    [restore] = await store.restores()
    assert (restore.seq, restore.to, restore.last, restore.next) == (3, until, 1002, 11_101)
    entries = [entry async for entry in store.audit_entries()]
    assert [entry.fact.what for entry in entries][3:] == ["store.restored"]
    assert entries[3].fact.detail["restored_to"] == restore.to.isoformat()

    await store.close()
    store = await database.open()
    assert await store.restores() == [restore]
    assert await numbers_and_chain(store) == 11_101
    await store.close()


async def test_everything_that_has_not_ended_is_in_doubt_and_shown_again_and_nothing_else(
    database: Database,
) -> None:
    store = await database.open()
    waits, works, ended = [await added(store, f"{name}@fabrikam.com") for name in "abc"]
    await store.change(works.request.request_id, approve())
    await store.change(ended.request.request_id, cancel)

    def told(record: Record, now: object) -> Change:
        rows = [notice(record.request, "accepted/thread", record.request.place, record.request.submitted_at)]
        return Change(request=record.request, jobs=tuple(rows))

    await store.change(works.request.request_id, told)
    for job in await store.due(99):
        if job.request_id == ended.request.request_id:
            await _shown(store, job)
    await database.back_up()
    await added(store, "later@fabrikam.com")

    store = await restored(database, store)
    [restore] = await store.restores()
    now = {
        one.request.request_id: await store.record(one.request.request_id) for one in (waits, works, ended)
    }
    doubted = [one.request.restored for one in now.values() if one]
    assert doubted == [restore, restore, None]
    assert (await store.note(UNDECIDED)) == f'["{waits.request.request_id}"]'
    after = now[works.request.request_id]
    assert after is not None
    status = {job.name: job.status for job in after.jobs.values()}
    assert (status["accepted/thread"], status["invite"], status["thread"]) == ("dropped", "ready", "ready")
    wanted = {job.body[jobs.WANTED] for job in after.jobs.values() if job.name == "thread"}
    assert wanted == {after.request.version}
    await store.close()


async def _shown(store: SqlStore, job: Job) -> None:
    claimed = await store.change(job.request_id, jobs.claim(job.key, timedelta(seconds=30)))
    assert isinstance(claimed, Record)
    place = claimed.request.place
    await store.change(job.request_id, jobs.shown(job.key, 1, claimed.request.version, place, "1"))


async def test_what_the_operator_says_is_noted_once_and_from_the_time_that_is_said(
    database: Database,
) -> None:
    store = await database.open()
    assert await store.known_until() is None
    await added(store)
    until = await store.known_until()
    assert until is not None
    await added(store, "b@fabrikam.com")

    restore = await store.restore(until)
    assert restore is not None
    assert (restore.seq, restore.to, restore.last, restore.next) == (1, until, 1001, 11_101)
    assert await store.restore(until) is None, "a second replica, a second word"
    assert await store.restore(until - timedelta(days=1)) is None, "nothing is known from before that"
    assert await store.restores() == [restore]
    assert await numbers_and_chain(store) == 11_101
    await store.close()


async def test_whoever_notices_a_restore_while_others_run_keeps_the_lease_under_which_it_looks(
    database: Database,
) -> None:
    store = await database.open()
    await added(store)
    until = await store.known_until()
    assert until is not None
    assert await store.take_lease("readers", "who notices", timedelta(seconds=9))
    assert await store.restore(until) is not None
    assert not await store.take_lease("readers", "another", timedelta(seconds=9))
    assert await store.take_lease("readers", "who notices", timedelta(seconds=9))
    await store.close()


async def test_a_lease_that_a_clock_ahead_left_in_a_backup_ends_within_ten_seconds(
    database: Database,
) -> None:
    store = await database.open()
    await added(store)
    assert await store.take_lease("readers", "of another life", timedelta(hours=1))
    await database.back_up()
    await added(store, "b@fabrikam.com")
    store = await restored(database, store)
    [restore] = await store.restores()
    until = await store._read(lambda connection, _: connection.execute(select(leases.c.until)).scalar_one())
    assert until == restore.at + timedelta(seconds=10)
    await store.close()


async def test_a_restart_is_no_restore(database: Database) -> None:
    store = await database.open()
    await added(store)
    await store.close()
    store = await database.open()
    assert await store.restores() == []
    assert await numbers_and_chain(store) == 1002
    await store.close()


async def test_a_backup_in_which_nothing_had_happened_is_a_first_start(database: Database) -> None:
    store = await database.open()
    await database.back_up()
    await added(store)
    store = await restored(database, store)
    assert await store.restores() == []
    await store.close()


async def test_a_database_that_was_put_back_is_put_back_again_like_any_other(database: Database) -> None:
    store = await database.open()
    await added(store)
    await database.back_up()
    await added(store, "b@fabrikam.com")
    store = await restored(database, store)
    await added(store, "c@fabrikam.com")
    await database.back_up()
    await added(store, "d@fabrikam.com")
    store = await restored(database, store)
    assert [(one.last, one.next) for one in await store.restores()] == [(1001, 11_101), (11_101, 21_201)]
    assert await numbers_and_chain(store) == 21_201
    await store.close()


async def test_what_has_not_ended_is_doubted_in_the_order_in_which_everybody_locks(
    database: Database,
) -> None:
    store = await database.open()
    for number in range(8):
        await added(store, f"{number}@fabrikam.com")
    until = await store.known_until()
    assert until is not None
    assert await store.restore(until) is not None
    undecided = json.loads(await store.note(UNDECIDED) or "[]")
    assert len(undecided) == 8
    assert undecided == sorted(undecided)
    await store.close()


# --- SQLite's witness -----------------------------------------------------------------------------------


async def test_a_file_that_is_behind_its_witness_goes_on_above_the_highest_number_that_it_saw(
    tmp_path: Path,
) -> None:
    file = backups.File(tmp_path)
    store = await file.open()
    await added(store)
    await file.back_up()
    kept = file.beside("-witness")
    await store.close()
    seen = Witness.read(kept)
    assert seen is not None
    Witness(seen.store, seen.seq + 7, "of a later entry", 31_000).keep(kept)
    store = await file.open()
    assert [one.next for one in await store.restores()] == [41_001]
    await store.close()


def _spoil(kept: Path, content: bytes | None) -> None:
    kept.unlink() if content is None else kept.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"store": 1}', None])
async def test_a_witness_that_is_torn_or_missing_says_nothing(tmp_path: Path, content: bytes | None) -> None:
    file = backups.File(tmp_path)
    store = await file.open()
    await added(store)
    await store.close()
    kept = file.beside("-witness")
    assert Witness.read(kept) is not None
    _spoil(kept, content)
    store = await file.open()
    assert await store.restores() == []
    await store.close()


async def test_the_witness_of_another_database_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    file, other = backups.File(tmp_path), backups.File(tmp_path / "other")
    for one, count in ((file, 1), (other, 5)):
        store = await one.open()
        for number in range(count):
            await added(store, f"{number}@fabrikam.com")
        await store.close()
    shutil.copy(other.beside("-witness"), file.beside("-witness"))
    store = await file.open()
    assert await store.restores() == []
    await store.close()


def left_behind(folder: Path, copy: Path) -> Path:
    """Copy what a process leaves that is killed now; a file that is renamed meanwhile has a name already."""
    files = [file for file in folder.iterdir() if file.is_file()]
    copy.mkdir()
    for file in files:
        with suppress(FileNotFoundError):
            shutil.copy2(file, copy)
    return copy


async def test_a_process_that_was_killed_leaves_a_witness_that_never_runs_ahead(tmp_path: Path) -> None:
    file = backups.File(tmp_path)
    store = await file.open()
    for number in range(3):
        await added(store, f"{number}@fabrikam.com")
    again = await backups.File(left_behind(tmp_path, tmp_path / "killed")).open()
    assert await again.restores() == []
    for opened in (again, store):
        await opened.close()


# --- PostgreSQL's fingerprint ---------------------------------------------------------------------------


async def test_replicas_that_start_on_a_restored_database_note_one_restore(tmp_path: Path) -> None:
    database = await backups.Dumped.make(tmp_path)
    store = await database.open()
    await added(store)
    await database.back_up()
    store = await restored(database, store)
    others = [await database.open() for _ in range(2)]
    for one in (store, *others):
        assert len(await one.restores()) == 1
        await one.close()
    await database.drop()


async def test_a_role_that_may_not_look_at_the_server_still_notices_another_database(tmp_path: Path) -> None:
    database = await backups.Dumped.make(tmp_path)
    weak = await postgres.weakened(database.url)
    database.url, strong = weak, database.url
    store = await database.open()
    await added(store)
    await store.close()
    [row] = await postgres.run(strong, "SELECT value FROM meta WHERE key = 'fingerprint'")
    assert row["value"].startswith("/"), "nothing is known of the server"
    database.url = strong
    await database.back_up()
    store = await restored(database, store)
    assert len(await store.restores()) == 1
    await store.close()
    await database.drop()
    await postgres.run(postgres.server().url, f"DROP ROLE {urlsplit(weak).username}")


async def test_replicas_that_run_while_the_database_comes_to_live_elsewhere_note_one_restore(
    tmp_path: Path,
) -> None:
    database = await backups.Dumped.make(tmp_path)
    replicas = [await database.open() for _ in range(3)]
    waits = await added(replicas[0])
    assert await replicas[1].restores() == []
    until = await replicas[0].known_until()
    await postgres.run(database.url, "UPDATE meta SET value = 'elsewhere' WHERE key = 'fingerprint'")

    noted = await asyncio.gather(*(replica.restores() for replica in replicas))
    assert all(len(one) <= 1 for one in noted)
    [restore] = await replicas[2].restores()
    assert (restore.to, restore.last, restore.next) == (until, 1001, 11_101)
    doubted = await replicas[1].record(waits.request.request_id)
    assert doubted is not None
    assert doubted.request.restored == restore
    for replica in replicas:
        await replica.close()
    await database.drop()


async def test_a_waiver_is_not_used_again_by_a_restored_database_until_its_window_has_passed(
    database: Database,
) -> None:
    store = await database.open()
    await added(store)
    await database.back_up()
    assert (await ask_by_waiver(store, "ana")).request.waived is not None
    store = await restored(database, store)
    again = (await ask_by_waiver(store, "ben")).request
    assert again.waived is None
    assert again.not_waived is not None
    assert again.not_waived.why is WhyNot.RESTORED
    await store.close()

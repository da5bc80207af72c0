"""`guestlist db status`, `upgrade` and `backup`, on both databases."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.clock import SteadyClock
from bot.store import SqliteStore, StoreError, backing_up, schema
from bot.store.sql_store import SqlStore
from tests.audit.chains import tamper, written
from tests.backups import Database, File
from tests.commands.typing import beside, settings, typed
from tests.store.making import ANA, added, cancel


async def test_the_status_says_what_is_due_and_who_serves(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    await added(store)
    said = await beside(database, tmp_path, "db", "status", "--json")
    found = said.document
    assert (said.ended, said.err) == (0, "")
    assert (found["tables"], found["newest_tables"], found["requests"]) == (schema.HEAD, schema.HEAD, 1)
    assert found["audit_entries"] >= 1
    assert found["bytes"] > 10_000
    assert set(found["due"]) == {"card"}
    assert found["later"]["timer"] == 1
    assert 0 <= found["oldest_due_seconds"] < 600
    serves = found["serves"]
    assert serves["pid"] if isinstance(database, File) else serves["connections"] >= 1
    told = await beside(database, tmp_path, "db", "status")
    assert f"version {schema.HEAD}, which this version uses" in told.out
    await store.close()
    found = (await beside(database, tmp_path, "db", "status", "--json")).document
    assert not any(found["serves"].values())


async def test_tables_of_another_version_are_a_finding(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    await added(store)
    await store.close()
    await tamper(database, "UPDATE alembic_version SET version_num = '9999'")
    said = await beside(database, tmp_path, "db", "status")
    assert (said.ended, said.err) == (1, "")
    assert "version 9999, of a newer Guestlist" in said.out
    assert [" ".join(line.split()[1:]) for line in said.out.splitlines()[4:]] == ["not read"] * 4
    found = (await beside(database, tmp_path, "db", "status", "--json")).document
    assert found["bytes"] > 10_000
    assert {found[name] for name in ("requests", "audit_entries", "due", "later", "oldest_due_at")} == {None}
    said = await beside(database, tmp_path, "db", "upgrade", "--json")
    assert said.ended == said.document["exit"] == 2
    assert "written by a newer Guestlist" in said.document["error"]


async def test_an_empty_database_gets_its_tables_once(database: Database, tmp_path: Path) -> None:
    if not isinstance(database, File):
        said = await beside(database, tmp_path, "db", "status")
        assert (said.ended, "none yet; guestlist db upgrade" in said.out) == (1, True)
    said = await beside(database, tmp_path, "db", "upgrade")
    assert (said.ended, said.out) == (0, f"The tables were brought out of nothing to {schema.HEAD}.\n")
    found = (await beside(database, tmp_path, "db", "upgrade", "--json")).document
    assert found == {"before": schema.HEAD, "tables": schema.HEAD, "changed": False}
    assert (await beside(database, tmp_path, "audit", "verify")).ended == 0


def test_each_migration_is_told_with_how_many_there_are() -> None:
    told = list[tuple[int, int | None]]()
    with create_engine("sqlite://").begin() as connection:
        assert schema.upgrade(connection, lambda done, of: told.append((done, of))) is None
    count = int(schema.HEAD)
    assert told == [(one, count) for one in range(1, count + 1)]


async def test_a_file_that_is_in_use_is_not_upgraded(tmp_path: Path) -> None:
    database = File(tmp_path)
    store = await database.open()
    said = await beside(database, tmp_path, "db", "upgrade")
    await store.close()
    assert said.ended == 2
    assert "is in use by another process" in said.err


async def test_a_backup_is_made_beside_who_writes_and_is_whole(tmp_path: Path) -> None:
    database, copy = File(tmp_path), tmp_path / "copies" / "backup.db"
    copy.parent.mkdir()
    store = await database.open()
    await added(store)
    said = await beside(database, tmp_path, "db", "backup", str(copy), "--json")
    assert (said.ended, said.document["bytes"]) == (0, copy.stat().st_size)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [one.name for one in copy.parent.iterdir()] == ["backup.db"]
    await store.close()
    kept = await SqliteStore.open(copy, SteadyClock(), lambda _: None)
    assert (await kept.numbered(1001)) is not None
    await kept.close()
    before = copy.read_bytes()
    said = await beside(database, tmp_path, "db", "backup", str(copy))
    assert (said.ended, said.out) == (2, "")
    assert "There is something at" in said.err
    assert copy.read_bytes() == before


async def test_what_is_written_while_a_backup_is_made_is_not_in_it_and_does_not_delay_it(
    tmp_path: Path,
) -> None:
    database, copy = File(tmp_path), tmp_path / "backup.db"
    store = await database.open()
    await written(store, 5)
    with closing(sqlite3.connect(database.path, timeout=20)) as connection, connection:
        notes = ((f"note {place}", "x" * 4000) for place in range(2000))
        connection.executemany("INSERT INTO notes VALUES (?, ?)", notes)
    looks = 0

    def write(_done: int, _of: int | None) -> None:
        nonlocal looks
        looks += 1
        with closing(sqlite3.connect(database.path, timeout=20)) as connection, connection:
            connection.execute("INSERT INTO notes VALUES (?, 'x')", (f"written meanwhile {looks}",))

    size = await backing_up.backup(database.path, copy, write)
    await store.close()
    assert looks == -(-size // (4096 * 500)) > 1
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (5,)
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (2000,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_backup_that_is_interrupted_stops_and_leaves_nothing(tmp_path: Path) -> None:
    database, looks = File(tmp_path), list[int]()
    await (await database.open()).close()
    with closing(sqlite3.connect(database.path, timeout=20)) as connection, connection:
        notes = ((f"note {place}", "x" * 4000) for place in range(2000))
        connection.executemany("INSERT INTO notes VALUES (?, ?)", notes)
    loop = asyncio.get_running_loop()

    def interrupt(done: int, _of: int | None) -> None:
        looks.append(done)
        loop.call_soon_threadsafe(copying.cancel)
        for _ in range(3):  # until the copy has heard of it
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()

    copying = asyncio.create_task(backing_up.backup(database.path, tmp_path / "backup.db", interrupt))
    with pytest.raises(asyncio.CancelledError):
        await copying
    await loop.shutdown_default_executor()
    assert len(looks) == 1
    assert not (tmp_path / "backup.db").exists()


async def test_what_fails_on_the_way_leaves_no_backup(tmp_path: Path) -> None:
    database = File(tmp_path)
    await (await database.open()).close()

    def fail(_done: int, _of: int | None) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - whatever it is
        await backing_up.backup(database.path, tmp_path / "backup.db", fail)
    (tmp_path / "other.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="No backup was made of"):
        await backing_up.backup(tmp_path / "other.db", tmp_path / "backup.db", lambda _done, _of: None)
    assert not (tmp_path / "backup.db").exists()


async def test_of_a_postgresql_it_is_said_what_backs_it_up(database: Database, tmp_path: Path) -> None:
    if isinstance(database, File):
        return
    said = await beside(database, tmp_path, "db", "backup", "x.dump")
    assert said.ended == 2
    assert 'pg_dump --format=custom --file=x.dump "$GUESTLIST_DATABASE_URL"' in said.err


_NONE_THERE = (
    *("db status", "db backup copy.db", "db restored", "restored", "forget ana@fabrikam.com"),
    *("requests", "requests show R-1001", "audit verify", "audit export", "policy replay"),
)


@pytest.mark.parametrize("command", _NONE_THERE)
async def test_a_file_that_is_not_there_is_said_and_not_made(command: str, tmp_path: Path) -> None:
    database = File(tmp_path)
    said = await beside(database, tmp_path, *command.split())
    assert (said.ended, said.out) == (2, "")
    assert f"There is no file {database.path}." in said.err
    assert os.listdir(tmp_path) == ["policy.toml"]  # noqa: PTH208 - as short as it is


@pytest.mark.parametrize("command", ["db restored", "forget ana@fabrikam.com", "requests", "audit verify"])
async def test_an_empty_database_is_said_and_stays_empty(
    command: str, database: Database, tmp_path: Path
) -> None:
    if isinstance(database, File):
        database.path.touch()
    said = await beside(database, tmp_path, *command.split())
    assert (said.ended, said.out) == (2, "")
    assert "This is no Guestlist database." in said.err
    said = await beside(database, tmp_path, "db", "status", "--json")
    assert (said.ended, said.document["tables"]) == (1, None)


@pytest.mark.parametrize("command", ["db restored", "restored", "forget ana@fabrikam.com"])
async def test_what_writes_leaves_older_tables_as_they_are(
    command: str, database: Database, tmp_path: Path
) -> None:
    await older(database)
    said = await beside(database, tmp_path, *command.split(), "--json")
    assert said.ended == said.document["exit"] == 2
    assert f"(schema 0004, this one uses {schema.HEAD})" in said.document["error"]
    assert "guestlist db upgrade" in said.document["error"]
    said = await beside(database, tmp_path, "db", "status", "--json")
    assert (said.ended, said.document["tables"]) == (1, "0004")


async def older(database: Database) -> None:
    """Leave the tables as they were before the newest migration: it is what matters that they are not run."""
    await (await database.open()).close()
    await tamper(database, "DROP TABLE lists", "DROP INDEX ux_requests_listed")
    for column in ("list_id", "list_row"):
        await tamper(database, f"ALTER TABLE requests DROP COLUMN {column}")
    await tamper(database, "UPDATE alembic_version SET version_num = '0004'")


async def test_a_move_takes_no_file_that_is_none_and_leaves_an_older_one_as_it_is(
    database: Database, tmp_path: Path
) -> None:
    if isinstance(database, File):
        return
    file = File(tmp_path)
    file.path.touch()
    said = await beside(database, tmp_path, "db", "move", str(file.path))
    assert (said.ended, said.out, file.path.stat().st_size) == (2, "", 0)
    assert f"{file.path} is no Guestlist database." in said.err
    file.path.unlink()
    await older(file)
    for url in (database.url, "postgresql://x:x@127.0.0.1:9/x"):
        said = await typed("db", "move", str(file.path), environ=settings(url, tmp_path))
        assert (said.ended, said.out) == (2, "")
        assert "(schema 0004" in said.err
        assert (await beside(file, tmp_path, "db", "status", "--json")).document["tables"] == "0004"
    said = await beside(database, tmp_path, "db", "status", "--json")
    assert said.document["tables"] is None


async def test_a_move_leaves_older_tables_as_they_are(database: Database, tmp_path: Path) -> None:
    if isinstance(database, File):
        return
    await older(database)
    file = File(tmp_path)
    await (await file.open()).close()
    said = await beside(database, tmp_path, "db", "move", str(file.path))
    assert (said.ended, "(schema 0004" in said.err) == (2, True)
    said = await beside(database, tmp_path, "db", "status", "--json")
    assert said.document["tables"] == "0004"


async def test_to_forget_a_second_time_says_that_it_was_done_before(
    database: Database, tmp_path: Path
) -> None:
    store = await database.open()
    await store.change((await added(store)).request.request_id, cancel)
    await store.close()
    for count, begins in ((1, "Erased from 1 request(s)."), (0, "It was erased from 1 request(s) before.")):
        said = await beside(database, tmp_path, "forget", ANA, "--yes")
        assert (said.ended, said.out.startswith(begins)) == (0, True), count
    said = await beside(database, tmp_path, "forget", ANA, "--yes", "--json")
    assert (said.ended, said.document) == (0, {"requests": 0, "before": 1})


async def test_to_forget_who_is_in_no_request_is_a_finding(database: Database, tmp_path: Path) -> None:
    store = await database.open()
    await added(store)
    await store.close()
    said = await beside(database, tmp_path, "forget", "nobody@fabrikam.com")
    assert (said.ended, said.out.startswith("Nothing is known of this address")) == (1, True)
    said = await beside(database, tmp_path, "forget", "nobody@fabrikam.com", "--json")
    assert (said.ended, said.document) == (1, {"requests": 0})

"""What `guestlist audit verify` finds, on both databases, beside a Guestlist that runs."""

import pytest
from sqlalchemy import Connection, delete

from access.rules.checkpoints import Checkpoint
from bot.commands.verifying import Report, verify
from bot.store import StoreError
from bot.store.book import Book
from bot.store.sql_store import SqlStore
from bot.store.tables import audit
from tests.audit.chains import book_of, rewrite, tamper, written
from tests.backups import Database, File

BREAKS = {
    "an edited text": ("UPDATE audit SET what = 'nothing.happened' WHERE seq = 4", 4, "was edited", 3),
    "an edited time": ("UPDATE audit SET at = at + 1 WHERE seq = 4", 4, "was edited", 3),
    "an edited detail": ("UPDATE audit SET detail = '{}' WHERE seq = 4", 4, "was edited", 3),
    "an unreadable detail": ("UPDATE audit SET detail = 'oh' WHERE seq = 4", 4, "was edited", 3),
    "a removed entry": ("DELETE FROM audit WHERE seq = 4", 5, "entry 4 is missing", 3),
    "a cut head": ("DELETE FROM audit WHERE seq = 1", 2, "entry 1 is missing", 0),
    "an entry before the first": (
        "INSERT INTO audit VALUES (0, 0, '', NULL, NULL, NULL, '{}', '', '')",
        0,
        "entry 1 is missing",
        0,
    ),
}


async def verified(book: Book, *checkpoints: Checkpoint) -> Report:
    return await verify(book, checkpoints, "a test")


async def test_a_chain_that_holds_is_said_with_how_far_and_since_when(store: SqlStore, book: Book) -> None:
    await written(store, 7)
    report = await verified(book)
    head = await store.audit_head()
    assert head is not None
    assert report.wrong == []
    assert f"the newest is {head.seq}:{head.hash}" in report.text
    assert f"{head.seq} entries follow from each other, from 20" in report.text
    assert "Missing: no checkpoint was compared" in report.text


@pytest.mark.parametrize("name", BREAKS)
async def test_the_first_break_is_named_with_what_differs_and_the_last_good_entry(
    name: str, database: Database, store: SqlStore, book: Book
) -> None:
    statement, seq, what, good = BREAKS[name]
    await written(store, 7)
    await tamper(database, statement)
    [broken, last] = (await verified(book)).wrong
    assert f"broken at entry {seq} " in broken
    assert what in broken
    assert f"The last good entry is {good} of 20" in last or not good
    assert good or "No entry before it is good." in last


async def test_reordered_entries_are_found(database: Database, store: SqlStore, book: Book) -> None:
    await written(store, 7)
    await tamper(
        database,
        "UPDATE audit SET seq = 100 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 100",
    )
    assert "broken at entry 4 " in (await verified(book)).wrong[0]


async def test_an_entry_edited_with_its_hash_breaks_the_one_after_it(
    database: Database, store: SqlStore, book: Book
) -> None:
    await written(store, 7)
    await rewrite(database, store, 4, and_on=False)
    [broken, _] = (await verified(book)).wrong
    assert "broken at entry 5 " in broken
    assert "does not follow from the entry before it" in broken


async def test_a_cut_tail_is_seen_against_a_checkpoint_alone(
    database: Database, store: SqlStore, book: Book
) -> None:
    await written(store, 7)
    head = await store.audit_head()
    assert head is not None
    checkpoint = Checkpoint(head.seq, head.hash, head.at)
    await tamper(database, "DELETE FROM audit WHERE seq >= 6")
    assert (await verified(book)).wrong == [], "nothing follows what was cut off"
    [cut] = (await verified(book, checkpoint)).wrong
    assert "knows entry 7, and the chain ends with entry 5" in cut


async def test_a_chain_that_was_written_anew_is_seen_against_checkpoints_alone(
    database: Database, store: SqlStore, book: Book
) -> None:
    await written(store, 7)
    entries = [entry async for entry in store.audit_entries()]
    kept = [Checkpoint(entry.seq, entry.hash, entry.at) for entry in (entries[2], entries[5])]
    await rewrite(database, store, 5, and_on=True)
    assert (await verified(book)).wrong == [], "it follows from itself"
    [anew] = (await verified(book, *kept)).wrong
    assert "written anew after entry 3, where a checkpoint agrees: entry 6 has another hash" in anew
    typed = Checkpoint(6, entries[5].hash)
    assert "its checkpoint as it was typed" in (await verified(book, typed)).wrong[0]


async def test_checkpoints_that_agree_are_counted_and_what_they_do_not_cover_is_said(
    store: SqlStore, book: Book
) -> None:
    await written(store, 5)
    entries = [entry async for entry in store.audit_entries()]
    report = await verified(book, *(Checkpoint(entry.seq, entry.hash, entry.at) for entry in entries[:3]))
    assert report.wrong == []
    assert "3 of 3 checkpoints agree" in report.text
    assert (
        f"Missing: no checkpoint covers the {len(entries) - 3} newest entries, after entry 3." in report.text
    )


async def test_a_restore_that_was_noted_explains_checkpoints_that_no_longer_hold(
    database: Database, store: SqlStore, book: Book
) -> None:
    await written(store, 4)
    head = await store.audit_head()
    assert head is not None
    lost = Checkpoint(head.seq + 1, "f" * 64, head.at)
    await store.restore(head.at)
    [differ, explained] = (await verified(book, lost)).wrong
    assert f"entry {head.seq + 1} has another hash" in differ
    assert f"the chain goes on from entry {head.seq}." in explained


async def test_whoever_reads_the_audit_cannot_write(store: SqlStore, book: Book) -> None:
    await written(store, 1)

    def write(connection: Connection) -> None:
        connection.execute(delete(audit))
        connection.commit()

    with pytest.raises(StoreError):
        await book.ask(write)
    assert await store.audit_head() is not None


async def test_the_audit_is_read_where_no_guestlist_runs(database: Database) -> None:
    store = await database.open()
    await written(store, 3)
    await store.close()
    book = await book_of(database)
    assert (await verified(book)).wrong == []
    await book.close()


async def test_tables_of_another_version_are_refused_in_a_sentence(database: Database) -> None:
    await (await database.open()).close()
    await tamper(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="Use the version that serves it"):
        await book_of(database)


async def test_a_database_that_is_not_there_is_refused_in_a_sentence(database: Database) -> None:
    if isinstance(database, File):
        with pytest.raises(StoreError, match="cannot be opened"):
            await book_of(database)
    else:
        with pytest.raises(StoreError, match="no Guestlist database"):
            await book_of(database)

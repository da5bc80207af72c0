"""What only SQLite promises: one process, shared commits, one file that survives a kill."""

import asyncio
import random
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from access.rules import jobs
from access.rules.audit import verify
from access.rules.model import Change, Record, RequestId
from bot.store import SqliteStore, StoreError
from bot.store.recent import Recent
from tests.store.making import TurnedClock, added, approve, cancel, touch

HAMMER = (sys.executable, "-m", "tests.store.hammer")


async def opened(file: Path, clock: TurnedClock) -> SqliteStore:
    return await SqliteStore.open(file, clock, lambda _: None)


async def test_changes_that_wait_together_share_commits(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    records = [await added(store, f"g{place}@fabrikam.com") for place in range(64)]
    commits: list[Connection] = []
    event.listen(store._engines[0], "commit", commits.append)
    await asyncio.gather(*(store.change(record.request.request_id, touch) for record in records))
    assert 1 <= len(commits) <= 8
    await store.close()


async def test_readers_and_the_event_loop_go_on_while_a_change_is_written(
    file: Path, clock: TurnedClock
) -> None:
    store = await opened(file, clock)
    record = await added(store)
    begun, go_on = threading.Event(), threading.Event()

    def slow(before: Record, now: datetime) -> Change:
        begun.set()
        assert go_on.wait(10)
        return touch(before, now)

    change = asyncio.create_task(store.change(record.request.request_id, slow))
    await asyncio.to_thread(begun.wait, 10)
    assert await store.record(record.request.request_id) == record
    assert not change.done()
    go_on.set()
    assert await change == await store.record(record.request.request_id)
    await store.close()


async def test_a_caller_that_goes_away_spares_its_neighbours(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    records = [await added(store, f"g{place}@fabrikam.com") for place in range(3)]
    begun, go_on = threading.Event(), threading.Event()

    def slow(before: Record, now: datetime) -> Change:
        begun.set()
        assert go_on.wait(10)
        return touch(before, now)

    tasks = [
        asyncio.create_task(store.change(record.request.request_id, transition))
        for record, transition in zip(records, (slow, touch, touch), strict=True)
    ]
    await asyncio.to_thread(begun.wait, 10)
    tasks[0].cancel()
    tasks[1].cancel()
    go_on.set()
    assert isinstance(await tasks[2], Record)
    await store.close()


async def test_a_disk_without_room_for_the_process_id_stops_no_start(file: Path, clock: TurnedClock) -> None:
    await asyncio.to_thread(Path(f"{file}-lock").symlink_to, "/dev/full")
    store = await opened(file, clock)
    assert await store.record((await added(store)).request.request_id) is not None
    await store.close()


async def test_a_full_disk_is_said_and_nothing_is_written(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    record = await added(store)
    await store._writer.run(_lets_the_file_grow_no_further)

    async def until_full() -> None:
        for place in range(200):
            await added(store, f"g{place}@fabrikam.com")

    with pytest.raises(StoreError, match=r"disk .* is full; nothing was written"):
        await until_full()
    await store._writer.run(lambda connection, _: connection.exec_driver_sql("PRAGMA max_page_count=1000000"))
    waiting = await store.waiting(500)
    assert await store.record(record.request.request_id) == record
    after = await added(store, "last@fabrikam.com")
    assert after.request.number == waiting[-1].request.number + 1
    assert verify([entry async for entry in store.audit_entries()]) is None
    await store.close()


def _lets_the_file_grow_no_further(connection: Connection, _: datetime) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")


async def test_a_closed_store_says_so_and_what_waited_was_written(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    record = await added(store)
    tasks = [asyncio.create_task(store.change(record.request.request_id, touch)) for _ in range(100)]
    await asyncio.sleep(0)
    await store.close()
    assert all(isinstance(answer, Record) for answer in await asyncio.gather(*tasks))
    with pytest.raises(StoreError, match="closed"):
        await store.change(record.request.request_id, touch)


async def test_everything_is_there_after_a_restart_and_numbers_go_on(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    record, subject = await added(store), await store.subject("ana@fabrikam.com")
    await store.close()
    again = await opened(file, clock)
    assert await again.record(record.request.request_id) == record
    assert await again.subject("ana@fabrikam.com") == subject
    assert (await added(again, "bo@fabrikam.com")).request.number == 1002
    await again.close()


async def test_a_number_is_not_used_again_even_if_its_request_was_deleted(
    file: Path, clock: TurnedClock
) -> None:
    store = await opened(file, clock)
    await added(store)
    await store.close()
    with sqlite3.connect(file) as by_hand:
        by_hand.executescript("DELETE FROM jobs; DELETE FROM requests;")
    by_hand.close()
    again = await opened(file, clock)
    assert (await added(again)).request.number == 1002
    await again.close()


async def test_two_stores_do_not_share_the_digest_of_an_address(tmp_path: Path, clock: TurnedClock) -> None:
    one, other = await opened(tmp_path / "one.db", clock), await opened(tmp_path / "other.db", clock)
    assert await one.subject("ana@fabrikam.com") != await other.subject("ana@fabrikam.com")
    await one.close()
    await other.close()


async def test_a_second_process_on_the_file_is_refused_until_the_first_ends(
    file: Path, clock: TurnedClock
) -> None:
    first = await asyncio.create_subprocess_exec(*HAMMER, str(file), stdout=asyncio.subprocess.PIPE)
    assert first.stdout is not None
    await first.stdout.readline()
    with pytest.raises(StoreError, match=rf"in use by another process \(pid {first.pid}\)"):
        await opened(file, clock)
    first.kill()
    await first.communicate()
    await (await opened(file, clock)).close()


async def test_the_same_file_by_another_name_is_refused_too(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    (file.parent / "other.db").symlink_to(file)
    with pytest.raises(StoreError, match="in use"):
        await opened(file.parent / "other.db", clock)
    await store.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_killed_process_leaves_a_chain_that_holds_and_no_half_change(
    file: Path, clock: TurnedClock, seed: int
) -> None:
    said = await _hammered_and_killed(file, lines=random.Random(seed).randint(50, 300))
    store = await opened(file, clock)
    entries = [entry async for entry in store.audit_entries()]
    assert verify(entries) is None
    touched = Counter(entry.fact.request_id for entry in entries if entry.fact.what == "touched")
    for request_id, version in said.items():
        record = await store.record(RequestId(request_id))
        assert record is not None
        assert record.request.version >= version
        _check_whole(record, touched[record.request.request_id])
    await store.close()


def _check_whole(record: Record, entries: int) -> None:
    """Every table tells of the same changes: each wrote the request, a job, a job of its own, an entry."""
    request = record.request
    changes = request.version - 1
    newest = record.jobs[f"{request.request_id}/0/touched"]
    own = [key for key in record.jobs if key.startswith(f"{newest.key}/")]
    assert (newest.body["version"], len(own), entries) == (request.version, changes, changes)


async def _hammered_and_killed(file: Path, lines: int) -> dict[str, int]:
    """Return the newest version of each request that the process had said before it was killed."""
    process = await asyncio.create_subprocess_exec(*HAMMER, str(file), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    said: dict[str, int] = {}
    for _ in range(lines):
        request_id, version = (await process.stdout.readline()).decode().split()
        said[request_id] = int(version)
    process.kill()
    rest, _ = await process.communicate()
    for line in rest.decode().splitlines()[:-1]:  # the last line may be cut
        request_id, version = line.split()
        said[request_id] = int(version)
    return said


async def test_a_file_that_is_no_database_is_refused(shopping_list: Path, clock: TurnedClock) -> None:
    with pytest.raises(StoreError, match="no Guestlist database"):
        await opened(shopping_list, clock)


@pytest.fixture
def shopping_list(file: Path) -> Iterator[Path]:
    """Yield a file that is something else, and see that it still is afterwards."""
    content = "a shopping list, " * 100
    file.write_text(content, encoding="utf-8")
    yield file
    assert file.read_text(encoding="utf-8") == content


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path, clock: TurnedClock) -> None:
    with pytest.raises(StoreError, match=r"nowhere.guestlist\.db cannot be opened"):
        await opened(tmp_path / "nowhere" / "guestlist.db", clock)


async def test_what_is_remembered_is_what_is_on_the_disk(file: Path, clock: TurnedClock) -> None:
    """Whatever was changed, refused, failed or erased, another reader finds the same in the file."""
    store = await opened(file, clock)
    records = [await added(store, f"{name}@fabrikam.com") for name in "abcd"]
    ids = [record.request.request_id for record in records]

    def fails(record: Record, now: datetime) -> Change:
        raise ZeroDivisionError(record, now)

    await store.change(ids[0], touch)
    with pytest.raises(ZeroDivisionError):
        await store.change(ids[1], fails)
    await asyncio.gather(*(store.change(ids[2], approve()) for _ in range(2)), store.change(ids[3], cancel))
    assert await store.forget(records[3].request.subject) == 1
    await store.restore((await store.known_until()) or clock.now())
    await store.change(ids[0], touch)

    remembered = [await store.record(one) for one in ids]
    await store.close()
    store = await opened(file, clock)
    assert [await store.record(one) for one in ids] == remembered
    await store.close()


async def test_the_oldest_are_remembered_no_longer(file: Path, clock: TurnedClock) -> None:
    store = await opened(file, clock)
    first, second, third = [await added(store, f"{name}@fabrikam.com") for name in "abc"]
    recent = Recent(most=2)
    for record in (first, second, first, third):
        recent.keep(record)
    kept = recent.known([one.request.request_id for one in (first, second, third)])
    assert list(kept.values()) == [first, third]
    await store.close()


async def test_what_a_process_that_died_had_in_hand_is_up_at_once_and_may_have_begun(
    file: Path, clock: TurnedClock
) -> None:
    store = await SqliteStore.open(file, clock, lambda _: None)
    record = await added(store)
    await store.change(record.request.request_id, approve())
    held = (await store.due(50))[0]
    claimed = await store.change(record.request.request_id, jobs.claim(held.key, timedelta(seconds=15)))
    assert isinstance(claimed, Record)
    await store.close()
    store = await SqliteStore.open(file, clock, lambda _: None)
    (again,) = (one for one in await store.due(50) if one.key == held.key)
    assert (again.started, again.fence, again.lease_until) == (1, 1, None)
    taken = await store.change(record.request.request_id, jobs.claim(held.key, timedelta(seconds=15)))
    assert isinstance(taken, Record)
    assert (taken.jobs[held.key].started, taken.jobs[held.key].fence) == (2, 2)
    await store.close()

"""The contract of every Store: guests whose time is over are erased by themselves, and nobody else is."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from access.ports import Refused
from access.rules.assignments import ACTIVE
from access.rules.audit import verify
from access.rules.changing import newer
from access.rules.lists import GuestList
from access.rules.model import AssignmentState, AuditFact, Change, Record, Request, State, Subject
from access.service.retention import AHEAD, LEAPT, LEAPT_AT, MARK, Retention
from bot.clock import SteadyClock
from bot.store import StoreError, erasure, lists
from bot.store.lists import Naming
from bot.store.sql_store import SqlStore
from tests import backups
from tests.backups import Database
from tests.store.making import TurnedClock, added, cancel, told
from tests.store.test_contract_forget import CANARIES, delivered, denied
from tests.store.test_contract_lists import ROWS, made
from tests.store.test_contract_newer import note, sql

UTC = ZoneInfo("UTC")
DAYS = 90


@dataclass(slots=True)
class EachNight(Retention):
    """Has looked in the night before, too."""

    async def nightly(self) -> None:
        now, noted = self.clock.now(), await self.store.note(MARK)
        if noted != str(now.date()):
            await self.store.keep_note(MARK, str(now.date() - timedelta(days=1)))
            await self.store.keep_note(LEAPT_AT, f"{(now - timedelta(days=1)).isoformat()} {self.days}")
        await Retention.nightly(self)


def retention(store: SqlStore, clock: TurnedClock, days: int = DAYS) -> Retention:
    return EachNight(store, clock, days, UTC)


async def ended(store: SqlStore, address: str) -> Record:
    record = await added(store, address)
    found = await store.change(record.request.request_id, cancel)
    assert isinstance(found, Record)
    return found


async def left(store: SqlStore, record: Record, state: AssignmentState) -> Record:
    """Have a delivery leave an access behind that stands so."""

    def transition(now_record: Record, now: datetime) -> Change:
        given = replace(ACTIVE, state=state)
        return told(newer(now_record.request, now, state=State.DELIVERED, assignment=given, delivered_at=now))

    found = await store.change(record.request.request_id, transition)
    assert isinstance(found, Record)
    return found


async def now_of(store: SqlStore, record: Record) -> Request:
    found = await store.record(record.request.request_id)
    assert found is not None
    return found.request


async def named(store: SqlStore, record: Record) -> bool:
    return (await now_of(store, record)).address != "(erased)"


async def erasures(store: SqlStore) -> list[AuditFact]:
    chain = [entry async for entry in store.audit_entries()]
    assert verify(chain) is None
    return [entry.fact for entry in chain if entry.fact.what == "subject.forgotten"]


async def test_who_is_over_for_so_long_is_erased_with_an_entry_and_the_chain_holds(
    store: SqlStore, clock: TurnedClock
) -> None:
    old = await denied(store)
    clock.turn(days=DAYS - 1)
    new = await ended(store, "bo@fabrikam.com")
    await retention(store, clock).nightly()
    assert await erasures(store) == []
    clock.turn(days=1, seconds=1)
    await retention(store, clock).nightly()
    assert not [said for said in CANARIES if said in repr(await now_of(store, old))]
    assert await named(store, new)
    (fact,) = await erasures(store)
    assert (fact.subject, dict(fact.detail)) == (old.request.subject, {"requests": 1, "after_days": DAYS})


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        (AssignmentState.ACTIVE, True),
        (AssignmentState.ENDING, True),
        (AssignmentState.SUSPENDED, True),
        (AssignmentState.RETURNING, True),
        (AssignmentState.ENDED, False),
        (AssignmentState.LENGTHENS, False),
    ],
)
async def test_an_access_that_is_there_keeps_its_guests_names_however_old(
    store: SqlStore, clock: TurnedClock, state: AssignmentState, *, stays: bool
) -> None:
    record = await left(store, await ended(store, "ana@fabrikam.com"), state)
    clock.turn(days=5000)
    await retention(store, clock).nightly()
    assert await named(store, record) is stays


async def test_one_request_that_goes_on_keeps_all_that_is_said_of_its_guest(
    store: SqlStore, clock: TurnedClock
) -> None:
    over = await ended(store, "ana@fabrikam.com")
    clock.turn(days=5000)
    waits = await added(store, "ana@fabrikam.com")
    await retention(store, clock).nightly()
    assert await named(store, over)
    await store.change(waits.request.request_id, cancel)
    clock.turn(days=DAYS - 1)
    await retention(store, clock).nightly()
    assert await named(store, over), "the days begin when the last of them is over"
    clock.turn(days=2)
    await retention(store, clock).nightly()
    assert not await named(store, over)
    assert not await named(store, waits)


async def test_an_access_given_by_guestlist_itself_goes_by_its_whole_life(
    store: SqlStore, clock: TurnedClock
) -> None:
    record = await delivered(store)
    clock.turn(days=5000)
    await retention(store, clock).nightly()
    assert await named(store, record)


async def test_what_went_on_between_the_look_and_the_erasure_is_not_erased(
    store: SqlStore, clock: TurnedClock
) -> None:
    record = await ended(store, "ana@fabrikam.com")
    clock.turn(days=DAYS + 1)
    silent = await store.silent_since(clock.now() - timedelta(days=DAYS), Subject(""), 5)
    assert silent == [record.request.subject]
    await added(store, "ana@fabrikam.com")
    with pytest.raises(Refused):
        await store.forget(record.request.subject, silent_days=DAYS)
    assert await named(store, record)


async def test_what_only_a_newer_version_can_read_stops_no_erasure_but_that_of_its_guest(
    store: SqlStore, clock: TurnedClock
) -> None:
    records = [await ended(store, f"guest{number}@fabrikam.com") for number in range(4)]
    unread, *read, guarded = sorted(records, key=lambda one: one.request.subject)
    await note(store, unread, state="canceled-anew")
    for others in ({}, {"guard": {"scope": {"subject": guarded.request.subject}}}):
        of_nobody = await added(store, "")
        await store.change(of_nobody.request.request_id, cancel)
        await note(store, of_nobody, state="removed-anew", **others)
    clock.turn(days=DAYS + 1)
    await retention(store, clock).nightly()
    assert [await named(store, one) for one in (*read, guarded)] == [False, False, True]
    assert len(await erasures(store)) == 2
    with pytest.raises(StoreError, match="newer version"):
        await store.forget(guarded.request.subject)


@pytest.mark.parametrize("days", [3, 5000])
async def test_the_first_night_after_a_leap_of_time_erases_nobody_and_says_so(
    store: SqlStore, clock: TurnedClock, caplog: pytest.LogCaptureFixture, days: int
) -> None:
    record = await ended(store, "ana@fabrikam.com")
    clock.turn(days=DAYS)
    looks = Retention(store, clock, DAYS, UTC)
    await looks.nightly()
    assert await named(store, record), "the first of all is none after another"
    clock.turn(days=days)
    caplog.clear()
    for _ in range(3):
        await looks.nightly()
    assert await named(store, record)
    assert [one.getMessage() for one in caplog.records] == [LEAPT]
    clock.turn(days=2)
    await looks.nightly()
    assert not await named(store, record)


async def test_a_day_passes_between_the_warning_and_the_first_who_is_erased(
    store: SqlStore, clock: TurnedClock
) -> None:
    record = await ended(store, "ana@fabrikam.com")
    clock.at = clock.at.replace(hour=23, minute=30) + timedelta(days=DAYS + 5)
    looks = Retention(store, clock, DAYS, UTC)
    for _ in range(24):
        await looks.nightly()
        clock.turn(hours=1)
        assert await named(store, record)
    await looks.nightly()
    assert not await named(store, record)


async def test_fewer_days_of_retention_are_said_a_day_ahead_and_more_days_at_once(
    store: SqlStore, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    record = await ended(store, "ana@fabrikam.com")
    for _ in range(40):
        await Retention(store, clock, 365, UTC).nightly()
        clock.turn(days=1)
    caplog.clear()
    for _ in range(20):
        await Retention(store, clock, 36, UTC).nightly()
        clock.turn(hours=1)
    assert [one.getMessage() for one in caplog.records] == [LEAPT]
    await Retention(store, clock, 3650, UTC).nightly()
    assert await named(store, record)
    for _ in range(30):
        await Retention(store, clock, 36, UTC).nightly()
        clock.turn(hours=1)
    assert not await named(store, record)


async def test_a_clock_that_was_set_ahead_and_put_right_erases_nobody(
    store: SqlStore, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    record, wall, passed = await ended(store, "ana@fabrikam.com"), [clock.at], [0.0]
    steady = SteadyClock(lambda: wall[0], lambda: passed[0])
    looks = Retention(store, steady, 365, UTC, steady.ahead)

    async def hours(number: int) -> None:
        for _ in range(number):
            wall[0], passed[0] = wall[0] + timedelta(hours=1), passed[0] + 3600
            await looks.nightly()

    await hours(72)
    caplog.clear()
    wall[0] += timedelta(days=400)
    await hours(1)
    wall[0] -= timedelta(days=400)
    await hours(100)
    assert await named(store, record)
    said = [one.getMessage() for one in caplog.records]
    assert (said[0], {*said[1:]}) == (LEAPT, {AHEAD})
    assert len(said) <= 4, "once a day"


async def test_a_list_that_only_a_newer_version_reads_keeps_whom_it_names_and_ends_nothing(
    store: SqlStore, clock: TurnedClock
) -> None:
    ana, other = await ended(store, ROWS[0].address), await ended(store, "zed@fabrikam.com")
    await store.keep_list(replace(made(clock), kept_until=clock.now() + timedelta(days=5000)))
    (row,) = await sql(store, "SELECT body FROM lists")
    body = orjson.loads(zlib.decompress(row["body"]))
    body["rows"][0]["verdict"] = "waits-for-a-wave"
    await sql(store, "UPDATE lists SET body = :body", body=zlib.compress(orjson.dumps(body)))
    clock.turn(days=DAYS + 1)
    await retention(store, clock).nightly()
    assert (await named(store, ana), await named(store, other)) == (True, False)


@dataclass(slots=True)
class Dying(EachNight):
    """Is killed after so many erasures."""

    left: int = 3

    async def _erase(self, subject: Subject, days: int) -> int:
        if not self.left:
            raise ConnectionAbortedError
        self.left -= 1
        return await EachNight._erase(self, subject, days)


async def test_who_dies_in_the_middle_has_the_rest_erased_by_the_next_and_nobody_twice(
    store: SqlStore, clock: TurnedClock
) -> None:
    records = [await ended(store, f"guest{number}@fabrikam.com") for number in range(8)]
    clock.turn(days=DAYS + 1)
    with pytest.raises(ConnectionAbortedError):
        await Dying(store, clock, DAYS, UTC).nightly()
    assert sum([await named(store, one) for one in records]) == 5
    await retention(store, clock).nightly()
    assert not any([await named(store, one) for one in records])
    assert len({fact.subject for fact in await erasures(store)}) == len(await erasures(store)) == 8
    await retention(store, clock).nightly()
    assert len(await erasures(store)) == 8


@dataclass(slots=True)
class Counted:
    """Counts the rows of lists of which it is found out whom they are of."""

    store: SqlStore
    count: int = 0

    def __call__(self, address: str) -> Subject:
        self.count += bool(address)
        return self.store._subject_of(address)


def listing(clock: TurnedClock, list_id: str, rows: int = 100) -> GuestList:
    of_rows = (replace(ROWS[0], number=place, address=f"a{place}@fabrikam.com") for place in range(rows))
    until = clock.now() + timedelta(days=5000)
    return replace(made(clock, list_id), rows=tuple(of_rows), kept_until=until)


async def test_a_list_is_unpacked_once_however_many_guests_are_erased(
    store: SqlStore, clock: TurnedClock
) -> None:
    for number in range(8):
        await ended(store, f"guest{number}@fabrikam.com")
    for list_id in ("a" * 32, "b" * 32):
        await store.keep_list(listing(clock, list_id))
    counted = Counted(store)
    store._naming = Naming(counted)
    clock.turn(days=DAYS + 1)
    await retention(store, clock).nightly()
    assert len(await erasures(store)) == 8
    assert counted.count == 200


async def test_in_the_transaction_only_the_lists_are_unpacked_that_name_the_guest_or_have_come_since(
    store: SqlStore, clock: TurnedClock
) -> None:
    await store.keep_list(listing(clock, "a" * 32))
    await store.keep_list(listing(clock, "b" * 32, rows=7))
    counted = Counted(store)
    naming = Naming(counted)

    async def forget(address: str) -> int:
        """Forget somebody by what is known of the lists, and return how many rows that read."""
        subject, counted.count = store._subject_of(address), 0
        await store._write(lambda connection, now: erasure.forget(connection, subject, now, naming))
        return counted.count

    naming.learn(await store._ask(lambda connection, _: lists.bodies(connection)))
    assert await forget("bo@fabrikam.com") == 0
    assert await forget("a50@fabrikam.com") == 100
    naming.learn(await store._ask(lambda connection, _: lists.bodies(connection)))
    await store.keep_list(listing(clock, "b" * 32, rows=9))
    assert await forget("a8@fabrikam.com") == 100 + 9 + 9, "what was replaced under its id is read anew"
    for list_id in ("a" * 32, "b" * 32):
        found = await store.guest_list(list_id)
        assert found is not None
        assert not [row for row in found.rows if row.address in {"a50@fabrikam.com", "a8@fabrikam.com"}]


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made = await backups.make(request.param, tmp_path)
    yield made
    await made.drop()


async def test_a_backup_that_is_put_back_is_erased_again(database: Database) -> None:
    store = await database.open()
    record = await ended(store, "ana@fabrikam.com")
    await database.back_up()
    for _ in range(2):
        await EachNight(store, SteadyClock(), 0, UTC).nightly()
        assert not await named(store, record)
        await store.close()
        await database.put_back()
        store = await database.open()
        assert await named(store, record)
    await store.close()

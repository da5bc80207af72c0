"""Which accesses end within a while: whose, in which order, and that nothing else is read for it."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.dialects import sqlite

from access.ports import Ending
from access.rules.adopting import Adoptable, adopt
from access.rules.model import (
    App,
    Change,
    Give,
    GiveKind,
    Guest,
    Named,
    ObjectId,
    Redemption,
    RequestId,
    Term,
)
from bot.store import SqliteStore, endings
from bot.store.sql_store import SqlStore
from tests.rules.making import MEGAN
from tests.store.making import TurnedClock

DAY = timedelta(days=1)
RECORDS, PORTAL = ObjectId("records"), ObjectId("portal")
GIVE = Give(GiveKind.GROUP, ObjectId("group"), "Guests")
NIA = Named(ObjectId("nia"), "Nia")


async def held(
    store: SqlStore, number: int, days: int | None, app: ObjectId = RECORDS, by: Named = MEGAN
) -> None:
    """Let a guest hold an app for so many days more."""
    address = f"guest{number}@fabrikam.com"
    guest = Guest(ObjectId(f"guest-{number}"), f"Guest {number}", address, Redemption.ACCEPTED)
    subject = await store.subject(address)

    def make(label: int, now: datetime) -> Change:
        ends = (Term(days=days), now + days * DAY) if days else None
        found = Adoptable(guest, App(app, "App"), (GIVE,), now)
        return adopt(RequestId(f"{number:032x}"), subject, by, found, GIVE, ends)(label, now)

    await store.add(make)


async def ending(store: SqlStore, which: Ending, skip: int = 0, most: int = 10) -> list[int]:
    found = await store.ending(which, skip=skip, most=most)
    assert await store.how_many_end(which) >= len(found)
    return [int(one.request_id, 16) for one in found]


async def test_what_ends_within_the_time_comes_soonest_first_page_by_page(
    store: SqlStore, clock: TurnedClock
) -> None:
    for number, days in enumerate((20, 10, 31, None, 30), start=1):
        await held(store, number, days)
    clock.turn(seconds=1)
    all_ = Ending(clock.now() + 30 * DAY, None)
    assert await ending(store, all_) == [2, 1, 5]
    assert await store.how_many_end(all_) == 3
    assert await ending(store, all_, skip=1, most=1) == [1]
    clock.turn(days=10)
    assert await ending(store, Ending(clock.now() + 30 * DAY, None)) == [1, 5, 3]


async def test_it_is_narrowed_to_apps_and_to_what_somebody_asked_for(
    store: SqlStore, clock: TurnedClock
) -> None:
    await held(store, 1, 10)
    await held(store, 2, 11, PORTAL)
    await held(store, 3, 12, PORTAL, by=NIA)
    by = clock.now() + 30 * DAY
    assert await ending(store, Ending(by, (RECORDS,))) == [1]
    assert await ending(store, Ending(by, (RECORDS,), NIA.object_id)) == [1, 3]
    assert await ending(store, Ending(by, (), NIA.object_id)) == [3]
    assert await ending(store, Ending(by, ())) == []
    assert await ending(store, Ending(by, None, among=(PORTAL,))) == [2, 3]
    assert await ending(store, Ending(by, (RECORDS,), NIA.object_id, among=(PORTAL,))) == [3]


async def test_a_page_is_found_by_the_index_of_assignments_and_no_table_is_gone_through(
    file: Path, clock: TurnedClock
) -> None:
    store = await SqliteStore.open(file, clock, lambda _: None)
    await held(store, 1, 10)
    await store.close()
    by = clock.now() + 30 * DAY
    with sqlite3.connect(file) as reader:
        for which in (Ending(by, None), Ending(by, (RECORDS,)), Ending(by, (RECORDS, PORTAL), NIA.object_id)):
            words = endings.page(which, clock.now(), 0, 5).compile(
                dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
            )
            plan = [row[3] for row in reader.execute(f"EXPLAIN QUERY PLAN {words}")]
            assert any("ix_requests_assigned" in one for one in plan), plan
            assert not any(one.startswith("SCAN") for one in plan), plan

"""The contract of every Store: who has an account is one guest, by whatever address they were asked for."""

from dataclasses import replace
from datetime import datetime

import pytest

from access.ports import Refused
from access.rules.model import AssignmentState, Change, ObjectId, Record, Subject
from access.rules.verdicts import Verdict
from bot.store.sql_store import SqlStore
from tests.store.making import ANA, TurnedClock, added, told
from tests.store.test_contract_lists import ROWS, made
from tests.store.test_contract_newer import sql
from tests.store.test_contract_retention import DAYS, ended, erasures, left, named, retention

NEW = "ana.canary@adatum.com"
THEIRS = ObjectId("0d000000-0000-4000-8000-00000000000a")
OTHERS = ObjectId("0d000000-0000-4000-8000-00000000000b")


async def of_account(store: SqlStore, record: Record, guest_id: ObjectId = THEIRS) -> Record:
    def known(now_record: Record, now: datetime) -> Change:
        request = now_record.request
        return told(replace(request, guest_id=guest_id, version=request.version + 1, changed_at=now))

    found = await store.change(record.request.request_id, known)
    assert isinstance(found, Record)
    return found


async def both(store: SqlStore) -> list[Record]:
    """Return what is over of an account, by an address that it had and by the one it has."""
    return [await of_account(store, await ended(store, address)) for address in (ANA, NEW)]


async def forgotten(store: SqlStore) -> dict[Subject | None, object]:
    return {fact.subject: fact.detail["requests"] for fact in await erasures(store)}


async def names(store: SqlStore) -> set[str]:
    return {row["address"] for row in await sql(store, "SELECT address FROM personal")}


@pytest.mark.parametrize("typed", [ANA, NEW])
async def test_whoever_is_forgotten_by_one_address_is_by_each_that_their_account_had(
    store: SqlStore, typed: str
) -> None:
    records = [*await both(store), await ended(store, ANA)]
    other = await of_account(store, await ended(store, "bo@fabrikam.com"), OTHERS)
    assert await store.forget(await store.subject(typed)) == 3
    assert [await named(store, one) for one in records] == [False] * 3
    assert await named(store, other)
    assert await names(store) == {"bo@fabrikam.com"}
    assert await forgotten(store) == {await store.subject(ANA): 2, await store.subject(NEW): 1}


async def test_a_link_that_waits_under_the_other_address_is_forgotten_and_so_is_a_row_of_the_account(
    store: SqlStore, clock: TurnedClock
) -> None:
    await both(store)
    row = replace(ROWS[2], address="third@adatum.com", written="third@adatum.com", guest_id=THEIRS)
    await store.keep_list(replace(made(clock), rows=(row, replace(ROWS[0], address="bo@fabrikam.com"))))
    await sql(store, "UPDATE jobs SET secret = 'a link'")
    await store.forget(await store.subject(NEW))
    assert not await sql(store, "SELECT 1 FROM jobs WHERE secret <> ''")
    kept = await store.guest_list("a" * 32)
    assert kept is not None
    assert [one.address for one in kept.rows] == ["(erased)", "bo@fabrikam.com"]
    assert kept.rows[0].verdict is Verdict.GUEST


async def test_what_is_open_under_the_other_address_is_named_instead(store: SqlStore) -> None:
    records = await both(store)
    waits = await of_account(store, await added(store, ANA))
    with pytest.raises(Refused, match=waits.request.label):
        await store.forget(await store.subject(NEW))
    assert [await named(store, one) for one in records] == [True, True]


async def test_an_access_under_one_address_keeps_what_was_said_under_the_other(
    store: SqlStore, clock: TurnedClock
) -> None:
    old, new = await both(store)
    await left(store, new, AssignmentState.ACTIVE)
    clock.turn(days=5000)
    await retention(store, clock).nightly()
    assert await named(store, old)
    await left(store, new, AssignmentState.ENDED)
    clock.turn(days=DAYS - 1)
    await retention(store, clock).nightly()
    assert await named(store, old), "the days begin with the last entry of any of them"
    clock.turn(days=2)
    await retention(store, clock).nightly()
    await retention(store, clock).nightly()
    assert not await named(store, old)
    assert not await named(store, new)
    assert [dict(one.detail) for one in await erasures(store)] == [{"requests": 1, "after_days": DAYS}] * 2

"""The contract of every Store: what a newer version beside this one has written stays as it is."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from access.ports import AccessError
from access.rules.audit import verify
from access.rules.model import ObjectId, Record, RequestId, State
from access.rules.refusals import Duplicate
from bot.store import StoreError
from bot.store.sql_store import SqlStore
from tests.store.making import ANA, OMAR, TurnedClock, added, approve, asking, cancel, touch

LINK = "https://login.example/redeem?rd=canary-link"
NOTED: dict[str, Any] = {"sensitivity": {"of": ANA, "levels": [1, 2.5, None]}, "seen": True}
KINDS = [{"kind": "digest"}, {"status": "paused"}, {"kind": "digest", "status": "paused"}]


async def sql(store: SqlStore, statement: str, **named: Any) -> list[dict[str, Any]]:
    def run(connection: Any, _: datetime) -> list[dict[str, Any]]:
        result = connection.execute(text(statement), named)
        return [dict(row) for row in result.mappings()] if result.returns_rows else []

    return await store._write(run)


async def body_of(store: SqlStore, request_id: RequestId) -> dict[str, Any]:
    (row,) = await sql(store, "SELECT body FROM requests WHERE id = :id", id=request_id)
    body: dict[str, Any] = orjson.loads(row["body"])
    return body


async def note(store: SqlStore, record: Record, state: State | str | None = None, **more: Any) -> None:
    """Write what a newer version would into a request's body, and into the column of its state."""
    more = {**more, "state": state or record.request.state}
    body = {**(await body_of(store, record.request.request_id)), **more}
    await sql(
        store,
        "UPDATE requests SET state = :state, body = :body WHERE id = :id",
        id=record.request.request_id,
        state=str(more["state"]),
        body=orjson.dumps(body).decode(),
    )


async def job_row(store: SqlStore, key: str) -> dict[str, Any]:
    (row,) = await sql(store, "SELECT * FROM jobs WHERE key = :key", key=key)
    return row


async def add_job(store: SqlStore, record: Record, **different: Any) -> str:
    """Write a job of a newer version, a minute overdue, after the pattern of one that is there."""
    row = await job_row(store, next(iter(record.jobs)))
    row |= {"key": f"{record.request.request_id}/0/to-come", "name": "to-come", "secret": LINK, **different}
    row["due_at"] -= 60_000_000
    row["claimable_at"] = row["due_at"]
    columns = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    await sql(store, f"INSERT INTO jobs ({columns}) VALUES ({values})", **row)
    return str(row["key"])


async def test_what_a_newer_version_notes_of_a_request_outlives_every_change_by_this_one(
    store: SqlStore,
) -> None:
    record = await added(store)
    request_id = record.request.request_id
    await note(store, record, **NOTED)
    for transition in (touch, approve(), touch):
        changed = await store.change(request_id, transition)
        assert isinstance(changed, Record)
    body = await body_of(store, request_id)
    assert body["version"] == record.request.version + 3
    assert body | NOTED == body
    assert await store.record(request_id) == changed


async def test_what_no_newer_version_wrote_adds_nothing_to_a_request(store: SqlStore) -> None:
    record = await added(store)
    await store.change(record.request.request_id, touch)
    body = await body_of(store, record.request.request_id)
    assert not [key for key in body if key not in type(record.request).__dataclass_fields__ or key[0] == "_"]


async def test_forgetting_erases_what_a_newer_version_has_noted_of_a_guest(store: SqlStore) -> None:
    record = await added(store)
    await note(store, record, **NOTED)
    await store.change(record.request.request_id, cancel)
    assert await store.forget(record.request.subject) == 1
    body = await body_of(store, record.request.request_id)
    assert not NOTED.keys() & body.keys()
    assert ANA not in str(body)


@pytest.mark.parametrize("different", KINDS)
async def test_a_job_that_only_a_newer_version_knows_is_never_due_here(
    store: SqlStore, different: dict[str, str]
) -> None:
    record = await added(store)
    key = await add_job(store, record, **different)
    assert key not in {job.key for job in await store.due(50)}
    assert await store.next_due_at() == min(job.due_at for job in record.jobs.values())


@pytest.mark.parametrize("different", KINDS)
async def test_a_job_that_only_a_newer_version_knows_stays_as_it_is_while_its_request_changes(
    store: SqlStore, different: dict[str, str]
) -> None:
    record = await added(store)
    request_id = record.request.request_id
    key = await add_job(store, record, **different)
    before = await job_row(store, key)
    assert await store.record(request_id) == await store.numbered(1001) == record
    assert await store.waiting(9) == await store.requested_by(OMAR.object_id, 9) == [record]
    changed = await store.change(request_id, cancel)
    assert isinstance(changed, Record)
    assert key not in changed.jobs
    assert await job_row(store, key) == before
    assert verify([entry async for entry in store.audit_entries()]) is None


@pytest.mark.parametrize("different", KINDS)
async def test_forgetting_takes_the_link_out_of_a_job_that_only_a_newer_version_knows(
    store: SqlStore, different: dict[str, str]
) -> None:
    record = await added(store)
    before = await job_row(store, await add_job(store, record, **different))
    await store.change(record.request.request_id, cancel)
    assert await store.forget(record.request.subject) == 1
    assert await job_row(store, before["key"]) == {**before, "secret": ""}


async def test_a_request_in_a_state_that_only_a_newer_version_knows_is_left_alone(
    store: SqlStore, clock: TurnedClock
) -> None:
    record, other = await added(store), await added(store, "bo@fabrikam.com")
    request_id = record.request.request_id
    await note(store, record, state="onHold", **NOTED)
    await sql(store, "UPDATE requests SET pending_guest_id = 'guest' WHERE id = :id", id=request_id)
    before = await body_of(store, request_id)
    clock.turn(days=20)
    for refused in (store.record(request_id), store.numbered(1001), store.change(request_id, cancel)):
        with pytest.raises(StoreError, match="newer version"):
            await refused
    assert {job.request_id for job in await store.due(50)} == {other.request.request_id}
    assert await store.waiting(9) == await store.requested_by(OMAR.object_id, 9) == [other]
    assert await store.about(record.request.subject) == []
    assert (await store.awaited(9), await store.pending_among([ObjectId("guest")])) == ([], [])
    assert await body_of(store, request_id) == before
    assert verify([entry async for entry in store.audit_entries()]) is None


async def test_who_changes_a_request_beside_one_that_cannot_be_read_is_not_disturbed(store: SqlStore) -> None:
    records = [await added(store, f"g{place}@fabrikam.com") for place in range(6)]
    await note(store, records[2], state="onHold")
    answers = await asyncio.gather(
        *(store.change(record.request.request_id, touch) for record in records), return_exceptions=True
    )
    assert isinstance(answers[2], AccessError)
    assert [type(one) for one in answers].count(Record) == 5


async def test_nobody_is_told_that_a_guest_is_forgotten_of_whom_a_newer_version_knows_more(
    store: SqlStore,
) -> None:
    record = await added(store)
    await store.change(record.request.request_id, cancel)
    await note(store, record, state="onHold")
    with pytest.raises(StoreError, match="newer version"):
        await store.forget(record.request.subject)
    assert ANA in str(await body_of(store, record.request.request_id))


async def test_what_is_open_in_words_of_a_newer_version_is_not_asked_for_a_second_time(
    store: SqlStore,
) -> None:
    await note(store, await added(store), mail="by-pigeon")
    with pytest.raises(StoreError, match="newer version"):
        await added(store)
    assert (await added(store, "bo@fabrikam.com")).request.number == 1002


async def test_a_request_that_a_newer_version_has_finished_with_can_be_read_again(store: SqlStore) -> None:
    record = await added(store)
    await note(store, record, state="onHold")
    await note(store, record, state=State.PENDING_APPROVAL, **NOTED)
    found = await store.record(record.request.request_id)
    assert found is not None
    assert found.request.carried == NOTED
    assert replace(found.request, _carried={}) == record.request
    assert isinstance(await store.add(await asking(store)), Duplicate)


async def test_a_request_of_an_older_version_has_no_sponsor_and_nobody_to_ask_first(
    store: SqlStore,
) -> None:
    record = await added(store)
    body = await body_of(store, record.request.request_id)
    old = {key: value for key, value in body.items() if key not in {"sponsor", "ask_first"}}
    await sql(store, "UPDATE requests SET body = :body", body=orjson.dumps(old).decode())
    found = await store.record(record.request.request_id)
    assert found is not None
    assert (found.request.sponsor, found.request.ask_first) == (None, ())
    assert found.request == record.request


async def test_a_request_from_before_there_were_stages_is_read_and_decided_by_one_approval(
    store: SqlStore,
) -> None:
    record = await added(store)
    body = await body_of(store, record.request.request_id)
    older = {name: value for name, value in body.items() if name not in {"stages", "reviews"}}
    await sql(store, "UPDATE requests SET body = :body", body=orjson.dumps(older).decode())
    approved = await store.change(record.request.request_id, approve())
    assert isinstance(approved, Record)
    assert approved.request.state is State.DELIVERING

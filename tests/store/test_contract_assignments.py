"""The contract of every Store: who rests on the same access, and what an older version has not noted."""

from dataclasses import replace
from datetime import UTC, datetime

from access.rules.changing import newer
from access.rules.model import (
    Assignment,
    AssignmentState,
    Change,
    End,
    EndCause,
    EndFailure,
    Give,
    GiveKind,
    Left,
    Named,
    ObjectId,
    Record,
    State,
)
from bot.store.sql_store import SqlStore
from tests.store.making import PIA, READER, added, approve, told
from tests.store.test_contract_newer import sql

GUESTS = Give(GiveKind.GROUP, ObjectId("0c000000-0000-4000-8000-000000000009"), "Guests")
ENDS_AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ACTIVE = Assignment(state=AssignmentState.ACTIVE)


async def delivered(
    store: SqlStore,
    address: str,
    guest: str,
    give: Give = READER,
    assignment: Assignment | None = ACTIVE,
    app: ObjectId | None = None,
) -> Record:
    record = await added(store, address, give=give)
    await store.change(record.request.request_id, approve())

    def transition(record: Record, now: datetime) -> Change:
        changes = {"state": State.DELIVERED, "guest_id": ObjectId(guest), "ends_at": ENDS_AT}
        request = newer(record.request, now, **changes, assignment=assignment)
        return told(replace(request, app=Named(app, "Another") if app else request.app))

    changed = await store.change(record.request.request_id, transition)
    assert isinstance(changed, Record)
    return changed


async def test_an_assignment_is_read_as_it_was_written(store: SqlStore) -> None:
    whole = Assignment(
        state=AssignmentState.ENDED,
        was_there=True,
        end=End(EndCause.REMOVED, ENDS_AT, PIA),
        failure=EndFailure("take-away", "refused", ENDS_AT),
        ended_at=ENDS_AT,
        left=Left.NOTHING,
    )
    for place, assignment in enumerate((None, ACTIVE, whole)):
        record = await delivered(store, f"g{place}@fabrikam.com", "ana", assignment=assignment)
        assert await store.record(record.request.request_id) == record
        assert record.request.assignment == assignment


async def test_whoever_has_the_same_role_or_is_in_the_same_group_rests_on_the_same_access(
    store: SqlStore,
) -> None:
    mine = await delivered(store, "one@fabrikam.com", "ana")
    alias = await delivered(store, "two@fabrikam.com", "ana")
    await delivered(store, "three@fabrikam.com", "ben")
    in_group = await delivered(store, "one@fabrikam.com", "ana", GUESTS)
    elsewhere = await delivered(store, "two@fabrikam.com", "ana", GUESTS, app=ObjectId("portal"))
    assert await store.same_access(mine.request) == [alias]
    assert await store.same_access(alias.request) == [mine]
    assert await store.same_access(in_group.request) == [elsewhere]


async def test_of_what_is_delivered_only_what_has_no_assignment_is_unassigned(store: SqlStore) -> None:
    await added(store)
    older = [await delivered(store, f"old{place}@fabrikam.com", "old", assignment=None) for place in range(3)]
    await delivered(store, "new@fabrikam.com", "new")
    assert await store.unassigned(9) == older
    assert await store.unassigned(2) == older[:2]
    assert await store.unassigned(2, older[1].request.number) == older[2:]


async def test_the_columns_that_are_searched_follow_the_request(store: SqlStore) -> None:
    record = await delivered(store, "one@fabrikam.com", "ana")
    columns = "SELECT guest_id, assignment FROM requests"
    assert await sql(store, columns) == [{"guest_id": "ana", "assignment": "active"}]

    def ends(record: Record, now: datetime) -> Change:
        ended = Assignment(state=AssignmentState.ENDED)
        return told(newer(record.request, now, assignment=ended))

    await store.change(record.request.request_id, ends)
    assert await sql(store, columns) == [{"guest_id": "ana", "assignment": "ended"}]

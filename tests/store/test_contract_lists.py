"""The contract of every Store: a list of guests is kept whole, for its time, and forgets who is forgotten."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from access.ports import Store
from access.rules.bulk import Listed
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.list_files import Outcome
from access.rules.lists import DRAFT_KEPT, GuestList, digest_of
from access.rules.model import (
    ERASED,
    Assignment,
    AssignmentState,
    Failure,
    Named,
    ObjectId,
    Record,
    State,
    StepKind,
)
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.verdicts import Judged, Verdict
from bot.store import SqliteStore
from tests.store.making import (
    ANA,
    NINETY,
    OMAR,
    PIA,
    READER,
    RECORDS,
    TurnedClock,
    added,
    cancel,
    submitted,
    told,
)

ROWS = (
    Judged(number=2, written=ANA.upper(), address=ANA, name="Ana Canary", verdict=Verdict.NEW),
    Judged(
        number=3,
        written="bo+1@fabrikam.com",
        verdict=Verdict.NOT_AN_ADDRESS,
        problem=Problem(Field.ADDRESS, ProblemCode.PLUS_ADDRESS, ("bo@fabrikam.com",)),
    ),
    Judged(
        number=4,
        written="cy@fabrikam.com",
        address="cy@fabrikam.com",
        name="Cy",
        verdict=Verdict.GUEST,
        guest_id=ObjectId("9"),
    ),
    Judged(number=5, written=ANA, address=ANA, name="Ana Canary", verdict=Verdict.DUPLICATE, hint="2"),
)


def made(clock: TurnedClock, list_id: str = "a" * 32) -> GuestList:
    return GuestList(
        list_id=list_id,
        owner=OMAR.object_id,
        file="partners.csv",
        app=Named(RECORDS.object_id, RECORDS.name),
        give=READER,
        term=NINETY,
        justification="the audit of March",
        message="Welcome",
        deciders=(PIA,),
        rows=ROWS,
        made_at=clock.now(),
        kept_until=clock.now() + DRAFT_KEPT,
    )


async def test_a_list_is_kept_as_it_was_and_replaced_under_its_id(store: Store, clock: TurnedClock) -> None:
    first = made(clock)
    await store.keep_list(first)
    assert await store.guest_list(first.list_id) == first
    assert await store.guest_list("b" * 32) is None
    again = replace(first, justification="the audit of April", rows=ROWS[:1])
    await store.keep_list(again)
    assert await store.guest_list(first.list_id) == again


async def test_a_list_whose_time_is_over_is_gone(store: Store, clock: TurnedClock) -> None:
    first = made(clock)
    await store.keep_list(first)
    clock.turn(days=1, microseconds=-1)
    assert await store.guest_list(first.list_id) is not None
    clock.turn(microseconds=1)
    assert await store.guest_list(first.list_id) is None


async def test_what_is_over_is_erased_with_the_next_list(file: Path, clock: TurnedClock) -> None:
    store = await SqliteStore.open(file, clock, lambda _: None)
    await store.keep_list(made(clock))
    clock.turn(days=2)
    await store.keep_list(made(clock, "b" * 32))
    clock.turn(days=-2)  # so that its time is no longer what hides it
    assert await store.guest_list("a" * 32) is None
    await store.close()


async def test_a_guest_who_is_forgotten_is_forgotten_in_every_list(store: Store, clock: TurnedClock) -> None:
    for list_id in ("a" * 32, "b" * 32):
        await store.keep_list(made(clock, list_id))
    assert await store.forget(await store.subject("bo+1@fabrikam.com")) == 0
    assert await store.forget(await store.subject(ANA)) == 0
    for list_id in ("a" * 32, "b" * 32):
        found = await store.guest_list(list_id)
        assert found is not None
        assert [(row.number, row.written, row.name) for row in found.rows] == [
            (2, ERASED, ERASED),
            (3, ERASED, ERASED),
            (4, "cy@fabrikam.com", "Cy"),
            (5, ERASED, ERASED),
        ]
        assert "canary" not in repr(found.rows).lower()
        assert "bo@" not in repr(found.rows)


async def test_a_list_does_not_keep_a_request_from_being_forgotten(store: Store, clock: TurnedClock) -> None:
    record = await added(store)
    await store.keep_list(made(clock))
    await store.change(record.request.request_id, cancel)
    assert await store.forget(record.request.subject) == 1


async def test_ten_thousand_rows_come_back(store: Store, clock: TurnedClock) -> None:
    rows = tuple(replace(ROWS[0], number=place, address=f"a{place}@fabrikam.com") for place in range(10_000))
    await store.keep_list(replace(made(clock), rows=rows))
    found = await store.guest_list("a" * 32)
    assert found is not None
    assert found.rows == rows


def keeps(record: Record, now: datetime) -> bool:
    """Have nothing stand aside."""
    return False


async def test_what_is_asked_already_is_found_for_all_guests_at_once(store: Store) -> None:
    first, second = await added(store), await added(store, "bo@fabrikam.com")
    await store.change(second.request.request_id, cancel)
    app, give = RECORDS.object_id, READER.key
    addresses = {first.request.address, second.request.address, "new@fabrikam.com"}
    assert await store.asked_for(app, give, addresses, keeps) == {first.request.address: first.request.number}
    assert await store.asked_for(app, give, {"new@fabrikam.com"}, keeps) == {}
    assert await store.asked_for(app, "group:x", addresses, keeps) == {}
    assert await store.asked_for(ObjectId("x"), give, addresses, keeps) == {}


def test_the_digest_is_of_the_rows_that_go_and_of_all_that_is_said_of_them() -> None:
    first = digest_of(ROWS)
    assert digest_of(row for row in ROWS if row.goes) == first
    for changed in (
        replace(ROWS[0], address="b@fabrikam.com"),
        replace(ROWS[0], name="Bo"),
        replace(ROWS[0], verdict=Verdict.GUEST),
        replace(ROWS[0], verdict=Verdict.DENIED),
        replace(ROWS[0], guest_id=ObjectId("7")),
    ):
        assert digest_of((changed, *ROWS[1:])) != first
    assert digest_of(reversed(ROWS)) != first


async def test_a_list_is_found_by_how_its_id_begins_where_no_other_begins_so(
    store: Store, clock: TurnedClock
) -> None:
    first, second = made(clock, "abcd" * 8), made(clock, "abce" * 8)
    await store.keep_list(first)
    await store.keep_list(second)
    assert await store.list_called("abcd") == first
    assert await store.list_called("abc") is None
    assert await store.list_called("ab%") is None
    clock.turn(days=1)
    assert await store.list_called("abcd") is None


async def test_what_became_of_each_row_is_told_in_the_order_of_the_rows(
    store: Store, clock: TurnedClock
) -> None:
    lost = Failure(StepKind.INVITE, Cause.ADDRESS_REFUSED, {}, clock.now())
    ended = Assignment(state=AssignmentState.ENDED)
    became: tuple[dict[str, Any], ...] = (
        {"state": State.DELIVERY_FAILED, "failure": lost},
        {"state": State.DELIVERED},
        {"state": State.DELIVERING},
        {"state": State.CANCELED, "failure": lost},
        {"state": State.DELIVERED, "assignment": ended},
    )
    labels = [await _row_of(store, "a" * 32, 9 - place, **one) for place, one in enumerate(became)]
    await _row_of(store, "b" * 32, 2)
    found = [(one.number, one.outcome, one.cause, one.step) for one in await store.outcomes_of("a" * 32)]
    assert found == [
        (5, Outcome.ENDED, None, None),
        (6, Outcome.ENDED, Cause.ADDRESS_REFUSED, StepKind.INVITE),
        (7, Outcome.UNDER_WAY, None, None),
        (8, Outcome.DONE, None, None),
        (9, Outcome.FAILED, Cause.ADDRESS_REFUSED, StepKind.INVITE),
    ]
    assert [one.label for one in await store.outcomes_of("a" * 32)] == labels[::-1]
    assert await store.outcomes_of("c" * 32) == []


async def _row_of(store: Store, list_id: str, row: int, **changes: Any) -> str:
    """Keep a request that stands in a row of a list, as a run would have left it."""
    make = await submitted(store, f"guest-{row}@{list_id[:2]}.example")
    listed = Listed(list_id, row, "R-1")
    record = await store.add(lambda number, now: told(replace(make(number, now), listed=listed)))
    assert isinstance(record, Record)
    await store.change(
        record.request.request_id, lambda known, now: told(newer(known.request, now, **changes))
    )
    return record.request.label

"""The contract of every Store: the rows of a list are counted, found where they failed, and made once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.ports import Store
from access.rules.bulk import Listed
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.list_run import Counts
from access.rules.listing import row_id
from access.rules.model import (
    Assignment,
    AssignmentState,
    Failure,
    Job,
    JobKind,
    JobStatus,
    ObjectId,
    Record,
    State,
    StepKind,
)
from access.rules.refusals import Duplicate
from tests.store.making import TurnedClock, added, submitted, told

LIST, OTHER = "a" * 32, "b" * 32


async def row(store: Store, number: int, of: str = LIST, **changes: Any) -> Record | Duplicate:
    """Keep a row's request as a run would have left it."""
    make = await submitted(store, f"guest{number}@fabrikam.com")
    listed, its_id = Listed(of, number, "R-1"), row_id(of, number)
    made = await store.add(
        lambda count, now: told(replace(make(count, now), request_id=its_id, listed=listed))
    )
    if isinstance(made, Record) and changes:
        done = await store.change(its_id, lambda known, now: told(newer(known.request, now, **changes)))
        assert isinstance(done, Record)
        return done
    return made


def failed(clock: TurnedClock, cause: Cause, step: StepKind = StepKind.INVITE) -> dict[str, Any]:
    return {"failure": Failure(step, cause, {}, clock.now())}


async def mailed(store: Store, number: int, status: JobStatus) -> None:
    its_id = row_id(LIST, number)

    def mail(known: Record, now: Any) -> Any:
        job = Job(
            key=f"{its_id}/1/mail",
            request_id=its_id,
            kind=JobKind.ROW,
            name=StepKind.MAIL,
            status=status,
            due_at=now,
        )
        return told(newer(known.request, now), jobs=(job,))

    assert isinstance(await store.change(its_id, mail), Record)


async def test_the_rows_of_a_list_are_counted_by_state_and_mail_and_why_some_failed(
    store: Store, clock: TurnedClock
) -> None:
    guest: dict[str, Any] = {
        "guest_id": ObjectId("0d000000-0000-4000-8000-000000000001"),
        "awaits_acceptance": True,
    }
    await row(store, 2, state=State.DELIVERED, **guest)
    await row(store, 3, state=State.DELIVERED)
    await row(store, 4, state=State.DELIVERING)
    await row(store, 5, state=State.DELIVERY_FAILED, **failed(clock, Cause.ADDRESS_REFUSED))
    await row(store, 6, state=State.DELIVERY_FAILED, **failed(clock, Cause.ADDRESS_REFUSED))
    await row(store, 7, state=State.DELIVERY_FAILED, **failed(clock, Cause.GUEST_GONE))
    await row(store, 8, OTHER, state=State.DELIVERED)
    await mailed(store, 2, JobStatus.DONE)
    await mailed(store, 3, JobStatus.READY)
    counts = await store.row_counts(LIST)
    assert counts == Counts(
        states={State.DELIVERED: 2, State.DELIVERING: 1, State.DELIVERY_FAILED: 3},
        mails={JobStatus.DONE: 1, JobStatus.READY: 1},
        awaited=1,
        causes={Cause.ADDRESS_REFUSED: 2, Cause.GUEST_GONE: 1},
    )
    assert (counts.delivered, counts.failed, counts.under_way, counts.mails_waiting) == (2, 3, 1, 1)
    assert await store.row_counts("c" * 32) == Counts()
    assert await store.mails_of_rows() == 1


async def test_what_had_failed_by_some_time_is_found_in_order_a_part_at_a_time(
    store: Store, clock: TurnedClock
) -> None:
    for number in (4, 2, 3):
        await row(store, number, state=State.DELIVERY_FAILED, **failed(clock, Cause.TOO_LONG))
    await row(store, 5, state=State.DELIVERED, **failed(clock, Cause.MAIL_REFUSED, StepKind.MAIL))
    await row(store, 6, state=State.DELIVERED)
    until = clock.now()
    clock.turn(seconds=1)
    await row(store, 7, state=State.DELIVERY_FAILED, **failed(clock, Cause.TOO_LONG))
    found = await store.rows_failed(LIST, until, 0, 9)
    assert found == [(number, row_id(LIST, number)) for number in (2, 3, 4, 5)]
    assert [number for number, _ in await store.rows_failed(LIST, until, 2, 2)] == [3, 4]
    assert await store.rows_failed(LIST, until - timedelta(seconds=1), 0, 9) == []


async def test_the_first_row_whose_access_lasts_is_known(store: Store) -> None:
    assert await store.first_active(LIST) is None
    for number, state in (
        (2, AssignmentState.ENDED),
        (4, AssignmentState.ACTIVE),
        (3, AssignmentState.ACTIVE),
    ):
        await row(store, number, state=State.DELIVERED, assignment=Assignment(state=state))
    assert await store.first_active(LIST) == 3


async def test_an_access_is_given_to_whoever_has_it_or_is_getting_it_back(store: Store) -> None:
    given = []
    for number, state in enumerate(AssignmentState):
        one = await row(store, number, state=State.DELIVERED, assignment=Assignment(state=state))
        assert isinstance(one, Record)
        subject, app, give = one.request.subject, one.request.app, one.request.give
        found = await store.given_to(subject, app.object_id, give.key)
        assert found in ([], [one.request])
        assert await store.given_to(subject, app.object_id, "other") == []
        given += [state] if found else []
    assert given == [AssignmentState.ACTIVE, AssignmentState.RETURNING]


async def test_a_row_is_a_request_once_whatever_has_become_of_it(store: Store) -> None:
    first = await row(store, 2, state=State.DELIVERED)
    again = await row(store, 2)
    assert isinstance(first, Record)
    assert isinstance(again, Duplicate)
    assert again.first.request_id == first.request.request_id
    assert sorted(await store.rows_made(LIST, 0)) == [2]
    assert await store.rows_made(LIST, 2) == frozenset()


async def test_mails_of_rows_that_wait_for_their_mailbox_hide_nothing_else_that_is_due(
    store: Store, clock: TurnedClock
) -> None:
    for number in range(2, 8):
        await row(store, number, state=State.DELIVERED)
        await mailed(store, number, JobStatus.READY)
    clock.turn(seconds=1)
    await added(store)
    every = await store.due(99)
    others = [one.key for one in every if one.name != StepKind.MAIL]
    assert (len(every) - len(others), bool(others)) == (6, True), "all are found where there is room"
    assert {one.key for one in await store.due(len(others))} == {*others}

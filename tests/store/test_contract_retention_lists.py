"""The contract of every Store: whoever a list asks for is kept by the nights, and a run is told of it."""

from dataclasses import replace
from datetime import datetime

import pytest

from access.rules import sending
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.lists import bulk_of
from access.rules.model import Change, Kind, Record, RequestId, State
from bot.store.sql_store import SqlStore
from tests.store.making import ANA, TurnedClock, submitted, told
from tests.store.test_contract_lists import made
from tests.store.test_contract_retention import DAYS, ended, named, retention

LIST = "a" * 32


async def asked(store: SqlStore, clock: TurnedClock, state: State, run: Run = Run.RUNNING) -> Record:
    """Keep a list that names Ana, and its request, which stands so."""
    wanted = replace(made(clock, LIST), kept_until=clock.now().replace(year=2050))
    await store.keep_list(wanted)
    make, digest = await submitted(store, ""), await store.digest(LIST)

    def of_list(number: int, now: datetime) -> Change:
        request = replace(make(number, now), request_id=RequestId(LIST), kind=Kind.BULK, subject=digest)
        return sending.send(replace(request, guest_name="", bulk=bulk_of(wanted)), now, personal=False)

    record = await store.add(of_list)
    assert isinstance(record, Record)
    return await stands(store, record, state, run)


async def stands(store: SqlStore, record: Record, state: State, run: Run = Run.RUNNING) -> Record:
    def transition(now_record: Record, now: datetime) -> Change:
        bulk = now_record.request.bulk
        assert bulk is not None
        return told(newer(now_record.request, now, state=state, bulk=replace(bulk, run=run)))

    found = await store.change(record.request.request_id, transition)
    assert isinstance(found, Record)
    return found


@pytest.mark.parametrize("state", [State.PENDING_APPROVAL, State.DELIVERING, None])
async def test_whoever_goes_in_a_list_that_is_written_waits_or_runs_is_kept(
    store: SqlStore, clock: TurnedClock, state: State | None
) -> None:
    record = await ended(store, ANA)
    clock.turn(days=DAYS + 1)
    if state is None:
        await store.keep_list(made(clock, LIST))
    else:
        listed = await asked(store, clock, state, Run.PAUSED)
    await retention(store, clock).nightly()
    assert await named(store, record)
    clock.turn(days=2)
    if state is None:
        await store.drop_lists()
    else:
        await stands(store, listed, State.DENIED)
    await retention(store, clock).nightly()
    assert not await named(store, record)


@pytest.mark.parametrize(
    ("state", "run", "skipped"),
    [
        (State.DELIVERING, Run.RUNNING, ((2, Cause.FORGOTTEN),)),
        (State.DELIVERING, Run.PAUSED, ((2, Cause.FORGOTTEN),)),
        (State.DELIVERING, Run.STOPPED, ()),
        (State.PENDING_APPROVAL, Run.RUNNING, ()),
        (State.DELIVERED, Run.RUNNING, ()),
    ],
)
async def test_a_run_notes_whom_it_cannot_reach_any_more_once(
    store: SqlStore, clock: TurnedClock, state: State, run: Run, skipped: object
) -> None:
    record = await asked(store, clock, state, run)
    for _ in range(2):
        await store.forget(await store.subject(ANA))
    after = await store.record(record.request.request_id)
    assert after is not None
    assert after.request.bulk is not None
    assert after.request.bulk.skipped == skipped
    assert after.request.version == record.request.version + bool(skipped)

"""The contract of every Store: whoever looks after a request that waits, and however many, remind once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from access.ports import Store
from access.rules import jobs, watch
from access.rules.changing import newer
from access.rules.claims import ClaimOne, ClaimShows, every
from access.rules.model import Change, Escalation, Job, JobKind, JobStatus, Panel, Place, Record, RequestId
from access.rules.policy import Rules, Source, SourceKind, Stage
from access.rules.quiet import QuietHours
from access.rules.refusals import Stale
from bot.store.postgres import PostgresStore
from bot.store.sql_store import SqlStore
from tests import postgres
from tests.store.making import OMAR, PIA, TurnedClock, asking

LEASE, DAY = timedelta(seconds=15), timedelta(days=1)
LOUD = replace(QuietHours(), begin=QuietHours().end, weekend=False)
STAGE = Stage((Source(SourceKind.MANAGER),), escalation=(Source(SourceKind.APP_OWNERS),), escalate_after=DAY)
RULES = Rules(name="defaults", stages=(STAGE,), remind_after=(timedelta(),), quiet_hours=LOUD)
PANEL = Panel((PIA, OMAR), escalated=(OMAR.object_id,))


@pytest.fixture
async def replicas() -> AsyncIterator[Sequence[PostgresStore]]:
    url = await postgres.prepared_database()
    stores = [await PostgresStore.open(url, lambda _: None) for _ in range(2)]
    yield stores
    for store in stores:
        await store.close()
    await postgres.drop(url)


async def waiting(store: Store) -> RequestId:
    """Return a request whose reminder is due at once, with the cards of its approvers posted."""
    make = await asking(store)
    record = await store.add(lambda number, now: watch.begun(make(number, now), RULES))
    assert isinstance(record, Record)
    request_id = record.request.request_id
    keys = [key for key, job in record.jobs.items() if job.kind is JobKind.CARD]
    await store.change(request_id, every(*(jobs.claim(key, LEASE) for key in keys)))
    await store.change(request_id, every(*(jobs.shown(key, 1, 1, Place("1:1"), f"m/{key}") for key in keys)))
    return request_id


async def look(store: Store, request_id: RequestId) -> list[str]:
    """Do what one replica does: look after the request, post what it may post; return what it has posted."""
    key = jobs.key_of(request_id, 0, watch.NAME)
    claimed = await store.change(request_id, ClaimOne(key, LEASE))
    if isinstance(claimed, Record):
        facts = watch.Facts(RULES, 1, PANEL, escalates=True)
        await store.change(request_id, watch.look(key, claimed.jobs[key].fence, facts))
    shows = ClaimShows(LEASE)
    await store.change(request_id, shows)
    return [one for one in shows.keys if "/reminder/" in one]


def a_day_later(record: Record, now: datetime) -> Change | Stale:
    """Let a request have been sent a day ago, and its watch be due."""
    request = newer(record.request, now, submitted_at=record.request.submitted_at - DAY)
    return Change(request=request, jobs=watch.anew(record.request, record.jobs, now))


async def reminded_by(stores: Sequence[Store]) -> None:
    request_id = await waiting(stores[0])
    posted = await asyncio.gather(*(look(stores[place % len(stores)], request_id) for place in range(20)))
    assert len([key for keys in posted for key in keys]) <= 1
    late = [await look(one, request_id) for one in stores]
    assert Counter(key for keys in (*posted, *late) for key in keys).most_common() == [
        (jobs.key_of(request_id, 1, f"reminder/1/last/approver/{PIA.object_id}"), 1)
    ]


async def test_of_many_who_look_at_once_one_reminds(store: SqlStore) -> None:
    await reminded_by([store])


async def test_two_replicas_remind_once(replicas: Sequence[PostgresStore]) -> None:
    await reminded_by(replicas)


async def test_a_watch_is_not_due_before_its_time(store: SqlStore, clock: TurnedClock) -> None:
    make = await asking(store)
    later = replace(
        RULES, remind_after=(3 * DAY,), stages=(replace(STAGE, escalation=(), escalate_after=None),)
    )
    record = await store.add(lambda number, now: watch.begun(make(number, now), later))
    assert isinstance(record, Record)
    assert _watches(await store.due(10)) == []
    clock.turn(days=3)
    assert len(_watches(await store.due(10))) == 1


async def test_an_escalation_is_kept_and_read_again(store: SqlStore) -> None:
    request_id = await waiting(store)
    await look(store, request_id)
    await store.change(request_id, a_day_later)
    await look(store, request_id)
    record = await store.record(request_id)
    assert record is not None
    (told,) = record.request.escalations
    assert (told.stage, told.to, record.request.approvers) == (1, (OMAR,), (PIA, OMAR))
    assert isinstance(told, Escalation)
    assert record.request.stages[0].escalated == (OMAR.object_id,)
    whats = [entry.fact.what async for entry in store.audit_entries()]
    assert whats.count("request.escalated") == 1
    assert record.jobs[jobs.key_of(request_id, 0, watch.NAME)].status is JobStatus.DONE


def _watches(due: Sequence[Job]) -> list[Job]:
    return [job for job in due if job.kind is JobKind.WATCH]

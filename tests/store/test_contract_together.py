"""A request that is written together with what it does to another: both, or neither."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from access.ports import Store
from access.rules.changing import entry, newer
from access.rules.jobs import Claim
from access.rules.model import Change, Job, JobStatus, Record, RequestId
from access.rules.refusals import Duplicate, Stale
from access.rules.together import Along, Together
from tests.store.making import added, asking


def noted(record: Record, now: datetime) -> Change:
    """Have the other request's cards drawn again, with an entry."""
    request = newer(record.request, now, waiting_for="mail")
    rows = tuple(replace(job, status=JobStatus.READY, due_at=now) for job in record.jobs.values())
    return Change(request=request, jobs=rows, audit=(entry(request, "tests.noted", {}),))


def stale(record: Record, now: datetime) -> Stale:
    return Stale()


async def along(store: Store, other: Record, change: Claim = noted, name: str = "b") -> object:
    make = await asking(store, f"{name}@fabrikam.com")
    return await store.add_along(Together(make, Along(other.request.request_id, change)))


async def whats(store: Store) -> list[str]:
    return [one.fact.what async for one in store.audit_entries()]


async def test_both_are_written_and_whatever_is_due_of_both_is_told(
    store: Store, made_due: list[Sequence[Job]]
) -> None:
    first = await added(store, "a@fabrikam.com")
    made_due.clear()
    record = await along(store, first)
    assert isinstance(record, Record)
    other = await store.record(first.request.request_id)
    assert other is not None
    assert (other.request.version, other.request.waiting_for) == (first.request.version + 1, "mail")
    assert (await whats(store))[-1] == "tests.noted"
    told = {job.request_id for due in made_due for job in due}
    assert told == {first.request.request_id, record.request.request_id}


async def test_what_follows_sees_both(store: Store) -> None:
    first = await added(store, "a@fabrikam.com")
    await along(store, first)
    after = await store.change(first.request.request_id, noted)
    assert isinstance(after, Record)
    assert after.request.version == first.request.version + 2


async def test_where_the_other_is_stale_or_unknown_nothing_is_written(store: Store) -> None:
    first = await added(store, "a@fabrikam.com")
    before = await whats(store)
    assert await along(store, first, stale) == Stale()
    nobody = replace(first, request=replace(first.request, request_id=RequestId("0" * 32)))
    assert await along(store, nobody) == Stale()
    assert await whats(store) == before
    assert await store.numbered(first.request.number + 1) is None


async def test_where_the_same_is_asked_already_the_other_stays_as_it_was(store: Store) -> None:
    first, same = await added(store, "a@fabrikam.com"), await added(store, "b@fabrikam.com")
    assert await along(store, first) == Duplicate(same.request)
    other = await store.record(first.request.request_id)
    assert other is not None
    assert other.request == first.request
    assert "tests.noted" not in await whats(store)

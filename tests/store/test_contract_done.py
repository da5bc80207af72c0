"""What was done of late is found without reading what is older, on each database."""

from datetime import timedelta

from access.ports import Store
from access.rules.model import AuditFact, ObjectId, Record
from tests.store.making import OMAR, PIA, TurnedClock, added

NOBODY = ObjectId("0b000000-0000-4000-8000-0000000000ff")


async def done(store: Store, name: str, what: str = "request.delivered") -> Record:
    record = await added(store, f"{name}@fabrikam.com")
    await store.write_audit(AuditFact(what=what, request_id=record.request.request_id))
    return record


async def found(store: Store, clock: TurnedClock, person: ObjectId, *apps: ObjectId) -> list[str]:
    since = clock.now() - timedelta(days=1)
    return [one.address.partition("@")[0] for one in await store.done_since(since, person, apps)]


async def test_only_what_was_done_since_is_read_however_much_there_is(
    store: Store, clock: TurnedClock
) -> None:
    for place in range(40):
        await done(store, f"old{place}")
        clock.turn(minutes=7)
    clock.turn(days=2)
    recent = await done(store, "recent")
    for what in ("step.failed", "assignment.ended", "request.submitted", "card.shown"):
        await done(store, what.replace(".", ""), what)
    app = recent.request.app.object_id
    expected = ["recent", "stepfailed", "assignmentended"]
    assert await found(store, clock, OMAR.object_id) == expected
    assert await found(store, clock, NOBODY, app) == expected
    assert await found(store, clock, PIA.object_id, NOBODY) == []


async def test_what_is_old_and_was_done_again_is_found_once(store: Store, clock: TurnedClock) -> None:
    first = await done(store, "first")
    clock.turn(days=9)
    for _ in range(3):
        ended = AuditFact(what="assignment.ended", request_id=first.request.request_id)
        await store.write_audit(ended)
    assert await found(store, clock, OMAR.object_id) == ["first"]


async def test_where_nothing_was_ever_done_nothing_is_found(store: Store, clock: TurnedClock) -> None:
    assert await found(store, clock, OMAR.object_id, NOBODY) == []

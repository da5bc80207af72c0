"""What is compared with the directory's log is told once, on every database and by however many replicas."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from access.ports import Store
from access.rules.model import AuditFact, Json, ObjectId, RequestId, Subject
from access.rules.reconcile import GRACE, Deed
from access.rules.reconciled import Act
from access.service.comparing import Comparing
from access.service.reconcile import MARK, Reconciliations
from tests.store.making import TurnedClock

ANA, GROUP = ObjectId("ana"), ObjectId("readers")


class Log:
    """A log that has what was approved, and a deed that nobody approved."""

    def __init__(self, at: datetime) -> None:
        self.told = [
            Deed("Directory_1", at, Act.MEMBERSHIP, ANA, GROUP),
            Deed("Directory_2", at, Act.MEMBERSHIP, ObjectId("mallory"), GROUP),
        ]

    async def deeds(self, since: datetime, until: datetime) -> AsyncIterator[Deed]:
        for deed in self.told:
            await asyncio.sleep(0)
            if since <= deed.at <= until:
                yield deed

    async def oldest(self) -> datetime | None:
        return None


async def note(store: Store, what: str, **detail: Json) -> None:
    about = {"request_id": RequestId("1" * 32), "subject": Subject("digest")}
    await store.write_audit(AuditFact(what=what, detail={"step": "give", "fence": 1, **detail}, **about))  # type: ignore[arg-type]  # as they are named


async def a_membership(store: Store) -> None:
    await note(store, "step.begun", guest=ANA, app="records", give=f"group:{GROUP}")
    await note(store, "step.done", guest=ANA, **{"request-id": "trace"})


async def test_of_replicas_that_compare_together_one_tells_and_the_mark_goes_on(
    store: Store, clock: TurnedClock
) -> None:
    await a_membership(store)
    log, alarms = Log(clock.now()), list[str]()
    clock.turn(hours=2)
    works = [Reconciliations(store, Comparing(store, log, clock), clock, alarms.append) for _ in range(4)]
    await asyncio.gather(*(work.daily() for work in works))
    assert len(alarms) == 1
    assert "Directory_2" in alarms[0]
    assert "Directory_1" not in alarms[0]
    written = [entry.fact async for entry in store.audit_entries()]
    assert [fact.detail["key"] for fact in written if "key" in fact.detail] == ["Directory_2"]
    mark = json.loads(await store.note(MARK) or "{}")
    assert datetime.fromisoformat(mark["until"]) == clock.now() - GRACE
    for _ in range(3):
        clock.turn(hours=25)
        await asyncio.gather(*(work.daily() for work in works))
    assert len(alarms) == 1
    looked = [fact async for fact in _looked(store)]
    assert len(looked) == 4


async def _looked(store: Store) -> AsyncIterator[AuditFact]:
    async for entry in store.audit_entries():
        if entry.fact.what == "reconcile.looked":
            yield entry.fact


async def test_what_is_a_day_behind_is_read_from_where_it_was_left(store: Store, clock: TurnedClock) -> None:
    await a_membership(store)
    log = Log(clock.now())
    work = Reconciliations(store, Comparing(store, log, clock), clock, lambda _: None)
    for _ in range(4):
        clock.turn(hours=25)
        await a_membership(store)
        log.told.append(Deed(f"of-{clock.now()}", clock.now(), Act.MEMBERSHIP, ANA, GROUP))
        clock.turn(hours=2)
        await work.daily()
    mark = json.loads(await store.note(MARK) or "{}")
    rest = [entry async for entry in store.audit_entries(mark["after"])]
    assert datetime.fromisoformat(mark["until"]) - rest[0].at < timedelta(days=2), (
        "what is older is passed over"
    )
    assert mark["after"] > 0

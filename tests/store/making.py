"""Requests as people would send them, and a clock that is turned by hand."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from access.ports import Store
from access.rules import deciding, sending
from access.rules.authority import DecisionRefused
from access.rules.changing import newer
from access.rules.model import (
    App,
    AuditFact,
    Change,
    FormAnswer,
    Give,
    GiveKind,
    Job,
    JobKind,
    JobStatus,
    Kind,
    Named,
    ObjectId,
    Panel,
    Place,
    Record,
    Request,
    RequestId,
    State,
    Term,
)
from access.rules.plan import make_plan

ANA = "ana.canary@fabrikam.com"
OMAR = Named(ObjectId("0a000000-0000-4000-8000-000000000001"), "Omar Haddad")
PIA = Named(ObjectId("0a000000-0000-4000-8000-000000000002"), "Pia Berg")
RECORDS = App(ObjectId("0b000000-0000-4000-8000-000000000001"), "Health Records")
READER = Give(GiveKind.APP_ROLE, ObjectId("0c000000-0000-4000-8000-000000000001"), "Reader")
NINETY = Term(days=90)
PLAN = make_plan(guest=None, app=RECORDS, give=READER, term=NINETY, rule="default", landing="", mailbox=True)

Make = Callable[[int, datetime], Change]


class TurnedClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


async def asking(store: Store, address: str = ANA, requestor: Named = OMAR, give: Give = READER) -> Make:
    """Return what makes a request that waits for its approvers, with cards and a timer."""
    make = await submitted(store, address, requestor, give)
    return lambda number, now: sending.send(make(number, now), now, personal=False)


async def submitted(
    store: Store, address: str = ANA, requestor: Named = OMAR, give: Give = READER
) -> Callable[[int, datetime], Request]:
    """Return what makes a request of which it is not decided yet whether it needs an approval."""
    subject = await store.subject(address)

    def make(number: int, now: datetime) -> Request:
        return Request(
            request_id=RequestId(secrets.token_hex(16)),
            number=number,
            version=0,
            state=State.SUBMITTED,
            kind=Kind.INVITE,
            requestor=requestor,
            subject=subject,
            address=address,
            guest_name="Ana Canary",
            app=Named(RECORDS.object_id, RECORDS.name),
            give=give,
            term=NINETY,
            justification="the canary runs the March audit",
            message="Welcome, dear canary",
            place=Place('{"conversation":"19:general"}'),
            submitted_at=now,
            closes_at=now + timedelta(days=14),
            approvers=(PIA,),
            plan=PLAN,
            form_answers=(FormAnswer("project", "Which project?", "canary project"),),
            changed_at=now,
        )

    return make


async def added(store: Store, address: str = ANA, requestor: Named = OMAR, give: Give = READER) -> Record:
    record = await store.add(await asking(store, address, requestor, give))
    assert isinstance(record, Record)
    return record


def approve(by: Named = PIA) -> Callable[[Record, datetime], Change | DecisionRefused]:
    return deciding.approve(by, deciding.Facts((Panel((by,)),), PLAN), None)


def cancel(record: Record, now: datetime) -> Change:
    change = deciding.cancel(record.request.requestor.object_id)(record, now)
    assert isinstance(change, Change)
    return change


def told(request: Request, **more: Any) -> Change:
    """Return a change that some test wants, with an entry of its own, without which none is written."""
    return Change(request=request, audit=(AuditFact(what="a.test", request_id=request.request_id),), **more)


def touch(record: Record, now: datetime) -> Change:
    """Write in every table at once: the next version, a job that carries it, an audit entry that names it."""
    request = newer(record.request, now)
    job = Job(
        key=f"{request.request_id}/0/touched",
        request_id=request.request_id,
        kind=JobKind.CARD,
        name="touched",
        status=JobStatus.DONE,
        due_at=now,
        body={"version": request.version},
    )
    fresh = replace(job, key=f"{job.key}/{request.version}")
    fact = AuditFact(what="touched", request_id=request.request_id, detail={"version": request.version})
    return Change(request=request, jobs=(job, fresh), audit=(fact,))

"""Builds what the rules are asked about, and writes a Change into a Record as a store does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import deciding, jobs, sending
from access.rules.causes import Cause
from access.rules.delivery import StepDone, fail, succeed, wait
from access.rules.failing import Stepping
from access.rules.model import (
    App,
    AppRole,
    Change,
    Give,
    GiveKind,
    Guest,
    Job,
    Kind,
    Named,
    ObjectId,
    Panel,
    Place,
    Plan,
    Record,
    Redemption,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)
from access.rules.plan import make_plan

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
LEASE = timedelta(seconds=30)
MEGAN = Named(ObjectId("megan"), "Megan Bowen")
ALEX = Named(ObjectId("alex"), "Alex Wilber")
NIA = Named(ObjectId("nia"), "Nia Chen")
STRANGER = Named(ObjectId("diego"), "Diego Siciliani")
ANA = ObjectId("ana")
APP = App(ObjectId("health-records"), "Health Records", roles=(AppRole(ObjectId("clinician"), "Clinician"),))
GIVE = Give(GiveKind.APP_ROLE, ObjectId("clinician"), "Clinician")
THREAD = Place("thread")
LINK = "https://login.example/redeem?rd=secret"


def guest(redemption: Redemption = Redemption.PENDING) -> Guest:
    return Guest(ANA, "Ana Ruiz", "ana@fabrikam.com", redemption)


def plan(
    of: Guest | None = None,
    *,
    mailbox: bool = True,
    landing: str = "https://records.example",
    term: Term = Term(days=90),  # noqa: B008 - a value that never changes
    give: Give = GIVE,
) -> Plan:
    return make_plan(
        guest=of, app=APP, give=give, term=term, rule="defaults", landing=landing, mailbox=mailbox
    )


def facts(*approvers: Named, now: Plan | None = None) -> deciding.Facts:
    return deciding.Facts((Panel(approvers or (ALEX, NIA)),), now or plan(), "defaults")


def request(made: Plan | None = None, term: Term | None = None) -> Request:
    return Request(
        request_id=RequestId("0" * 32),
        number=1042,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.INVITE,
        requestor=MEGAN,
        subject=Subject("digest"),
        address="ana@fabrikam.com",
        guest_name="Ana Ruiz",
        app=Named(APP.object_id, APP.name),
        give=GIVE,
        term=term or Term(days=90),
        justification="She runs the March audit",
        message="",
        place=THREAD,
        submitted_at=NOW,
        closes_at=NOW + timedelta(days=14),
        approvers=(ALEX, NIA),
        rule="defaults",
        landing="https://records.example",
        plan=made or plan(),
        changed_at=NOW,
    )


def written(record: Record, change: Change) -> Record:
    """Return the record after a change; a version grows by at most one, as the store insists."""
    assert change.request.version - record.request.version in {0, 1}
    return Record(request=change.request, jobs={**record.jobs, **{job.key: job for job in change.jobs}})


def done(record: Record, transition: Callable[[Record, datetime], object], at: datetime = NOW) -> Record:
    """Apply a transition that must be allowed."""
    change = transition(record, at)
    assert isinstance(change, Change), change
    return written(record, change)


def change_of(record: Record, transition: Callable[[Record, datetime], object], at: datetime = NOW) -> Change:
    change = transition(record, at)
    assert isinstance(change, Change), change
    return change


def pending(made: Plan | None = None, *, personal: bool = False, term: Term | None = None) -> Record:
    change = sending.send(request(made, term), NOW, personal=personal)
    return written(Record(request=change.request, jobs={}), change)


def delivering(made: Plan | None = None, *, personal: bool = False, term: Term | None = None) -> Record:
    waiting = pending(made, personal=personal, term=term)
    return done(waiting, deciding.approve(ALEX, facts(now=waiting.request.plan), None))


def job(record: Record, name: str) -> Job:
    return next(one for one in record.jobs.values() if one.name == name)


def names(record: Record, status: str) -> list[str]:
    """Return the steps with a status, in their order."""
    steps = [one for one in record.jobs.values() if one.kind == "step" and one.status == status]
    return [one.name for one in sorted(steps, key=lambda one: one.position)]


def claimed(record: Record, name: str, at: datetime = NOW) -> Record:
    return done(record, jobs.claim(job(record, name).key, LEASE), at)


def _finished(record: Record, name: str, finish: Callable[[str, int], Stepping], at: datetime) -> Record:
    record = claimed(record, name, at)
    held = job(record, name)
    return done(record, finish(held.key, held.fence), at)


def stepped(record: Record, name: str, result: StepDone | None = None, at: datetime = NOW) -> Record:
    """Claim a step and let it succeed."""
    found = result or StepDone()
    return _finished(record, name, lambda key, fence: succeed(key, fence, found, ZONE), at)


def failed(record: Record, name: str, cause: str, at: datetime = NOW) -> Record:
    return _finished(record, name, lambda key, fence: fail(key, fence, Cause(cause), {}, "trace"), at)


def waited(
    record: Record, name: str, cause: str, *, surely_not_done: bool = True, at: datetime = NOW
) -> Record:
    """Claim a step and put it off by a second."""
    return _finished(
        record,
        name,
        lambda key, fence: wait(
            key, fence, Cause(cause), timedelta(seconds=1), surely_not_done=surely_not_done
        ),
        at,
    )


INVITED = StepDone(guest_id=ANA, link=LINK, traces={"request-id": "r-1"})


def run(record: Record, *steps: str, at: datetime = NOW) -> Record:
    """Let steps succeed one after the other, an invitation with its link."""
    for name in steps:
        record = stepped(record, name, INVITED if name == "invite" else None, at)
    return record


def delivered(made: Plan | None = None, *, personal: bool = False, term: Term | None = None) -> Record:
    record = delivering(made, personal=personal, term=term)
    assert record.request.plan is not None
    return run(record, *record.request.plan.steps)

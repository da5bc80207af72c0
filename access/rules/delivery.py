"""What each step's outcome does to the journal, the request and its cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules import jobs, lasting, unaccepted
from access.rules.assignments import ACTIVE
from access.rules.causes import Cause
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.failing import Failed, Stepping, failing, names_of
from access.rules.guards import Halted, MadePolicy
from access.rules.journal import DELIVERS
from access.rules.lifecycle import Event, after
from access.rules.model import (
    Assignment,
    AssignmentState,
    AuditFact,
    Change,
    Job,
    JobStatus,
    Json,
    Left,
    MailState,
    Named,
    ObjectId,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.redemption import acceptance
from access.rules.refusals import Stale

AGAIN = "again"
"""On an invitation's row: the guest had been invited, and gets a new link, or has to accept anew."""

_LAST = frozenset({StepKind.PROVE, StepKind.EXTEND})  # with which a delivery has succeeded
WAS_THERE = "was_there"
"""In the audit and on the row of a step: what it was to give was there already."""
EARLIER = "earlier"
"""On the row of a step that is done again: for which guests it was done before, or may have begun."""

FOUND = "found"
"""On the row of an invitation that was refused at last: whom one without an answer had made before."""


@dataclass(frozen=True, slots=True)
class Later:
    """Why the rest of a step has to wait, and how long."""

    cause: Cause
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step's success: what it found out, and Graph's request ids for the audit."""

    traces: Mapping[str, Json] = field(default_factory=dict)
    guest_id: ObjectId | None = None
    link: str = field(default="", repr=False)
    invited: bool = True
    """False where the guest had accepted already, so that there is no acceptance to wait for."""
    undoes: datetime | None = None
    """Since when the guest had accepted who is to accept anew."""
    left: Left | None = None
    """What an end comes to, where this step is its last."""
    group_id: ObjectId | None = None
    """The group that was made, or found to be made already."""
    owners: tuple[Named, ...] = ()
    """Who is left of those that were to own the group."""
    by_hand: bool = False
    """Guestlist lacks the permission, so a person does it."""
    policies: tuple[MadePolicy, ...] = ()
    """The policies that were made, or found to be made already."""
    halted: Halted | None = None
    """Why a protection was not enforced, taken back or removed after all."""
    later: Later | None = None
    """Where it is not done yet: `policies` were made, and the next was surely not."""
    entry: str = ""
    """What the policy file is to hold."""


def steps_of(record: Record) -> list[Job]:
    """Return the steps of the current cycle in their order."""
    steps = [job for job in record.jobs.values() if job.kind in DELIVERS]
    return sorted(steps, key=lambda job: job.position)


def earlier(job: Job) -> tuple[ObjectId, ...]:
    """Return the guests for whom a step was done, or may have begun, before a retry took it up again."""
    guests = job.body.get(EARLIER)
    return tuple(ObjectId(str(one)) for one in guests) if isinstance(guests, list) else ()


def guests_before(record: Record) -> tuple[ObjectId, ...]:
    """Return the guests whom the invitation of this delivery led to before it was retried."""
    return next((earlier(job) for job in steps_of(record) if job.name == StepKind.INVITE), ())


def succeed(key: str, fence: int, result: StepDone, zone: ZoneInfo) -> Stepping:
    """Finish a step: the next becomes ready, the cards move on, the proof ends the delivery."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        halted = record.request.halted
        if job.name == StepKind.PROVE and halted is not None and halted.deleted:
            trace = str(result.traces.get("request-id", ""))
            return fail(key, fence, Cause.GUEST_GONE, names_of(record.request), trace)(record, now)
        no_mail = record.request.mail is MailState.FAILED and job.name != StepKind.MAIL
        failure = record.request.failure if no_mail else None
        changes: dict[str, object] = {"waiting_for": "", "failure": failure}
        if result.guest_id is not None and not job.body.get(AGAIN):  # a new link leads nowhere else
            changes["guest_id"] = result.guest_id
        if job.name == StepKind.INVITE and result.invited:
            changes["awaits_acceptance"] = True
        if job.body.get(AGAIN):
            changes |= _relinked(record, result)
        if job.name == StepKind.MAIL:
            changes["mail"] = MailState.SENT
        if job.name in _LAST:
            changes |= _delivered(record, now, zone)
        request = newer(record.request, now, **changes)
        found: dict[str, Json] = {WAS_THERE: True} if result.traces.get(WAS_THERE) else {}
        rows = [jobs.done(job, **found), *_next_steps(record, job, result, now)]
        rows += _term_begun(record, request, now) if job.name == StepKind.PROVE else ()
        if job.name == StepKind.PROVE or job.body.get(AGAIN):
            rows += unaccepted.anew(request, record.jobs, now)
        rows += acceptance(record, request, now)
        only_progress = request.state is State.DELIVERING and not record.request.waiting_for
        patience = jobs.PROGRESS if only_progress else timedelta()
        rows += jobs.show_again(record.jobs, request, now, patience=patience)
        return Change(request=request, jobs=tuple(rows), audit=_audit_of(request, job, result))

    return transition


def _term_begun(record: Record, request: Request, now: datetime) -> list[Job]:
    """Return the row of the access, with a fence not below that of the row that a failure of it had."""
    rows, known = lasting.begun(request, now), record.jobs
    return [replace(row, fence=known[row.key].fence) if row.key in known else row for row in rows]


def _relinked(record: Record, result: StepDone) -> dict[str, object]:
    """Return what a new link changes: the guest is to accept, and without a mail of ours Microsoft's goes."""
    waits = any(job.name == StepKind.MAIL and job.status is JobStatus.WAITING for job in steps_of(record))
    changes: dict[str, object] = {} if waits else {"mail": MailState.BY_MICROSOFT}
    again = record.request.relinked
    if again is not None and result.undoes is not None:
        changes["relinked"] = replace(again, undoes=result.undoes)
    return changes | ({"accepted_at": None, "gone_at": None} if result.invited else {})


def _delivered(record: Record, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    request = record.request
    was_there = any(job.body.get(WAS_THERE) for job in steps_of(record))
    state = after(request.state, Event.DELIVERY_SUCCEEDED)
    if state is None:
        raise ValueError(f"a proof in {request.state}")
    if extends := request.extends:
        lengthens = Assignment(state=AssignmentState.LENGTHENS)
        return {"state": state, "delivered_at": now, "ends_at": extends.to, "assignment": lengthens}
    has_mail_step = request.plan is not None and StepKind.MAIL in request.plan.steps
    mail = request.mail
    if not has_mail_step:
        mail = MailState.BY_MICROSOFT if request.awaits_acceptance else MailState.NONE
    return {
        "state": state,
        "delivered_at": now,
        "ends_at": request.ends_at or request.term.ends_at(now, zone),
        "assignment": replace(ACTIVE, was_there=was_there, halted=request.halted),
        "halted": None,
        "mail": MailState.QUEUED if has_mail_step and mail is MailState.NONE else mail,
    }


def _next_steps(record: Record, finished: Job, result: StepDone, now: datetime) -> list[Job]:
    """Wake the next waiting step; the redeem link travels to the mail's row and nowhere else.

    Where that is a mail whose time has not come, the step after it is awake, too.
    """
    rows: list[Job] = []
    woken = False
    for job in steps_of(record):
        if job.key == finished.key or job.status is not JobStatus.WAITING:
            continue
        changed = job
        if result.link and job.name == StepKind.MAIL:
            changed = replace(changed, secret=result.link)
        if not woken:
            changed = replace(changed, status=JobStatus.READY, due_at=max(now, job.due_at))
            woken = changed.due_at == now
        if changed is not job:
            rows.append(changed)
    return rows


def _audit_of(request: Request, job: Job, result: StepDone) -> tuple[AuditFact, ...]:
    detail: dict[str, Json] = {"step": job.name, "fence": job.fence, **result.traces}
    facts = [entry(request, "step.done", {**detail, "guest": request.guest_id})]
    if job.name in _LAST:
        ends = request.ends_at.isoformat() if request.ends_at else ""
        facts.append(entry(request, "request.delivered", {"guest": request.guest_id, "ends_at": ends}))
    return tuple(facts)


def wait(key: str, fence: int, cause: Cause, delay: timedelta, *, surely_not_done: bool) -> Stepping:
    """Put a step off; the request says what it waits for. A mail that waits lets the proof go ahead.

    Looks are counted for the directory's lag alone, and anew after a call whose outcome is unknown.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        put_off = jobs.later(job, now + delay, surely_not_done=surely_not_done)
        if cause is Cause.REPLICATING:
            put_off = replace(put_off, body={**job.body, jobs.LOOKS: jobs.looks(job) + 1})
        elif not surely_not_done:
            put_off = replace(put_off, body={**job.body, jobs.LOOKS: 0})
        rows: list[Job] = [put_off]
        if job.name == StepKind.MAIL:
            rows += _next_steps(record, job, StepDone(), now)
        request = record.request
        worth_saying = "" if cause is Cause.REPLICATING else cause  # the directory's lag is ordinary
        if request.waiting_for != worth_saying:
            request = newer(request, now, waiting_for=worth_saying)
            rows += jobs.show_again(record.jobs, request, now)
        return Change(request=request, jobs=tuple(rows))

    return transition


def found(key: str, fence: int, guest_id: ObjectId) -> Stepping:
    """Note the account that an invitation without an answer may have made, before the step is refused."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = jobs.held(record, key, fence)
        if job is None or record.request.guest_id is not None:
            return Stale()
        row = replace(job, body={**job.body, FOUND: guest_id})
        return Change(request=newer(record.request, now, guest_id=guest_id), jobs=(row,))

    return transition


def has_found(record: Record) -> bool:
    """Tell whether the guest's account was made by an invitation of which no more than that is known."""
    guest_id, invites = record.request.guest_id, (one for one in steps_of(record) if FOUND in one.body)
    return guest_id is not None and any(one.body[FOUND] == guest_id for one in invites)


def _fail(record: Record, failed: Failed) -> tuple[Request, list[Job]]:
    """End the delivery; a mail is a lane of its own, and ends only itself."""
    job, now = failed.job, failed.at
    changes: dict[str, object] = {"failure": failed.failure, "waiting_for": ""}
    mail = job.name == StepKind.MAIL
    if mail:
        changes["mail"] = MailState.FAILED
    else:
        # What was delivered stays so, where a new link for it cannot be had.
        state = after(record.request.state, Event.DELIVERY_FAILED)
        changes |= {"state": state} if state else {"mail": MailState.FAILED}
        if state and record.request.guest_id is None:  # whom it had invited before may still be there
            changes["guest_id"] = next(reversed(guests_before(record)), None)
    request = newer(record.request, now, **changes)
    rows = _next_steps(record, job, StepDone(), now) if mail else []
    if request.state is State.DELIVERY_FAILED:
        rows += _parked(record, job)
        gives = any(one.name == StepKind.GIVE for one in steps_of(record))
        rows += [lasting.looked_at(request, record.jobs, now)] if gives else []
    return request, [*rows, *tell_requestor(record, request, now)]


fail = failing(_fail)


def _parked(record: Record, failed: Job) -> list[Job]:
    """Return the other open steps, waiting: none may run in a failed delivery; a lease still counts."""
    others = (job for job in steps_of(record) if job.key != failed.key)
    return [replace(job, status=JobStatus.WAITING) for job in others if job.status is JobStatus.READY]

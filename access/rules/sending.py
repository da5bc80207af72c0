"""A request that is sent, and what its delivery begins with."""

from datetime import datetime

from access.rules import jobs
from access.rules.changing import entry, moved_by
from access.rules.lifecycle import Event
from access.rules.model import AuditFact, Change, Job, JobKind, JobStatus, Json, Request, StepKind
from access.rules.plan import sponsor_of

RUN = "run"
"""The name of the row that runs a list."""


def send(request: Request, now: datetime, *, personal: bool) -> Change:
    """Turn a submitted request into one that waits: cards for the thread and each approver, and its timer.

    In a personal chat the thread is the requestor's own, so it shows the requestor's view.
    """
    request = moved_by(request, Event.APPROVAL_REQUIRED, now)
    thread = jobs.REQUESTOR if personal else jobs.THREAD
    rows = [jobs.card(request, thread, request.place, now)]
    rows += jobs.approver_cards(request, {}, now)
    rows.append(_timer(request))
    return Change(request=request, jobs=tuple(rows), audit=(submitted(request),))


def submitted(request: Request) -> AuditFact:
    """Return the entry of a request that is sent; who could decide it stands there, asked or not."""
    detail: dict[str, Json] = {
        "app": request.app.object_id,
        "give": request.give.key,
        "plan": request.plan.hash if request.plan else "",
        "rule": request.rule,
        "approvers": [one.object_id for one in request.approvers],
        "sponsor": sponsor_of(request).object_id,
        "ask_first": [one.object_id for one in request.ask_first],
    }
    if request.not_waived:
        no = request.not_waived
        detail |= {"not_waived": no.waiver, "most": no.most, "why_not": no.why}
    return entry(request, "request.submitted", detail, request.requestor.object_id)


def steps(request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the plan's steps as journal rows: the first is ready, each other waits for the one before."""
    if request.bulk is not None:
        return (run_of(request, now),)
    kinds: tuple[StepKind, ...] = request.plan.steps if request.plan else ()
    journal = JobKind.STEP if request.setup is None else JobKind.SETUP
    journal = JobKind.PROTECT if request.guard is not None else journal
    journal = JobKind.ROW if request.listed is not None else journal
    return tuple(
        Job(
            key=jobs.key_of(request.request_id, request.cycle, kind),
            request_id=request.request_id,
            kind=journal,
            name=kind,
            status=JobStatus.WAITING if place else JobStatus.READY,
            due_at=now,
            position=place,
        )
        for place, kind in enumerate(kinds)
    )


def run_of(request: Request, now: datetime) -> Job:
    """Return the row that runs a list."""
    return Job(
        key=jobs.key_of(request.request_id, request.cycle, RUN),
        request_id=request.request_id,
        kind=JobKind.LIST,
        name=RUN,
        status=JobStatus.READY,
        due_at=now,
    )


def _timer(request: Request) -> Job:
    return Job(
        key=jobs.key_of(request.request_id, request.cycle, jobs.CLOSES),
        request_id=request.request_id,
        kind=JobKind.TIMER,
        name=jobs.CLOSES,
        status=JobStatus.READY,
        due_at=request.closes_at,
    )

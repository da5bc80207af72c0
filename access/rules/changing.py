"""What transitions make: the next version of a request, its state after an event, and the entry of that."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from access.rules.journal import STEPS
from access.rules.lifecycle import Event, after
from access.rules.model import AuditFact, Job, JobKind, Json, Named, ObjectId, Request


def newer(request: Request, now: datetime, **changes: Any) -> Request:
    """Return the next version of a request."""
    return replace(request, version=request.version + 1, changed_at=now, **changes)


def moved_by(request: Request, event: Event, now: datetime, **changes: object) -> Request:
    """Return the request after an event that its state allows."""
    state = after(request.state, event)
    if state is None:
        raise ValueError(f"{event} is not possible in {request.state}")
    return newer(request, now, state=state, **changes)


def entry(
    request: Request, what: str, detail: Mapping[str, Json], actor: ObjectId | None = None
) -> AuditFact:
    """Return an entry about a request and its guest."""
    return AuditFact(
        what=what, request_id=request.request_id, actor=actor, subject=request.subject, detail=detail
    )


def refused(request: Request, act: str, name: str, actor: ObjectId) -> AuditFact:
    """Return the entry of an act that was refused, by the name of the refusal."""
    return entry(request, "act.refused", {"act": act, "refused": name, "state": str(request.state)}, actor)


def on_behalf(whom: Named | None) -> dict[str, Json]:
    """Return for the audit for which approver a delegate acted; nothing in one's own right."""
    return {"on_behalf_of": whom.object_id} if whom else {}


def begun(request: Request, job: Job) -> tuple[AuditFact, ...]:
    """Return the entry before a step: under whose approval it begins, and of an end, why."""
    if job.kind not in STEPS:
        return ()
    approval = request.review.by.object_id if request.review else None
    if request.ordered is not None:
        approval = request.ordered.by.object_id
    detail: dict[str, Json] = {"step": job.name, "fence": job.fence, "approved_by": approval}
    if request.waived is not None:
        detail["waiver"] = request.waived.waiver
    if request.adopted:
        detail["adopted_by"] = request.requestor.object_id
    if job.kind is JobKind.REMOVAL and request.assignment and request.assignment.end:
        detail["why"] = request.assignment.end.why
    if job.kind is JobKind.RETURN and request.assignment and request.assignment.returned:
        detail["returned_by"] = request.assignment.returned.by.object_id
    if request.setup is not None:
        detail |= {"app": request.app.object_id, "group": request.setup.group_id}
        return (entry(request, "step.begun", detail),)
    if request.guard is not None:
        doing = request.guard.doing
        detail |= {"app": request.app.object_id, "act": doing.act if doing else "make"}
        detail["policies"] = [one.policy_id for one in request.guard.made]
        detail["approved_by"] = doing.by.object_id if doing else approval
        return (entry(request, "step.begun", detail),)
    if request.edits:
        detail["details"] = [str(edit.what) for edit in request.edits]
    detail |= {"guest": request.guest_id, "app": request.app.object_id, "give": request.give.key}
    return (entry(request, "step.begun", detail),)

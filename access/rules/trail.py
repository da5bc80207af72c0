"""What the audit must tell of, and a page of it, as somebody may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from access.rules.audit import AuditEntry
from access.rules.journal import STEPS
from access.rules.model import Change, JobStatus, ObjectId, Record, Request, RequestId

ROWS = 8
"""Entries on a page."""


@dataclass(frozen=True, slots=True)
class NothingFor:
    """There is nothing about an address, or nothing that this person may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A page of entries, newest first, with what their words need."""

    entries: Sequence[AuditEntry]
    page: int
    pages: int
    requests: Mapping[RequestId, Request]
    names: Mapping[ObjectId, str]
    """Of those who act in these entries, as far as they are known."""


def untold(before: Record, change: Change) -> str:
    """Return what a change must have an entry of its own for, and has not; empty where all is told.

    A change of state, an access or an account, a review, a step that may begin, and what came of a step.
    """
    told = {fact.what for fact in change.audit if fact.request_id == change.request.request_id}
    if before.request.state is not change.request.state and not told:
        return f"{before.request.state} to {change.request.state}"
    if before.request.reviews != change.request.reviews and not told:
        return "a review"
    if before.request.assignment != change.request.assignment and not told:
        return "an access"
    if before.request.account != change.request.account and not told:
        return "an account"
    for job in change.jobs:
        known = before.jobs.get(job.key)
        if job.kind not in STEPS or known is None:
            continue
        if job.fence > known.fence and "step.begun" not in told:
            return f"{job.name} begins"
        ended = job.status in (JobStatus.DONE, JobStatus.FAILED) and known.status is not job.status
        if ended and not told & {"step.done", "step.failed"}:
            return f"{job.name} is {job.status}"
    return ""

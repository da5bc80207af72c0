"""A group that an end found gone: whoever restores it brings its members back, the guest among them."""

from datetime import datetime

from access.rules.accounts import RESTORABLE
from access.rules.delivery import StepDone
from access.rules.model import AssignmentState, Job, Request, StepKind

GROUP_GONE = "group_gone"
"""In the audit of the step that was to take a membership away: it met no group."""


def since(request: Request, step: Job, result: StepDone, now: datetime) -> datetime | None:
    """Return since when the group is known to be gone, after a step of an end."""
    if step.name != StepKind.TAKE_AWAY:
        return request.group_gone_at
    return now if result.traces.get(GROUP_GONE) else None


def may_be_back(request: Request, now: datetime) -> bool:
    """Tell whether an access ended with its group, which an admin may still restore past Guestlist."""
    given, at = request.assignment, request.group_gone_at
    if given is None or given.state is not AssignmentState.ENDED or at is None:
        return False
    return now - at <= RESTORABLE

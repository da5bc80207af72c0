"""What no change may be, whoever wants it: it is looked at right before it is written."""

from access.rules.journal import STEPS
from access.rules.model import ON_ACCOUNTS, Change, Record, State
from access.rules.stages import is_approved
from access.rules.trail import untold


def check(record: Record, change: Change) -> None:
    """Refuse what only a bug can want: another request, a version that jumps, a change under the same one.

    Or one that the audit must tell of, and does not.
    """
    before, after = record.request, change.request
    grown = after.version - before.version
    same = (before.request_id, before.number) == (after.request_id, after.number)
    if not same or grown not in (0, 1) or (grown == 0 and after != before):
        raise ValueError(f"a transition of {before.label} broke the order of its versions")
    if any(job.request_id != before.request_id for job in change.jobs):
        raise ValueError(f"a transition of {before.label} wrote another request's job")
    if missing := untold(record, change):
        raise ValueError(f"a transition of {before.label} is not in the audit: {missing}")


def check_new(change: Change) -> None:
    """Refuse a request that the audit does not tell of, or that begins by nobody's approval."""
    request = change.request
    told = {fact.what for fact in change.audit if fact.request_id == request.request_id}
    if not told:
        raise ValueError(f"{request.label} is new and not in the audit")
    begun = any(job.kind in STEPS for job in change.jobs) or request.state is State.DELIVERING
    waived = request.waived and "request.waived" in told
    ordered = request.ordered and request.kind in ON_ACCOUNTS and "request.ordered" in told
    listed = request.listed and "request.listed" in told
    if begun and not ((waived or ordered or listed) and is_approved(request)):
        raise ValueError(f"{request.label} begins approved, and no waiver, right or list did it")
    has_access = request.assignment is not None or request.state is State.DELIVERED
    if has_access and not (request.adopted and "assignment.adopted" in told):
        raise ValueError(f"{request.label} begins with an access, and nobody adopted one")

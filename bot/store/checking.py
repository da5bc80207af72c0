"""What no change may be, whoever wants it: it is looked at right before it is written."""

from access.rules.model import Change, Record
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

"""What whoever keeps Guestlist is told of a run that has paused by itself, and what goes on from there."""

from access.rules.causes import Cause
from access.rules.model import Request
from access.rules.retrying import is_old


def run_paused(request: Request, cause: Cause) -> str:
    """Return the alarm of a run that has just paused; no resume is named that would be refused."""
    label = request.label
    if cause is Cause.TERM_OVER:
        return (
            f"The run of the list {label} is paused, as the last day of its term is over. Have a new "
            f"list sent with another term, and end this one with /stop {label}."
        )
    if is_old(request, request.changed_at):
        return (
            f"The run of the list {label} is paused ({cause}), and cannot be resumed, as its approval is "
            f"more than 30 days old. See its card, end it with /stop {label}, and have a new list sent."
        )
    return (
        f"The run of the list {label} is paused ({cause}). See its card, and once that is mended go on "
        f"with /resume {label}, or end it with /stop {label}."
    )

"""When nothing of a request can happen any more, so that what was said of its guest may be erased."""

from access.rules.accounts import REMOVED
from access.rules.kinds import ON_ACCOUNTS
from access.rules.model import AssignmentState, Record, State
from access.rules.removing import is_blocked

SHORTEST = 30
"""Days: for so long Entra restores a deleted account, and a list keeps its rows."""
UNDECIDED = frozenset({State.SUBMITTED, State.PENDING_APPROVAL, State.DELIVERING})
"""The states in which the address is still needed."""
OVER = frozenset({AssignmentState.ENDED, AssignmentState.LENGTHENS})


def is_over(record: Record) -> bool:
    """Tell whether neither it nor what it left behind goes on; a request of no guest names none to erase."""
    request = record.request
    if request.state in UNDECIDED or request.of_no_guest:
        return False
    if request.state is State.DELIVERY_FAILED and is_blocked(record):
        return False
    if request.account is not None and request.account.state in REMOVED:
        return False
    if request.assignment is not None:
        return request.assignment.state in OVER
    # An older version has delivered without a word of what it left behind; that is noted within a minute.
    return request.state is not State.DELIVERED or request.kind in ON_ACCOUNTS

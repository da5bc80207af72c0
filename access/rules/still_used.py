"""What else needs a guest's account: accesses of other requests, and what the directory shows beside."""

from collections.abc import Iterable

from access.rules.accounts import Holdings
from access.rules.model import ON_ACCOUNTS, AssignmentState, Record, Request, State

_WAITS = frozenset({State.SUBMITTED, State.PENDING_APPROVAL, State.DELIVERING, State.DELIVERY_FAILED})


def rests_on_account(others: Iterable[Record], request: Request) -> bool:
    """Tell whether another request has given the guest something, or may come to."""
    return any(rests(one.request) for one in others if one.request.request_id != request.request_id)


def rests(other: Request) -> bool:
    """Tell whether a request has given its guest an access that lasts, or may come to."""
    if other.kind in ON_ACCOUNTS or other.extends is not None:
        return False
    given = other.assignment
    over = given is not None and given.state is AssignmentState.ENDED
    return other.state in _WAITS or (other.state is State.DELIVERED and not over)


def is_alone(held: Holdings, request: Request) -> bool:
    """Tell whether the guest has nothing else that the directory shows than what the request gave."""
    given = {request.app.object_id, request.give.object_id}
    rest = [*held.apps, *held.groups]
    return not held.roles and all(one.object_id in given for one in rest)

"""Which of a guest's requests an act on the guest belongs to."""

from collections.abc import Sequence
from datetime import datetime

from access.rules.model import ON_ACCOUNTS, AssignmentState, Record, RequestId, State

_GIVEN = frozenset({State.DELIVERED, State.DELIVERING, State.DELIVERY_FAILED})


def main_of(records: Sequence[Record], about: RequestId | None) -> Record | None:
    """Return the one that is meant, the newest that was delivered, or the newest that has begun to be."""
    accesses = [one for one in records if one.request.kind not in ON_ACCOUNTS]
    given = [one for one in accesses if one.request.state in _GIVEN and one.request.guest_id]
    begun = [one for one in given if one.request.extends is None]
    begun.sort(key=lambda one: (one.request.request_id == about, one.request.number), reverse=True)
    if begun and begun[0].request.request_id == about:
        return begun[0]
    delivered = [one for one in begun if one.request.state is State.DELIVERED]
    standing = [one for one in delivered if is_lasting(one)]
    return next(iter(standing or delivered or begun), None)


def is_lasting(record: Record) -> bool:
    """Tell whether a request was delivered and its access is not over; older ones had no assignment."""
    given = record.request.assignment
    over = given is not None and given.state in {AssignmentState.ENDING, AssignmentState.ENDED}
    return record.request.state is State.DELIVERED and not over


def was_given_since(record: Record, begun: datetime) -> bool:
    """Tell whether its access was delivered later than that and lasts."""
    at = record.request.delivered_at
    return at is not None and at > begun and is_lasting(record)

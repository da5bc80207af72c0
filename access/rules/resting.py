"""What an access rests on: whether it was there before its request, and whose duty it is to take it away."""

from dataclasses import replace
from datetime import datetime

from access.rules import jobs, lasting
from access.rules.changing import entry, newer
from access.rules.model import Assignment, AssignmentState, Change, Json, Record, RequestId, State
from access.rules.refusals import Stale

LASTING = frozenset({AssignmentState.ACTIVE, AssignmentState.SUSPENDED})
"""Where an access has not ended: what it rests on is not taken away by the end of another."""


def assign(*, was_there: bool) -> jobs.Claim:
    """Note the access of a request that a version without ends has delivered."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        if request.state is not State.DELIVERED or request.assignment is not None or request.of_no_guest:
            return Stale()
        given = Assignment(state=AssignmentState.ACTIVE, was_there=was_there)
        # Nothing has happened that a card shows, so no date changes.
        request = newer(request, request.changed_at, assignment=given)
        detail: dict[str, Json] = {"guest": request.guest_id, "was_there": was_there}
        fact = entry(request, "assignment.noted", detail)
        return Change(request=request, jobs=lasting.begun(request, now), audit=(fact,))

    return transition


def take_over(other: RequestId) -> jobs.Claim:
    """Take away, at one's own end, what was there because of another request, which ends now.

    Stale where this access has ended or is ending; a second time nothing changes. One that is suspended
    comes back with the guest's account, so it needs what it rests on as much as one that is active.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        request, given = record.request, record.request.assignment
        if given is None or given.state not in LASTING:
            return Stale()
        if not given.was_there:
            return Change(request=request)
        request = newer(request, request.changed_at, assignment=replace(given, was_there=False))
        fact = entry(request, "assignment.taken-over", {"from": other, "guest": request.guest_id})
        return Change(request=request, audit=(fact,))

    return transition

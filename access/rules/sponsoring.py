"""Whether a request added its sponsor to a guest who was there before, as the entries of its steps tell."""

from collections.abc import Iterable, Mapping

from access.rules.kinds import Kind, StepKind
from access.rules.model import Json, ObjectId, Request, State
from access.rules.plan import sponsor_of
from access.rules.still_used import rests

_NOTED = "sponsored"
"""In the audit of the step: what it found."""
_ADDED, _WAS_THERE = "added", "was-there"


def noted(request: Request, *, was_there: bool, ours: bool) -> dict[str, Json]:
    """Return what the step notes: nothing where this request may have added them a moment ago.

    A call of `ours` may have come through though its answer was lost, and an invitation names a sponsor, too.
    """
    if not was_there:
        return {_NOTED: _ADDED}
    invited = request.plan is not None and StepKind.INVITE in request.plan.steps
    return {} if ours or invited else {_NOTED: _WAS_THERE}


def was_added(entries: Iterable[Mapping[str, Json]], guest_id: ObjectId) -> bool | None:
    """Tell by the details of its steps whether the request added the sponsor; None where nobody knows."""
    found = {one.get(_NOTED) for one in entries if one.get("guest") == guest_id}
    if _ADDED in found:
        return True
    return False if _WAS_THERE in found else None


def is_needed(others: Iterable[Request], request: Request) -> bool:
    """Tell whether another request of the guest names the same sponsor, and has not ended."""
    return any(_names(one, sponsor_of(request).object_id) for one in others)


def _names(other: Request, sponsor: ObjectId) -> bool:
    if other.kind is Kind.CHANGE:
        named = other.sponsor is not None and other.sponsor.object_id == sponsor
        return named and other.state in {State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED}
    return sponsor_of(other).object_id == sponsor and rests(other)

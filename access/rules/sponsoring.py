"""Whether a request added its sponsor to a guest who was there before, as the entries of its steps tell."""

from collections.abc import Iterable, Mapping

from access.rules.kinds import Kind, StepKind
from access.rules.model import AssignmentState, EndCause, Json, ObjectId, Request, State
from access.rules.plan import sponsor_of
from access.rules.profiles import Detail
from access.rules.still_used import rests

UNDO_OF = "Undo of "
"""Before the label of what was undone: the justification of a change that does it, which nobody types."""
_NOTED = "sponsored"
"""In the audit of the step: what it found."""
_STAYS = "stays"
"""In the audit of the step that takes them off: why it did not."""
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


def undone_for(others: Iterable[Request], request: Request) -> list[Request]:
    """Return the other requests that named the same sponsor and were undone."""
    sponsor = sponsor_of(request).object_id
    return [one for one in others if _is_undone(one) and sponsor_of(one).object_id == sponsor]


def _is_undone(other: Request) -> bool:
    end = other.assignment.end if other.assignment else None
    return end is not None and end.why is EndCause.UNDONE


def has_left(entries: Iterable[Mapping[str, Json]], guest_id: ObjectId) -> bool:
    """Tell by the details of its steps whether a request added the sponsor, and its undo left them."""
    mine = [*entries]
    taken = any(one.get("step") == StepKind.UNSPONSOR and _STAYS not in one for one in mine)
    return was_added(mine, guest_id) is True and not taken


def is_needed(others: Iterable[Request], request: Request) -> bool:
    """Tell whether another request of the guest names the same sponsor, and neither has ended nor ends."""
    every = [*others]
    undone = {undone_by(one) for one in every}
    return any(_names(one, sponsor_of(request).object_id) for one in every if one.label not in undone)


def undone_by(other: Request) -> str:
    """Return the label of the change that another one has undone; of any other request none."""
    is_done = other.kind is Kind.CHANGE and other.state is State.DELIVERED
    is_done = is_done and any(edit.what is Detail.SPONSOR for edit in other.edits)
    return other.justification.removeprefix(UNDO_OF) if is_done else ""


def _names(other: Request, sponsor: ObjectId) -> bool:
    if other.kind is Kind.CHANGE:
        named = other.sponsor is not None and other.sponsor.object_id == sponsor
        return named and other.state in {State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED}
    ends = other.assignment is not None and other.assignment.state is AssignmentState.ENDING
    return sponsor_of(other).object_id == sponsor and rests(other) and not ends

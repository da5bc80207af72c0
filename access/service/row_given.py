"""Whether the guest of a row has what its list gives, by what Guestlist has given before."""

from datetime import datetime, timedelta

from access.rules.model import AssignmentState, ObjectId, Request, Subject
from access.rules.verdicts import Judged
from access.service.decide import Decisions

_REPLICATES = timedelta(hours=1)
"""Within which the directory shows everywhere what was written to it, and more."""


async def has_by(decisions: Decisions, subject: Subject, request: Request, now: datetime) -> Request | None:
    """Return the request by which the guest has it now, or is getting it back; None where they have not.

    Others may have taken away what was given, so the directory is asked; but not of what was given just now,
    or came back with the account, which it may not show yet.
    """
    for given in await decisions.store.given_to(subject, request.app.object_id, request.give.key):
        if given.guest_id is None or _is_fresh(given, now):
            return given
        if await decisions.directory.has(given.guest_id, given.app.object_id, given.give):
            return given
        if await _was_put_back(decisions, given.guest_id, now):
            return given
    return None


def _is_fresh(given: Request, now: datetime) -> bool:
    """Tell whether an access is being given back, or was given just now, for the first time or again."""
    last = given.assignment
    if last is not None and last.state is AssignmentState.RETURNING:
        return last.failure is None
    at = last.returned.at if last and last.returned else given.delivered_at
    return at is None or now - at < _REPLICATES


async def _was_put_back(decisions: Decisions, guest_id: ObjectId, now: datetime) -> bool:
    removals = [one.request.account for one in await decisions.store.of_guest(guest_id)]
    back = [one.restored_at for one in removals if one is not None and one.restored_at is not None]
    return any(now - at < _REPLICATES for at in back)


def is_row(first: Request, of: Request, row: Judged) -> bool:
    """Tell whether a request is the row of a list itself."""
    listed = first.listed
    return listed is not None and (listed.list_id, listed.row) == (of.request_id, row.number)

"""Whether the guest of a row has what its list gives, by what Guestlist has given before."""

from datetime import datetime, timedelta

from access.rules.model import Request, Subject
from access.rules.verdicts import Judged
from access.service.decide import Decisions

_REPLICATES = timedelta(hours=1)
"""Within which the directory shows everywhere what was written to it, and more."""


async def has_by(decisions: Decisions, subject: Subject, request: Request, now: datetime) -> Request | None:
    """Return the request by which the guest has it now; None where they have not.

    Others may have taken away what was given, so the directory is asked; but not of what was given just now,
    which it may not show yet.
    """
    for given in await decisions.store.given_to(subject, request.app.object_id, request.give.key):
        back = given.assignment and given.assignment.returned
        at = back.at if back else given.delivered_at
        if given.guest_id is None or at is None or now - at < _REPLICATES:
            return given
        if await decisions.directory.has(given.guest_id, given.app.object_id, given.give):
            return given
    return None


def is_row(first: Request, of: Request, row: Judged) -> bool:
    """Tell whether a request is the row of a list itself."""
    listed = first.listed
    return listed is not None and (listed.list_id, listed.row) == (of.request_id, row.number)

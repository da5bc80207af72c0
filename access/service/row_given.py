"""Whether the guest of a row has what its list gives, by what Guestlist has given before."""

from datetime import UTC, datetime, timedelta

from access.rules.lists import GuestList
from access.rules.model import Request, Subject
from access.service.decide import Decisions

_REPLICATES = timedelta(hours=1)
"""Within which the directory shows everywhere what was written to it, and more."""


def unread_since(made: GuestList | None) -> datetime:
    """Return since when what was given may not have been in the directory when the dry run read it."""
    return made.made_at - _REPLICATES if made else datetime.min.replace(tzinfo=UTC)


async def has_by(decisions: Decisions, subject: Subject, request: Request, since: datetime) -> str | None:
    """Return the label of the request by which the guest has it now; None where they have not.

    Others may have taken away what was given, so the directory is asked; but not of what was given `since`
    then, which it may not show yet.
    """
    for given in await decisions.store.given_to(subject, request.app.object_id, request.give.key):
        if given.guest_id is None or given.delivered_at is None or given.delivered_at >= since:
            return given.label
        if await decisions.directory.has(given.guest_id, given.app.object_id, given.give):
            return given.label
    return None

"""Whom a request is shown to, and which view of it they get: the one place where that is said."""

from enum import StrEnum

from access.rules.model import ObjectId, Request
from access.rules.stages import everybody


class Sight(StrEnum):
    """The view of a request that somebody gets."""

    REQUESTOR = "requestor"
    APPROVER = "approver"
    ANYBODYS = "anybody's"
    """What the base card says, and no more."""
    UNREAD = "unread"
    """It stands before them all, but who they are could not be read."""
    NOTHING = ""
    """They are answered as if there were no such request."""


def party(request: Request, person_id: ObjectId) -> Sight | None:
    """Return the view of whoever asked or decided, whatever else they are by now."""
    if person_id == request.requestor.object_id:
        return Sight.REQUESTOR
    decided = (request.review, *request.reviews)
    return Sight.APPROVER if person_id in {one.by.object_id for one in decided if one} else None


def is_asked(request: Request, person_id: ObjectId) -> bool:
    """Tell whether somebody may decide at any stage, as the directory last said."""
    return person_id in {one.object_id for one in (*request.approvers, *everybody(request.stages))}


def sight_of(
    request: Request, person_id: ObjectId, *, here: bool, member: bool | None, decides: bool
) -> Sight:
    """Return the view of somebody who is `here`, in the request's own conversation, or elsewhere.

    `member` and `decides` are what the directory says at this moment, `member` None where it cannot be read.
    Whoever was asked to decide holds a card of it, and whoever decides next is named on it: they see no less
    than that says to all. A directory guest
    sees nothing, not even where the base card stands before them.
    """
    if own := party(request, person_id):
        return own
    asked = is_asked(request, person_id)
    if member is None:
        return Sight.ANYBODYS if asked else Sight.UNREAD if here else Sight.NOTHING
    if not member:
        return Sight.NOTHING
    if decides:
        return Sight.APPROVER
    return Sight.ANYBODYS if asked or here else Sight.NOTHING

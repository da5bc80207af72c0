"""Seats of earlier approvals, which move where a later one needs theirs."""

from dataclasses import replace

from access.rules.changing import entry, on_behalf
from access.rules.model import AuditFact, Panel, Request, ReviewResult
from access.rules.stages import approvals, seating


def moved_seats(request: Request, review: ReviewResult, panel: Panel) -> Request:
    """Return the request with earlier approvals by delegates where this one leaves them a seat."""
    given = approvals(request, review.stage)
    sits = seating(given, panel, [review.by.object_id])
    seats = {person: seat for seat, person in sits.items()}
    reviews = (
        one.moved_to(seats.get(one.by.object_id, one.seat)) if one in given else one
        for one in request.reviews
    )
    return replace(request, reviews=tuple(reviews))


def reseated(before: Request, request: Request) -> tuple[AuditFact, ...]:
    """Return an entry for each earlier approval that counts for another approver now."""
    pairs = zip(before.reviews, request.reviews, strict=False)
    return tuple(
        entry(
            request,
            "approval.reseated",
            {"stage": now.stage, "by": now.by.object_id, **on_behalf(now.for_whom)},
        )
        for was, now in pairs
        if was.seat != now.seat
    )

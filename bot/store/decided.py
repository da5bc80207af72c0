"""Who has decided at which stage: a row for each, of which the database has one alone."""

from sqlalchemy import insert

from access.rules.model import Request, ReviewResult
from bot.store import codec
from bot.store.tables import decisions

ADD = insert(decisions)


def rows(before: Request, after: Request) -> list[codec.Row]:
    """Return what was decided since; an older version keeps the last review alone."""
    fresh, last = list(after.reviews[len(before.reviews) :]), after.review
    reviewed = fresh if last is None or last in {before.review, *fresh} else [*fresh, last]
    return [_row(after, one) for one in reviewed]


def _row(request: Request, review: ReviewResult) -> codec.Row:
    return {
        "request_id": request.request_id,
        "cycle": request.cycle,
        "stage": review.stage,
        "person_id": review.by.object_id,
    }

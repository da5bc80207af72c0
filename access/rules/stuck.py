"""What keeps a guest out, on the rows of the cards that say that they have not accepted."""

from collections.abc import Mapping
from datetime import datetime

from access.rules import jobs
from access.rules.coaching import Diagnosis, Helps, Stands
from access.rules.model import Json, Record
from access.rules.snags import Snag

WHY, HELPS, FOUND_AT = "why", "helps", "found_at"
"""On the row: the cause that was found when it was made, what helps, by their codes, and when that was."""


def told(diagnosis: Diagnosis, now: datetime) -> Mapping[str, Json]:
    """Return what a row says of a guest who is stuck; nothing of any other.

    A card may be shown days later, after a weekend, so that it says of when it speaks.
    """
    if diagnosis.cause is None or diagnosis.stands is not Stands.STUCK:
        return {}
    return {WHY: diagnosis.cause.snag, HELPS: diagnosis.helps, FOUND_AT: now.isoformat()}


def why_of(record: Record, audience: str) -> tuple[Snag | None, Helps]:
    """Return what this card says keeps the guest out, and what helps; else a new link may."""
    row = record.jobs.get(jobs.key_of(record.request.request_id, 0, audience))
    why, helps = (row.body.get(WHY), row.body.get(HELPS)) if row is not None else (None, None)
    if why not in set(Snag) or helps not in set(Helps):
        return None, Helps.RESEND
    return Snag(str(why)), Helps(str(helps))


def found_at(record: Record, audience: str) -> datetime | None:
    """Return when the cause on this card was so."""
    row = record.jobs.get(jobs.key_of(record.request.request_id, 0, audience))
    at = row.body.get(FOUND_AT) if row is not None else None
    return datetime.fromisoformat(str(at)) if at else None

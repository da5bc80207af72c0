"""Draws a request for an audience: the one entrance for the outbox and for answers to buttons."""

from dataclasses import replace

from access.rules import jobs
from access.rules.model import ObjectId, Record
from cards import accepted, approval, requestor, thread
from cards.elements import CardJson
from cards.look import Look


def draw(record: Record, audience: str, look: Look) -> CardJson:
    """Draw `thread`, `requestor`, `approver/OBJECT-ID`, `accepted/thread` or `accepted/requestor`."""
    if audience == jobs.THREAD:
        return thread.draw(record, replace(look, personal=False))
    if audience == jobs.REQUESTOR:
        return requestor.draw(record, look)
    if audience.startswith(jobs.APPROVER):
        return approval.draw(record, ObjectId(audience.removeprefix(jobs.APPROVER)), look)
    if audience == f"{jobs.ACCEPTED}{jobs.REQUESTOR}":
        return accepted.draw(record.request, look, for_requestor=True)
    if audience == f"{jobs.ACCEPTED}{jobs.THREAD}":
        return accepted.draw(record.request, replace(look, personal=False), for_requestor=False)
    raise ValueError(f"there is no audience {audience!r}")


def summary(record: Record, audience: str, look: Look) -> str:
    """Return what is read aloud and what a phone's notification says: the card's own fallback text."""
    return str(draw(record, audience, look)["fallbackText"])

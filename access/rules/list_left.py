"""Until when all guests of a list have access, by the writes and invitations that a tenant takes."""

from datetime import timedelta

from access.rules.bulk import Bulk, Verdict
from access.rules.model import GiveKind, Request

WRITES = 20.0 * 60
"""A minute; an invitation is counted as one."""
INVITATIONS = 29.0 * 60
_AT_ONCE = 140 / 60
"""Minutes whose writes a tenant that was at rest takes at once, without what is kept for people."""
_OF_A_ROLE, _OF_A_GROUP = 1.0, 0.05
"""Writes by which one who is a guest already is given an app; to a group twenty are added by one."""


def left_of(request: Request, bulk: Bulk, ended: int, to_do: int, *, capped: bool) -> timedelta:
    """Return how long it is until all is given, as of when the request has changed the last time.

    `ended` rows are over and `to_do` are not; `capped` says that some of these are not begun.
    """
    writes = bulk.quota or WRITES
    invitations = bulk.invitations or writes * INVITATIONS / WRITES
    each = _writes_each(request, bulk)
    slowest = to_do / bulk.rate if bulk.rate else 0.0
    by_writes = (to_do * each - _at_once(request, bulk, ended * each, writes)) / writes
    left = timedelta(minutes=max(to_do / invitations, by_writes, slowest))
    if not (capped and bulk.cap and request.review):
        return left
    invited = min(dict(bulk.counts).get(Verdict.NEW, 0), bulk.rows)
    days = timedelta(days=max(invited - 1, 0) // bulk.cap)
    return max(left, request.review.at + days - request.changed_at)


def _writes_each(request: Request, bulk: Bulk) -> float:
    """Return how many writes a guest of the list costs: who is none yet is invited by one more."""
    counts = dict(bulk.counts)
    new, known = counts.get(Verdict.NEW, 0), counts.get(Verdict.GUEST, 0)
    given = _OF_A_GROUP if request.give.kind is GiveKind.GROUP else _OF_A_ROLE
    return given + (new / (new + known) if new + known else 1.0)


def _at_once(request: Request, bulk: Bulk, done: float, writes: float) -> float:
    """Return what is left of the writes that go at once: of a run that was paused, none."""
    if bulk.done_before:
        return 0.0
    since = max(request.changed_at - bulk.since, timedelta()) if bulk.since else timedelta()
    most = _AT_ONCE * writes
    return min(max(most + since / timedelta(minutes=1) * writes - done, 0.0), most)

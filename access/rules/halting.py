"""What becomes of a guest's accesses while their account is removed from the directory, and after."""

from dataclasses import replace
from datetime import datetime

from access.rules import ending, group_gone, jobs, lasting, returning, unaccepted
from access.rules.accounts import RESTORABLE
from access.rules.assignments import Halted
from access.rules.changing import entry, newer
from access.rules.model import (
    Assignment,
    AssignmentState,
    Change,
    JobStatus,
    Json,
    Left,
    MailState,
    Record,
    Request,
    RequestId,
    State,
)
from access.rules.refusals import Stale

_DELIVERIES = frozenset({State.DELIVERING, State.DELIVERY_FAILED})


def halt(by: Request, *, deleted: bool) -> jobs.Claim:
    """Note that the guest cannot use an access, for a removal has blocked the account, or deleted it.

    What is only blocked ends with its term, as any. What is deleted has no end, until it is put back.
    What is being given, or given again, is noted as well, so that it cannot become active as if nobody had
    blocked it.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, given = record.request, record.request.assignment
        if _is_under_way(request):
            return _noted(record, Halted(by.request_id, by.label, now, deleted), now)
        if given is None or given.state not in lasting.LASTS:
            return Stale()
        returns = given.state is AssignmentState.RETURNING
        goes = deleted and not (returns and not returning.is_given(record))
        if given.halted is not None and given.halted.by == by.request_id and not goes:
            return Stale()
        was = returning.as_given(record, given) if returns and goes else given
        halted = replace(was, halted=Halted(by.request_id, by.label, now))
        detail: dict[str, Json] = {"by": by.request_id, "guest": request.guest_id}
        if not goes:
            request = newer(request, now, assignment=halted)
            fact = entry(request, "assignment.halted", detail)
            return Change(request=request, jobs=jobs.show_again(record.jobs, request, now), audit=(fact,))
        mail = MailState.FAILED if request.mail is MailState.QUEUED else request.mail
        request = newer(
            request,
            now,
            assignment=replace(halted, state=AssignmentState.SUSPENDED),
            mail=mail,
            failure=None,
            waiting_for="",
        )
        fact = entry(request, "assignment.suspended", detail)
        rows = (*ending.given_up(record), *jobs.show_again(record.jobs, request, now))
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition


def _is_under_way(request: Request) -> bool:
    """Tell whether an access is being given by a delivery, or may be by its retry."""
    lengthens = request.extends is not None  # which gives none: what it lengthens is told by itself
    return request.assignment is None and request.state in _DELIVERIES and not lengthens


def _noted(record: Record, halted: Halted, now: datetime) -> Change | Stale:
    """Note it on the request: the assignment that its delivery makes will have it."""
    request, known = record.request, record.request.halted
    if known is not None and known.by == halted.by and known.deleted == halted.deleted:
        return Stale()
    request = newer(request, now, halted=halted)
    fact = entry(request, "assignment.halted", {"by": halted.by, "guest": request.guest_id})
    return Change(request=request, audit=(fact,))


def resume(by: Request) -> jobs.Claim:
    """Let an access go on with the end that it had; one whose end has passed meanwhile ends now.

    One that ended and met no account has come back with it, so it is taken away after all. That a deletion
    is proved may be long after it was done, so every such end since the removal was ordered counts. One that
    is ending begins anew: it may have met no account a moment ago, and not have said so yet.
    """
    since = by.ordered.at if by.ordered else None

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, given = record.request, record.request.assignment
        if given is None:
            if request.halted is None or request.halted.by != by.request_id:
                return Stale()
            request = newer(request, now, halted=None)
            fact = entry(request, "assignment.resumed", {"by": by.request_id, "guest": request.guest_id})
            return Change(request=request, audit=(fact,))
        ended = given.left is Left.GUEST_GONE and given.end is not None
        if since and ended and given.ended_at and given.ended_at >= since:
            return ending.take_up(record, None, now)
        if given.state is AssignmentState.ENDING and given.failure is None:
            return ending.take_up(record, None, now)
        if ending.met_nobody(record):
            return ending.take_up_last(record, None, now)
        if given.halted is None or given.halted.by != by.request_id:
            return Stale()
        given = replace(given, halted=None)
        if given.state is AssignmentState.SUSPENDED or _is_lost(given):
            given = replace(given, state=AssignmentState.ACTIVE, ended_at=None, left=None)
        asked = tuple(one for one in request.lapses if one.kept_until is not None)  # nothing ends unseen
        request = newer(request, now, assignment=given, lapses=asked)
        awake = (*lasting.anew(request, record.jobs, now), *unaccepted.anew(request, record.jobs, now))
        rows = (*awake, *jobs.show_again(record.jobs, request, now))
        detail: dict[str, Json] = {"by": by.request_id, "guest": request.guest_id}
        return Change(request=request, jobs=rows, audit=(entry(request, "assignment.resumed", detail),))

    return transition


def come_back() -> jobs.Claim:
    """Take away after all what an end left: it met no account, or no group, which others have restored."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        back = may_come_back(record.request, now) or group_gone.may_be_back(record.request, now)
        return ending.take_up(record, None, now) if back else Stale()

    return transition


def may_come_back(request: Request, now: datetime) -> bool:
    """Tell whether an access ended with its guest, whom a tenant admin may still put back past Guestlist."""
    given = request.assignment
    if given is None or given.left is not Left.GUEST_GONE or given.ended_at is None or _is_lost(given):
        return False
    return now - given.ended_at <= RESTORABLE


def taken_along_by(request: Request, now: datetime) -> RequestId | None:
    """Return the removal that took an access along with its guest, who may be put back past Guestlist."""
    given = request.assignment
    if given is None or given.halted is None:
        return None
    lost = _is_lost(given) and given.ended_at is not None and now - given.ended_at <= RESTORABLE
    return given.halted.by if lost or given.state is AssignmentState.SUSPENDED else None


def _is_lost(given: Assignment) -> bool:
    """Tell whether an access ended with its guest's account alone, and not by its term or an act."""
    return given.state is AssignmentState.ENDED and given.left is Left.GUEST_GONE and given.end is None


def lose(by: Request) -> jobs.Claim:
    """End an access for good, whose guest nobody can restore any more."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, given = record.request, record.request.assignment
        if given is None or given.halted is None or given.halted.by != by.request_id:
            return Stale()
        if given.state is not AssignmentState.SUSPENDED:
            return Stale()
        gone = replace(given, state=AssignmentState.ENDED, ended_at=now, left=Left.GUEST_GONE)
        request = newer(request, now, assignment=gone)
        row = record.jobs.get(jobs.key_of(request.request_id, 0, lasting.NAME))
        asleep = (replace(row, status=JobStatus.DROPPED, lease_until=None),) if row else ()
        detail: dict[str, Json] = {"guest": request.guest_id, "left": Left.GUEST_GONE}
        fact = entry(request, "assignment.ended", detail)
        shown = jobs.show_again(record.jobs, request, now)
        return Change(request=request, jobs=(*asleep, *shown), audit=(fact,))

    return transition

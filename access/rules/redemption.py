"""What becomes of a guest who was invited: they accept, or they are deleted before they could."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs, unaccepted
from access.rules.accounts import RESTORABLE
from access.rules.assignments import AssignmentState
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.model import AuditFact, Change, Job, ObjectId, Record, Redemption, Request, State
from access.rules.refusals import Stale
from access.rules.relinked import Relinked
from access.rules.unshown import is_closed

Noticing = Callable[[Record, datetime], Change | Stale]

_SKEW = timedelta(minutes=5)
"""By how much the directory's clock and ours may differ, where only ours is known."""
_LAG = timedelta(minutes=5)
"""For so long a copy of the directory may show a guest who is deleted, or an acceptance that was reset."""
_SETTLED = timedelta(hours=1)
"""After so long, a guest whom the directory does not show is deleted, and no longer replicating."""


def accept(guest_id: ObjectId, redemption: Redemption, accepted_at: datetime | None) -> Noticing:
    """Note that the guest has accepted; the thread and the requestor are told once, after delivery."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        waits = request.awaits_acceptance and request.accepted_at is None
        if not waits or request.guest_id != guest_id or redemption is not Redemption.ACCEPTED:
            return Stale()
        if _is_older(request, accepted_at, now):
            return Stale()
        accepted = newer(request, now, accepted_at=accepted_at or now, gone_at=None)
        rows = (*acceptance(record, accepted, now), *jobs.show_again(record.jobs, accepted, now))
        return Change(request=accepted, jobs=rows, audit=(_fact(accepted, "guest.accepted", guest_id),))

    return transition


def begin_anew(mark: Relinked) -> Noticing:
    """Note that the guest of an access has to accept anew, as somebody wanted under another request.

    That request tells of the acceptance; the cards of this one say it.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, given, was = record.request, record.request.assignment, record.request.relinked
        lasts = given is not None and given.state is AssignmentState.ACTIVE and not request.adopted
        if not lasts or (was is not None and was.at >= mark.at):
            return Stale()
        waits = replace(request, awaits_acceptance=True, accepted_at=None, gone_at=None)
        again = newer(waits, now, relinked=mark, anew_at=mark.at)
        rows = (*unaccepted.anew(again, record.jobs, now), *jobs.show_again(record.jobs, again, now))
        fact = entry(again, "link.noted", {"guest": again.guest_id, "at": mark.at.isoformat()})
        return Change(request=again, jobs=rows, audit=(fact,))

    return transition


def _is_older(request: Request, accepted_at: datetime | None, now: datetime) -> bool:
    """Tell whether this is the acceptance that a reset has undone, which the directory still shows.

    One without a time may be, for a while: it is looked at again.
    """
    again = request.relinked
    since = request.anew_at or (again.at if again is not None and again.reset else None)
    if since is None:
        return False
    if accepted_at is None:
        return now - max(since, request.changed_at) <= _LAG
    if again is not None and again.undoes is not None:
        return accepted_at <= again.undoes
    return accepted_at < since - _SKEW


def acceptance(record: Record, request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the notices of an acceptance, once it is both delivered and accepted."""
    if request.accepted_at is None or request.state is not State.DELIVERED:
        return ()
    if request.listed is not None or (request.relinked is not None and request.relinked.under):
        return ()
    if request.restored is not None and request.accepted_at <= request.restored.at:
        return ()  # it may have been told, and its cards say it
    thread = record.jobs.get(jobs.key_of(request.request_id, 0, jobs.THREAD))
    wanted = {f"{jobs.ACCEPTED}{jobs.REQUESTOR}": "" if thread else request.place}
    if thread is not None and not is_closed(record, jobs.THREAD):  # or else its card says it, once it can
        wanted[f"{jobs.ACCEPTED}{jobs.THREAD}"] = str(thread.body[jobs.PLACE])
    return tuple(
        jobs.notice(request, audience, place, now)
        for audience, place in wanted.items()
        if jobs.key_of(request.request_id, 0, audience) not in record.jobs
    )


def lose(guest_id: ObjectId, *, deleted: bool) -> Noticing:
    """Note that the guest is gone before accepting; `deleted` when the directory says so by itself.

    As long as somebody can put the account back, the guest is looked for, who may accept after all.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        waits = request.awaits_acceptance and request.accepted_at is None and request.guest_id == guest_id
        since, given = request.delivered_at, request.assignment
        if given is not None and given.halted is not None:
            return Stale()  # Guestlist has deleted the guest, who can be restored
        if waits and request.gone_at is not None:
            over = now - request.gone_at > RESTORABLE
            if not over:
                return Stale()
            return Change(request=newer(request, request.changed_at, awaits_acceptance=False))
        if not waits or since is None or not (deleted or now - since > _SETTLED):
            return Stale()
        lost = newer(request, now, gone_at=now)
        rows = (*tell_requestor(record, lost, now), *jobs.show_again(record.jobs, lost, now))
        return Change(request=lost, jobs=rows, audit=(_fact(lost, "guest.gone", guest_id),))

    return transition


def regain(guest_id: ObjectId, *, changed: bool = False) -> Noticing:
    """Note that a guest who was gone is back, and has not accepted; `changed` when the directory says so.

    Whoever is reminded to accept is so again.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        waits = request.awaits_acceptance and request.accepted_at is None and request.guest_id == guest_id
        if not waits or request.gone_at is None or not (changed or now - request.gone_at > _LAG):
            return Stale()
        back = newer(request, now, gone_at=None)
        rows = (*tell_requestor(record, back, now), *jobs.show_again(record.jobs, back, now))
        rows += unaccepted.anew(back, record.jobs, now)
        return Change(request=back, jobs=rows, audit=(_fact(back, "guest.back", guest_id),))

    return transition


def _fact(request: Request, what: str, guest_id: ObjectId) -> AuditFact:
    return entry(request, what, {"guest": guest_id})

"""What people do with the run of a list, and what stops it: paused, resumed, stopped, taken up again."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs, sending
from access.rules.addresses import domain_of
from access.rules.bulk import BEHIND_ALL, Bulk, Run
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by, newer
from access.rules.lifecycle import Event
from access.rules.model import (
    ERASED,
    Change,
    JobStatus,
    Json,
    Named,
    ObjectId,
    Record,
    Request,
    State,
)
from access.rules.refusals import NotPossible, NotYours, Stale, WillNotWork
from access.rules.retrying import is_old
from access.rules.retrying import retry as retry_one
from access.rules.verdicts import Judged

HALTS = frozenset(
    {Cause.INVITATIONS_BLOCKED, Cause.RIGHTS_MISSING, Cause.SIGN_IN_REFUSED, Cause.GROUP_BARS_GUESTS}
)
"""What stops every row, and not the one that has met it."""
RESTS = HALTS | {Cause.INVITATIONS_OFF}
"""With what stops every row once several have met it."""
MOST_REFUSED = 10
"""Invitations refused in unknown words, after which a run waits: Microsoft blocks for failed ones."""

STILL = timedelta(minutes=1)
"""After how long without anything a card says that it stands still."""

Acting = Callable[[Record, datetime], Change | NotYours | NotPossible | WillNotWork]


def pause(actor: Named, may: Collection[ObjectId]) -> Acting:
    """Make no more rows until it is resumed; what is under way is finished."""
    return _turned(actor, may, Run.PAUSED, {Run.RUNNING}, "list.paused")


def resume(actor: Named, may: Collection[ObjectId]) -> Acting:
    return _turned(actor, may, Run.RUNNING, {Run.PAUSED}, "list.resumed")


def stop(actor: Named, may: Collection[ObjectId]) -> Acting:
    """Make no more rows for good."""
    return _turned(actor, may, Run.STOPPED, {Run.RUNNING, Run.PAUSED}, "list.stopped")


def _turned(actor: Named, may: Collection[ObjectId], to: Run, at: Collection[Run], what: str) -> Acting:
    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | WillNotWork:
        request, bulk = record.request, record.request.bulk
        if actor.object_id not in may:
            return NotYours(request, (request.requestor,))
        if bulk is None or not (bulk.run in at and _goes_on(request, bulk)):
            return NotPossible(request, request.state)
        if to is Run.PAUSED and not has_to_come(bulk):
            return NotPossible(request, request.state)
        if to is Run.RUNNING and is_over(bulk):
            return NotPossible(request, request.state)
        if to is not Run.STOPPED and is_old(request, now):  # nor paused, as no resume would come after it
            return WillNotWork(request, Cause.APPROVAL_OLD)
        turned = replace(bulk, run=to, why="", since=None, moved_at=now)
        if to is Run.STOPPED:  # also of what was to be taken up again; what waits by a halt fails by that
            why = bulk.why if bulk.why in RESTS else ""
            turned = replace(turned, why=why, again=None, again_by=None, again_row=0, again_skipped=0)
        return _woken(record, newer(request, now, bulk=turned), now, what, actor.object_id)

    return transition


def _goes_on(request: Request, bulk: Bulk) -> bool:
    """Tell whether rows are under way or to come, or a pause holds up what is left after them: mails."""
    return request.state is State.DELIVERING or bulk.run is Run.PAUSED


def has_to_come(bulk: Bulk) -> bool:
    """Tell whether rows are to be made, or what failed to be taken up: what a pause or a stop keeps back."""
    return (bulk.made < bulk.rows and not bulk.is_cut) or bulk.again is not None


def is_over(bulk: Bulk) -> bool:
    """Tell whether a run is paused for good: once the last day of its term is over, no resume helps."""
    return bulk.run is Run.PAUSED and bulk.why == Cause.TERM_OVER


def cannot_go_on(request: Request, at: datetime) -> bool:
    """Tell whether no resume of a paused run helps: its term is over, or its approval too long ago."""
    return request.bulk is not None and (is_over(request.bulk) or is_old(request, at))


def rests_for_good(request: Request, at: datetime) -> bool:
    """Tell whether a run is paused and nobody can resume it, so that who is left is not invited."""
    paused = request.bulk is not None and request.bulk.run is Run.PAUSED
    return paused and cannot_go_on(request, at)


def refused_in_vain(bulk: Bulk, refused: int) -> bool:
    """Tell whether so many more invitations were refused than when somebody last resumed the run for it."""
    return bulk.run is Run.RUNNING and refused - bulk.refused >= MOST_REFUSED


def halt(
    cause: Cause, row: int | None = None, refused: int = 0
) -> Callable[[Record, datetime], Change | Stale]:
    """Pause a run by what one of its rows has met, or several, which stands against all of them."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, bulk = record.request, record.request.bulk
        if bulk is None or bulk.run is Run.STOPPED or bulk.why == cause:
            return Stale()
        met = (row, str(cause)) if row is not None else bulk.met
        paused = replace(bulk, run=Run.PAUSED, why=str(cause), since=None, met=met)
        paused = replace(paused, refused=max(refused, bulk.refused))
        halted = newer(request, now, bulk=paused)
        shown = jobs.show_again(record.jobs, halted, now)
        return Change(request=halted, jobs=shown, audit=(entry(halted, "list.paused", {"cause": cause}),))

    return transition


def away(key: str, fence: int, delay: timedelta) -> jobs.Claim:
    """Look later, as the directory cannot be read; once that has lasted for a while the card says so."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        change = jobs.put_off(key, fence, delay, surely_not_done=True)(record, now)
        request, bulk = record.request, record.request.bulk
        goes = bulk is not None and bulk.run is Run.RUNNING and request.state is State.DELIVERING
        if isinstance(change, Stale) or bulk is None or bulk.still or not goes:
            return change
        if now - (bulk.moved_at or request.changed_at) < STILL:
            return change
        stands = newer(request, now, bulk=replace(bulk, still=True))
        return Change(request=stands, jobs=(*change.jobs, *jobs.show_again(record.jobs, stands, now)))

    return transition


def waits(cause: Cause, *, mail: bool) -> Callable[[Record, datetime], Change | Stale]:
    """Note for what a run waits that goes on by itself; a `mail` alone holds up no access."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        bulk = record.request.bulk
        if bulk is None or bulk.run is not Run.RUNNING or bulk.why:
            return Stale()
        if mail and record.request.state is State.DELIVERING:
            return Stale()
        waiting = newer(record.request, now, bulk=replace(bulk, why=str(cause)))
        return Change(request=waiting, jobs=jobs.show_again(record.jobs, waiting, now))

    return transition


def retry(actor: Named, may: Collection[ObjectId]) -> Acting:
    """Have taken up again what failed, mails too, and tried once more what became no request."""

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | WillNotWork:
        request, bulk = record.request, record.request.bulk
        if actor.object_id not in may:
            return NotYours(request, (request.requestor,))
        if bulk is None or request.state not in {State.DELIVERED, State.DELIVERY_FAILED}:
            return NotPossible(request, request.state)
        if is_old(request, now):
            return WillNotWork(request, Cause.APPROVAL_OLD)
        rest = replace(bulk, last_row=BEHIND_ALL) if bulk.run is Run.STOPPED else bulk  # that is for good
        fresh = replace(rest, run=Run.RUNNING, why="", since=None, moved_at=now, refused=0, met=None)
        again = replace(fresh, again=now, again_by=actor, again_row=0, again_skipped=0)
        if request.state is State.DELIVERED:  # of which mails alone can have failed
            moved = newer(request, now, bulk=again)
        else:
            moved = moved_by(request, Event.DELIVERY_RETRIED, now, bulk=again, delivered_at=None)
        return _woken(record, moved, now, "list.retried", actor.object_id)

    return transition


def forgotten(request: Request, rows: Collection[Judged], now: datetime) -> Request | None:
    """Note guests who were erased before a run has reached them; None where it was to reach none."""
    bulk = request.bulk
    if bulk is None or request.state is not State.DELIVERING or bulk.is_cut:
        return None
    ahead = [one for one in rows if one.goes and one.number > bulk.last_row and one.address != ERASED]
    skipped = [
        (one.number, str(Cause.FORGOTTEN)) for one in ahead if domain_of(one.address) not in bulk.left_out
    ]
    noted = replace(bulk, skipped=(*bulk.skipped, *skipped), made=bulk.made + len(skipped))
    return newer(request, now, bulk=noted) if skipped else None


def row_retried(by: Named, until: datetime) -> Callable[[Record, datetime], Change | object]:
    """Return the retry of a row, where nobody was faster; what cannot be taken up is noted as looked at."""

    def transition(record: Record, now: datetime) -> Change | object:
        failure = record.request.failure
        if failure is None or failure.at > until:
            return None
        return retry_one(by, (by,))(record, now)

    return transition


def _woken(record: Record, request: Request, now: datetime, what: str, actor: ObjectId) -> Change:
    """Look at once: what was put off to the next look is due now, and what was done is again."""
    fresh = sending.run_of(request, now)
    known = record.jobs.get(fresh.key)
    row = fresh if known is None else known
    held = row.lease_until is not None and row.status is JobStatus.READY
    due = () if held else (replace(row, status=JobStatus.READY, due_at=now, tries=0),)
    shown = jobs.show_again(record.jobs, request, now)
    over: dict[str, Json] = {} if request.state is State.DELIVERING else {"delivered": True}
    return Change(request=request, jobs=(*due, *shown), audit=(entry(request, what, over, actor),))


def rest(key: str, delay: timedelta) -> Callable[[Record, datetime], Change | Stale]:
    """Put off a step that nobody has claimed, which so begins nothing and needs no entry."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = record.jobs.get(key)
        if job is None or job.status is not JobStatus.READY or job.lease_until is not None:
            return Stale()
        return Change(request=record.request, jobs=(replace(job, due_at=now + delay),))

    return transition

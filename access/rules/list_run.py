"""The run of an approved list: how many rows it makes at a look, what it counts, when it is over."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from access.rules import jobs
from access.rules.bulk import BEHIND_ALL, Bulk, Progress, Run
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by, newer
from access.rules.lifecycle import Event
from access.rules.list_acts import RESTS, STILL
from access.rules.list_left import INVITATIONS, WRITES, left_of
from access.rules.listing import MAILS_APART, MAILS_OF_MANY
from access.rules.model import Change, Job, JobStatus, Json, Record, Request, State
from access.rules.refusals import Stale

EACH_LOOK = timedelta(seconds=1)
EACH_EDIT = timedelta(seconds=3)
"""How often the card of a list is edited at the most."""
_PAUSED = timedelta(seconds=10)
_AFTERWARDS, _AWAITED = timedelta(hours=6), timedelta(days=60)
"""How often a list that is over looks who has accepted since, and for how long."""
_OF_MANY, _INVITED_OF_MANY = 0.75, 19 / 29
"""What replicas that share the quota use of it, and of its invitations."""
_PACED = 0.5
"""Minutes after which a run has a pace: its first rows are under way before any is delivered."""
_OVER = frozenset({State.DELIVERED, State.DELIVERY_FAILED})


@dataclass(frozen=True, slots=True)
class Pace:
    """How many rows are under way at once, and how many a look makes; two looks are a second apart."""

    window: int = 160
    """Of a few seconds each: so many as the tenant's quota lets begin in eight, and as a process delivers."""
    lot: int = 60
    mails: timedelta = MAILS_APART
    """Between two mails."""
    quota: float = WRITES
    invitations: float = INVITATIONS
    cap: int = 0
    """Invitations a day, 0 where none is set."""


def pace_of(*, shared: bool, share: int = 100, cap: int | None = None) -> Pace:
    """Return the pace of a process, or of each of several that share a tenant and its mailbox.

    Of the tenant's quota the operator leaves a `share` of a hundred, and `cap` invitations a day.
    """
    part = share / 100
    if not shared:
        return Pace(quota=WRITES * part, invitations=INVITATIONS * part, cap=cap or 0)
    invitations = INVITATIONS * _INVITED_OF_MANY * part
    return Pace(mails=MAILS_OF_MANY, quota=WRITES * _OF_MANY * part, invitations=invitations, cap=cap or 0)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a list there are in each state, and of their mails; of failures why."""

    states: Mapping[State, int] = field(default_factory=dict)
    mails: Mapping[JobStatus, int] = field(default_factory=dict)
    awaited: int = 0
    """Given, and the guest has not accepted."""
    causes: Mapping[str, int] = field(default_factory=dict)

    @property
    def made(self) -> int:
        return sum(self.states.values())

    @property
    def under_way(self) -> int:
        return self.states.get(State.DELIVERING, 0) + self.states.get(State.SUBMITTED, 0)

    @property
    def delivered(self) -> int:
        return self.states.get(State.DELIVERED, 0)

    @property
    def failed(self) -> int:
        return self.states.get(State.DELIVERY_FAILED, 0)

    @property
    def mails_waiting(self) -> int:
        return self.mails.get(JobStatus.READY, 0)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a look has made: up to which row, how many requests, of which rows none, until when they mail."""

    row: int = 0
    made: int = 0
    skipped: tuple[tuple[int, str], ...] = ()
    mails_until: datetime | None = None
    pace: Pace = field(default_factory=Pace)
    known: Collection[int] = ()  # rows that are requests, which a retry that was stopped has not noted


def room(bulk: Bulk, counts: Counts, pace: Pace) -> int:
    """Return how many rows may be made now."""
    return min(pace.lot, pace.window - counts.under_way) if bulk.run is Run.RUNNING else 0


def looked(key: str, fence: int, reached: Reached, counts: Counts, *, more: bool) -> jobs.Claim:
    """Note what a look has made and what stands; `more` says that there are rows to come."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, bulk = jobs.held(record, key, fence), record.request.bulk
        if job is None or bulk is None:
            return Stale()
        grown = _grown(record.request, bulk, reached, counts, now)
        if _keeps_nothing_back(grown, counts, more=more or bool(reached.made)):
            grown = replace(grown, run=Run.RUNNING, why="")
        if _stands_still(record.request, grown, counts, now):
            grown = replace(grown, still=True)
        if grown.run is Run.STOPPED and not (counts.under_way or counts.mails_waiting):
            grown = replace(grown, why="")  # nothing fails by that any more; who is retried alone is tried
        ends = not counts.under_way and not reached.made and (not more or bulk.run is Run.STOPPED)
        if ends and record.request.state is State.DELIVERING and bulk.again is None:
            return _ended(record, job, grown, counts, now)
        if grown == bulk:
            return Change(request=record.request, jobs=(_later(record.request, job, bulk, counts, now),))
        request = newer(record.request, now, bulk=grown)
        shown = jobs.show_again(record.jobs, request, now, patience=EACH_EDIT)
        return Change(request=request, jobs=(_later(request, job, grown, counts, now), *shown))

    return transition


def _keeps_nothing_back(bulk: Bulk, counts: Counts, *, more: bool) -> bool:
    """Tell whether a run is paused of which nothing is left; what stands against all rows holds mails."""
    if bulk.run is not Run.PAUSED or more or bulk.again is not None:
        return False
    return bulk.why not in RESTS or not (counts.under_way or counts.mails_waiting)


def _stands_still(request: Request, bulk: Bulk, counts: Counts, now: datetime) -> bool:
    """Tell whether rows are under way and nothing has come of any for a while."""
    goes = request.state is State.DELIVERING and bulk.run is Run.RUNNING and counts.under_way
    return bool(goes) and now - (bulk.moved_at or request.changed_at) >= STILL


def _grown(request: Request, bulk: Bulk, reached: Reached, counts: Counts, now: datetime) -> Bulk:
    """Return the list after a look; the same where nothing has changed."""
    told, ended = _told(counts), counts.delivered + counts.failed
    skipped = tuple(one for one in (*bulk.skipped, *reached.skipped) if one[0] not in reached.known)
    if not (reached.row or reached.made) and (told, skipped) == (bulk.told, bulk.skipped):
        return bulk
    moved = bool(reached.row) or not bulk.told.startswith(_told_of_access(counts))
    more = bool(reached.row) or not counts.under_way or request.state in _OVER
    begins = bulk.since is None and bulk.run is Run.RUNNING
    since, done_before = (now, ended) if begins else (bulk.since, bulk.done_before)
    minutes = (now - since).total_seconds() / 60 if since else 0.0
    # Counted by what there is: whoever made a row may have been killed before it was noted.
    made = counts.made + reached.made + len(skipped)
    return replace(
        bulk,
        made=max(bulk.made, made),
        skipped=skipped,
        last_row=max(bulk.last_row, reached.row),
        mails_until=reached.mails_until or bulk.mails_until,
        mails_apart=reached.pace.mails.total_seconds() if reached.row else bulk.mails_apart,
        quota=reached.pace.quota if reached.row else bulk.quota,
        invitations=reached.pace.invitations if reached.row else bulk.invitations,
        cap=reached.pace.cap if reached.row else bulk.cap,
        why="" if more and bulk.run is Run.RUNNING else bulk.why,
        moved_at=now if moved else bulk.moved_at,
        still=bulk.still and not moved,
        since=since,
        done_before=done_before,
        rate=round((ended - done_before) / minutes, 1) if minutes >= _PACED else 0.0,
        told=told,
    )


def _told(counts: Counts) -> str:
    """Return the figures that a card shows, in short: where they are the same, none is drawn anew."""
    mails = "/".join(str(counts.mails.get(one, 0)) for one in JobStatus)
    return f"{_told_of_access(counts)}{counts.awaited}/{mails}"


def _told_of_access(counts: Counts) -> str:
    return f"{counts.made}/{counts.under_way}/{counts.delivered}/{counts.failed}/"


def _ended(record: Record, job: Job, bulk: Bulk, counts: Counts, now: datetime) -> Change:
    failed = bool(counts.failed or bulk.skipped)
    event = Event.DELIVERY_FAILED if failed else Event.DELIVERY_SUCCEEDED
    request = moved_by(record.request, event, now, bulk=bulk, delivered_at=now, waiting_for="")
    detail: dict[str, Json] = {
        "delivered": counts.delivered,
        "failed": counts.failed,
        "skipped": len(bulk.skipped),
        "stopped": bulk.is_cut,
    }
    rows = (_later(request, job, bulk, counts, now), *jobs.show_again(record.jobs, request, now))
    return Change(request=request, jobs=rows, audit=(entry(request, "list.ended", detail),))


def _later(request: Request, job: Job, bulk: Bulk, counts: Counts, now: datetime) -> Job:
    """Return the row put off to its next look, or done where nothing can change any more."""
    over = request.state in _OVER
    awaited = counts.awaited and now - (request.delivered_at or now) < _AWAITED
    again = bulk.again is not None and bulk.run is not Run.PAUSED  # somebody has wanted that meanwhile
    if over and not (counts.mails_waiting or awaited or again):
        return jobs.done(job)
    pause = EACH_EDIT if counts.mails_waiting else _AFTERWARDS
    pause = EACH_LOOK if again else pause
    if not over:
        pause = _PAUSED if bulk.run is Run.PAUSED and not counts.under_way else EACH_LOOK
    return replace(jobs.later(job, now + pause, surely_not_done=True), tries=0)


def taking_up(key: str, fence: int, again: datetime | None, row: int) -> jobs.Claim:
    """Note up to which row what had failed before a retry was taken up."""
    return _taking(key, fence, again, lambda bulk: replace(bulk, again_row=row))


def tried_again(
    key: str, fence: int, of: Bulk, rows: Sequence[int], still: Mapping[int, str], mails_until: datetime
) -> jobs.Claim:
    """Note rows of which there was no request, and of which there is none still; the others are to come."""

    def tried(bulk: Bulk) -> Bulk:
        kept = ((row, still.get(row, why)) for row, why in bulk.skipped if row not in rows or row in still)
        to_come = [row for row, _ in bulk.skipped if row > bulk.again_skipped and row not in rows]
        first = min(to_come, default=BEHIND_ALL)
        reached = max((row for row in rows if row < first), default=bulk.again_skipped)
        return replace(bulk, skipped=tuple(kept), again_skipped=reached, mails_until=mails_until)

    return _taking(key, fence, of.again, tried)


def taken_up(key: str, fence: int, again: datetime | None) -> jobs.Claim:
    """Note that all of it was."""
    done = partial(replace, again=None, again_by=None, again_row=0, again_skipped=0)
    return _taking(key, fence, again, done, timedelta())


def _taking(
    key: str,
    fence: int,
    again: datetime | None,
    write: Callable[[Bulk], Bulk],
    after: timedelta = EACH_LOOK,
) -> jobs.Claim:
    """Note what a look at the retry of that time has done; one that was pressed since begins anew."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, bulk = jobs.held(record, key, fence), record.request.bulk
        if job is None or bulk is None or bulk.again is None:
            return Stale()
        request = newer(record.request, now, bulk=write(bulk) if bulk.again == again else bulk)
        return Change(request=request, jobs=(jobs.later(job, now + after, surely_not_done=True),))

    return transition


def has_failed(bulk: Bulk, counts: Counts) -> bool:
    """Tell whether there is anything that could be taken up again."""
    return bool(counts.failed or bulk.skipped or counts.mails.get(JobStatus.FAILED))


def progress(request: Request, bulk: Bulk, counts: Counts, others: int = 0) -> Progress:
    """Return how far a run is; what is left is reckoned by the tenant's quota, or the pace that it had.

    Rows are made between two looks, so what waits is the rest. Meanwhile as many mails of `others` go out.
    """
    skipped = min(len(bulk.skipped), max(bulk.rows - counts.made, 0))
    waiting = max(bulk.rows - counts.made - skipped, 0)
    comes = waiting if bulk.run is Run.RUNNING and not bulk.is_cut else 0
    to_do = counts.under_way + comes if request.state is State.DELIVERING else 0
    mailed = counts.mails.get(JobStatus.DONE, 0) + counts.mails.get(JobStatus.FAILED, 0)
    given = max(counts.delivered - mailed, 0) if to_do else counts.mails_waiting
    to_mail = min(given, counts.mails_waiting) + to_do * bool(counts.mails)
    apart = timedelta(seconds=bulk.mails_apart) or MAILS_APART
    unknown = bulk.still or (bulk.run is Run.PAUSED and bulk.why in RESTS) or bulk.why == Cause.DAILY_LIMIT
    ended = counts.delivered + counts.failed
    causes = Counter(why for _, why in bulk.skipped if why in set(Cause))
    return Progress(
        delivered=counts.delivered,
        failed=counts.failed,
        given_up=counts.made - counts.delivered - counts.failed - counts.under_way,
        under_way=counts.under_way,
        skipped=skipped,
        waiting=waiting,
        mails_sent=counts.mails.get(JobStatus.DONE, 0),
        mails_waiting=counts.mails_waiting,
        mails_failed=counts.mails.get(JobStatus.FAILED, 0),
        accepted=max(counts.delivered - counts.awaited, 0),
        rate=bulk.rate,
        left=left_of(request, bulk, ended, to_do, capped=bool(comes)) if to_do and not unknown else None,
        mails_left=(to_mail + min(others, to_mail)) * apart if to_mail and not unknown else None,
        causes=tuple((Counter(counts.causes) + causes).most_common()),
    )

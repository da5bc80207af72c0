"""What is due while an access lasts: warnings, its end; and the row that wakes somebody to ask for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from access.rules import jobs
from access.rules.changing import entry
from access.rules.model import (
    ERASED,
    AssignmentState,
    AuditFact,
    Change,
    Job,
    JobKind,
    JobStatus,
    Json,
    ObjectId,
    Record,
    Request,
    State,
)
from access.rules.policy import Rules
from access.rules.policy_times import EARLIEST_WARNING
from access.rules.quiet import QuietHours
from access.rules.refusals import Stale

NAME = "term"
WARNING = "warning/"
"""Before the audience of a warning: the day of the end, and how many days before."""
OTHERS = "others/"
"""In the name of an owner's warning: others of the app end in the same time."""
GONE = "gone/"
"""In the name of an owner's warning: the directory no longer has the guest."""
UNTOLD = "untold"
"""On the row of an owner's warning: it could not be shown."""
GUEST = "guest"
"""The last word of the name of a guest's warning, which is a mail."""
_MORNING = time(9)
_FIRST, _LAST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""Where a day begins first, and where last."""
_ASLEEP = timedelta(days=7)
"""How long the row sleeps at the most, so that a policy that has changed is heard of."""
_SATURDAY, _FRIDAY = 5, 4
LASTS = frozenset({AssignmentState.ACTIVE, AssignmentState.RETURNING})


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """What is due and when: a warning, by how many days before the end it comes, or with none the end."""

    at: datetime
    days: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What policy and directory say at this moment; where nothing was due, nobody is named."""

    rules: Rules
    house: tzinfo
    asked: bool = False
    to: tuple[ObjectId, ...] = ()
    """Who is warned of the end: the requestor, or where they have left whoever may decide."""
    zones: Mapping[ObjectId, tzinfo] = field(default_factory=dict)
    others: bool = False
    """Whether other accesses to the app end in the same time."""
    gone: bool = False
    """Whether the directory no longer has the guest."""
    mails: bool = False
    """Whether there is a mailbox from which the guest can be told."""


def begun(request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the row of an access that is active from now on; it sleeps until a warning may be due."""
    if request.ends_at is None:
        return ()
    earliest = request.ends_at - EARLIEST_WARNING - timedelta(days=3)
    row = _row(request, NAME, JobKind.TERM, max(now, earliest))
    return (row,)


def looked_at(request: Request, known: Mapping[str, Job], now: datetime) -> Job:
    """Return the row of an access whose delivery has failed, awake: whether there is one is found by that."""
    row = _row(request, NAME, JobKind.TERM, now)
    return replace(row, fence=known[row.key].fence) if row.key in known else row


def anew(request: Request, known: Mapping[str, Job], now: datetime) -> tuple[Job, ...]:
    """Return the row of an access whose end has moved, awake: what is due when is found out by that."""
    return tuple(
        replace(known.get(row.key, row), status=JobStatus.READY, due_at=now, tries=0)
        for row in begun(request, now)
    )


def is_half_way(request: Request) -> bool:
    """Tell whether a delivery has failed that gave an access: it has an end as soon as that is known."""
    return request.state is State.DELIVERY_FAILED and request.ends_at is not None


def calendar(request: Request, rules: Rules, house: tzinfo) -> Sequence[Due]:
    """Return what is due of an access, soonest first; nothing once it is ending.

    What is being given again may have been given, and what a failed delivery gave is: it ends then, too.

    This function alone says when. The row only wakes somebody to ask it, so that a policy or a term that
    has changed holds for what is active already.
    """
    given, since, ends_at = request.assignment, request.delivered_at, request.ends_at
    failed = is_half_way(request)
    if ends_at is None or not (failed or (given is not None and given.state in LASTS)):
        return ()
    halted = given.halted if given else request.halted
    if halted is not None or (given is not None and given.state is AssignmentState.RETURNING):
        return (Due(ends_at),)  # of which nobody is warned
    if failed and request.failure is not None:
        since = request.failure.at
    warned = [(one, warned_at(ends_at, one, house, rules.quiet_hours)) for one in rules.warn_before]
    quiet = rules.quiet_hours
    dues = [
        Due(_looked_at(ends_at, lead, quiet), lead.days) for lead, at in warned if not since or at > since
    ]
    return (*sorted(dues), Due(ends_at))


def _looked_at(ends_at: datetime, lead: timedelta, quiet: QuietHours) -> datetime:
    """Return when somebody to warn is looked for: before it is that morning anywhere."""
    return datetime.combine(_day_of(ends_at - lead, _LAST, quiet), _MORNING, _FIRST).astimezone(UTC)


def warned_at(ends_at: datetime, lead: timedelta, zone: tzinfo, quiet: QuietHours) -> datetime:
    """Return when somebody in this zone is warned: in a morning, before a quiet weekend on its Friday.

    As a warning comes on a day before that of the end, it never comes after it.
    """
    day = _day_of(ends_at - lead, zone, quiet)
    morning = datetime.combine(day, _MORNING, zone).astimezone(UTC)
    later = quiet.over(morning, zone)
    return later if later.astimezone(zone).date() == day else morning


def _day_of(at: datetime, zone: tzinfo, quiet: QuietHours) -> date:
    """Return the day of a warning, which of a quiet weekend is the Friday."""
    day = at.astimezone(zone).date()
    weekend = quiet.weekend and day.weekday() >= _SATURDAY
    return day - timedelta(days=day.weekday() - _FRIDAY) if weekend else day


def passed(request: Request, facts: Facts, now: datetime) -> Due | None:
    """Return the warning that is due and was not told: of several that were missed the last.

    Of what was due before a restore nobody knows whether it was told.
    """
    due = [one for one in calendar(request, facts.rules, facts.house) if one.at <= now and one.days]
    if not due or (request.restored is not None and due[-1].at <= request.restored.at):
        return None
    return due[-1]


def is_told(record: Record, due: Due) -> bool:
    start = _name(record.request, due)
    return any(job.name.startswith(start) for job in record.jobs.values())


def missed(record: Record, unshown: Job, now: datetime) -> tuple[Job, ...]:
    """Return a warning that could not be shown, and the row of the access awake, so that others are told."""
    row = record.jobs.get(jobs.key_of(record.request.request_id, 0, NAME))
    awake = row is not None and row.status is JobStatus.READY and concerns(record.request, unshown.name)
    marked = replace(unshown, body={**unshown.body, UNTOLD: True})
    return (marked, replace(row, due_at=min(row.due_at, now))) if row and awake else (marked,)


def _owners(record: Record, start: str) -> list[tuple[ObjectId, bool]]:
    """Return who was to be warned by cards so named, each with whether that one could not be shown."""
    named = [(jobs.approver_of(one.name), one) for one in record.jobs.values() if one.name.startswith(start)]
    return [(person, bool(one.body.get(UNTOLD))) for person, one in named if person is not None]


def untold(record: Record, due: Due) -> frozenset[ObjectId]:
    """Return who was to be warned, where that has reached none of them."""
    owners = _owners(record, _name(record.request, due))
    return frozenset(person for person, _ in owners) if all(missed for _, missed in owners) else frozenset()


def has_missed(record: Record) -> bool:
    """Tell whether somebody who was to be warned of the end has not been by any card."""
    owners = _owners(record, f"{WARNING}{_day(record.request)}/")
    return bool({person for person, _ in owners} - {person for person, missed in owners if not missed})


def warned(record: Record, due: Due, facts: Facts, now: datetime) -> Change:
    """Warn whoever the facts name, each in a morning of their own, and by mail the guest.

    The names of the rows hold the day of the end and the number of days, so nobody is told twice.
    """
    request, quiet, lead = record.request, facts.rules.quiet_hours, timedelta(days=due.days)
    assert request.ends_at is not None
    rows: list[Job] = []
    given = request.assignment
    wanted = given is None or given.not_renewed is None
    for person in facts.to if wanted else ():
        at = _told_at(request.ends_at, lead, facts.zones.get(person, facts.house), quiet, now)
        more = (OTHERS if facts.others else "") + (GONE if facts.gone else "")
        audience = f"{_name(request, due)}{more}{jobs.APPROVER}{person}"
        rows.append(replace(jobs.card(request, audience, "", at), kind=JobKind.REMINDER))
    waits = request.awaits_acceptance and request.accepted_at is None
    delivered = given is not None  # of any other access the guest may never have been told
    mails = facts.mails and delivered and not waits and request.address != ERASED
    if mails:
        at = _told_at(request.ends_at, lead, facts.house, quiet, now)
        rows.append(_row(request, f"{_name(request, due)}{GUEST}", JobKind.LETTER, at))
    detail: dict[str, Json] = {
        "to": [*facts.to] if wanted else [],
        "guest": request.guest_id if mails else None,
        "days": due.days,
        "ends_at": request.ends_at.isoformat(),
    }
    audit = (entry(request, "assignment.warned", detail),) if rows else ()
    return Change(request=request, jobs=tuple(rows), audit=audit)


def _told_at(ends_at: datetime, lead: timedelta, zone: tzinfo, quiet: QuietHours, now: datetime) -> datetime:
    """Return when somebody is told: in their morning or, where that was missed, once it is not quiet."""
    at = warned_at(ends_at, lead, zone, quiet)
    if at >= now:
        return at
    later = quiet.over(now, zone)
    return later if later < ends_at else now


def next_at(request: Request, facts: Facts, now: datetime) -> datetime:
    """Return when the row is to wake again."""
    later = (one.at for one in calendar(request, facts.rules, facts.house) if one.at > now)
    return min(next(later, now + _ASLEEP), now + _ASLEEP)


def concerns(request: Request, name: str) -> bool:
    """Tell whether a warning still has anything to say: the access is there, and ends on that day.

    Whoever has said that it is to end so needs no warning; the guest does.
    """
    given = request.assignment
    if not is_half_way(request) and (given is None or given.state is not AssignmentState.ACTIVE):
        return False
    told = given is None or given.not_renewed is None or name.endswith(f"/{GUEST}")
    return told and name.startswith(f"{WARNING}{_day(request)}/")


def warned_of(request: Request, name: str) -> datetime | None:
    """Return since when a warning of this name is about the end of an access, by the days in it."""
    days = name.removeprefix(f"{WARNING}{_day(request)}/").partition("/")[0]
    return request.ends_at - timedelta(days=int(days)) if request.ends_at and days.isdecimal() else None


def _name(request: Request, due: Due) -> str:
    return f"{WARNING}{_day(request)}/{due.days}/"


def _day(request: Request) -> str:
    return f"{request.ends_at:%Y%m%d}" if request.ends_at else ""


def _row(request: Request, name: str, kind: JobKind, at: datetime) -> Job:
    return Job(
        key=jobs.key_of(request.request_id, 0, name),
        request_id=request.request_id,
        kind=kind,
        name=name,
        status=JobStatus.READY,
        due_at=at,
    )


def mailed(key: str, fence: int, audit: AuditFact) -> jobs.Claim:
    """Note that a guest was warned, and by which calls."""

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        job = jobs.held(record, key, fence)
        if job is None:
            return Stale()
        return Change(request=record.request, jobs=(jobs.done(job),), audit=(audit,))

    return transition

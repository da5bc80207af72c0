"""An access that nobody may need any more: it is shown to whoever may end it, and kept, or ends in time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import Enum, auto

from access.rules import jobs
from access.rules.changing import entry, newer
from access.rules.lapses import Lapse, Lapsed, LapseRule, Silence, Then
from access.rules.model import (
    AssignmentState,
    Change,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    ObjectId,
    Record,
    Request,
    RequestId,
)
from access.rules.policy import Rules
from access.rules.quiet import QuietHours
from access.rules.refusals import NotPossible, NotYours

SHOWN = "lapsed/"
"""Before the audience: the lapse, the day on which it was shown, how many more it was shown for."""
ANEW = timedelta(days=7)
"""After so long, what nobody could be shown is shown anew."""
_MORNING = time(9)


class Stands(Enum):
    """How far a lapse is."""

    UNSHOWN = auto()
    SHOWN = auto()
    KEPT = auto()
    OVER = auto()
    """It was shown, nobody kept the access, and the policy has it end by now."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told of a lapse, and by which clocks they live."""

    to: tuple[Named, ...] = ()
    zones: Mapping[ObjectId, tzinfo] = field(default_factory=dict)


def is_active(request: Request) -> bool:
    return request.assignment is not None and request.assignment.state is AssignmentState.ACTIVE


def can_lapse(request: Request) -> bool:
    """Tell whether anybody may be asked about an access: of a guest whom a removal keeps out nobody is."""
    given = request.assignment
    return given is not None and is_active(request) and given.halted is None


def waits_since(request: Request) -> datetime | None:
    """Return since when a guest has not accepted; None where nobody is waited for.

    The guest's newest link counts, and an access that was given again is waited for anew. Whoever is kept
    out by a removal cannot accept.
    """
    waits = request.awaits_acceptance and request.accepted_at is None and request.gone_at is None
    given = request.assignment
    if given is None or not (waits and can_lapse(request)) or request.delivered_at is None:
        return None
    again = [one.at for one in (request.relinked, given.returned) if one]
    again += [given.linked_at] if given.linked_at else []
    return max(request.delivered_at, *again) if again else request.delivered_at


def lapsed(request: Request, what: Lapse) -> Lapsed | None:
    """Return what was shown of a lapse, unless that is over: a new link begins the wait anew."""
    found = next((one for one in request.lapses if one.what is what), None)
    if found and what is Lapse.NEVER_ACCEPTED:
        since = waits_since(request)
        return found if since and found.shown_at >= since else None
    return found


def rule_of(request: Request, rules: Rules, what: Lapse) -> LapseRule:
    """Return what is done about a lapse: an access that others gave is shown, and never taken away."""
    rule = rules.of(what)
    theirs = request.assignment is not None and request.assignment.was_there
    return replace(rule, then=Then.TELL) if theirs and rule.then is Then.REMOVE else rule


def stands(found: Lapsed | None, rule: LapseRule, now: datetime) -> Stands:
    """Return how far a lapse is, by the policy as it is: what was shown as a question is shown anew first."""
    if found is None:
        return Stands.UNSHOWN
    if found.kept_until is not None:
        return Stands.KEPT if now < found.kept_until else Stands.UNSHOWN
    if rule.then is not Then.REMOVE:
        return Stands.SHOWN
    if found.ends_at is None:
        return Stands.UNSHOWN
    over = now >= max(found.ends_at, found.shown_at + rule.grace)
    return Stands.OVER if over else Stands.SHOWN


def told_at(due_at: datetime, zone: tzinfo, quiet: QuietHours, now: datetime) -> datetime:
    """Return when somebody is told of what is due on that day: in their morning, once it is not quiet."""
    morning = datetime.combine(due_at.astimezone(zone).date(), _MORNING, zone)
    return quiet.over(max(morning.astimezone(now.tzinfo), now), zone)


def show(
    record: Record,
    what: Lapse,
    audience: Audience,
    rules: Rules,
    now: datetime,
    *,
    more: int = 0,
    found: Silence | None = None,
) -> Change:
    """Show a lapse to its audience, each once; `more` accesses of the app are shown by the same card.

    Where there is nobody to show it to, nothing is noted, and so nothing ends.
    """
    request, rule = record.request, rule_of(record.request, rules, what)
    name = f"{SHOWN}{what}/{now:%Y%m%d}/{more}/"
    rows = [_card(request, name, one, audience, rules.quiet_hours, now) for one in audience.to]
    if not rows:
        return Change(request=request)
    new = [one for one in rows if one.key not in record.jobs]
    return _noted(record, what, new, rule, rules, now, found, jobs.key_of(request.request_id, 0, name))


def _card(
    request: Request, name: str, one: Named, audience: Audience, quiet: QuietHours, now: datetime
) -> Job:
    zone = audience.zones.get(one.object_id)
    at = told_at(now, zone, quiet, now) if zone else now
    return replace(jobs.card(request, f"{name}{jobs.APPROVER}{one.object_id}", "", at), kind=JobKind.REMINDER)


def note(
    record: Record,
    what: Lapse,
    audience: Audience,
    rules: Rules,
    now: datetime,
    found: Silence | None,
    card: str,
) -> Change:
    """Note a lapse that the `card` of another access shows with its own."""
    request, rule = record.request, rule_of(record.request, rules, what)
    rows = [_card(request, "", one, audience, rules.quiet_hours, now) for one in audience.to]
    if not rows:
        return Change(request=request)
    return replace(_noted(record, what, rows, rule, rules, now, found, card), jobs=())


def _noted(
    record: Record,
    what: Lapse,
    rows: list[Job],
    rule: LapseRule,
    rules: Rules,
    now: datetime,
    found: Silence | None,
    card: str,
) -> Change:
    shown_at = min((one.due_at for one in rows), default=now)
    ends_at = shown_at + rule.grace if rule.then is Then.REMOVE else None
    since = found.since if found else None
    mark = Lapsed(what=what, shown_at=shown_at, since_at=since, ends_at=ends_at, card=card)
    before = record.request  # nothing has happened that its cards show, so no date changes
    request = newer(before, before.changed_at, lapses=marked(before, [mark]))
    detail: dict[str, Json] = {
        "why": what,
        "then": rule.then,
        "rule": rules.name,
        "guest": request.guest_id,
        "ends_at": ends_at.isoformat() if ends_at else "",
        "to": [jobs.approver_of(one.name) for one in rows],
    }
    if found is not None:
        detail["last_sign_in"] = found.last.isoformat() if found.last else None
    return Change(request=request, jobs=tuple(rows), audit=(entry(request, "assignment.lapsed", detail),))


def marked(request: Request, marks: Sequence[Lapsed]) -> tuple[Lapsed, ...]:
    """Return the lapses of a request with these in place of older ones."""
    new = {one.what for one in marks}
    return (*(one for one in request.lapses if one.what not in new), *marks)


def recovered(record: Record, what: Lapse) -> Change:
    """Take a lapse back that is none any more."""
    before = record.request
    if all(one.what is not what for one in before.lapses):
        return Change(request=before)
    left = tuple(one for one in before.lapses if one.what is not what)
    request = newer(before, before.changed_at, lapses=left)
    facts = (entry(request, "assignment.recovered", {"why": what, "guest": request.guest_id}),)
    return Change(request=request, audit=facts)


def keep(
    actor: Named, others: tuple[Named, ...], rules: Rules
) -> Callable[[Record, datetime], Change | NotYours | NotPossible]:
    """Keep an access, whatever was shown of it, until the policy has it asked again.

    Its requestor and `others` may. What rests already goes on resting: to keep twice is to keep once.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible:
        request = record.request
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        if not is_active(request) or all(lapsed(request, what) is None for what in Lapse):
            return NotPossible(request, request.state)
        marks = resting(request, actor, rules, now)
        if not marks:
            return Change(request=request)
        again = newer(request, request.changed_at, lapses=marked(request, marks))
        fact = entry(again, "assignment.kept", kept_detail(again, marks), actor.object_id)
        rows = (*jobs.show_again(record.jobs, again, now), *redrawn(record, marks, again, now))
        return Change(request=again, jobs=rows, audit=(fact,))

    return transition


def resting(request: Request, by: Named, rules: Rules, now: datetime) -> Sequence[Lapsed]:
    """Return what was shown of an access and not answered, as it is once somebody keeps that."""
    shown = (one for what in Lapse if (one := lapsed(request, what)) is not None)
    return [
        replace(one, kept_until=now + rules.of(one.what).rest, kept_by=by)
        for one in shown
        if one.kept_until is None or one.kept_until <= now
    ]


def kept_detail(request: Request, marks: Sequence[Lapsed]) -> dict[str, Json]:
    until = {str(one.what): one.kept_until.isoformat() for one in marks if one.kept_until}
    return {"guest": request.guest_id, "until": {**until}}


def redrawn(record: Record, marks: Sequence[Lapsed], request: Request, now: datetime) -> list[Job]:
    """Return the cards that have asked, due to be changed where they stand; none is posted by that.

    One that asks about others as well stays as it is: somebody may not have read of them yet.
    """
    starts = tuple(one.card or jobs.key_of(request.request_id, 0, f"{SHOWN}{one.what}/") for one in marks)
    return [
        replace(job, status=JobStatus.READY, due_at=now, body={**job.body, jobs.WANTED: request.version})
        for key, job in record.jobs.items()
        if key.startswith(starts) and job.status is JobStatus.DONE and job.body.get(jobs.MESSAGE)
        if job.name.split("/")[3] == "0"
    ]


def is_kept(request: Request, name: str) -> bool:
    """Tell whether somebody keeps the access about which a card has asked."""
    found = lapsed(request, Lapse(name.split("/")[1]))
    return found is not None and found.kept_until is not None


def kept(request: Request, now: datetime) -> Lapsed | None:
    """Return what is kept, of several the one that is asked about again first."""
    found = [one for one in request.lapses if one.kept_until is not None and one.kept_until > now]
    return min(found, key=lambda one: one.kept_until or now, default=None)


def is_seen(record: Record, what: Lapse, other: Record | None = None) -> bool:
    """Tell whether somebody could be shown it: where every card was given up, nothing ends unseen.

    What counts is this showing, and not one before it; `other` is the request whose card it is, if not this.
    """
    found = lapsed(record.request, what)
    if found is not None and found.card:
        known = {**record.jobs, **(other.jobs if other else {})}
        return any(
            one.status is not JobStatus.DROPPED for key, one in known.items() if key.startswith(found.card)
        )
    rows = [one for one in record.jobs.values() if one.name.startswith(f"{SHOWN}{what}/")]
    return not rows or any(one.status is not JobStatus.DROPPED for one in rows)


def shown_by(request: Request, what: Lapse) -> RequestId | None:
    """Return the other request whose card shows a lapse of this one, if it is not its own."""
    found = lapsed(request, what)
    by = RequestId(found.card.partition("/")[0]) if found is not None else RequestId("")
    return by if by not in {"", request.request_id} else None


def concerns(request: Request, name: str) -> bool:
    """Tell whether a card of a lapse still has anything to say when its morning comes."""
    found = lapsed(request, Lapse(name.split("/")[1]))
    return can_lapse(request) and found is not None and found.kept_until is None

"""What is due while a guest who was invited does not accept, and the row that wakes somebody to ask."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from access.rules import jobs, lapsing
from access.rules.changing import entry, newer
from access.rules.lapses import Lapse, Then
from access.rules.lapsing import Audience, Stands, waits_since
from access.rules.model import Change, Job, JobKind, JobStatus, Json, MailState, Record, Request, StepKind
from access.rules.policy import Rules
from access.rules.refusals import Stale

NAME = "acceptance"
REMINDED = "unaccepted/"
"""Before the audience of a reminder: the day of the link, and how many days after it."""
GUEST = "guest"
"""The last word of the name of a guest's reminder, which is a mail."""
ASK = "ask"
"""On a mail's row: whom the guest asks for a new link."""
HAS_LINK = frozenset({MailState.SENT, MailState.BY_MICROSOFT})
"""Whoever got no mail has no link of which they could be reminded."""
_MORNING = time(9)
_ASLEEP = timedelta(days=7)
"""How long the row sleeps at the most, so that a policy that has changed is heard of."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now."""

    mail: timedelta | None = None
    """By how long after the link the guest's reminder comes."""
    card: timedelta | None = None
    """The same of the owner's notice."""
    choice: bool = False
    over: bool = False

    @property
    def anything(self) -> bool:
        return bool(self.mail or self.card or self.choice or self.over)


@dataclass(frozen=True, slots=True)
class Facts:
    """What policy and directory say at this moment; where nothing was due, they were not `asked`."""

    rules: Rules
    house: tzinfo
    asked: bool = False
    pending: bool = False
    """Whether the directory says that the guest has not accepted, a moment ago."""
    audience: Audience = field(default_factory=Audience)
    mails: bool = False
    """Whether a mail would reach the guest, and help."""
    other: Record | None = None
    """Another request whose card has asked about this one."""
    by: str = ""
    """The card of another request that asks about this one, if this one has none of its own."""
    more: int = 0
    """About how many others the card of this one asks."""
    stuck: Mapping[str, Json] = field(default_factory=dict)
    """What keeps the guest out, as `access.rules.stuck` has it, as far as it could be read."""


def begun(request: Request, now: datetime) -> tuple[Job, ...]:
    """Return the row of an access whose guest is waited for, awake: what is due when is found out by that."""
    if waits_since(request) is None:
        return ()
    row = Job(
        key=jobs.key_of(request.request_id, 0, NAME),
        request_id=request.request_id,
        kind=JobKind.ACCEPTANCE,
        name=NAME,
        status=JobStatus.READY,
        due_at=now,
    )
    return (row,)


def anew(request: Request, known: Mapping[str, Job], now: datetime) -> tuple[Job, ...]:
    """Return the row of a guest who has a new link."""
    return tuple(
        replace(known.get(row.key, row), status=JobStatus.READY, due_at=now, tries=0)
        for row in begun(request, now)
    )


def watch(record: Record, now: datetime) -> Change | Stale:
    """Look after a guest whom an older version has invited."""
    rows = [row for row in begun(record.request, now) if row.key not in record.jobs]
    return Change(request=record.request, jobs=tuple(rows)) if rows else Stale()


def linked_at(request: Request) -> datetime | None:
    """Return when a link was made for the guest under this request; the newest ends those before it."""
    invites = request.plan is not None and StepKind.INVITE in request.plan.steps
    if request.delivered_at is None or request.mail is MailState.NONE or request.guest_id is None:
        return None
    made = [request.delivered_at] if invites else []
    again = request.relinked
    return max([*made, again.at] if again and not again.under else made, default=None)


def newest(request: Request, theirs: Iterable[Request]) -> datetime | None:
    """Return when the guest of a request got the newest link, under any of their requests."""
    return max((at for one in theirs if _same(request, one) and (at := linked_at(one))), default=None)


def reminds(request: Request, theirs: Iterable[Request]) -> bool:
    """Tell whether it is this request whose mails remind the guest: of those that wait, the newest link's."""
    links = [
        (at, one.number)
        for one in theirs
        if _same(request, one) and waits_since(one) and (at := linked_at(one))
    ]
    return not links or max(links)[1] == request.number


def _same(request: Request, other: Request) -> bool:
    return request.guest_id == other.guest_id


def note(at: datetime) -> Callable[[Record, datetime], Change | Stale]:
    """Note that the guest got a newer link under another request: from then on they are waited for."""

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        request, since = record.request, waits_since(record.request)
        if request.assignment is None or since is None or at <= since:
            return Stale()
        given = replace(request.assignment, linked_at=at)
        noted = newer(request, request.changed_at, assignment=given)
        fact = entry(noted, "link.noted", {"guest": request.guest_id, "at": at.isoformat()})
        return Change(request=noted, audit=(fact,))

    return transition


def due(record: Record, facts: Facts, now: datetime) -> Due:
    """Return what is due and was not told: of several that were missed the last."""
    request, rules, house = record.request, facts.rules, facts.house
    since, rule = waits_since(request), lapsing.rule_of(request, rules, Lapse.NEVER_ACCEPTED)
    if since is None:
        return Due()
    found = lapsing.lapsed(request, Lapse.NEVER_ACCEPTED)
    standing = lapsing.stands(found, rule, now)
    unseen = not (standing is Stands.KEPT or lapsing.is_seen(record, Lapse.NEVER_ACCEPTED, facts.other))
    if standing is Stands.OVER and not unseen:
        return Due(over=True)
    anew = found is not None and unseen and now - found.shown_at >= lapsing.ANEW
    choice_at = _choice_at(request, rules, house)
    choice = choice_at is not None and choice_at <= now and (anew or standing is Stands.UNSHOWN)
    passed = [one for one in rule.remind_after if _morning(since + one, house) <= now]
    last = passed[-1] if passed and not _lost(request, _morning(since + passed[-1], house)) else None
    named = _name(since, last) if last else ""
    return Due(
        mail=last if last and not _is_told(record, f"{named}{GUEST}") else None,
        card=last if last and not (choice or found or _is_told(record, f"{named}{jobs.APPROVER}")) else None,
        choice=choice and not (rule.then is Then.TELL and _lost(request, choice_at)),
    )


def card_of(request: Request, at: datetime, more: int) -> str:
    """Return how the card begins by which this request asks, and about so many others."""
    name = f"{lapsing.SHOWN}{Lapse.NEVER_ACCEPTED}/{at:%Y%m%d}/{more}/"
    return jobs.key_of(request.request_id, 0, name)


def next_at(request: Request, rules: Rules, house: tzinfo, now: datetime) -> datetime:
    """Return when the row is to wake again."""
    since, found = waits_since(request), lapsing.lapsed(request, Lapse.NEVER_ACCEPTED)
    times = [_choice_at(request, rules, house), found.ends_at if found else None]
    times.append(found.shown_at + lapsing.ANEW if found else None)
    if since is not None:
        times += [_morning(since + one, house) for one in rules.never_accepted.remind_after]
    return min([one for one in times if one is not None and one > now] + [now + _ASLEEP])


def _choice_at(request: Request, rules: Rules, house: tzinfo) -> datetime | None:
    """Return when the owner is to choose: in a morning, and again when what was kept has rested."""
    since, rule = waits_since(request), rules.never_accepted
    if since is None or rule.then is Then.NOTHING:
        return None
    found = lapsing.lapsed(request, Lapse.NEVER_ACCEPTED)
    if found and found.kept_until:
        return found.kept_until
    return _morning(since + rule.after, house)


def _morning(at: datetime, house: tzinfo) -> datetime:
    return datetime.combine(at.astimezone(house).date(), _MORNING, house).astimezone(UTC)


def _lost(request: Request, at: datetime | None) -> bool:
    """Tell whether it was due in the time that the database forgot: nobody knows whether it was told."""
    restored = request.restored
    return restored is not None and at is not None and restored.to < at <= restored.at


def _name(since: datetime, after: timedelta) -> str:
    return f"{REMINDED}{since:%Y%m%d%H%M}/{after.days}/"


def _is_told(record: Record, start: str) -> bool:
    return any(job.name.startswith(start) for job in record.jobs.values())


def reminded(record: Record, due: Due, facts: Facts, now: datetime) -> Change:
    """Remind the guest by mail and tell the owner, each in a morning; the names say since when and which."""
    request, since = record.request, waits_since(record.request)
    assert since is not None
    rows: list[Job] = []
    quiet = facts.rules.quiet_hours
    if due.card is not None:
        for one in facts.audience.to:
            zone = facts.audience.zones.get(one.object_id, facts.house)
            name = f"{_name(since, due.card)}{jobs.APPROVER}{one.object_id}"
            at = lapsing.told_at(since + due.card, zone, quiet, now)
            rows.append(replace(jobs.card(request, name, "", at), kind=JobKind.REMINDER))
    if due.mail is not None and facts.mails:
        rows.append(_letter(request, _name(since, due.mail), since + due.mail, facts, now))
    which = due.card or due.mail
    detail: dict[str, Json] = {
        "to": [one.object_id for one in facts.audience.to] if due.card is not None else [],
        "guest": request.guest_id if due.mail is not None and facts.mails else None,
        "days": which.days if which else 0,
        "rule": facts.rules.name,
    }
    audit = (entry(request, "acceptance.reminded", detail),) if rows else ()
    return Change(request=request, jobs=tuple(rows), audit=audit)


def _letter(request: Request, name: str, due_at: datetime, facts: Facts, now: datetime) -> Job:
    asked = facts.audience.to[0] if facts.audience.to else request.requestor
    return Job(
        key=jobs.key_of(request.request_id, 0, f"{name}{GUEST}"),
        request_id=request.request_id,
        kind=JobKind.LETTER,
        name=f"{name}{GUEST}",
        status=JobStatus.READY,
        due_at=lapsing.told_at(due_at, facts.house, facts.rules.quiet_hours, now),
        body={ASK: asked.name},
    )


def concerns(request: Request, name: str) -> bool:
    """Tell whether a reminder still has anything to say: the guest is waited for since that link."""
    since = waits_since(request)
    return since is not None and name.startswith(f"{REMINDED}{since:%Y%m%d%H%M}/")


def saying(rows: Iterable[Job], said: Mapping[str, Json]) -> tuple[Job, ...]:
    """Return rows whose cards say what keeps the guest out."""
    return tuple(
        replace(one, body={**one.body, **said}) if one.kind is JobKind.REMINDER else one for one in rows
    )


def is_reminded(record: Record, audience: str) -> bool:
    """Tell whether the guest gets the reminder of which this card tells, by mail."""
    start = audience.partition(jobs.APPROVER)[0]
    mail = record.jobs.get(jobs.key_of(record.request.request_id, 0, f"{start}{GUEST}"))
    return mail is not None and mail.status is not JobStatus.DROPPED

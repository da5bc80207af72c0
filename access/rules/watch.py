"""The watch over a request that waits: it reminds, it escalates, and sleeps until something is due again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from access.rules import checking, jobs, lapsing, lasting, unaccepted
from access.rules.changing import entry, newer
from access.rules.model import (
    Change,
    Escalation,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    ObjectId,
    Panel,
    Record,
    Request,
    State,
)
from access.rules.policy import Rules
from access.rules.refusals import Stale
from access.rules.stages import cycle_of, panels_of, spoken, stage_now
from access.rules.standing import open_question, reminders
from access.rules.waiting import Due, calendar

NAME = "watch"


@dataclass(frozen=True, slots=True)
class Facts:
    """What policy and directory say at this moment of the stage that something is due at.

    Where nothing was due there is no panel: then nobody is reminded and nobody called in. The panel names
    the escalation approvers where it `escalates`; where an escalation has come due since, it does not.
    """

    rules: Rules
    stage: int
    panel: Panel | None = None
    zones: Mapping[ObjectId, tzinfo] = field(default_factory=dict)
    escalates: bool = False

    def when(self, person: ObjectId, now: datetime) -> datetime:
        """Return when somebody may be pinged, by their own clock."""
        return self.rules.quiet_hours.over(now, self.zones[person]) if person in self.zones else now


def begun(sent: Change, rules: Rules) -> Change:
    """Add the watch to what sends a request, where anything will be due while it waits."""
    due = calendar(sent.request, rules) if sent.request.state is State.PENDING_APPROVAL else ()
    return replace(sent, jobs=(*sent.jobs, _row(sent.request, due[0].at))) if due else sent


def anew(request: Request, known: Mapping[str, Job], now: datetime) -> tuple[Job, ...]:
    """Look after a request, as it is now, where others are to decide: what is due when is found out by that.

    That is at once, and where a question is open as soon as it ends: what was due when it was asked is then.
    """
    question = open_question(request)
    row = _row(request, question.asked_at if question else now)
    before = known.get(row.key, row)
    if question:
        return (replace(before, status=JobStatus.WAITING, due_at=row.due_at, tries=0, lease_until=None),)
    at_work = before.status is JobStatus.READY and before.lease_until is not None
    return () if at_work else (replace(before, status=JobStatus.READY, due_at=now, tries=0),)


def _row(request: Request, at: datetime) -> Job:
    return Job(
        key=jobs.key_of(request.request_id, 0, NAME),
        request_id=request.request_id,
        kind=JobKind.WATCH,
        name=NAME,
        status=JobStatus.READY,
        due_at=at,
    )


def passed(request: Request, rules: Rules, now: datetime) -> Sequence[Due]:
    """Return what is due by now at the present stage, told or not."""
    return [one for one in calendar(request, rules) if one.at <= now < request.closes_at]


def look(key: str, fence: int, facts: Facts) -> jobs.Claim:
    """Remind and escalate, as is due, and sleep until the next is; after an approval meanwhile, look anew."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, request = jobs.held(record, key, fence), record.request
        if job is None:
            return Stale()
        if request.state is not State.PENDING_APPROVAL:
            return Change(request=request, jobs=(_ended(job),))
        due = passed(request, facts.rules, now)
        escalates = any(not one.number for one in due)
        unasked = facts.panel is None or facts.stage != stage_now(request)
        unknown = any(one not in facts.zones for one in uncalled(record))
        if unknown or (due and (unasked or (escalates and not facts.escalates))):
            return Change(request=request, jobs=(jobs.later(job, now, surely_not_done=True),))
        change = Change(request=request)
        if facts.panel and escalates:
            change = _escalated(record, facts.panel, facts, now)
        reminded = _reminders(record, facts, due, now)
        rows = [*_cards(record, change.request, facts, now), *reminded]
        rows += checking.if_old(change.request, record.jobs, now) if reminded else ()
        at = next((one.at for one in calendar(change.request, facts.rules) if one.at > now), None)
        job = replace(jobs.later(job, at, surely_not_done=True), tries=0) if at else jobs.done(job)
        return replace(change, jobs=(*change.jobs, *rows, job))

    return transition


def _reminders(record: Record, facts: Facts, due: Sequence[Due], now: datetime) -> list[Job]:
    """Return one reminder for each who is to decide, of several that were missed the last.

    Its key holds stage and number, so nobody gets it twice, whoever looks and however often. One that waits
    for the morning gives way to the next; one that a question kept comes after all. Of what was due before a
    restore nobody knows if it was told.
    """
    request = record.request
    numbered = [one for one in due if one.number and not _lost(request, one)]
    rows: list[Job] = []
    for one in _to_remind(record, facts.panel) if numbered else ():
        audience = f"{jobs.REMINDER}{numbered[-1].stage}/{numbered[-1].number}/{jobs.APPROVER}{one.object_id}"
        key = jobs.key_of(request.request_id, cycle_of(request), audience)
        known = record.jobs.get(key)
        if known is None or known.status is JobStatus.WAITING:
            others = (job for job in reminders(record) if job.key != key)
            rows += [_ended(job) for job in others if _waits_for(job, one.object_id)]
            row = jobs.card(request, audience, "", facts.when(one.object_id, now))
            rows.append(replace(row, key=key, kind=JobKind.REMINDER))
    return rows


def _lost(request: Request, due: Due) -> bool:
    return request.restored is not None and due.at <= request.restored.at


def _to_remind(record: Record, panel: Panel | None) -> list[Named]:
    """Return who was asked, has a card, has not approved and may still decide."""
    request = record.request
    may = {one.object_id for one in panel.approvers} if panel else set()
    return [one for one in _left(request) if one.object_id in may and _has_card(record, one.object_id)]


def _left(request: Request) -> list[Named]:
    stage = stage_now(request)
    return [one for one in jobs.asked(request) if not spoken(request, one.object_id, stage)]


def _has_card(record: Record, person: ObjectId) -> bool:
    """Tell whether a card stands in somebody's chat; who could not be reached was named in the thread."""
    job = record.jobs.get(jobs.key_of(record.request.request_id, 0, f"{jobs.APPROVER}{person}"))
    return job is not None and job.status is not JobStatus.DROPPED and bool(job.body[jobs.MESSAGE])


def _waits_for(job: Job, person: ObjectId) -> bool:
    return jobs.approver_of(job.name) == person and job.lease_until is None


def _escalated(record: Record, panel: Panel, facts: Facts, now: datetime) -> Change:
    """Call in the escalation approvers: they decide with the others from now on.

    Where nobody is there to be called in, that is noted and said; the request goes on waiting.
    """
    before, stage = record.request, facts.stage
    panels = list(panels_of(before))
    panels[stage - 1] = replace(panel, quorum=panels[stage - 1].quorum)
    to = [one for one in panel.approvers if one.object_id in panel.escalated]
    request = newer(
        before,
        now,
        stages=tuple(panels),
        approvers=panel.approvers,
        fallback_used=panel.fallback_used,
        escalations=(*before.escalations, Escalation(stage, now, tuple(to))),
    )
    detail: dict[str, Json] = {"stage": stage, "to": [one.object_id for one in to], "rule": facts.rules.name}
    fact = entry(request, "request.escalated", detail)
    return Change(request=request, jobs=jobs.show_again(record.jobs, request, now), audit=(fact,))


def uncalled(record: Record) -> tuple[ObjectId, ...]:
    """Return whom the escalation of the stage calls in and whom no card asks yet: they came after it."""
    rows = jobs.approver_cards(record.request, record.jobs, record.request.changed_at, called=True)
    panel = panels_of(record.request)[stage_now(record.request) - 1]
    people = (jobs.approver_of(row.name) for row in rows)
    return tuple(one for one in people if one in panel.escalated)


def _cards(record: Record, request: Request, facts: Facts, now: datetime) -> list[Job]:
    """Return the cards of those whom the escalation calls in, now or since, in their hours."""
    if request is record.request and not uncalled(record):
        return []
    rows = jobs.approver_cards(request, record.jobs, now, called=True)
    return [in_their_hours(row, facts, now) for row in rows]


def in_their_hours(card: Job, facts: Facts, now: datetime) -> Job:
    """Hold a card of somebody new back until they may be pinged."""
    person = jobs.approver_of(card.name)
    at = facts.when(person, now) if person else now
    return card if at <= now else replace(card, due_at=at, body={**card.body, jobs.HELD: True})


def concerns(record: Record, job: Job) -> bool:
    """Tell whether a reminder, or a card that waited for the morning, still has anything to say."""
    if job.name.startswith(lasting.WARNING):
        return lasting.concerns(record.request, job.name)
    if job.name.startswith(lapsing.SHOWN):
        return bool(job.body[jobs.MESSAGE]) or lapsing.concerns(record.request, job.name)
    if job.name.startswith(unaccepted.REMINDED):
        return unaccepted.concerns(record.request, job.name)
    if job.kind is not JobKind.REMINDER and not jobs.is_held(job):
        return True
    request, person = record.request, jobs.approver_of(job.name)
    if open_question(request) and job.kind is JobKind.REMINDER:
        return False
    if request.state is not State.PENDING_APPROVAL or person not in {one.object_id for one in _left(request)}:
        return False
    return job.kind is JobKind.CARD or job.name.startswith(f"{jobs.REMINDER}{stage_now(request)}/")


def not_needed(key: str, fence: int) -> jobs.Claim:
    """End a show that has nothing to say any more."""

    def transition(record: Record, now: datetime) -> Change | Stale:  # noqa: ARG001 - a transition's
        job = jobs.held(record, key, fence)
        return Stale() if job is None else Change(request=record.request, jobs=(_ended(job),))

    return transition


def _ended(job: Job) -> Job:
    return replace(job, status=JobStatus.DROPPED, lease_until=None)

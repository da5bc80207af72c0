"""Jobs: claimed before they run, finished under their fence, and the outbox that shows people a request."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules.changing import begun
from access.rules.journal import DELIVERS
from access.rules.model import (
    AssignmentState,
    Change,
    Job,
    JobKind,
    JobStatus,
    Json,
    Named,
    ObjectId,
    Place,
    Record,
    Request,
    RequestId,
    State,
    StepKind,
)
from access.rules.refusals import Stale
from access.rules.stages import is_approved, most_approvals, panels_of, stage_now

SHOWN = "shown"
WANTED = "wanted"
PLACE = "place"
MESSAGE = "message"
DOUBLED = "doubled"
"""On a card's row: it may stand twice, for it was posted again after an answer was lost."""
HELD = "held"
"""On a card's row: it is not posted before its receiver's quiet hours end."""
CLOSES = "closes"
"""The timer that ends an approval nobody gave."""
THREAD = "thread"
REQUESTOR = "requestor"
APPROVER = "approver/"
ACCEPTED = "accepted/"
ASKED = "asked/"
ANSWERED = "answered/"
"""Before the audience of a notice: a question was asked, or is answered."""
REMINDER = "reminder/"
OLDER = "older"
"""The audience of a card that was posted again because an answer was lost, in its older copy."""
LOOKS = "looks"
"""How often a step has looked for something that the directory does not know yet."""
STUMBLES = "stumbles"
"""How often a bug of ours ended this job."""
MOST_STUMBLES = 5
REFUSED = "refused"
"""How often in a row a thread refused this card or notice."""
DOUBTED = "doubted"
"""On a mail's row: a newer link may have been mailed since the backup that was restored."""

ONCE = frozenset({JobKind.NOTICE, JobKind.REMINDER})
"""What is shown at most once: one that may have been shown is not shown again."""
SHOWS = ONCE | {JobKind.CARD}
"""What shows people something, and is claimed and noted together."""

PROGRESS = timedelta(seconds=1)
"""How long a card lets steps add up: nobody can read five cards a second, and a channel is not asked to."""

Claim = Callable[[Record, datetime], Change | Stale]


def key_of(request_id: RequestId, cycle: int, name: str) -> str:
    return f"{request_id}/{cycle}/{name}"


def may_run(record: Record, job: Job) -> bool:
    """Tell whether a job may run in the state the request is in; an effect needs its stored approval."""
    request, given = record.request, record.request.assignment
    if job.kind is JobKind.REMOVAL:
        at = AssignmentState.ENDED if job.name == StepKind.UNSPONSOR else AssignmentState.ENDING
        return given is not None and given.state is at
    if job.kind is JobKind.RETURN:
        return given is not None and given.state is AssignmentState.RETURNING and is_approved(request)
    if job.kind is JobKind.ACCOUNT:
        return is_approved(request) and request.state in {State.DELIVERING, State.DELIVERED}
    if job.kind in DELIVERS:
        stands = given is None or given.state is AssignmentState.ACTIVE
        # An adopted access has no approval; a new link for its guest gives nothing, and has its entry.
        may = is_approved(request) or (request.adopted and request.relinked is not None)
        return stands and may and request.state in {State.DELIVERING, State.DELIVERED}
    if job.kind in {JobKind.SETUP, JobKind.PROTECT}:
        ordered = request.guard is not None and request.guard.doing is not None
        return is_approved(request) and (ordered or request.state is State.DELIVERING)
    return job.kind is not JobKind.TIMER or request.state is State.PENDING_APPROVAL


def claim(key: str, lease: timedelta) -> Claim:
    """Claim a due job: durably says "may have begun" before anything is called, with its audit entry."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = record.jobs.get(key)
        if job is None or job.status is not JobStatus.READY or job.due_at > now:
            return Stale()
        if (job.lease_until is not None and job.lease_until > now) or not may_run(record, job):
            return Stale()
        held = replace(
            job, fence=job.fence + 1, started=job.started + 1, tries=job.tries + 1, lease_until=now + lease
        )
        return Change(request=record.request, jobs=(held,), audit=begun(record.request, held))

    return transition


def renew(fences: Mapping[str, int], lease: timedelta) -> Claim:
    """Hold jobs for longer, those that nobody else has claimed and that are not finished."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        mine = [job for key, fence in fences.items() if (job := held(record, key, fence)) is not None]
        if not mine:
            return Stale()
        return Change(
            request=record.request, jobs=tuple(replace(job, lease_until=now + lease) for job in mine)
        )

    return transition


def held(record: Record, key: str, fence: int) -> Job | None:
    """Return the job if the claim with this fence still holds it."""
    job = record.jobs.get(key)
    if job is None or job.status is not JobStatus.READY or job.fence != fence or job.lease_until is None:
        return None
    return job


def done(job: Job, **body: Json) -> Job:
    return replace(job, status=JobStatus.DONE, lease_until=None, secret="", body={**job.body, **body})


def later(job: Job, at: datetime, *, surely_not_done: bool) -> Job:
    """Put a job off; the mark "may have begun" is taken back only where surely nothing happened."""
    started = job.started - 1 if surely_not_done else job.started
    return replace(job, lease_until=None, due_at=at, started=max(started, 0))


def looks(job: Job) -> int:
    """Return how often this step has looked in vain; outages and throttling do not count."""
    count = job.body.get(LOOKS, 0)
    return count if isinstance(count, int) else 0


def stumbled(job: Job, now: datetime) -> Job:
    """Put off a job that a bug of ours ended; what it had done by then nobody knows."""
    count = stumbles(job) + 1
    put_off = later(job, now + back_off(count), surely_not_done=False)
    return replace(put_off, body={**job.body, STUMBLES: count})


def stumbles(job: Job) -> int:
    count = job.body.get(STUMBLES, 0)
    return count if isinstance(count, int) else 0


def refusals(job: Job) -> int:
    count = job.body.get(REFUSED, 0)
    return count if isinstance(count, int) else 0


def back_off(tries: int, *, most: timedelta = timedelta(seconds=60)) -> timedelta:
    """Return how long to wait after the n-th try: 0.5 s, 1 s, 2 s … up to `most`."""
    return min(timedelta(seconds=0.5 * 2 ** min(tries - 1, 12)), most)


# --- the outbox ---------------------------------------------------------------------------------


def approver_of(audience: str) -> ObjectId | None:
    """Return the approver whose 1:1 an audience is."""
    _, its, person = audience.rpartition(APPROVER)
    return ObjectId(person) if its else None


def card(request: Request, audience: str, place: Place | str, now: datetime) -> Job:
    """Return the outbox row of a card that is not posted yet; an empty place means the person's 1:1."""
    return Job(
        key=key_of(request.request_id, 0, audience),
        request_id=request.request_id,
        kind=JobKind.CARD,
        name=audience,
        status=JobStatus.READY,
        due_at=now,
        body={PLACE: place, MESSAGE: "", WANTED: request.version, SHOWN: 0},
    )


def asked(request: Request) -> tuple[Named, ...]:
    """Return whom a card asks: those to ask first, where enough of them can be reached, else everybody."""
    stage = stage_now(request)
    panel, first = panels_of(request)[stage - 1], request.ask_first
    reached = [one.object_id for one in first if one not in request.unreached]
    if not (first and stage == 1 and most_approvals(panel, reached) >= panel.quorum):
        return panel.asked
    instead = {one.by for one in panel.delegated if one.for_whom in first}
    called = tuple(
        one
        for one in panel.asked
        if one not in first and (one.object_id in panel.escalated or one in instead)
    )
    return (*first, *called) if called else first


def approver_cards(
    request: Request, known: Mapping[str, Job], now: datetime, *, called: bool = False
) -> tuple[Job, ...]:
    """Return the cards of those whom a card asks and who have none, or one that was given up unposted.

    One that waited for the morning was, where it had nothing to say by then; whoever is unreached is named.
    Those whom an escalation calls in are asked in their hours, which the watch knows: it has them `called`.
    """
    rows: list[Job] = []
    escalated = () if called else panels_of(request)[stage_now(request) - 1].escalated
    for one in asked(request):
        if one.object_id in escalated:
            continue
        row = card(request, f"{APPROVER}{one.object_id}", "", now)
        old = known.get(row.key)
        if old is None:
            rows.append(row)
        elif old.status is JobStatus.DROPPED and is_held(old) and one not in request.unreached:
            body: dict[str, Json] = {**old.body, WANTED: request.version}
            rows.append(replace(old, status=JobStatus.READY, due_at=now, started=0, tries=0, body=body))
    return tuple(rows)


def notice(request: Request, audience: str, place: Place | str, now: datetime) -> Job:
    """Return the outbox row of a message that is shown once and never changed."""
    return replace(card(request, audience, place, now), kind=JobKind.NOTICE)


def show_again(
    jobs: Mapping[str, Job], request: Request, now: datetime, *, patience: timedelta = timedelta()
) -> tuple[Job, ...]:
    """Return every card of the request, wanting the request's newest version, after `patience`."""
    return tuple(
        replace(
            job,
            status=JobStatus.READY,
            due_at=_shown_at(job, now + patience),
            body={**job.body, WANTED: request.version},
        )
        for job in jobs.values()
        if job.kind is JobKind.CARD and job.status is not JobStatus.DROPPED
    )


def _shown_at(job: Job, at: datetime) -> datetime:
    """Return when a card is due; the channel's wish to put it off stands, our own patience may end sooner."""
    if job.status is not JobStatus.READY or job.lease_until is not None:
        return at
    return job.due_at if job.tries or is_held(job) else min(job.due_at, at)


def is_held(job: Job) -> bool:
    """Tell whether a card was never posted, and waits for the end of quiet hours."""
    return bool(job.body.get(HELD)) and not job.body[MESSAGE]


def shown(key: str, fence: int, version: int, place: Place, message: str) -> Claim:
    """Finish a card: it shows `version`; if more is wanted by now it is due again, when that is wanted."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = held(record, key, fence)
        if job is None:
            return Stale()
        wanted = job.body.get(WANTED)
        body: dict[str, Json] = {**job.body, SHOWN: version, PLACE: place, MESSAGE: message}
        body |= {STUMBLES: 0, REFUSED: 0}
        if job.started > 1 and not job.body.get(MESSAGE):
            body[DOUBLED] = True
        newer = job.kind is JobKind.CARD and isinstance(wanted, int) and wanted > version
        status = JobStatus.READY if newer else JobStatus.DONE
        at = max(job.due_at, now) if newer else now
        finished = replace(job, status=status, lease_until=None, started=0, tries=0, due_at=at, body=body)
        return Change(request=record.request, jobs=(finished,))

    return transition


def put_off(
    key: str, fence: int, delay: timedelta, *, surely_not_done: bool, forget_message: bool = False
) -> Claim:
    """Put off a card: the channel asked to wait, hiccuped, or the message is gone and is posted anew."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        job = held(record, key, fence)
        if job is None:
            return Stale()
        job = later(job, now + delay, surely_not_done=surely_not_done)
        if forget_message:
            job = replace(job, body={**job.body, MESSAGE: ""})
        return Change(request=record.request, jobs=(job,))

    return transition

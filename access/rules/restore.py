"""After a restored backup: what the database believes of itself, of its requests, and of those it lost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.changing import entry, newer
from access.rules.model import (
    AuditFact,
    Change,
    Effect,
    JobStatus,
    Json,
    ObjectId,
    Record,
    Request,
    Restore,
)
from access.rules.refusals import Stale

MARGIN = timedelta(minutes=5)
"""How far the clocks of the mailbox, the directory and the database may be apart."""
UNDECIDED = "restore/undecided"
"""The note that holds the ids of the requests that nobody had decided when the backup was made."""
_A_DAY = 10_000
"""More numbers than a day uses: a mailbox sends to 10,000 recipients a day."""
_A_MINUTE = 100
"""So that a backup that is put back twice does not give the same numbers twice."""
_ROUND = 100

Noting = Callable[[Record, datetime], Change | Stale]


def next_number(highest: int, unknown: timedelta) -> int:
    """Return the first number after a restore, above all that can have been shown since, and easy to see."""
    above = highest + _A_DAY + _A_MINUTE * max(unknown // timedelta(minutes=1), 0)
    return -(-above // _ROUND) * _ROUND + 1


def restored_fact(restore: Restore) -> AuditFact:
    detail: dict[str, Json] = {
        "after_entry": restore.seq,
        "restored_to": restore.to.isoformat(),
        "last_number": restore.last,
        "next_number": restore.next,
    }
    return AuditFact(what="store.restored", detail=detail)


def lost_with(restores: Sequence[Restore], number: int | None) -> Restore | None:
    """Return the restore that took an unknown request; an id, which tells no time, means the newest."""
    if number is None:
        return restores[-1] if restores else None
    return next((one for one in restores if one.last < number < one.next), None)


def decided(request: Request) -> bool:
    """Tell whether an approval or a waiver is stored, which explains every effect of the request.

    What was adopted has none: others gave it.
    """
    if request.waived is not None or request.adopted:
        return True
    return request.review is not None and request.review.result == "Approve"


def doubt(restore: Restore) -> Noting:
    """Believe that all of a request may have happened since: look before each call, show its cards again.

    A notice or a reminder that waits may have been shown, and is shown once at most.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = newer(record.request, now, restored=restore, effects=())
        doubted = tuple(
            replace(job, status=JobStatus.DROPPED, lease_until=None)
            if job.kind in jobs.ONCE
            else replace(job, body={**job.body, jobs.DOUBTED: True})
            for job in record.jobs.values()
            if job.secret or (job.kind in jobs.ONCE and job.status is JobStatus.READY)
        )
        return Change(request=request, jobs=(*doubted, *jobs.show_again(record.jobs, request, now)))

    return transition


def found(effects: Sequence[Effect], object_id: ObjectId | None) -> Noting:
    """Report effects of a request for which no approval is stored, each once, to the audit and its cards.

    `object_id` is the guest's, of a set-up the group's, or a policy's.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        news = [one for one in Effect if one in effects and one not in request.effects]
        if not news or decided(request):
            return Stale()
        request = newer(request, now, effects=(*request.effects, *news))
        return Change(
            request=request,
            jobs=jobs.show_again(record.jobs, request, now),
            audit=tuple(effect_fact(request, effect, object_id) for effect in news),
        )

    return transition


def effect_fact(request: Request, effect: Effect, object_id: ObjectId | None) -> AuditFact:
    whose = {Effect.GROUP: "group", Effect.POLICY: "policy"}.get(effect, "guest")
    detail: dict[str, Json] = {"effect": effect, "request": request.label, whose: object_id}
    return entry(request, "restore.effect-found", detail)

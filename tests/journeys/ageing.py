"""Accesses that are made older, and the days of Guestlist that pass with that.

The signed calls of the channel go by the host's clock, so it is no clock that is set.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import unaccepted
from access.rules.changing import newer
from access.rules.lapses import Lapsed
from access.rules.model import AuditFact, Change, Job, JobKind, JobStatus, Record
from access.service.clean_up import MARK
from tests.clinic import Clinic
from tests.journeys.acts import settled

DAY = timedelta(days=1)


async def given_by(clinic: Clinic, who: str = "megan") -> Sequence[Record]:
    """Return what somebody has asked for, newest first."""
    found: Sequence[Record] = await clinic.guestlist.store.requested_by(clinic.story.person(who)["id"], 10)
    return found


async def ages(clinic: Clinic, by: timedelta) -> None:
    """Let every access of Megan's have begun so much earlier; what is told in a morning, is told now."""
    await _change(clinic, _older(by))
    await _change(clinic, _morning)


async def days_pass(clinic: Clinic, number: int) -> None:
    """Let accesses be so many days older, and Guestlist look at them as it does once a day."""
    await _change(clinic, _older(number * DAY))
    guestlist = clinic.guestlist
    await guestlist.store.replace_note(MARK, await guestlist.store.note(MARK), "a day before")
    await guestlist.readers.clean_ups.daily()
    await settled(clinic)
    await _change(clinic, _morning)


async def _change(clinic: Clinic, transition: Callable[[Record, datetime], Change]) -> None:
    for record in await given_by(clinic):
        await clinic.guestlist.store.change(record.request.request_id, transition)
    await settled(clinic)


async def protection_ages(clinic: Clinic, by: timedelta) -> None:
    """Let every protection have been made so much earlier, and its card ask so much sooner."""

    def older(record: Record, now: datetime) -> Change:
        guard = record.request.guard
        assert guard is not None
        assert guard.since is not None
        guard = replace(guard, since=guard.since - by, asks_at=guard.asks_at and guard.asks_at - by)
        rows = [replace(job, due_at=job.due_at - by) for job in record.jobs.values() if _waits(job)]
        fact = AuditFact(what="a.test", request_id=record.request.request_id)
        return Change(request=newer(record.request, now, guard=guard), jobs=tuple(rows), audit=(fact,))

    for record in await given_by(clinic):
        if record.request.guard is not None:
            await clinic.guestlist.store.change(record.request.request_id, older)
    await settled(clinic)


def _waits(job: Job) -> bool:
    return job.kind is JobKind.TRIAL and job.status is JobStatus.READY


def _older(by: timedelta) -> Callable[[Record, datetime], Change]:
    def transition(record: Record, now: datetime) -> Change:
        before = record.request
        assert before.delivered_at is not None
        request = newer(
            before,
            now,
            delivered_at=before.delivered_at - by,
            accepted_at=before.accepted_at and before.accepted_at - by,
            lapses=tuple(_earlier(one, by) for one in before.lapses),
        )
        fact = AuditFact(what="a.test", request_id=request.request_id)
        return Change(request=request, jobs=unaccepted.anew(request, record.jobs, now), audit=(fact,))

    return transition


def _earlier(mark: Lapsed, by: timedelta) -> Lapsed:
    return replace(
        mark,
        shown_at=mark.shown_at - by,
        ends_at=mark.ends_at and mark.ends_at - by,
        kept_until=mark.kept_until and mark.kept_until - by,
    )


def _morning(record: Record, now: datetime) -> Change:
    rows = [
        replace(job, due_at=now)
        for job in record.jobs.values()
        if job.kind is JobKind.REMINDER and job.status is JobStatus.READY and job.due_at > now
    ]
    return Change(request=record.request, jobs=tuple(rows))

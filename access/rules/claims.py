"""Claims of several jobs of a request at once, and of the next with the end of the last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from access.rules import jobs
from access.rules.journal import STEPS
from access.rules.model import AuditFact, Change, Job, JobStatus, Record
from access.rules.refusals import Stale


class Claiming(Protocol):
    """A transition that claims jobs; `keys` are those of its last call, which is the one that was written."""

    keys: Sequence[str]

    def __call__(self, record: Record, now: datetime) -> Change | Stale: ...


@dataclass(slots=True)
class ClaimOne:
    """Claims one job, if it is due."""

    key: str
    lease: timedelta
    keys: Sequence[str] = ()

    def __call__(self, record: Record, now: datetime) -> Change | Stale:
        change = jobs.claim(self.key, self.lease)(record, now)
        self.keys = () if isinstance(change, Stale) else (self.key,)
        return change


@dataclass(slots=True)
class ClaimShows:
    """Claims whatever of a request is due to be shown: its cards go out side by side, under one claim."""

    lease: timedelta
    but: Collection[str] = ()
    """What this process has in hand: its own claim holds, even if a clock has jumped beyond its lease."""
    keys: Sequence[str] = ()

    def __call__(self, record: Record, now: datetime) -> Change | Stale:
        shows = [key for key, job in record.jobs.items() if job.kind in jobs.SHOWS and key not in self.but]
        change = every(*(jobs.claim(key, self.lease) for key in shows))(record, now)
        self.keys = () if isinstance(change, Stale) else tuple(job.key for job in change.jobs)
        return change


@dataclass(slots=True)
class HandOn:
    """Finishes a step and claims the one that it wakes: one change, and nobody has to look for it."""

    finish: jobs.Claim
    lease: timedelta
    keys: Sequence[str] = ()

    def __call__(self, record: Record, now: datetime) -> Change | Stale:
        self.keys = ()
        change = self.finish(record, now)
        if isinstance(change, Stale):
            return change
        woken = [job.key for job in change.jobs if job.kind in STEPS and job.status is JobStatus.READY]
        claims = (jobs.claim(key, self.lease) for key in woken)
        both = every(lambda *_: change, *claims)(record, now)
        if isinstance(both, Change):
            # One that was parked while somebody is at it is woken with that one's lease, and is not ours.
            # What has only begun to be a row, and is due another day, is not claimed either.
            known = {key: job.fence for key, job in record.jobs.items()}
            mine = [job for job in both.jobs if job.key in woken and job.fence > known.get(job.key, 0)]
            self.keys = tuple(job.key for job in mine)
        return both


def every(*transitions: jobs.Claim) -> jobs.Claim:
    """Make several changes of a request at once, without the stale ones; one may make a new version."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        changed: dict[str, Job] = {}
        audit: list[AuditFact] = []
        any_was_made = False
        for one in transitions:
            change = one(record, now)
            if isinstance(change, Stale):
                continue
            any_was_made = True
            changed |= {job.key: job for job in change.jobs}
            audit += change.audit
            record = Record(request=change.request, jobs={**record.jobs, **changed})
        if not any_was_made:
            return Stale()
        return Change(request=record.request, jobs=tuple(changed.values()), audit=tuple(audit))

    return transition

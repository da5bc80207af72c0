"""How a step fails: row, entry and cards are alike; what it means to the request is each life's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.changing import entry
from access.rules.model import Change, Failure, Job, JobStatus, Record, Request, StepKind
from access.rules.refusals import Stale

Stepping = Callable[[Record, datetime], Change | Stale]


@dataclass(frozen=True, slots=True)
class Failed:
    """A step that has failed: its row, as it was held, and why; `detail` has the names for the words."""

    job: Job
    cause: Cause
    detail: Mapping[str, str]
    at: datetime

    @property
    def failure(self) -> Failure:
        return Failure(StepKind(self.job.name), self.cause, dict(self.detail), self.at)


Meaning = Callable[[Record, Failed], tuple[Request, Sequence[Job]]]
"""What a failed step means: the request after it, and the rows that move with it."""


class Failing(Protocol):
    """Ends a journal at a step; a call that was refused surely did nothing."""

    def __call__(
        self,
        key: str,
        fence: int,
        cause: Cause,
        detail: Mapping[str, str],
        trace: str,
        *,
        surely_not_done: bool = True,
    ) -> Stepping: ...


def names_of(request: Request) -> dict[str, str]:
    """Return the names that the words of a failure need."""
    return {"app": request.app.name, "access": request.give.name, "guest": request.guest_name}


def failing(meaning: Meaning) -> Failing:
    """Return how the steps of one kind of journal fail."""

    def fail(
        key: str,
        fence: int,
        cause: Cause,
        detail: Mapping[str, str],
        trace: str,
        *,
        surely_not_done: bool = True,
    ) -> Stepping:
        def transition(record: Record, now: datetime) -> Change | Stale:
            job = jobs.held(record, key, fence)
            if job is None:
                return Stale()
            request, others = meaning(record, Failed(job, cause, detail, now))
            # A refused call surely did nothing, so the mark "may have begun" is taken back.
            started = max(job.started - 1, 0) if surely_not_done else job.started
            row = replace(job, status=JobStatus.FAILED, started=started, lease_until=None)
            fact = entry(request, "step.failed", {"step": job.name, "cause": cause, "request-id": trace})
            shown = jobs.show_again(record.jobs, request, now)
            return Change(request=request, jobs=(row, *others, *shown), audit=(fact,))

        return transition

    return fail

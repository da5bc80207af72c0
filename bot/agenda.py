"""What this process is to run and when: jobs that it made due itself, and jobs that it found in the store."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from access.rules import jobs
from access.rules.model import Job

AHEAD = timedelta(seconds=60)
"""How far ahead jobs are noted; what is due later is found in the store."""
MOST = 4096
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Agenda:
    """Whoever makes a job due runs it, unasked; so replicas need not race for it, nor look for it.

    A hint only: what is missing here is found in the store, and a claim decides who runs what is here.
    """

    wake: Callable[[datetime], None]
    now: Callable[[], datetime]
    _heap: list[tuple[datetime, int, str, Job]] = field(default_factory=list)
    _known: set[tuple[datetime, str]] = field(default_factory=set)
    _busy: dict[str, Job] = field(default_factory=dict)
    """Due while a run of the same kind goes on here."""
    _order: Iterable[int] = field(default_factory=count)
    _asked: bool = True

    def made(self, due: Sequence[Job]) -> None:
        """Note jobs that a commit has made due; none means that it may have been any."""
        if not due:
            self._asked = True
            self.wake(_AT_ONCE)
            return
        latest = self.now() + AHEAD
        soon = [job for job in due if job.due_at <= latest]
        for job in soon:
            self.note(job, job.due_at)
        if soon:
            self.wake(min(job.due_at for job in soon))

    def note(self, job: Job, at: datetime) -> None:
        """Note that a job is to run at a time; those of one time run in the order in which they are noted."""
        run = run_of(job)
        if (at, run) not in self._known and len(self._heap) < MOST:
            self._known.add((at, run))
            heappush(self._heap, (at, next(iter(self._order)), run, job))

    def take(self, most: int, running: Collection[str]) -> list[tuple[str, Job]]:
        """Take what is due, soonest first; what runs already waits until that is over."""
        taken: dict[str, Job] = {}
        now = self.now()
        while len(taken) < most and self._heap and self._heap[0][0] <= now:
            at, _, run, job = heappop(self._heap)
            self._known.discard((at, run))
            if run in running:
                self._busy[run] = job
            else:
                taken.setdefault(run, job)
        return list(taken.items())

    def over(self, run: str) -> None:
        """Put what waited for a run up again."""
        if (job := self._busy.pop(run, None)) is not None:
            self.note(job, job.due_at)

    def next_at(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def asked(self) -> bool:
        """Tell, once, whether the store is to be looked at at once."""
        asked, self._asked = self._asked, False
        return asked


def run_of(job: Job) -> str:
    """Return what runs once at a time: a job, or all that shows people the same request."""
    return f"{job.request_id}/shows" if job.kind in jobs.SHOWS else job.key

"""What this process is to run and when: jobs that it made due itself, and jobs that it found in the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from access.rules import jobs
from access.rules.model import Job, JobKind, StepKind

AHEAD = timedelta(seconds=60)
"""How far ahead jobs are noted; what is due later is found in the store."""
MOST = 4096
"""How many are noted ahead; what is due by now is noted all the same."""
Heap = list[tuple[datetime, int, str, Job]]
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Agenda:
    """Whoever makes a job due runs it, unasked; so replicas need not race for it, nor look for it.

    A hint only: what is missing here is found in the store, and a claim decides who runs what is here.
    """

    wake: Callable[[datetime], None]
    now: Callable[[], datetime]
    _shows: Heap = field(default_factory=list)
    _others: Heap = field(default_factory=list)
    _rows: Heap = field(default_factory=list)
    _mails: Heap = field(default_factory=list)
    """Of rows, whose mailbox is the slowest of all."""
    _known: set[tuple[datetime, str]] = field(default_factory=set)
    _order: Iterator[int] = field(default_factory=count)
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
            self.note(job)
        if soon:
            self.wake(min(job.due_at for job in soon))

    def note(self, job: Job) -> bool:
        """Note when a job is to run; return whether that is news. The cards of a request are one run."""
        at = max(job.due_at, job.lease_until or job.due_at)
        is_show = job.kind in jobs.SHOWS
        run = f"{job.request_id}/shows" if is_show else job.key
        heaps = (self._shows, self._others, self._rows, self._mails)
        full = sum(map(len, heaps)) >= MOST and at > self.now()
        if full or (at, run) in self._known:
            return False
        self._known.add((at, run))
        of_rows = self._mails if job.name == StepKind.MAIL else self._rows
        others = of_rows if job.kind is JobKind.ROW else self._others
        heappush(self._shows if is_show else others, (at, next(self._order), run, job))
        return True

    def take(self, most: int, shows: int) -> list[Job]:
        """Take what is due, soonest first, each run once; so many shows at the most."""
        taken: dict[str, Job] = {}
        now = self.now()
        while len(taken) < most and (heap := self._soonest(shows)) and heap[0][0] <= now:
            at, _, run, job = heappop(heap)
            self._known.discard((at, run))
            shows -= run not in taken and heap is self._shows
            taken.setdefault(run, job)
        return list(taken.values())

    def take_rows(self, most: int, mails: int) -> list[Job]:
        """Take steps of the rows of lists that are due, soonest first: lanes that hold up nothing else."""
        taken, now = list[Job](), self.now()
        for heap, room in ((self._rows, most), (self._mails, mails)):
            left = room
            while left > 0 and heap and heap[0][0] <= now:
                at, _, run, job = heappop(heap)
                self._known.discard((at, run))
                taken.append(job)
                left -= 1
        return taken

    def next_at(self, *, shows: bool, rows: bool = True, mails: bool = True) -> datetime | None:
        """Return when something is due; with or without what there may be no room for."""
        heaps = (self._soonest(int(shows)), self._rows if rows else [], self._mails if mails else [])
        return min((heap[0][0] for heap in heaps if heap), default=None)

    def _soonest(self, shows: int) -> Heap:
        if not (self._shows and shows > 0):
            return self._others
        return self._shows if not self._others or self._shows[0] < self._others[0] else self._others

    def asked(self) -> bool:
        """Tell, once, whether the store is to be looked at at once."""
        asked, self._asked = self._asked, False
        return asked

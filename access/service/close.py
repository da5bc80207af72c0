"""Closing what nobody decided in time."""

from dataclasses import dataclass
from datetime import timedelta

from access.ports import Store
from access.rules import jobs
from access.rules.deciding import time_out
from access.rules.model import Job, Record


@dataclass(slots=True)
class Closings:
    """Runs the timers of requests."""

    store: Store
    lease: timedelta = timedelta(seconds=30)

    async def run(self, job: Job) -> None:
        """Claim the timer and close its request, unless somebody decided meanwhile."""
        claimed = await self.store.change(job.request_id, jobs.claim(job.key, self.lease))
        if isinstance(claimed, Record):
            await self.store.change(job.request_id, time_out(job.key, claimed.jobs[job.key].fence))

"""Closing what nobody decided in time."""

from dataclasses import dataclass
from datetime import timedelta

from access.ports import Store
from access.rules.deciding import time_out
from access.rules.model import Job
from access.service.holding import LEASE, Held, hold


@dataclass(slots=True)
class Closings:
    """Runs the timers of requests."""

    store: Store
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        """Claim the timer and close its request, unless somebody decided meanwhile."""

        async def close(held: Held) -> None:
            await self.store.change(job.request_id, time_out(job.key, held.job.fence))

        await hold(self.store, job, self.lease, close)

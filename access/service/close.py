"""Closing what nobody decided in time."""

from dataclasses import dataclass
from datetime import timedelta

from access.ports import Store
from access.rules.claims import ClaimOne
from access.rules.deciding import time_out
from access.rules.model import Job
from access.service.holding import LEASE, claimed, keeping


@dataclass(slots=True)
class Closings:
    """Runs the timers of requests."""

    store: Store
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        """Claim the timer and close its request, unless somebody decided meanwhile."""
        claiming = ClaimOne(job.key, self.lease)
        for held in await claimed(self.store, job.request_id, claiming, self.lease):
            async with keeping(self.store, [held], self.lease):
                await self.store.change(job.request_id, time_out(job.key, held.job.fence))

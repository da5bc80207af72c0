"""The end of a protection's time of watching: what the log says that it would have done, and the question."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from access.ports import (
    AccessError,
    Clock,
    GuardWriter,
    NotLicensed,
    PolicySource,
    Refused,
    Store,
    TooMany,
    Unfamiliar,
)
from access.rules import guard_trials, jobs
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.guard_plans import SECURITY
from access.rules.guards import Guard, Observed
from access.rules.model import Job, ObjectId, Record
from access.service.holding import LEASE, Held, hold, looked
from access.service.roster import Roster


@dataclass(slots=True)
class Trials:
    """Asks in any case the security admins of that day; where the log cannot be read, the card says why."""

    store: Store
    writer: GuardWriter
    roster: Roster
    policy: PolicySource
    clock: Clock
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        await hold(self.store, job, self.lease, self._look)

    async def _look(self, held: Held) -> None:
        async def look(record: Record) -> jobs.Claim:
            guard = record.request.guard
            now = self.clock.now()
            observed = Observed(since=now, until=now)
            if guard is not None:
                observed = await self._observed(guard, now)
            policy = self.policy.current()
            named = policy.roles.get(SECURITY, ())
            secures = await self.roster.people(policy, named, app_id=ObjectId(""))
            return guard_trials.asked(held.job.key, held.job.fence, observed, secures)

        await self.store.change(held.job.request_id, await looked(held, look))

    async def _observed(self, guard: Guard, now: datetime) -> Observed:
        since = guard_trials.begins(guard, now)
        try:
            found = await self.writer.reported([one.policy_id for one in guard.made], since, guard.scope)
        except AccessError as error:
            why = _why(error)
            if why is None:
                raise
            return Observed(since=since, until=now, unread=why)
        since = found.since or since
        return Observed(since=since, until=now, guests=found.guests, stopped=found.stopped, asked=found.asked)


def _why(error: AccessError) -> Unread | None:
    """Return why the log is not to be read for good; None where it is worth another try."""
    if isinstance(error, NotLicensed):
        return Unread.LICENCE
    if isinstance(error, TooMany):
        return Unread.TOO_MUCH
    if isinstance(error, Unfamiliar):
        return Unread.UNFAMILIAR
    if isinstance(error, Refused):
        return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY
    return None

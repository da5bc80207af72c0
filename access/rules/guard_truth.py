"""What a protection is by the policies in the tenant, where the database has forgotten what was ordered."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.changing import newer
from access.rules.guard_halts import state_by
from access.rules.guard_trials import asleep
from access.rules.guarding import became
from access.rules.guards import GuardState, Part
from access.rules.model import Change, Effect, Record
from access.rules.refusals import Stale
from access.rules.restore import Noting


def seen_again(enforced: Collection[Part]) -> Noting:
    """Take over which parts of a protection are enforced, with its entry; of what is being done, nothing."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        guard = record.request.guard
        parts = tuple(sorted(enforced))
        if guard is None or guard.doing is not None or guard.state in {None, GuardState.REMOVED}:
            return Stale()
        state = state_by(guard, parts)
        if state is None or state is guard.state:
            return Stale()
        asks_at = now + timedelta(days=guard.watch_days) if state is GuardState.WATCHING else None
        enforced_now = parts if state is GuardState.PARTLY else ()
        guard = replace(guard, state=state, since=now, enforced=enforced_now, asks_at=asks_at, observed=None)
        guard = replace(guard, done=None, failure=None, left=())
        request = newer(record.request, now, guard=guard, effects=(Effect.POLICY,))
        rows = (*asleep(record, request, asks_at), *jobs.show_again(record.jobs, request, now))
        fact = became(request, state, {"found": "restore", "enforced": list(parts)})
        return Change(request=request, jobs=rows, audit=(fact,))

    return transition

"""After a restored backup: what protections are in the tenant, where that is not what the backup says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from access.ports import ProtectionReader, Refused, Store
from access.rules.conditional_access import AccessPolicy, PolicyState
from access.rules.guard_made import all_of, made_by_others
from access.rules.guard_truth import seen_again
from access.rules.guards import Guard, GuardState, Part
from access.rules.model import Effect, ObjectId, Record, Request, Restore, State
from access.rules.restore import found

_UNDECIDED = {State.SUBMITTED, State.PENDING_APPROVAL}
_MADE = {State.DELIVERED, State.DELIVERY_FAILED}
_WORDS: Mapping[GuardState | None, str] = {
    GuardState.WATCHING: "only reports",
    GuardState.ENFORCED: "enforced",
    GuardState.PARTLY: "enforced in part",
}


@dataclass(slots=True)
class GuardLook:
    """Reads the policies once, where a protection is stored; to look again finds the same."""

    store: Store
    reader: ProtectionReader

    async def look(self, restore: Restore) -> list[str]:
        """Store what each protection is by now, and return a line for each that was not as stored."""
        about = await self.store.about(await self.store.subject(""))
        guards = [(one, guard) for one in about if (guard := _stands(one.request, restore))]
        if not guards:
            return []
        try:
            protection = await self.reader.protection()
        except Refused:
            return [f"{one.request.label}: its policies could not be read" for one, _ in guards]
        lines = list[str]()
        for one, guard in guards:
            parts = all_of(guard, protection, made_by_others(one.request, about))
            lines.append(await self._line(one.request, guard, parts, restore))
        return [line for line in lines if line]

    async def _line(
        self, request: Request, guard: Guard, parts: Sequence[tuple[Part, AccessPolicy]], restore: Restore
    ) -> str:
        there = [one for _, one in parts]
        enforced = [part for part, one in parts if one.state is PolicyState.ENABLED]
        if request.state in _UNDECIDED or guard.state is None:
            if there:
                effects = found([Effect.POLICY], ObjectId(there[0].policy_id))
                await self.store.change(request.request_id, effects)
            told = enforced or (there and guard.state is None and request.state in _UNDECIDED)
            return f"{request.label}: policies {len(there)}, enforced {len(enforced)}" if told else ""
        if not there:
            return f"{request.label}: its policies are gone"
        changed = await self.store.change(request.request_id, seen_again(enforced))
        now = changed.request if isinstance(changed, Record) else request
        if now.guard is None or Effect.POLICY not in now.effects or now.guard.since is None:
            return ""
        return f"{now.label}: {_WORDS[now.guard.state]}" if now.guard.since >= restore.at else ""


def _stands(request: Request, restore: Restore) -> Guard | None:
    """Return a protection that is at rest and not removed, and older than the restore."""
    guard, known = request.guard, request.submitted_at <= restore.at
    if guard is None or guard.doing is not None or guard.state is GuardState.REMOVED or not known:
        return None
    return guard if request.state in _UNDECIDED | _MADE else None

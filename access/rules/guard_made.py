"""What of a protection stands in the tenant: its parts, each with its draft and the policy that was found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, PolicyState, Protection
from access.rules.guard_plans import drafts_of
from access.rules.guards import Guard, GuardAct, GuardState, Part
from access.rules.model import Named, ObjectId, Record, Request
from access.rules.protecting import in_the_way, is_as_drafted

STATES = {GuardAct.ENFORCE: PolicyState.ENABLED, GuardAct.WATCH: PolicyState.REPORT_ONLY}


@dataclass(frozen=True, slots=True)
class MadePart:
    """A part of a protection, and its policy as it was found."""

    part: Part
    drafted: AccessPolicy
    policy_id: str
    found: AccessPolicy | None

    @property
    def wrong(self) -> Cause | None:
        """Return why it is not to be touched."""
        if self.found is None:
            return Cause.POLICY_GONE
        as_made = is_as_drafted(self.found, self.drafted) and self.found.state in STATES.values()
        return None if as_made else Cause.POLICY_CHANGED

    @property
    def is_enforced(self) -> bool:
        return self.is_in(PolicyState.ENABLED)

    def is_in(self, state: PolicyState) -> bool:
        return self.found is not None and self.found.state is state

    def is_so(self, state: PolicyState) -> bool:
        return self.wrong is None and self.is_in(state)


def parts_of(guard: Guard) -> list[tuple[Part, AccessPolicy]]:
    """Return each part of a protection with its draft."""
    wish = guard.wish
    wanted = (
        (Part.CONTROLS, wish.mfa or bool(wish.terms)),
        (Part.PLATFORMS, bool(wish.platforms)),
        (Part.PLACES, bool(wish.locations)),
    )
    return list(zip((part for part, is_wanted in wanted if is_wanted), drafts_of(guard), strict=True))


def made_of(guard: Guard, protection: Protection) -> list[MadePart]:
    ids = {one.part: one.policy_id for one in guard.made}
    return [
        MadePart(part, drafted, ids.get(part, ""), _of_id(protection, ids.get(part, "")))
        for part, drafted in parts_of(guard)
    ]


def made_by_others(request: Request, about: Sequence[Record]) -> Collection[str]:
    """Return the policies that other requests have made and not removed; they are theirs alone."""
    guards = [one.request.guard for one in about if one.request.request_id != request.request_id]
    stand = [one for one in guards if one is not None and one.state is not GuardState.REMOVED]
    return {made.policy_id for one in stand for made in one.made}


def all_of(guard: Guard, protection: Protection, others: Collection[str]) -> list[tuple[Part, AccessPolicy]]:
    """Return what Guestlist has made for it, and what else bears a mark of it, unless that is of `others`."""
    found = {one.policy_id: (one.part, one.found) for one in made_of(guard, protection)}
    for part, drafted in parts_of(guard):
        for one in in_the_way(protection, (drafted,)):
            if one.policy_id not in others:
                found.setdefault(one.policy_id, (part, one))
    return [(part, one) for part, one in found.values() if one is not None]


def wrong(made: Sequence[MadePart]) -> Cause | None:
    return next((one.wrong for one in made if one.wrong is not None), None)


def left_of(made: Sequence[MadePart]) -> tuple[Named, ...]:
    return tuple(named(one.found) for one in made if one.found is not None and one.wrong is not None)


def named(policy: AccessPolicy) -> Named:
    return Named(ObjectId(policy.policy_id), policy.name)


def _of_id(protection: Protection, policy_id: str) -> AccessPolicy | None:
    return next((one for one in protection.policies if one.policy_id == policy_id), None)

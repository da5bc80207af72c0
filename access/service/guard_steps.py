"""The steps that make, enforce and remove what protects an app: each looks first, and does what is left."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from access.ports import GuardWriter, Missing, NotYet, ProtectionReader, Refused
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, PolicyState, Protection
from access.rules.delivery import StepDone
from access.rules.guard_plans import drafts_of
from access.rules.guards import Guard, GuardAct, MadePolicy, Part
from access.rules.model import Job, Request, StepKind
from access.rules.protecting import in_the_way, is_as_drafted
from access.service.steps import Patience, may_have_begun

LOOKS = 4
"""How often a policy whose making was lost is looked for, with back-off, before it is made again."""
_STATES = {
    GuardAct.ENFORCE: PolicyState.ENABLED,
    GuardAct.WATCH: PolicyState.REPORT_ONLY,
}


@dataclass(slots=True)
class GuardSteps:
    """Writes over nothing that somebody has changed by hand: such a step fails, and says so."""

    writer: GuardWriter
    reader: ProtectionReader
    patience: Patience

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {
            StepKind.MAKE_POLICIES: self.make,
            StepKind.ENFORCE_POLICIES: self.switch,
            StepKind.WATCH_POLICIES: self.switch,
            StepKind.REMOVE_POLICIES: self.remove,
            StepKind.PROVE_POLICIES: self.prove,
        }

    async def make(self, job: Job, request: Request) -> StepDone:
        """Make each policy, in report-only mode; where that may have been done, look for its mark first."""
        guard = guard_of(request)
        protection = await self.reader.protection()
        made, traces = list[MadePolicy](), list[str]()
        lost = may_have_begun(job, request) and jobs.looks(job) < LOOKS
        for part, drafted in parts_of(guard):
            found = _found(protection, drafted, {PolicyState.REPORT_ONLY})
            if found is not None:
                made.append(MadePolicy(part, found.policy_id))
                continue
            if lost:
                raise NotYet(Cause.REPLICATING, "the policy may have been made; look again first")
            now = await self.writer.make(drafted)
            made.append(MadePolicy(part, now.policy_id))
            traces.append(now.trace)
        how = {"request-id": ",".join(traces)} if traces else {"found": True}
        return StepDone(policies=tuple(made), traces=dict(how))

    async def switch(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        """Set the state of each policy, unless it is in it."""
        guard = guard_of(request)
        to = _to(guard)
        protection, traces = await self.reader.protection(), list[str]()
        for drafted, policy_id in _made(guard):
            found = _of_id(protection, policy_id)
            if found is None:
                raise Missing(Cause.POLICY_GONE)
            _see_as_drafted(found, drafted, set(_STATES.values()))
            if found.state is not to:
                traces.append(await self.writer.switch(policy_id, drafted, to))
        return StepDone(traces={"request-id": ",".join(traces)} if traces else {"found": True})

    async def remove(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        """Delete each policy that Guestlist has made and that says what was drafted."""
        guard = guard_of(request)
        protection, traces = await self.reader.protection(), list[str]()
        made = list(_made(guard))
        for drafted, policy_id in made:  # all of them are looked at before the first is deleted
            found = _of_id(protection, policy_id)
            if found is not None:
                _see_as_drafted(found, drafted, set(PolicyState))
        for drafted, policy_id in made:
            if _of_id(protection, policy_id) is None:
                continue
            try:
                traces.append(await self.writer.remove(policy_id, drafted))
            except Missing:
                continue
        return StepDone(traces={"request-id": ",".join(traces)} if traces else {"found": True})

    async def prove(self, job: Job, request: Request) -> StepDone:
        """Read everything back; what is not yet so has a minute."""
        guard = guard_of(request)
        protection = await self.reader.protection()
        removes = guard.doing is not None and guard.doing.act is GuardAct.REMOVE
        if all(_is_so(protection, drafted, one, guard, removes=removes) for drafted, one in _made(guard)):
            return StepDone(traces={"read_back": True})
        if jobs.looks(job) < self.patience.proof_tries - 1:
            raise NotYet(Cause.REPLICATING)
        raise Refused(Cause.NOT_PROVED)


def guard_of(request: Request) -> Guard:
    if request.guard is None:
        raise Missing(Cause.POLICY_GONE, "this request protects nothing")
    return request.guard


def parts_of(guard: Guard) -> list[tuple[Part, AccessPolicy]]:
    """Return each part of a protection with its draft."""
    wish = guard.wish
    wanted = (
        (Part.CONTROLS, wish.mfa or bool(wish.terms)),
        (Part.PLATFORMS, bool(wish.platforms)),
        (Part.PLACES, bool(wish.locations)),
    )
    return list(zip((part for part, is_wanted in wanted if is_wanted), drafts_of(guard), strict=True))


def _made(guard: Guard) -> list[tuple[AccessPolicy, str]]:
    ids = {one.part: one.policy_id for one in guard.made}
    return [(drafted, ids.get(part, "")) for part, drafted in parts_of(guard)]


def _to(guard: Guard) -> PolicyState:
    return _STATES[guard.doing.act] if guard.doing else PolicyState.REPORT_ONLY


def _of_id(protection: Protection, policy_id: str) -> AccessPolicy | None:
    return next((one for one in protection.policies if one.policy_id == policy_id), None)


def _found(protection: Protection, drafted: AccessPolicy, states: set[PolicyState]) -> AccessPolicy | None:
    """Return the one policy that bears the draft's mark and says the same; two nobody could tell apart."""
    there = in_the_way(protection, (drafted,))
    if len(there) > 1:
        raise Refused(Cause.POLICY_CHANGED, "two policies bear the same mark")
    if there:
        _see_as_drafted(there[0], drafted, states)
    return there[0] if there else None


def _see_as_drafted(found: AccessPolicy, drafted: AccessPolicy, states: set[PolicyState]) -> None:
    if not is_as_drafted(found, drafted) or found.state not in states:
        raise Refused(Cause.POLICY_CHANGED)


def _is_so(
    protection: Protection, drafted: AccessPolicy, policy_id: str, guard: Guard, *, removes: bool
) -> bool:
    found = _of_id(protection, policy_id)
    if removes:
        return found is None
    return found is not None and is_as_drafted(found, drafted) and found.state is _to(guard)

"""The steps that make, enforce and remove what protects an app: each looks first, and does what is left."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from access.ports import (
    AccessError,
    GuardWriter,
    Missing,
    NotDone,
    NotYet,
    ProtectionReader,
    Refused,
    Store,
    Unknown,
)
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, PolicyState, Protection
from access.rules.delivery import Later, StepDone
from access.rules.guard_plans import drafts_of
from access.rules.guards import Guard, GuardAct, GuardState, Halted, MadePolicy, Part
from access.rules.model import Job, Json, Named, ObjectId, Record, Request, StepKind
from access.rules.protecting import in_the_way, is_as_drafted
from access.service.steps import Patience, may_have_begun

_STATES = {GuardAct.ENFORCE: PolicyState.ENABLED, GuardAct.WATCH: PolicyState.REPORT_ONLY}


@dataclass(frozen=True, slots=True)
class _Made:
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
        as_made = is_as_drafted(self.found, self.drafted) and self.found.state in _STATES.values()
        return None if as_made else Cause.POLICY_CHANGED

    @property
    def is_enforced(self) -> bool:
        return self.is_in(PolicyState.ENABLED)

    def is_in(self, state: PolicyState) -> bool:
        return self.found is not None and self.found.state is state

    def is_so(self, state: PolicyState) -> bool:
        return self.wrong is None and self.is_in(state)


@dataclass(slots=True)
class GuardSteps:
    """Writes over nothing that somebody has changed by hand: such a step fails, and says so."""

    writer: GuardWriter
    reader: ProtectionReader
    store: Store
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
        """Make each policy, in report-only mode; where that may have been done, look for its mark first.

        It is looked for as long as anything that the directory may not show yet: two nobody could tell apart.
        Where one is surely not made, those before it are noted: of them alone is that so.
        """
        guard = guard_of(request)
        protection, parts = await self.reader.protection(), parts_of(guard)
        there = {part: _found(protection, drafted, {PolicyState.REPORT_ONLY}) for part, drafted in parts}
        others = await self._others(request)
        if any(found is not None and found.policy_id in others for found in there.values()):
            raise Refused(Cause.POLICY_OWNED)
        lost = set(there) if may_have_begun(job, request) else {one.part for one in guard.made}
        unseen = any(found is None and part in lost for part, found in there.items())
        if unseen and jobs.looks(job) < self.patience.replication_tries - 1:
            raise NotYet(Cause.REPLICATING, "the policy may have been made; look again first")
        made, traces = list[MadePolicy](), list[str]()
        for part, drafted in parts:
            if (found := there[part]) is not None:
                made.append(MadePolicy(part, found.policy_id))
                continue
            try:
                now = await self.writer.make(drafted)
            except (NotDone, Refused) as error:
                if not traces:
                    raise
                return self._stopped(job, made, traces, error)
            made.append(MadePolicy(part, now.policy_id))
            traces.append(now.trace)
        return StepDone(policies=tuple(made), traces=_traced(traces))

    def _stopped(
        self, job: Job, made: Sequence[MadePolicy], traces: Sequence[str], error: AccessError
    ) -> StepDone:
        """Return what a making comes to that has made some, and surely not the next."""
        policies, traced = tuple(made), _traced([*traces, error.trace] if error.trace else traces)
        if isinstance(error, Refused):
            return StepDone(policies=policies, traces=traced, halted=Halted(error.cause))
        least = timedelta(seconds=error.retry_after or 0)
        delay = max(least, jobs.back_off(job.tries, most=self.patience.most))
        return StepDone(policies=policies, traces=traced, later=Later(error.cause, delay))

    async def switch(self, job: Job, request: Request) -> StepDone:
        """Set the state of each policy, unless it is in it."""
        guard = guard_of(request)
        made = _made(guard, await self.reader.protection())
        if guard.doing is None or guard.doing.act is not GuardAct.ENFORCE:
            return await self._back(made, [one for one in made if one.is_enforced], _wrong(made))
        traces = list[str]()
        try:
            return await self._enforce(made, traces, begun=may_have_begun(job, request))
        except NotDone as error:
            if not traces:
                raise
            # What was enforced by then is this step's own, and goes back if the rest of it fails.
            raise Unknown(error.cause, trace=error.trace, retry_after=error.retry_after) from error

    async def _enforce(self, made: Sequence[_Made], traces: list[str], *, begun: bool) -> StepDone:
        """Enforce all or nothing: all are looked at first; where one fails, the others go back."""
        why = _wrong(made)
        ours = [one for one in made if begun and one.is_enforced]
        for one in made if why is None else ():
            if one.is_enforced:
                continue
            try:
                traces.append(await self.writer.switch(one.policy_id, one.drafted, PolicyState.ENABLED))
            except Refused as error:
                why = error.cause
                break
            ours.append(one)
        return StepDone(traces=_traced(traces)) if why is None else await self._back(made, ours, why)

    async def _back(self, made: Sequence[_Made], ours: Sequence[_Made], why: Cause | None) -> StepDone:
        """Let policies only report again, those that are as drafted; `why` not all is as it was ordered."""
        enforced, traces = {one.part for one in (*made, *ours) if one in ours or one.is_enforced}, list[str]()
        for one in ours:
            if one.wrong is not None:
                continue
            try:
                traces.append(await self.writer.switch(one.policy_id, one.drafted, PolicyState.REPORT_ONLY))
            except Refused as error:
                why = why or error.cause
            else:
                enforced.discard(one.part)
        halted = Halted(why, tuple(sorted(enforced)), _left(made)) if why is not None else None
        return StepDone(traces=_traced(traces), halted=halted)

    async def _others(self, request: Request) -> Collection[str]:
        return made_by_others(request, await self.store.about(request.subject))

    async def remove(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        """Delete whatever bears a mark of this protection and says what was drafted; the rest is left.

        So is what a person has enforced: who may remove what only reports may not always remove that.
        """
        guard = guard_of(request)
        protection, traces, why = await self.reader.protection(), list[str](), None
        enforced, left = set[Part](), list[Named]()
        for part, found in all_of(guard, protection, await self._others(request)):
            drafted = next((one for one in drafts_of(guard) if is_as_drafted(found, one)), None)
            failed: Cause | None = Cause.POLICY_CHANGED
            if drafted is None:
                left.append(_named(found))
            else:
                failed = await self._deleted(guard, found.policy_id, drafted, traces)
            by_hand = failed is Cause.POLICY_ENFORCED
            left += [_named(found)] if by_hand else []
            why = why or failed
            enforced |= {part} if by_hand or (failed and found.state is PolicyState.ENABLED) else set()
        halted = Halted(why, tuple(sorted(enforced)), tuple(left)) if why is not None else None
        return StepDone(traces=_traced(traces), halted=halted)

    async def _deleted(
        self, guard: Guard, policy_id: str, drafted: AccessPolicy, traces: list[str]
    ) -> Cause | None:
        try:
            traces.append(await self.writer.remove(policy_id, drafted, enforced=not guard.only_reports))
        except Missing:
            return None
        except Refused as error:
            return error.cause
        return None

    async def prove(self, job: Job, request: Request) -> StepDone:
        """Read everything back; what is not yet so has a minute."""
        guard = guard_of(request)
        protection = await self.reader.protection()
        made = _made(guard, protection)
        removes = guard.doing is not None and guard.doing.act is GuardAct.REMOVE
        there = all_of(guard, protection, await self._others(request)) if removes else []
        if not there if removes else all(one.is_so(_to(guard)) for one in made):
            return StepDone(traces={"read_back": True})
        if jobs.looks(job) < self.patience.proof_tries - 1:
            raise NotYet(Cause.REPLICATING)
        enforces = guard.doing is not None and guard.doing.act is GuardAct.ENFORCE
        # Graph has confirmed that it enforces them, so a list that says otherwise may lag: nobody knows.
        if guard.doing is None or (enforces and any(one.is_so(PolicyState.REPORT_ONLY) for one in made)):
            raise Refused(Cause.NOT_PROVED)
        why = _wrong(made) if not removes else None
        enforced = tuple(one.part for one in made if one.is_enforced)
        return StepDone(halted=Halted(why or Cause.NOT_PROVED, enforced, _left(made)))


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


def _made(guard: Guard, protection: Protection) -> list[_Made]:
    ids = {one.part: one.policy_id for one in guard.made}
    return [
        _Made(part, drafted, ids.get(part, ""), _of_id(protection, ids.get(part, "")))
        for part, drafted in parts_of(guard)
    ]


def made_by_others(request: Request, about: Sequence[Record]) -> Collection[str]:
    """Return the policies that other requests have made and not removed; they are theirs alone."""
    guards = [one.request.guard for one in about if one.request.request_id != request.request_id]
    stand = [one for one in guards if one is not None and one.state is not GuardState.REMOVED]
    return {made.policy_id for one in stand for made in one.made}


def all_of(guard: Guard, protection: Protection, others: Collection[str]) -> list[tuple[Part, AccessPolicy]]:
    """Return what Guestlist has made for it, and what else bears a mark of it, unless that is of `others`."""
    found = {one.policy_id: (one.part, one.found) for one in _made(guard, protection)}
    for part, drafted in parts_of(guard):
        for one in in_the_way(protection, (drafted,)):
            if one.policy_id not in others:
                found.setdefault(one.policy_id, (part, one))
    return [(part, one) for part, one in found.values() if one is not None]


def _wrong(made: Sequence[_Made]) -> Cause | None:
    return next((one.wrong for one in made if one.wrong is not None), None)


def _left(made: Sequence[_Made]) -> tuple[Named, ...]:
    return tuple(_named(one.found) for one in made if one.found is not None and one.wrong is not None)


def _named(policy: AccessPolicy) -> Named:
    return Named(ObjectId(policy.policy_id), policy.name)


def _traced(traces: Sequence[str]) -> dict[str, Json]:
    return {"request-id": ",".join(traces)} if traces else {"found": True}


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

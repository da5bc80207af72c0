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
from access.rules.guard_made import (
    STATES,
    MadePart,
    all_of,
    left_of,
    made_by_others,
    made_of,
    named,
    parts_of,
    wrong,
)
from access.rules.guard_plans import drafts_of
from access.rules.guards import Guard, GuardAct, Halted, MadePolicy, Part
from access.rules.model import Job, Json, Named, Request, StepKind
from access.rules.protecting import in_the_way, is_as_drafted
from access.service.steps import Patience, may_have_begun


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

    async def _policies(self) -> Protection:
        """Read them; where no answer comes nothing was written, so that nothing is looked for in vain."""
        try:
            return await self.reader.protection()
        except Unknown as error:
            raise NotDone(error.cause, trace=error.trace, retry_after=error.retry_after) from error

    async def make(self, job: Job, request: Request) -> StepDone:
        """Make each policy, in report-only mode; where that may have been done, look for its mark first.

        It is looked for as long as anything that the directory may not show yet: two nobody could tell apart.
        Where one is surely not made, those before it are noted: of them alone is that so.
        """
        guard = guard_of(request)
        protection, parts = await self._policies(), parts_of(guard)
        there = {part: _found(protection, drafted, {PolicyState.REPORT_ONLY}) for part, drafted in parts}
        others = await self._others(request)
        if any(found is not None and found.policy_id in others for found in there.values()):
            raise Refused(Cause.POLICY_OWNED)
        lost = set(there) if may_have_begun(job, request) else {one.part for one in guard.made}
        unseen = any(found is None and part in lost for part, found in there.items())
        if unseen and jobs.looks(job) < self.patience.replication_tries - 1:
            raise NotYet(Cause.REPLICATING, "the policy may have been made; look again first")
        made, traces = list[MadePolicy](), dict[str, str]()
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
            traces[now.policy_id] = now.trace
        return StepDone(policies=tuple(made), traces=_traced(traces))

    def _stopped(
        self, job: Job, made: Sequence[MadePolicy], traces: Mapping[str, str], error: AccessError
    ) -> StepDone:
        """Return what a making comes to that has made some, and surely not the next."""
        policies, traced = tuple(made), _traced(traces, error.trace)
        if isinstance(error, Refused):
            return StepDone(policies=policies, traces=traced, halted=Halted(error.cause))
        least = timedelta(seconds=error.retry_after or 0)
        delay = max(least, jobs.back_off(job.tries, most=self.patience.most))
        return StepDone(policies=policies, traces=traced, later=Later(error.cause, delay))

    async def switch(self, job: Job, request: Request) -> StepDone:
        """Set the state of each policy, unless it is in it."""
        guard = guard_of(request)
        made = made_of(guard, await self._policies())
        if guard.doing is None or guard.doing.act is not GuardAct.ENFORCE:
            return await self._back(made, [one for one in made if one.is_enforced], wrong(made))
        traces = dict[str, str]()
        try:
            return await self._enforce(made, traces, begun=may_have_begun(job, request))
        except NotDone as error:
            if not traces:
                raise
            # What was enforced by then is this step's own, and goes back if the rest of it fails.
            raise Unknown(error.cause, trace=error.trace, retry_after=error.retry_after) from error

    async def _enforce(self, made: Sequence[MadePart], traces: dict[str, str], *, begun: bool) -> StepDone:
        """Enforce all or nothing: all are looked at first; where one fails, the others go back."""
        why = wrong(made)
        ours = [one for one in made if begun and one.is_enforced]
        for one in made if why is None else ():
            if one.is_enforced:
                continue
            try:
                traces[one.policy_id] = await self.writer.switch(
                    one.policy_id, one.drafted, PolicyState.ENABLED
                )
            except Refused as error:
                why = error.cause
                break
            ours.append(one)
        return StepDone(traces=_traced(traces)) if why is None else await self._back(made, ours, why)

    async def _back(self, made: Sequence[MadePart], ours: Sequence[MadePart], why: Cause | None) -> StepDone:
        """Let policies only report again, those that are as drafted; `why` not all is as it was ordered."""
        enforced, traces = (
            {one.part for one in (*made, *ours) if one in ours or one.is_enforced},
            dict[str, str](),
        )
        for one in ours:
            if one.wrong is not None:
                continue
            try:
                traces[one.policy_id] = await self.writer.switch(
                    one.policy_id, one.drafted, PolicyState.REPORT_ONLY
                )
            except Refused as error:
                why = why or error.cause
            else:
                enforced.discard(one.part)
        halted = Halted(why, tuple(sorted(enforced)), left_of(made)) if why is not None else None
        return StepDone(traces=_traced(traces), halted=halted)

    async def _others(self, request: Request) -> Collection[str]:
        return made_by_others(request, await self.store.about(request.subject))

    async def remove(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        """Delete whatever bears a mark of this protection and says what was drafted; the rest is left.

        So is what a person has enforced: who may remove what only reports may not always remove that.
        """
        guard = guard_of(request)
        protection, traces, why = await self._policies(), dict[str, str](), None
        enforced, left = set[Part](), list[Named]()
        for part, found in all_of(guard, protection, await self._others(request)):
            drafted = next((one for one in drafts_of(guard) if is_as_drafted(found, one)), None)
            failed: Cause | None = Cause.POLICY_CHANGED
            if drafted is None:
                left.append(named(found))
            else:
                failed = await self._deleted(guard, found.policy_id, drafted, traces)
            by_hand = failed is Cause.POLICY_ENFORCED
            left += [named(found)] if by_hand else []
            why = why or failed
            enforced |= {part} if by_hand or (failed and found.state is PolicyState.ENABLED) else set()
        halted = Halted(why, tuple(sorted(enforced)), tuple(left)) if why is not None else None
        return StepDone(traces=_traced(traces), halted=halted)

    async def _deleted(
        self, guard: Guard, policy_id: str, drafted: AccessPolicy, traces: dict[str, str]
    ) -> Cause | None:
        try:
            traces[policy_id] = await self.writer.remove(policy_id, drafted, enforced=not guard.only_reports)
        except Missing:
            return None
        except Refused as error:
            return error.cause
        return None

    async def prove(self, job: Job, request: Request) -> StepDone:
        """Read everything back; what is not yet so has a minute, and what was made may be listed later."""
        guard = guard_of(request)
        protection = await self._policies()
        made = made_of(guard, protection)
        removes = guard.doing is not None and guard.doing.act is GuardAct.REMOVE
        there = all_of(guard, protection, await self._others(request)) if removes else []
        if not there if removes else all(one.is_so(_to(guard)) for one in made):
            return StepDone(traces={"read_back": True})
        unseen = guard.doing is None and any(one.found is None for one in made)
        tries = self.patience.replication_tries if unseen else self.patience.proof_tries
        if jobs.looks(job) < tries - 1:
            raise NotYet(Cause.REPLICATING)
        enforces = guard.doing is not None and guard.doing.act is GuardAct.ENFORCE
        # Graph has confirmed that it enforces them, so a list that says otherwise may lag: nobody knows.
        if guard.doing is None or (enforces and any(one.is_so(PolicyState.REPORT_ONLY) for one in made)):
            raise Refused(Cause.NOT_PROVED)
        why = wrong(made) if not removes else None
        enforced = tuple(one.part for one in made if one.is_enforced)
        return StepDone(halted=Halted(why or Cause.NOT_PROVED, enforced, left_of(made)))


def guard_of(request: Request) -> Guard:
    if request.guard is None:
        raise Missing(Cause.POLICY_GONE, "this request protects nothing")
    return request.guard


def _traced(traces: Mapping[str, str], *further: str) -> dict[str, Json]:
    """Return by which calls which policies were written."""
    calls = [*traces.values(), *(one for one in further if one)]
    return {"request-id": ",".join(calls), "wrote": [*traces]} if calls else {"found": True}


def _to(guard: Guard) -> PolicyState:
    return STATES[guard.doing.act] if guard.doing else PolicyState.REPORT_ONLY


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

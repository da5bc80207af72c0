"""The steps that give an app a group of its own for guests: each looks first, and does what is left."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from access.ports import Missing, NewGroup, NotYet, PolicySource, Refused, SelfService, Store
from access.rules import jobs, settingup
from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import Job, ObjectId, Record, Request, Setup, StepKind
from access.rules.setup_plans import AppAsSet, lacking, policy_entry, remaining
from access.rules.setups import marker_of
from access.service.holding import LEASE, Held, hold, looked
from access.service.steps import Patience, may_have_begun

LOOKS = 4
"""How often a group whose making was lost is looked for, with back-off, before it is made again."""


@dataclass(slots=True)
class SetupSteps:
    """What Guestlist lacks the permission for is left to a person, and found to be done by the proof."""

    self_service: SelfService
    policy: PolicySource
    patience: Patience

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {
            StepKind.MAKE_GROUP: self.make_group,
            StepKind.OWN_GROUP: self.own_group,
            StepKind.ASSIGN_GROUP: self.assign_group,
            StepKind.REQUIRE: self.require,
            StepKind.PROVE_SETUP: self.prove,
        }

    async def make_group(self, job: Job, request: Request) -> StepDone:
        """Make the group; where that may have been done, look for it under the marker first.

        So is one that was made and deleted since, which is then made anew.
        """
        setup, marker = _setup_of(request), marker_of(request.request_id)
        facts = await self.self_service.look(request.app.object_id)
        if facts.group(setup.group_id) is not None:
            return StepDone(traces={"found": True})
        if may_have_begun(job, request) or setup.group_id is not None:
            found = await self.self_service.find(marker)
            if found is not None:
                return StepDone(group_id=found, traces={"found": True})
            if jobs.looks(job) < LOOKS:
                raise NotYet(Cause.REPLICATING, "the group may have been made; look again first")
        owners = remaining(setup, facts)
        if not owners:
            raise Refused(Cause.SETUP_MOVED, "none of its owners owns the app any more", trace=facts.trace)
        description = f"Guests of {request.app.name}. Made by Guestlist, {request.label}."
        group = NewGroup(marker, setup.group_name, description, [one.object_id for one in owners])
        made = await self.self_service.make(request.app.object_id, group)
        return StepDone(group_id=made.group_id, owners=owners, traces={"request-id": made.trace})

    async def own_group(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        """Let the app's owners own the group, whoever of them does not yet."""
        setup, app_id = _setup_of(request), request.app.object_id
        facts = await self.self_service.look(app_id)
        group, owners, trace = facts.group(setup.group_id), remaining(setup, facts), ""
        if group is None:
            raise Refused(Cause.GROUP_LOST, trace=facts.trace)
        for one in lacking(owners, group.owners):
            try:
                given = await self.self_service.own(app_id, group.group.object_id, one.object_id)
            except Refused as error:
                return replace(_by_hand(error), owners=owners)
            trace = given.trace
        return StepDone(traces={"request-id": trace} if trace else {"found": True})

    async def assign_group(self, job: Job, request: Request) -> StepDone:
        """Assign the group to the app, unless it is; a group just made is waited for."""
        setup, app_id = _setup_of(request), request.app.object_id
        group_id = _made(setup)
        if (await self.self_service.look(app_id)).group(group_id) is not None:
            return StepDone(traces={"found": True})
        marker = marker_of(request.request_id)
        try:
            given = await self.self_service.assign(app_id, group_id, marker, setup.role.role_id)
        except Missing as error:
            if error.cause is Cause.APP_GONE or jobs.looks(job) >= self.patience.proof_tries - 1:
                raise
            raise NotYet(Cause.REPLICATING, trace=error.trace) from error
        except Refused as error:
            return _by_hand(error)
        return StepDone(traces={"request-id": given.trace} | ({"was_there": True} if given.was_there else {}))

    async def require(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        app_id = request.app.object_id
        if (await self.self_service.look(app_id)).required:
            return StepDone(traces={"found": True})
        try:
            return StepDone(traces={"request-id": await self.self_service.require(app_id)})
        except Refused as error:
            return _by_hand(error)

    async def prove(self, job: Job, request: Request) -> StepDone:
        """Read everything back: what is left to a person is named, what else is missing has a minute."""
        setup = _setup_of(request)
        facts = await self.self_service.look(request.app.object_id)
        missing = _missing(setup, facts)
        if not missing:
            has_table = request.app.object_id in self.policy.current().apps
            entry = policy_entry(request, setup, has_table=has_table)
            owners = remaining(setup, facts)
            return StepDone(traces={"request-id": facts.trace}, entry=entry, owners=owners)
        if missing <= set(setup.by_hand):
            raise Refused(Cause.BY_HAND, trace=facts.trace)
        if jobs.looks(job) < self.patience.proof_tries - 1:
            raise NotYet(Cause.REPLICATING)
        raise Refused(Cause.NOT_PROVED, trace=facts.trace)


@dataclass(slots=True)
class Entries:
    """Looks whether the policy gives the group of a set-up by now: its file is somebody else's to change.

    Where it does, or somebody asks, the directory is asked whether the group stands still.
    """

    store: Store
    policy: PolicySource
    self_service: SelfService
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        await hold(self.store, job, self.lease, self._look)

    async def _look(self, held: Held) -> None:
        async def look(record: Record) -> jobs.Claim:
            request, setup = record.request, _setup_of(record.request)
            in_force = self.policy.current().rules_for(request.app.object_id).give == setup.give
            there: bool | None = None
            if in_force or held.job.body.get(settingup.ASKED):
                facts = await self.self_service.look(request.app.object_id)
                there = facts.group(setup.group_id) is not None
            return settingup.look(held.job.key, held.job.fence, in_force=in_force, there=there)

        await self.store.change(held.job.request_id, await looked(held, look))


def _missing(setup: Setup, facts: AppAsSet) -> set[str]:
    """Return the steps that have not had their effect."""
    group = facts.group(setup.group_id)
    if group is not None and group.unfit is not None:
        raise Refused(Cause.SETUP_MOVED, "the group takes no guests any more", trace=facts.trace)
    missing = set[str]() if facts.required else {StepKind.REQUIRE.value}
    if group is None and setup.adopted:
        raise Refused(Cause.GROUP_LOST, trace=facts.trace)
    if group is None:
        return missing | {StepKind.ASSIGN_GROUP}
    if lacking(remaining(setup, facts), group.owners):
        missing.add(StepKind.OWN_GROUP)
    return missing


def _setup_of(request: Request) -> Setup:
    if request.setup is None:
        raise Missing(Cause.SETUP_MOVED, "this request sets nothing up")
    return request.setup


def _made(setup: Setup) -> ObjectId:
    if setup.group_id is None:
        raise Missing(Cause.GROUP_GONE, "no group is known to this request")
    return setup.group_id


def _by_hand(error: Refused) -> StepDone:
    """Leave a step to a person where the permission is missing; every other refusal stands."""
    if error.cause is not Cause.RIGHTS_MISSING:
        raise error
    return StepDone(by_hand=True, traces={"refused-request-id": error.trace})

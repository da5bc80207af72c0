"""A house with Conditional Access that can be written, and with security admins, a guest, and a spare key."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from access.ports import AccessError, MadeNow, Missing, Refused, Reported
from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, PolicyState
from access.rules.guard_plans import WRITES, Wanted
from access.rules.guards import Scope
from access.rules.model import Guest, JobKind, ObjectId, Person, Record, State
from access.rules.policy_reader import read_policy
from access.service.faced import Faces
from access.service.guard_acts import GuardActs
from access.service.guard_steps import GuardSteps
from access.service.guards import Guards
from access.service.outlooks import Outlooks
from access.service.steps import USUAL
from access.service.trials import Trials
from access.service.visitors import Visitors
from tests.forecast.building import APP
from tests.service.house import MEGAN, POLICY, RECORDS, THREAD, House
from tests.service.protected import FakeProtection
from tests.service.tenant_reads import FakeTenantReads

ISAIAH, SVEA = (ObjectId(f"44444444-4444-4444-8444-44444444444{one}") for one in (1, 2))
SPARE = ObjectId("55555555-5555-4555-8555-555555555555")
ANA = ObjectId("ana")
MFA = Wanted(app="Health Records", mfa=True)
ROLES = f'[roles]\nsecurity_admins = ["person:{ISAIAH}", "person:{SVEA}"]'
PROTECT = f'\n[protect]\nbreak_glass = ["person:{SPARE}"]\nwatch = "7d"\n'


@dataclass
class FakeWriter:
    """Writes into what a FakeProtection reads; `loses` lets an answer be lost after the effect."""

    reader: FakeProtection
    loses: list[AccessError] = field(default_factory=list)
    refuses: list[AccessError] = field(default_factory=list)
    refuses_for: dict[str, AccessError] = field(default_factory=dict)
    """What `made-1 enabled`, `made-1 deleted` or the making for `platforms` is refused with each time."""
    log: Reported | AccessError = field(default_factory=lambda: Reported(3, 1, 2))
    written: list[str] = field(default_factory=list)
    number: int = 0

    async def make(self, drafted: AccessPolicy) -> MadeNow:
        self._meet("make")
        if drafted.platforms is not None and (error := self.refuses_for.get("platforms")):
            raise error
        self.number += 1
        made = replace(drafted, policy_id=f"made-{self.number}")
        self._put(None, made)
        self._lose()
        return MadeNow(made.policy_id, f"trace-{self.number}")

    async def switch(self, policy_id: str, drafted: AccessPolicy, state: PolicyState) -> str:  # noqa: ARG002 - of a fake
        self._meet(f"switch {state}")
        found = self._found(policy_id, str(state))
        self._put(found, replace(found, state=state))
        self._lose()
        return "switched"

    async def remove(self, policy_id: str, drafted: AccessPolicy, *, enforced: bool) -> str:  # noqa: ARG002 - of a fake
        self._meet("remove")
        found = self._found(policy_id, "deleted")
        if found.state is PolicyState.ENABLED and not enforced:
            raise Refused(Cause.POLICY_ENFORCED)
        self._put(found, None)
        self._lose()
        return "removed"

    async def reported(self, policy_ids: Sequence[str], since: datetime, scope: Scope) -> Reported:  # noqa: ARG002 - of a fake
        if isinstance(self.log, AccessError):
            raise self.log
        return self.log

    def _meet(self, what: str) -> None:
        if self.refuses:
            raise self.refuses.pop(0)
        self.written.append(what)

    def _lose(self) -> None:
        if self.loses:
            raise self.loses.pop(0)

    def _found(self, policy_id: str, to: str) -> AccessPolicy:
        if error := self.refuses_for.get(f"{policy_id} {to}"):
            raise error
        for one in self.reader.demanded.policies:
            if one.policy_id == policy_id:
                return one
        raise Missing(Cause.POLICY_GONE)

    def _put(self, old: AccessPolicy | None, new: AccessPolicy | None) -> None:
        kept = [one for one in self.reader.demanded.policies if one is not old]
        self.reader.demanded = replace(
            self.reader.demanded, policies=(*kept, *([new] if new is not None else []))
        )


@dataclass
class Guarded:
    house: House
    reader: FakeProtection
    writer: FakeWriter
    guards: Guards
    acts: GuardActs
    trials: Trials
    footing: FakeTenantReads

    @classmethod
    def of(cls, house: House) -> "Guarded":
        tenant = house.tenant
        for key, name in ((ISAIAH, "Isaiah"), (SVEA, "Svea"), (SPARE, "Spare Key")):
            tenant.people[key] = Person(key, name, f"{key}@contoso-health.com")
        tenant.apps[RECORDS] = replace(tenant.apps[RECORDS], app_id=APP)
        tenant.guests[ANA] = Guest(ANA, "Ana Ruiz", "ana@fabrikam.com")
        tenant.access.add((ANA, RECORDS))
        house.policy.policy = read_policy(POLICY.replace("[roles]", ROLES) + PROTECT)
        house.reads.given = house.reads.given | {WRITES}
        reader = FakeProtection()
        writer, footing = FakeWriter(reader), house.reads
        visitors = Visitors(house.clock, house.app_guests, reader, house.reads)
        guards = Guards(Faces(house.lists, visitors), Outlooks(visitors, house.directory), footing)
        trials = Trials(house.store, writer, house.decisions.roster, house.policy, house.clock)
        house.trials = trials
        house.deliveries.others = (*house.deliveries.others, GuardSteps(writer, reader, house.store, USUAL))
        return cls(house, reader, writer, guards, GuardActs(guards), trials, footing)

    async def sent(self, wanted: Wanted = MFA, by: ObjectId = MEGAN) -> Record:
        sent = await self.guards.send(wanted, by, THREAD, personal=False)
        assert isinstance(sent, Record), sent
        return sent

    async def approved(self, wanted: Wanted = MFA) -> Record:
        sent = await self.sent(wanted)
        done = await self.house.decisions.approve(sent.request.label, ISAIAH, None)
        assert isinstance(done, Record), done
        return done

    async def run(self, record: Record) -> Record:
        """Run the steps that are due, and let time pass where one waits, until nothing is being done."""
        for _ in range(200):
            if not await self.house.run_due(JobKind.PROTECT):
                now = await self.house.now(record)
                guard = now.request.guard
                assert guard is not None
                if now.request.state is not State.DELIVERING and guard.doing is None:
                    return now
                self.house.clock.turn(seconds=60)
        raise AssertionError("it never ends")

    async def watched(self, wanted: Wanted = MFA) -> Record:
        return await self.run(await self.approved(wanted))

    async def enforced(self) -> Record:
        record = await self.watched()
        label = record.request.label
        looked = await self.acts.foresee(label, ISAIAH)
        done = await self.acts.enforce(label, ISAIAH, getattr(looked, "code", ""))
        assert isinstance(done, Record), done
        return await self.run(done)

    def states(self) -> list[PolicyState | None]:
        return [one.state for one in self.reader.demanded.policies]

"""The use cases put together over the real store, with a small clinic behind the ports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from access.rules.audit import AuditEntry
from access.rules.causes import Cause
from access.rules.draft import Draft
from access.rules.list_run import Pace
from access.rules.model import (
    App,
    AppRole,
    Group,
    Guest,
    Job,
    JobKind,
    Kind,
    ObjectId,
    Person,
    PersonKind,
    Place,
    Record,
    Redemption,
    RequestId,
    State,
)
from access.rules.policy_reader import read_policy
from access.rules.refusals import Duplicate
from access.service.accounts import AccountActs
from access.service.change import GuestChanges
from access.service.check import Check
from access.service.clean_up import CleanUps
from access.service.close import Closings
from access.service.coach import Coach
from access.service.decide import Decisions
from access.service.delegate import Delegates
from access.service.deliver import Deliveries
from access.service.end import Terms
from access.service.guards_restored import GuardLook
from access.service.guest_lists import GuestLists
from access.service.index import Index
from access.service.lengthen import Lengthening
from access.service.list_runs import ListRunner
from access.service.missed import Missed
from access.service.new_addresses import NewAddresses
from access.service.profile_steps import ProfileSteps
from access.service.readiness import Readiness
from access.service.redeem import Redemptions
from access.service.request import Requests, Returned
from access.service.request_checks import RequestChecks
from access.service.restore import Restores
from access.service.roster import Roster
from access.service.search import Searches
from access.service.setup_steps import Entries, SetupSteps
from access.service.setups import Setups
from access.service.show import Shows
from access.service.sign_ins import SignIns
from access.service.sponsor_steps import SponsorSteps
from access.service.stand_ins import StandIns
from access.service.steps import USUAL
from access.service.trials import Trials
from access.service.unaccepted import Acceptances
from access.service.warn import Warnings
from access.service.watch import Watches
from bot.store import SqliteStore
from tests.service.fakes import (
    FakeAccess,
    FakeAccounts,
    FakeAppGuests,
    FakeChanges,
    FakeChat,
    FakeClues,
    FakeDirectory,
    FakeMail,
    FakeProfiles,
    FakeSelfService,
    FakeUpkeep,
    Faults,
    FixedPolicy,
    HandClock,
    Tenant,
)
from tests.service.protected import FakeProtection
from tests.service.tenant_reads import FakeTenantReads

ZONE = ZoneInfo("Europe/Berlin")
THREAD = Place("thread")
MEGAN, ALEX, NIA = ObjectId("megan"), ObjectId("alex"), ObjectId("nia")
LIDIA, DIEGO, LEAVER, VISITOR = ObjectId("lidia"), ObjectId("diego"), ObjectId("leaver"), ObjectId("visitor")
RECORDS, PORTAL, DESK, OLD = ObjectId("records"), ObjectId("portal"), ObjectId("desk"), ObjectId("old")
READER, GUESTS, OFFICE = ObjectId("reader"), ObjectId("guests"), ObjectId("office")
ADMINS = ObjectId("22222222-2222-4222-8222-222222222222")
ANA = "ana@fabrikam.com"

POLICY = f"""
[roles]
admins = ["group:{ADMINS}"]
[[defaults.stage]]
approvers = ["app-owners"]
fallback = ["role:admins"]
[domains]
deny = ["mailinator.com"]
"""


def clinic() -> Tenant:
    """Return a directory with three owners of Health Records, an admin, and people who may do nothing."""
    tenant = Tenant()
    for key, name in ((MEGAN, "Megan"), (ALEX, "Alex"), (NIA, "Nia"), (LIDIA, "Lidia"), (DIEGO, "Diego")):
        tenant.people[key] = Person(key, name, f"{key}@contoso-health.com")
    tenant.people[LEAVER] = Person(LEAVER, "Debra", enabled=False)
    tenant.people[VISITOR] = Person(VISITOR, "Visitor", "visitor@other.example", PersonKind.GUEST)
    roles = (AppRole(READER, "Reader"),)
    tenant.apps = {
        RECORDS: App(RECORDS, "Health Records", home_page="https://records.example", roles=roles),
        PORTAL: App(PORTAL, "Patient Portal"),
        DESK: App(DESK, "Referral Desk", roles=(*roles, AppRole(ObjectId("writer"), "Writer"))),
        OLD: App(OLD, "Old Records", enabled=False),
    }
    tenant.groups = {
        GUESTS: Group(GUESTS, "Portal guests"),
        OFFICE: Group(OFFICE, "Office", closed_because="dynamic"),
        ADMINS: Group(ADMINS, "Guest Access Admins"),
    }
    tenant.members = {ADMINS: [LIDIA]}
    tenant.of_app = {PORTAL: [GUESTS, OFFICE]}
    tenant.owners = {
        RECORDS: [MEGAN, ALEX, NIA, LEAVER, VISITOR],
        PORTAL: [MEGAN],
        GUESTS: [MEGAN],
        DESK: [ALEX],
        OLD: [MEGAN],
    }
    return tenant


def draft(**answers: Any) -> Draft:
    usual: dict[str, Any] = {
        "address": ANA,
        "app": "Health Records",
        "term": "90d",
        "justification": "She runs the March audit",
    }
    return Draft(kind=Kind.INVITE, **{**usual, **answers})


@dataclass(slots=True)
class House:
    store: SqliteStore
    clock: HandClock
    policy: FixedPolicy
    tenant: Tenant
    faults: Faults
    directory: FakeDirectory
    access: FakeAccess
    accounts: FakeAccounts
    profiles: FakeProfiles
    guest_changes: GuestChanges
    addresses: NewAddresses
    mail: FakeMail
    chat: FakeChat
    changes: FakeChanges
    requests: Requests
    decisions: Decisions
    deliveries: Deliveries
    shows: Shows
    missed: Missed
    closings: Closings
    delegates: Delegates
    watches: Watches
    terms: Terms
    upkeep: FakeUpkeep
    clean_ups: CleanUps
    acceptances: Acceptances
    warnings: Warnings
    redemptions: Redemptions
    restores: Restores
    coach: Coach
    clues: FakeClues
    reads: FakeTenantReads
    app_guests: FakeAppGuests
    lists: GuestLists
    acts: AccountActs
    setups: Setups
    entries: Entries
    index: Index
    searches: Searches
    protection: FakeProtection
    checks: RequestChecks
    alarms: list[str] = field(default_factory=list)
    trials: Trials | None = None
    pace: Pace = field(default_factory=Pace)

    @classmethod
    async def open(cls, path: Path, before: Self | None = None) -> Self:
        """Open a house, in the world of one `before` if there was one: a database may come back older."""
        tenant, alarms = before.tenant if before else clinic(), list[str]()
        clock, faults = tenant.clock, before.faults if before else Faults()
        store = await SqliteStore.open(path, clock, _nobody)
        directory, mail = FakeDirectory(tenant, faults), before.mail if before else FakeMail(faults, clock)
        access, changes = FakeAccess(tenant, faults), FakeChanges()
        accounts = before.accounts if before else FakeAccounts(tenant, faults)
        profiles = before.profiles if before else FakeProfiles(tenant, faults)
        chat = before.chat if before else FakeChat(faults)
        missed = Missed(store, chat, lambda: clock.now().timestamp())
        policy, roster = (
            FixedPolicy(read_policy(POLICY)),
            Roster(directory, seating=StandIns(directory, store).seat),
        )
        index, clues, reads = Index(directory, clock), FakeClues(), FakeTenantReads(tenant)
        app_guests = FakeAppGuests(tenant, faults)
        upkeep = before.upkeep if before else FakeUpkeep(tenant, faults)
        searches = Searches(index, roster, policy, store)
        check = Check(directory, roster, searches, clock, ZONE)
        self_service = FakeSelfService(tenant, faults)
        requests = Requests(
            store, directory, roster, policy, mail, check, "https://myapps.example", self_service
        )
        decisions = Decisions(store, directory, roster, requests, accounts)
        protection = before.protection if before else FakeProtection()
        sign_ins = SignIns(protection, clock)
        readiness = Readiness(decisions, searches, reads, reads, clues, reads, sign_ins)
        changing = GuestChanges(AccountActs(decisions, policy, accounts), profiles)
        house = cls(
            store=store,
            clock=clock,
            policy=policy,
            tenant=tenant,
            faults=faults,
            directory=directory,
            access=access,
            accounts=accounts,
            profiles=profiles,
            guest_changes=changing,
            addresses=NewAddresses(changing, clues),
            mail=mail,
            chat=chat,
            changes=changes,
            requests=requests,
            decisions=decisions,
            deliveries=Deliveries(
                store,
                directory,
                access,
                mail,
                ZONE,
                alarms.append,
                clock,
                leaving=one_step_at_a_time,
                accounts=accounts,
                others=(
                    SetupSteps(self_service, policy, USUAL),
                    Lengthening(store, access, USUAL, requests.rules_for),
                ),
            ),
            entries=Entries(store, policy, self_service),
            setups=Setups(decisions, index, self_service),
            shows=Shows(store, chat, missed, alarms.append),
            missed=missed,
            closings=Closings(store),
            delegates=Delegates(decisions, chat),
            watches=Watches(store, decisions, chat, alarms.append),
            terms=Terms(store, decisions, chat, ZONE),
            upkeep=upkeep,
            clean_ups=CleanUps(store, decisions, upkeep, chat, ZONE),
            acceptances=Acceptances(store, decisions, chat, ZONE),
            warnings=Warnings(store, decisions, mail, ZONE),
            redemptions=Redemptions(store, directory, changes),
            restores=Restores(
                store, directory, mail, self_service, GuardLook(store, protection), alarms.append
            ),
            coach=Coach(decisions, policy, clues, reads, AccountActs(decisions, policy, accounts)),
            clues=clues,
            reads=reads,
            app_guests=app_guests,
            acts=AccountActs(decisions, policy, accounts),
            lists=GuestLists(decisions, policy, index, app_guests),
            index=index,
            searches=searches,
            protection=protection,
            checks=RequestChecks(store, decisions, readiness),
            alarms=alarms,
        )
        house.acceptances.why = house.coach.why
        house.deliveries.sponsors = SponsorSteps(store, directory, accounts, profiles)
        house.deliveries.on_accounts.profiles = ProfileSteps(profiles, accounts, USUAL)
        return house

    async def send(self, wanted: Draft | None = None, by: ObjectId = MEGAN) -> Record | Duplicate | Returned:
        return await self.requests.send(wanted or draft(), by, THREAD, personal=False)

    async def sent(self, wanted: Draft | None = None, by: ObjectId = MEGAN) -> Record:
        record = await self.send(wanted, by)
        assert isinstance(record, Record), record
        return record

    async def approved(self, wanted: Draft | None = None) -> Record:
        record = await self.sent(wanted)
        approved = await self.decisions.approve(record.request.label, ALEX, None)
        assert isinstance(approved, Record), approved
        return approved

    async def now(self, record: Record) -> Record:
        found = await self.store.record(RequestId(record.request.request_id))
        assert found is not None
        return found

    async def run_due(self, *kinds: JobKind) -> list[Job]:
        """Run once what is due of these kinds (all, if none is named)."""
        runs = {
            JobKind.STEP: self.deliveries.run,
            JobKind.ROW: self.deliveries.run,
            JobKind.LIST: ListRunner(self.decisions, self.clock, self.alarms.append, pace=self.pace).run,
            JobKind.REMOVAL: self.deliveries.run,
            JobKind.RETURN: self.deliveries.run,
            JobKind.ACCOUNT: self.deliveries.run,
            JobKind.SETUP: self.deliveries.run,
            JobKind.PROTECT: self.deliveries.run,
            **({JobKind.TRIAL: self.trials.run} if self.trials else {}),
            JobKind.ENTRY: self.entries.run,
            JobKind.TERM: self.terms.run,
            JobKind.ACCEPTANCE: self.acceptances.run,
            JobKind.LETTER: self.warnings.run,
            JobKind.TIMER: self.closings.run,
            JobKind.CARD: self.shows.run,
            JobKind.NOTICE: self.shows.run,
            JobKind.REMINDER: self.shows.run,
            JobKind.WATCH: self.watches.run,
            JobKind.CHECK: self.checks.run,
            JobKind.QUESTION: self.watches.run,
        }
        due = [job for job in await self.store.due(500) if not kinds or job.kind in kinds]
        for job in due:
            await runs[job.kind](job)
        return due

    async def settle(self, rounds: int = 500) -> None:
        """Run what is due, turning the clock to whatever comes next, until only far timers are left."""
        for _ in range(rounds):
            if await self.run_due():
                continue
            at = await self.store.next_due_at()
            if at is None or at - self.clock.now() > timedelta(hours=1):
                return
            self.clock.time = max(at, self.clock.now())
        raise AssertionError("it never settles")

    async def delivered(self, record: Record) -> Record:
        """Let a delivery end, which must succeed."""
        await self.settle()
        end = await self.now(record)
        assert end.request.state is State.DELIVERED, end.request.failure
        return end

    async def failed(self, record: Record) -> Cause:
        """Let a delivery end, which must fail, and return why."""
        await self.settle()
        end = await self.now(record)
        assert end.request.state is State.DELIVERY_FAILED
        assert end.request.failure is not None
        return Cause(end.request.failure.cause)

    async def audit(self) -> Sequence[AuditEntry]:
        return [entry async for entry in self.store.audit_entries()]

    def knows(self, redemption: Redemption, *, enabled: bool = True) -> Guest:
        """Put Ana into the directory."""
        ana = Guest(ObjectId("ana"), "Ana Ruiz", ANA, redemption, enabled=enabled)
        self.tenant.guests[ana.object_id] = ana
        return ana


def one_step_at_a_time() -> bool:
    return True


def _nobody(due: Sequence[Job]) -> None:
    """Wake nobody: tests run what is due themselves."""

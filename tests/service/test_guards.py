"""Protecting an app: who may ask and decide, what is made, once, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from uuid import UUID

import pytest

from access.ports import AccessError, Memberships, NotLicensed, Refused, Reported, TooMany, Unknown
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.conditional_access import NamedLocation, PolicyState, Protection, Trust
from access.rules.guard_plans import GuardForeseen, GuardProblem, GuardShown, Unsent, Wanted, WhyNoGuard
from access.rules.guard_trials import is_cut
from access.rules.guards import ADMIN_ROLES, GuardAct, GuardState, Sums
from access.rules.guest_list import NoSuchApp
from access.rules.model import Group, Guest, JobKind, ObjectId, Person, PersonKind, Record, State
from access.rules.outlook import Outlook
from access.rules.policy_reader import read_policy
from access.rules.refusals import Duplicate, NotPossible, NotYours, OwnRequest, WillNotWork
from access.rules.tenant_facts import CrossTenant, CrossTenants
from access.service.outlooks import MOST_GUESTS
from tests.forecast.building import APP, FABRIKAM, demand, policy, protection
from tests.service.guarding_house import ANA, ISAIAH, MFA, PROTECT, ROLES, SPARE, SVEA, Guarded
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, POLICY, RECORDS, THREAD, House

FENCED = Wanted(app="Health Records", platforms=("windows",))
TEAM, WITHIN = (ObjectId(f"66666666-6666-4666-8666-66666666666{one}") for one in (6, 7))
KAI = ObjectId("kai")


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


async def shown(guarded: Guarded, wanted: Wanted = MFA, by: ObjectId = MEGAN) -> GuardShown:
    found = await guarded.guards.look(wanted, by)
    assert isinstance(found, GuardShown), found
    return found


async def whats(house: House) -> list[str]:
    return [one.fact.what for one in await house.audit()]


def guard_state(record: Record) -> GuardState | None:
    assert record.request.guard is not None
    return record.request.guard.state


# --- drafting -----------------------------------------------------------------------------------


async def test_an_owner_sees_before_and_after_and_nothing_is_written(guarded: Guarded) -> None:
    found = await shown(guarded)
    assert isinstance(found.outlook, Outlook)
    assert (found.outlook.before[0].none, found.outlook.after[0].wholly) == (1, 1)
    assert found.outlook.sums == Sums(asked=1)
    assert guarded.writer.written == []


EVERYWHERE = Wanted(all_apps=True, platforms=("windows",))
BEN = Guest(ObjectId("ben"), "Ben Okafor", "ben@fabrikam.com")
NOT_ON_WINDOWS = policy(demand("block"), platforms={"includePlatforms": ["windows"]})


@pytest.mark.parametrize(
    ("wanted", "by", "out"),
    [
        (Wanted(guest=BEN.address, platforms=("windows",)), LIDIA, 1),
        (Wanted(group=TEAM, platforms=("windows",)), LIDIA, 2),
        (EVERYWHERE, LIDIA, 2),
        (Wanted(app="Health Records", platforms=("windows",)), MEGAN, 1),
    ],
)
async def test_a_guest_who_holds_no_app_is_counted_wherever_an_app_is_not_what_is_meant(
    guarded: Guarded, wanted: Wanted, by: ObjectId, out: int
) -> None:
    tenant = guarded.house.tenant
    tenant.guests[BEN.object_id] = BEN
    tenant.groups[TEAM] = Group(TEAM, "Partners")
    tenant.members[TEAM] = [ANA, BEN.object_id]
    for one in tenant.members[TEAM]:
        tenant.people[one] = Person(one, "", kind=PersonKind.GUEST)
        guarded.reader.of_guests[one] = Memberships(frozenset({TEAM}))
    guarded.reader.demanded = protection(NOT_ON_WINDOWS)
    shown_now = await shown(guarded, wanted, by)
    assert isinstance(shown_now.outlook, Outlook)
    assert (shown_now.outlook.sums.out, shown_now.outlook.sums.total) == (out, out)


@pytest.mark.parametrize("wanted", [Wanted(guest="ana@fabrikam.com", platforms=("windows",)), EVERYWHERE])
async def test_whoever_holds_an_app_is_tried_at_all_others_too_wherever_an_app_is_not_what_is_meant(
    guarded: Guarded, wanted: Wanted
) -> None:
    others = {"includeApplications": ["All"], "excludeApplications": [APP]}
    shut = policy(demand("block"), name="Shut", applications={"includeApplications": [APP]})
    windows = {"includePlatforms": ["windows"]}
    not_on_windows = policy(demand("block"), name="Windows", platforms=windows, applications=others)
    guarded.reader.demanded = protection(shut, not_on_windows)
    found = await shown(guarded, wanted, LIDIA)
    assert isinstance(found.outlook, Outlook)
    assert (found.outlook.sums.out, found.outlook.sums.total) == (1, 1)


@pytest.mark.parametrize("alone", [APP, "Office365"])
async def test_whoever_gets_in_to_one_app_alone_is_seen_to_be_locked_out_of_it(
    guarded: Guarded, alone: str
) -> None:
    guarded.house.tenant.guests.clear()
    guarded.house.tenant.access.clear()
    guarded.house.tenant.guests[BEN.object_id] = BEN
    others = {"includeApplications": ["All"], "excludeApplications": [alone]}
    shut = policy(demand("block"), name="Shut", applications=others)
    guarded.reader.demanded = protection(shut, NOT_ON_WINDOWS)
    found = await shown(guarded, EVERYWHERE, LIDIA)
    assert isinstance(found.outlook, Outlook)
    assert (found.outlook.sums.out, found.outlook.sums.total) == (1, 1)
    assert found.outlook.before[0].total == 1, "figures are of apps that guests hold, and of one beyond"


async def test_a_guest_of_no_tenant_is_asked_for_a_factor_here_though_all_tenants_are_believed(
    guarded: Guarded,
) -> None:
    registering = {"includeUserActions": ["urn:user:registersecurityinfo"]}
    guarded.reader.demanded = protection(policy(demand("block"), applications=registering))
    guarded.footing.between = CrossTenants(CrossTenant(trust=Trust(mfa=True)))
    for tenants, sums in (({"fabrikam.com": FABRIKAM}, Sums(asked=1)), ({}, Sums(unsure=1))):
        guarded.footing.tenants = tenants
        guarded.house.clock.turn(minutes=5)
        found = await shown(guarded)
        assert isinstance(found.outlook, Outlook)
        assert found.outlook.sums == sums


async def test_of_guests_without_an_app_so_many_are_counted_and_that_there_are_more_is_said(
    guarded: Guarded,
) -> None:
    for number in range(MOST_GUESTS + 1):
        one = ObjectId(f"guest-{number}")
        guarded.house.tenant.guests[one] = Guest(one, f"Guest {number}", f"{number}@fabrikam.com")
    found = await shown(guarded, Wanted(all_apps=True, mfa=True), LIDIA)
    assert isinstance(found.outlook, Outlook)
    assert (found.outlook.sums.total, found.outlook.sums.more) == (MOST_GUESTS + 1, True)


async def test_admins_alone_are_told_which_accounts_are_break_glass(guarded: Guarded) -> None:
    assert (await shown(guarded, by=ISAIAH)).by_admin
    assert not (await shown(guarded, by=MEGAN)).by_admin


async def test_who_would_be_locked_out_is_named(guarded: Guarded) -> None:
    blocked = policy(demand("block"), platforms={"includePlatforms": ["windows"]})
    guarded.reader.demanded = protection(blocked)
    found = await shown(guarded, FENCED)
    assert isinstance(found.outlook, Outlook)
    assert (found.outlook.sums.out, found.outlook.out) == (1, ("Ana Ruiz",))


async def test_more_than_one_app_is_for_admins_of_either_kind(guarded: Guarded) -> None:
    everything = Wanted(all_apps=True, mfa=True)
    assert isinstance(await guarded.guards.look(everything, MEGAN), NoSuchApp)
    assert isinstance(await guarded.guards.look(MFA, DIEGO), NoSuchApp)
    for admin in (LIDIA, ISAIAH):
        found = await shown(guarded, everything, admin)
        assert found.drafts[0].apps.include == {"All"}
    one = await shown(guarded, Wanted(guest="ana@fabrikam.com", mfa=True), LIDIA)
    assert one.drafts[0].include.users == {ANA}


async def test_a_group_is_meant_only_while_guests_alone_are_in_it(house: House, guarded: Guarded) -> None:
    house.tenant.groups[TEAM] = Group(TEAM, "Partners")
    house.tenant.people[ANA] = Person(ANA, "Ana Ruiz", "ana@fabrikam.com", PersonKind.GUEST)
    house.tenant.people[KAI] = Person(KAI, "Kai", "kai@fabrikam.com", PersonKind.GUEST, is_member=True)
    house.tenant.members[TEAM] = [ANA]
    wanted = Wanted(group=TEAM, mfa=True)
    assert (await shown(guarded, wanted, LIDIA)).drafts[0].include.groups == {TEAM}
    house.tenant.groups[WITHIN] = Group(WITHIN, "Within Partners")
    for others in ([ANA, MEGAN], [ANA, WITHIN], [ANA, KAI]):
        house.tenant.members |= {TEAM: others, WITHIN: [MEGAN]}
        found = await guarded.guards.look(wanted, LIDIA)
        assert found == GuardProblem(WhyNoGuard.GROUP_HOLDS_MEMBERS, "Partners")


async def test_of_a_group_with_nobody_in_it_nobody_could_say_whom_it_is_about(
    house: House, guarded: Guarded
) -> None:
    house.tenant.groups[TEAM] = Group(TEAM, "Partners")
    found = await guarded.guards.look(Wanted(group=TEAM, mfa=True), LIDIA)
    assert found == GuardProblem(WhyNoGuard.GROUP_EMPTY, "Partners")


async def test_a_member_from_another_organisation_is_no_guest(house: House, guarded: Guarded) -> None:
    house.tenant.guests[ANA] = replace(house.tenant.guests[ANA], is_member=True)
    found = await guarded.guards.look(Wanted(guest="ana@fabrikam.com", mfa=True), LIDIA)
    assert isinstance(found, GuardProblem)
    assert found.why is WhyNoGuard.NO_SUCH_GUEST


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(app="Health Records"), WhyNoGuard.NOTHING_WANTED),
        (Wanted(app="Health Records", platforms=("amiga",)), WhyNoGuard.NO_SUCH_PLATFORM),
        (Wanted(app="Health Records", locations=("Moon",)), WhyNoGuard.NO_SUCH_LOCATION),
        (Wanted(app="Health Records", terms=("Ours",)), WhyNoGuard.NO_SUCH_TERMS),
    ],
)
async def test_what_is_not_known_is_said(guarded: Guarded, wanted: Wanted, why: WhyNoGuard) -> None:
    found = await guarded.guards.look(wanted, MEGAN)
    assert isinstance(found, GuardProblem)
    assert found.why is why


async def test_break_glass_accounts_and_admins_are_spared_in_every_draft(guarded: Guarded) -> None:
    whole = Wanted(app="Health Records", mfa=True, platforms=("windows", "iOS"))
    for one in (await shown(guarded, whole)).drafts:
        assert one.exclude.users == {SPARE}
        assert one.exclude.roles == ADMIN_ROLES


@pytest.mark.parametrize(
    ("roles", "protect", "unsent"),
    [
        (ROLES, "", Unsent.NO_BREAK_GLASS),
        (ROLES, PROTECT.replace("5555-", "5556-", 1), Unsent.BREAK_GLASS_GONE),
        (ROLES, PROTECT.replace(f"person:{SPARE}", f"group:{TEAM}"), Unsent.BREAK_GLASS_GONE),
        ("[roles]", PROTECT, Unsent.NO_SECURITY_ADMIN),
    ],
)
async def test_without_somebody_to_spare_or_to_decide_nothing_is_sent(
    house: House, guarded: Guarded, roles: str, protect: str, unsent: Unsent
) -> None:
    house.policy.policy = read_policy(POLICY.replace("[roles]", roles) + protect)
    house.tenant.groups[TEAM] = Group(TEAM, "Break glass")
    found = await guarded.guards.send(MFA, MEGAN, THREAD, personal=False)
    assert isinstance(found, GuardShown)
    assert found.unsent is unsent
    assert await house.store.waiting(10) == []


async def test_what_cannot_be_read_is_no_forecast_and_nothing_is_sent(guarded: Guarded) -> None:
    guarded.reader.refuses["protection"] = Refused(Cause.RIGHTS_MISSING)
    found = await guarded.guards.send(MFA, MEGAN, THREAD, personal=False)
    assert isinstance(found, GuardShown)
    assert (found.outlook, found.unsent) == (Unread.PERMISSION, Unsent.NOT_READ)


# --- deciding, and making -----------------------------------------------------------------------


async def test_the_security_admins_decide_and_never_on_their_own(house: House, guarded: Guarded) -> None:
    sent = await guarded.sent()
    assert {one.object_id for one in sent.request.approvers} == {ISAIAH, SVEA}
    assert isinstance(await house.decisions.approve(sent.request.label, MEGAN, None), OwnRequest)
    assert isinstance(await house.decisions.approve(sent.request.label, LIDIA, None), NotYours)
    assert isinstance(await guarded.guards.send(MFA, ALEX, THREAD, personal=False), Duplicate)
    own = await guarded.sent(Wanted(all_apps=True, mfa=True), ISAIAH)
    assert isinstance(await house.decisions.approve(own.request.label, ISAIAH, None), OwnRequest)


async def test_what_is_approved_is_made_in_report_only_mode_and_read_back(
    house: House, guarded: Guarded
) -> None:
    record = await guarded.watched()
    assert record.request.state is State.DELIVERED
    assert guard_state(record) is GuardState.WATCHING
    assert guarded.states() == [PolicyState.REPORT_ONLY]
    facts = await whats(house)
    assert facts.index("step.begun") < facts.index("step.done") < facts.index("guard.watching")


async def test_an_answer_that_was_lost_makes_nothing_twice(guarded: Guarded) -> None:
    guarded.writer.loses = [Unknown(Cause.UNAVAILABLE)]
    record = await guarded.watched()
    assert guarded.writer.written == ["make"]
    assert guard_state(record) is GuardState.WATCHING


async def test_what_the_list_shows_only_minutes_later_is_not_made_twice(guarded: Guarded) -> None:
    guarded.writer.loses = [Unknown(Cause.UNAVAILABLE)]
    record = await guarded.approved()
    guarded.reader.shows_after = timedelta(minutes=10)
    guarded.reader.clock = guarded.house.clock
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    assert guarded.writer.written == ["make"]


async def test_a_policy_of_the_same_mark_that_says_other_things_is_left_alone(guarded: Guarded) -> None:
    record = await guarded.approved()
    [drafted] = (await shown(guarded)).drafts
    guarded.reader.demanded = protection()
    other = replace(drafted, policy_id="hand", demands=replace(drafted.demands, controls=frozenset()))
    guarded.reader.demanded = replace(guarded.reader.demanded, policies=(other,))
    failed = await guarded.run(record)
    assert failed.request.state is State.DELIVERY_FAILED
    assert failed.request.failure is not None
    assert failed.request.failure.cause == Cause.POLICY_CHANGED
    assert guarded.writer.written == []
    guarded.reader.demanded = protection()
    again = await guarded.house.decisions.retry(record.request.label, MEGAN)
    assert isinstance(again, Record)
    assert guard_state(await guarded.run(again)) is GuardState.WATCHING


async def test_the_same_again_is_not_sent_once_it_is_there(guarded: Guarded) -> None:
    await guarded.watched()
    guarded.house.clock.turn(minutes=5)
    assert (await shown(guarded, MFA, ALEX)).unsent is Unsent.THERE


async def test_another_wish_for_the_same_is_answered_with_what_is_there(guarded: Guarded) -> None:
    office, branch = (str(UUID(int=one)) for one in (1, 2))
    guarded.reader.demanded = Protection(
        (),
        {
            place: NamedLocation(location_id=place, name=name, networks=(ip_network(f"203.0.{number}.0/24"),))
            for number, (place, name) in enumerate(((office, "Office"), (branch, "Branch")))
        },
    )
    await guarded.watched(Wanted(app="Health Records", locations=("Office",)))
    guarded.house.clock.turn(minutes=5)
    assert (await shown(guarded, Wanted(app="Health Records", locations=("Branch",)))).unsent is Unsent.THERE


async def test_whoever_is_to_be_spared_by_now_stops_an_approval(house: House, guarded: Guarded) -> None:
    sent = await guarded.sent()
    text = POLICY.replace("[roles]", ROLES) + PROTECT.replace(SPARE, ISAIAH)
    house.policy.policy = read_policy(text)
    found = await house.decisions.approve(sent.request.label, ISAIAH, None)
    assert isinstance(found, WillNotWork)
    assert found.cause is Cause.GUARD_MOVED


# --- what becomes of it -------------------------------------------------------------------------


async def test_after_the_days_of_the_policy_the_security_admins_are_asked(
    house: House, guarded: Guarded
) -> None:
    record = await guarded.watched()
    guard = record.request.guard
    assert guard is not None
    assert guard.asks_at == house.clock.now() + timedelta(days=7)
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.TRIAL)
    now = (await house.now(record)).request.guard
    assert now is not None
    assert now.observed is not None
    assert (now.observed.guests, now.observed.stopped, now.observed.asked) == (3, 1, 2)
    asked = [one.name for one in (await house.now(record)).jobs.values() if one.kind is JobKind.NOTICE]
    assert {f"approver/{ISAIAH}", f"approver/{SVEA}"} <= set(asked)
    kept = await guarded.acts.act(record.request.label, MEGAN, GuardAct.KEEP)
    assert isinstance(kept, Record)
    assert kept.request.guard is not None
    assert kept.request.guard.observed is None


async def test_where_the_log_was_gone_through_in_part_it_is_told_since_when(
    house: House, guarded: Guarded
) -> None:
    record = await guarded.watched()
    newest = house.clock.now() + timedelta(days=5)
    guarded.writer.log = Reported(3, 1, 2, newest)
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.TRIAL)
    now = (await house.now(record)).request.guard
    assert now is not None
    assert now.observed is not None
    assert now.observed.since == newest
    assert is_cut(now, now.observed)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotLicensed(Cause.REFUSED), Unread.LICENCE),
        (Refused(Cause.RIGHTS_MISSING), Unread.PERMISSION),
        (TooMany(), Unread.TOO_MUCH),
    ],
)
async def test_without_the_log_it_is_asked_all_the_same(
    house: House, guarded: Guarded, error: AccessError, why: Unread
) -> None:
    record = await guarded.watched()
    guarded.writer.log = error
    house.clock.turn(days=7, seconds=1)
    await house.run_due(JobKind.TRIAL)
    now = (await house.now(record)).request.guard
    assert now is not None
    assert now.observed is not None
    assert now.observed.unread == why


async def test_enforcing_is_approved_anew_by_a_security_admin_who_did_not_ask(guarded: Guarded) -> None:
    record = await guarded.watched()
    label = record.request.label
    assert isinstance(await guarded.acts.foresee(label, MEGAN), OwnRequest)
    assert isinstance(await guarded.acts.foresee(label, LIDIA), NotYours)
    looked = await guarded.acts.foresee(label, SVEA)
    assert isinstance(looked, GuardForeseen)
    done = await guarded.acts.enforce(label, SVEA, looked.code)
    assert isinstance(done, Record)
    assert guard_state(await guarded.run(done)) is GuardState.ENFORCED
    assert guarded.states() == [PolicyState.ENABLED]


async def test_a_press_on_an_older_forecast_enforces_nothing_and_shows_the_new_one(
    house: House, guarded: Guarded
) -> None:
    record = await guarded.watched()
    looked = await guarded.acts.foresee(record.request.label, ISAIAH)
    assert isinstance(looked, GuardForeseen)
    ben = ObjectId("ben")
    house.tenant.guests[ben] = Guest(ben, "Ben", "ben@northwind.example")
    house.tenant.access.add((ben, RECORDS))
    again = await guarded.acts.enforce(record.request.label, ISAIAH, looked.code)
    assert isinstance(again, GuardForeseen)
    assert again.moved
    assert again.outlook.sums.total == 2
    assert guarded.states() == [PolicyState.REPORT_ONLY]


async def test_nothing_is_enforced_once_a_break_glass_account_is_gone(house: House, guarded: Guarded) -> None:
    record = await guarded.watched()
    del house.tenant.people[SPARE]
    found = await guarded.acts.foresee(record.request.label, ISAIAH)
    assert isinstance(found, WillNotWork)
    assert found.cause is Cause.GUARD_MOVED


@pytest.mark.parametrize("joins", [MEGAN, WITHIN, KAI])
async def test_nothing_is_enforced_once_somebody_else_is_in_the_group(
    house: House, guarded: Guarded, joins: ObjectId
) -> None:
    house.tenant.groups |= {TEAM: Group(TEAM, "Partners"), WITHIN: Group(WITHIN, "Within")}
    house.tenant.people[ANA] = Person(ANA, "Ana Ruiz", "ana@fabrikam.com", PersonKind.GUEST)
    house.tenant.people[KAI] = Person(KAI, "Kai", "kai@fabrikam.com", PersonKind.GUEST, is_member=True)
    house.tenant.members |= {TEAM: [ANA], WITHIN: [MEGAN]}
    sent = await guarded.sent(Wanted(group=TEAM, mfa=True), LIDIA)
    done = await house.decisions.approve(sent.request.label, ISAIAH, None)
    assert isinstance(done, Record)
    await guarded.run(done)
    assert isinstance(await guarded.acts.foresee(sent.request.label, SVEA), GuardForeseen)
    house.tenant.members[TEAM] = [ANA, joins]
    found = await guarded.acts.foresee(sent.request.label, SVEA)
    assert isinstance(found, WillNotWork)
    assert found.cause is Cause.GUARD_MOVED


async def test_what_somebody_has_changed_by_hand_is_not_enforced_and_not_deleted(guarded: Guarded) -> None:
    record = await guarded.watched()
    [made] = guarded.reader.demanded.policies
    changed = replace(made, exclude=replace(made.exclude, users=frozenset({SPARE, MEGAN})))
    guarded.reader.demanded = replace(guarded.reader.demanded, policies=(changed,))
    found = await guarded.acts.foresee(record.request.label, ISAIAH)
    assert isinstance(found, WillNotWork)
    assert found.cause is Cause.POLICY_CHANGED
    done = await guarded.acts.act(record.request.label, ISAIAH, GuardAct.REMOVE)
    assert isinstance(done, Record)
    left = await guarded.run(done)
    assert guard_state(left) is GuardState.WATCHING
    assert left.request.guard is not None
    assert left.request.guard.failure is not None
    assert left.request.guard.failure.cause == Cause.POLICY_CHANGED
    assert guarded.reader.demanded.policies == (changed,)


async def test_back_to_only_reporting_and_removed(guarded: Guarded) -> None:
    record = await guarded.enforced()
    label = record.request.label
    assert isinstance(await guarded.acts.act(label, MEGAN, GuardAct.REMOVE), OwnRequest)
    assert isinstance(await guarded.acts.act(label, ISAIAH, GuardAct.KEEP), NotPossible)
    done = await guarded.acts.act(label, SVEA, GuardAct.WATCH)
    assert isinstance(done, Record)
    assert guard_state(await guarded.run(done)) is GuardState.WATCHING
    assert guarded.states() == [PolicyState.REPORT_ONLY]
    gone = await guarded.acts.act(label, MEGAN, GuardAct.REMOVE)
    assert isinstance(gone, Record)
    assert guard_state(await guarded.run(gone)) is GuardState.REMOVED
    assert guarded.states() == []
    assert isinstance(await guarded.acts.act(label, ISAIAH, GuardAct.REMOVE), NotPossible)


@pytest.mark.parametrize("act", [GuardAct.WATCH, GuardAct.REMOVE])
async def test_a_lost_answer_to_an_act_is_looked_at_and_done_once(guarded: Guarded, act: GuardAct) -> None:
    record = await guarded.enforced()
    guarded.writer.loses = [Unknown(Cause.UNAVAILABLE)]
    before = len(guarded.writer.written)
    done = await guarded.acts.act(record.request.label, ISAIAH, act)
    assert isinstance(done, Record)
    assert guard_state(await guarded.run(done)) in {GuardState.WATCHING, GuardState.REMOVED}
    assert len(guarded.writer.written) == before + 1

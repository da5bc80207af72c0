"""A group of its own for an app's guests: who may ask, who decides, and what is done, once."""

from dataclasses import replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.guest_list import NoSuchApp
from access.rules.model import JobKind, ObjectId, Record, State, StepKind
from access.rules.people import DEFAULT_ACCESS
from access.rules.refusals import Duplicate, NotPossible, NotYours, OwnRequest, UnknownRequest, WillNotWork
from access.rules.setup_plans import AppShown, AppsShown, Right, Unfit, WhyNoSetup
from access.service.amend import Amendments
from access.service.amend import Wanted as Less
from access.service.setups import Wanted
from tests.service.house import (
    ADMINS,
    DESK,
    DIEGO,
    GUESTS,
    LIDIA,
    MEGAN,
    OFFICE,
    OLD,
    PORTAL,
    THREAD,
    House,
)

NEW = Wanted(app="Patient Portal", makes=True)
ADOPT = Wanted(app="Patient Portal", group="Portal guests")


async def asked(house: House, wanted: Wanted = NEW, by: ObjectId = MEGAN) -> Record:
    sent = await house.setups.send(wanted, by, THREAD, personal=False)
    assert isinstance(sent, Record), sent
    return sent


async def approved(house: House, wanted: Wanted = NEW) -> Record:
    sent = await asked(house, wanted)
    done = await house.decisions.approve(sent.request.label, LIDIA, None)
    assert isinstance(done, Record), done
    return done


async def run_steps(house: House, record: Record) -> Record:
    """Run what is due of the set-up, and let time pass where it waits, until it stands still."""
    for _ in range(40):
        if not await house.run_due(JobKind.SETUP):
            now = await house.now(record)
            if now.request.state is not State.DELIVERING:
                return now
            house.clock.turn(seconds=60)
    raise AssertionError("it never ends")


def refusal(shown: object) -> WhyNoSetup | None:
    assert isinstance(shown, AppShown), shown
    return shown.refused


# --- looking ------------------------------------------------------------------------------------


async def test_an_owner_sees_how_the_app_stands_and_why_a_group_is_not_fit(house: House) -> None:
    house.tenant.unfit_groups[OFFICE] = Unfit.DYNAMIC
    shown = await house.setups.look(Wanted(app="Patient Portal"), MEGAN)
    assert isinstance(shown, AppShown)
    assert [(one.group.name, one.unfit) for one in shown.facts.groups] == [
        ("Portal guests", None),
        ("Office", Unfit.DYNAMIC),
    ]
    assert shown.name == "Patient Portal guests"


@pytest.mark.parametrize("app", ["Patient Portal", "No such app", "records"])
async def test_an_app_of_others_and_none_are_the_same_and_noted(house: House, app: str) -> None:
    assert isinstance(await house.setups.look(Wanted(app=app), DIEGO), NoSuchApp)
    refused = [one.fact.detail for one in await house.audit() if one.fact.what == "act.refused"]
    assert refused == [{"act": "setup", "refused": "NotTheirApp"}]


async def test_an_admin_may_look_at_any_app_and_is_noted(house: House) -> None:
    assert isinstance(await house.setups.look(Wanted(app="Patient Portal"), LIDIA), AppShown)
    assert [one.fact.detail["app"] for one in await house.audit() if one.fact.what == "setup.looked"] == [
        PORTAL
    ]


async def test_without_a_name_ones_own_apps_are_offered(house: House) -> None:
    shown = await house.setups.look(Wanted(app=""), MEGAN)
    assert isinstance(shown, AppsShown)
    assert {one.name for one in shown.apps} == {"Health Records", "Patient Portal", "Old Records"}


# --- asking -------------------------------------------------------------------------------------


async def test_the_admins_decide_and_nobody_else(house: House) -> None:
    sent = await asked(house)
    assert [one.object_id for one in sent.request.approvers] == [LIDIA]
    own = await house.decisions.approve(sent.request.label, MEGAN, None)
    other = await house.decisions.approve(sent.request.label, DIEGO, None)
    assert isinstance(own, OwnRequest)
    assert isinstance(other, NotYours)


async def test_an_admin_who_would_own_the_group_does_not_decide(house: House) -> None:
    house.tenant.owners[PORTAL] = [MEGAN, LIDIA]
    assert refusal(await house.setups.send(NEW, MEGAN, THREAD, personal=False)) is WhyNoSetup.NO_ADMIN
    house.tenant.members[ADMINS] = [LIDIA, DIEGO]
    sent = await asked(house)
    assert [one.object_id for one in sent.request.approvers] == [DIEGO]
    assert not isinstance(await house.decisions.approve(sent.request.label, LIDIA, None), Record)


async def test_asked_twice_is_asked_once(house: House) -> None:
    first = await asked(house)
    again = await house.setups.send(ADOPT, MEGAN, THREAD, personal=False)
    assert isinstance(again, Duplicate)
    assert again.first.label == first.request.label


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(app="Patient Portal", group="Nobody's"), WhyNoSetup.NO_SUCH_GROUP),
        (Wanted(app="Patient Portal", group="Office"), WhyNoSetup.GROUP_UNFIT),
        (Wanted(app="Patient Portal", makes=True, role="Emperor"), WhyNoSetup.NO_SUCH_ROLE),
        (Wanted(app="Old Records", makes=True), WhyNoSetup.SWITCHED_OFF),
    ],
)
async def test_what_cannot_be_is_refused_with_the_cause(
    house: House, wanted: Wanted, why: WhyNoSetup
) -> None:
    house.tenant.unfit_groups[OFFICE] = Unfit.DYNAMIC
    assert refusal(await house.setups.send(wanted, MEGAN, THREAD, personal=False)) is why


async def test_an_app_of_several_roles_wants_one_named(house: House) -> None:
    house.tenant.owners[DESK] = [MEGAN]
    desk = Wanted(app="Referral Desk", makes=True)
    assert refusal(await house.setups.send(desk, MEGAN, THREAD, personal=False)) is WhyNoSetup.ROLE_NEEDED
    sent = await asked(house, replace(desk, role="writer"))
    assert sent.request.setup is not None
    assert sent.request.setup.role.name == "Writer"


async def test_without_owner_licence_or_right_it_is_refused(house: House) -> None:
    house.tenant.rights = frozenset({Right.ASSIGN})
    assert refusal(await house.setups.send(NEW, MEGAN, THREAD, personal=False)) is WhyNoSetup.MAY_NOT_MAKE
    house.tenant.licensed = False
    assert refusal(await house.setups.send(NEW, MEGAN, THREAD, personal=False)) is WhyNoSetup.NO_LICENCE
    house.tenant.owners[PORTAL] = []
    assert refusal(await house.setups.send(NEW, LIDIA, THREAD, personal=False)) is WhyNoSetup.NO_OWNER


async def test_there_is_nothing_less_to_give_and_no_guest_to_show(house: House) -> None:
    sent = await asked(house)
    lesser = await Amendments(house.decisions).amend(sent.request.label, LIDIA, Less(access="Reader"))
    assert isinstance(lesser, NotPossible)
    assert isinstance(await house.coach.of_request(sent.request.label, MEGAN), UnknownRequest)


# --- doing --------------------------------------------------------------------------------------


async def test_a_new_group_is_made_owned_assigned_and_read_back(house: House) -> None:
    house.tenant.open_apps.add(PORTAL)
    record = await run_steps(house, await approved(house))
    setup = record.request.setup
    assert record.request.state is State.DELIVERED
    assert setup is not None
    assert setup.group_id in house.tenant.of_app[PORTAL]
    assert house.tenant.owners[setup.group_id or ObjectId("")] == [MEGAN]
    assert PORTAL not in house.tenant.open_apps
    assert setup.role.role_id == DEFAULT_ACCESS
    assert setup.entry.splitlines()[0].startswith("[[app]]")
    assert f'give = "group:{setup.group_id}"' in setup.entry
    assert await house.store.unassigned(1) == [], "it leaves no access, which an older version had not noted"


async def test_every_write_has_its_approval_and_an_entry_before_it(house: House) -> None:
    house.tenant.open_apps.add(PORTAL)
    await run_steps(house, await approved(house))
    told = [(one.fact.what, one.fact.detail.get("step")) for one in await house.audit()]
    assert told.index(("request.approved", None)) < told.index(("step.begun", "make-group"))
    for step in ("make-group", "assign-group", "require-assignment", "prove-setup"):
        assert told.index(("step.begun", step)) < told.index(("step.done", step))
    assert told[-1] == ("setup.delivered", None)


async def test_a_group_that_is_there_is_adopted_and_not_made(house: House) -> None:
    record = await run_steps(house, await approved(house, ADOPT))
    assert record.request.state is State.DELIVERED
    assert house.tenant.owners[GUESTS] == [MEGAN]
    assert "group-make" not in house.faults.calls
    assert "group-assign" not in house.faults.calls


async def test_a_group_whose_making_was_lost_is_found_and_made_once(house: House) -> None:
    record = await approved(house)
    house.faults.after["group-make"] = [Unknown(Cause.UNAVAILABLE)]
    house.tenant.hidden_reads = 2
    done = await run_steps(house, record)
    assert done.request.state is State.DELIVERED
    assert house.faults.calls.count("group-make") == 1
    assert len(house.tenant.markers) == 1


async def test_without_the_permissions_a_person_does_the_rest_and_it_is_read_back(house: House) -> None:
    house.tenant.open_apps.add(PORTAL)
    house.tenant.rights = frozenset({Right.MAKE})
    record = await run_steps(house, await approved(house))
    setup, failure = record.request.setup, record.request.failure
    assert failure is not None
    assert setup is not None
    assert (record.request.state, failure.cause) == (State.DELIVERY_FAILED, Cause.BY_HAND)
    assert setup.by_hand == (StepKind.ASSIGN_GROUP, StepKind.REQUIRE)

    assert setup.group_id is not None
    house.tenant.of_app[PORTAL].append(setup.group_id)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    still = await run_steps(house, record)
    assert still.request.setup is not None
    assert still.request.setup.by_hand == (StepKind.REQUIRE,)

    house.tenant.open_apps.discard(PORTAL)
    assert isinstance(await house.decisions.retry(record.request.label, LIDIA), Record)
    done = await run_steps(house, record)
    assert done.request.state is State.DELIVERED
    assert done.request.setup is not None
    assert done.request.setup.by_hand == ()
    assert house.faults.calls.count("group-make") == 1


async def test_an_app_whose_owners_changed_since_is_not_approved(house: House) -> None:
    sent = await asked(house)
    house.tenant.owners[PORTAL] = [MEGAN, DIEGO]
    found = await house.decisions.approve(sent.request.label, LIDIA, None)
    assert isinstance(found, WillNotWork)
    assert found.cause is Cause.SETUP_MOVED


async def test_a_group_that_takes_no_guests_any_more_is_not_adopted(house: House) -> None:
    sent = await asked(house, ADOPT)
    house.tenant.unfit_groups[GUESTS] = Unfit.BARS_GUESTS
    assert isinstance(await house.decisions.approve(sent.request.label, LIDIA, None), WillNotWork)


# --- the policy ---------------------------------------------------------------------------------


async def test_once_the_policy_gives_the_group_it_is_in_force(house: House) -> None:
    record = await run_steps(house, await approved(house))
    setup = record.request.setup
    assert setup is not None
    await house.run_due(JobKind.ENTRY)
    assert (await house.now(record)).request.setup == setup
    policy = house.policy.policy
    house.policy.policy = replace(policy, apps={PORTAL: replace(policy.defaults, give=setup.give)})
    house.clock.turn(minutes=2)
    await house.run_due(JobKind.ENTRY)
    now = (await house.now(record)).request.setup
    assert now is not None
    assert now.in_force_at == house.clock.now()
    assert not await house.run_due(JobKind.ENTRY)
    again = Wanted(app="Patient Portal", group=setup.group_name)
    done = await house.setups.send(again, MEGAN, THREAD, personal=True)
    assert refusal(done) is WhyNoSetup.DONE


async def test_check_again_looks_at_the_policy_at_once(house: House) -> None:
    record = await run_steps(house, await approved(house))
    await house.run_due(JobKind.ENTRY)
    assert not await house.run_due(JobKind.ENTRY)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    assert await house.run_due(JobKind.ENTRY)


async def test_an_app_with_a_table_gets_the_line_for_it(house: House) -> None:
    policy = house.policy.policy
    house.policy.policy = replace(policy, apps={PORTAL: policy.defaults})
    record = await run_steps(house, await approved(house))
    assert record.request.setup is not None
    assert record.request.setup.entry.startswith('give = "group:')
    assert OLD not in house.tenant.of_app

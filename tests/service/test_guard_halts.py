"""Orders on a protection that are not carried out: nothing stays enforced unsaid, all can be taken back."""

from dataclasses import replace

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, PolicyState
from access.rules.guard_plans import GuardForeseen, Wanted
from access.rules.guards import Guard, GuardAct, GuardState, Part
from access.rules.model import JobKind, Record
from access.rules.refusals import OwnRequest
from tests.service.guarding_house import ISAIAH, SPARE, SVEA, Guarded
from tests.service.house import MEGAN, House

WHOLE = Wanted(app="Health Records", mfa=True, platforms=("windows",))
REPORTS, ENABLED = PolicyState.REPORT_ONLY, PolicyState.ENABLED
NO = Refused(Cause.REFUSED)


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


def guard_of(record: Record) -> Guard:
    assert record.request.guard is not None
    return record.request.guard


def edited(guarded: Guarded, part: int) -> AccessPolicy:
    """Let somebody spare Megan in one of the policies, by hand."""
    found = guarded.reader.demanded.policies[part]
    changed = replace(found, exclude=replace(found.exclude, users=frozenset({SPARE, MEGAN})))
    kept = [changed if one is found else one for one in guarded.reader.demanded.policies]
    guarded.reader.demanded = replace(guarded.reader.demanded, policies=tuple(kept))
    return changed


def in_state(guarded: Guarded, part: int, state: PolicyState) -> AccessPolicy:
    """Let somebody switch one of the policies, by hand."""
    found = guarded.reader.demanded.policies[part]
    switched = replace(found, state=state)
    kept = [switched if one is found else one for one in guarded.reader.demanded.policies]
    guarded.reader.demanded = replace(guarded.reader.demanded, policies=tuple(kept))
    return switched


def states(guarded: Guarded) -> dict[str, PolicyState | None]:
    return {one.policy_id: one.state for one in guarded.reader.demanded.policies}


async def ordered(guarded: Guarded, record: Record) -> Record:
    label = record.request.label
    looked = await guarded.acts.foresee(label, ISAIAH)
    assert isinstance(looked, GuardForeseen)
    done = await guarded.acts.enforce(label, ISAIAH, looked.code)
    assert isinstance(done, Record)
    return done


async def acted(guarded: Guarded, record: Record, act: GuardAct) -> Guard:
    done = await guarded.acts.act(record.request.label, SVEA, act)
    assert isinstance(done, Record), done
    return guard_of(await guarded.run(done))


async def test_all_are_looked_at_before_the_first_is_enforced(guarded: Guarded) -> None:
    done = await ordered(guarded, await guarded.watched(WHOLE))
    changed = edited(guarded, 1)
    guard = guard_of(await guarded.run(done))
    assert set(states(guarded).values()) == {REPORTS}
    assert (guard.state, guard.left) == (GuardState.WATCHING, (changed.name,))
    assert guard.failure is not None
    assert guard.failure.cause == Cause.POLICY_CHANGED


async def test_where_a_later_one_cannot_be_enforced_the_earlier_are_taken_back(guarded: Guarded) -> None:
    done = await ordered(guarded, await guarded.watched(WHOLE))
    guarded.writer.refuses_for["made-2 enabled"] = NO
    guard = guard_of(await guarded.run(done))
    assert states(guarded) == {"made-1": REPORTS, "made-2": REPORTS}
    assert guard.state is GuardState.WATCHING


async def test_a_kill_between_two_leaves_none_enforced_where_the_second_was_changed_since(
    guarded: Guarded,
) -> None:
    done = await ordered(guarded, await guarded.watched(WHOLE))
    guarded.writer.loses = [Unknown(Cause.UNAVAILABLE)]
    await guarded.house.run_due(JobKind.PROTECT)
    assert states(guarded)["made-1"] is ENABLED
    edited(guarded, next(n for n, one in enumerate(guarded.reader.demanded.policies) if one.state is REPORTS))
    guard = guard_of(await guarded.run(done))
    assert set(states(guarded).values()) == {REPORTS}
    assert guard.state is GuardState.WATCHING


async def test_where_the_second_waited_before_it_failed_the_first_is_taken_back(
    guarded: Guarded,
) -> None:
    done = await ordered(guarded, await guarded.watched(WHOLE))
    guarded.writer.refuses_for["made-2 enabled"] = NotDone(Cause.THROTTLED)
    await guarded.house.run_due(JobKind.PROTECT)
    assert states(guarded)["made-1"] is ENABLED
    guarded.writer.refuses_for["made-2 enabled"] = NO
    guard = guard_of(await guarded.run(done))
    assert set(states(guarded).values()) == {REPORTS}
    assert guard.state is GuardState.WATCHING


async def test_what_has_to_wait_to_be_taken_back_is_taken_back_later(guarded: Guarded) -> None:
    done = await ordered(guarded, await guarded.watched(WHOLE))
    back = "made-1 enabledForReportingButNotEnforced"
    guarded.writer.refuses_for |= {"made-2 enabled": NO, back: NotDone(Cause.THROTTLED)}
    await guarded.house.run_due(JobKind.PROTECT)
    assert states(guarded)["made-1"] is ENABLED
    del guarded.writer.refuses_for[back]
    guard = guard_of(await guarded.run(done))
    assert set(states(guarded).values()) == {REPORTS}
    assert guard.state is GuardState.WATCHING


async def test_what_cannot_be_taken_back_is_said_and_is_taken_back_later(guarded: Guarded) -> None:
    record = await guarded.watched(WHOLE)
    done = await ordered(guarded, record)
    guarded.writer.refuses_for |= {"made-2 enabled": NO, "made-1 enabledForReportingButNotEnforced": NO}
    guard = guard_of(await guarded.run(done))
    assert states(guarded) == {"made-1": ENABLED, "made-2": REPORTS}
    assert (guard.state, guard.enforced) == (GuardState.PARTLY, (Part.CONTROLS,))
    assert "guard.partly" in [one.fact.what for one in await guarded.house.audit()]
    guarded.writer.refuses_for.clear()
    assert (await acted(guarded, record, GuardAct.WATCH)).state is GuardState.WATCHING
    assert set(states(guarded).values()) == {REPORTS}


async def test_of_what_is_enforced_in_part_whoever_asked_takes_nothing_back(guarded: Guarded) -> None:
    record = await guarded.watched(WHOLE)
    done = await ordered(guarded, record)
    guarded.writer.refuses_for |= {"made-2 enabled": NO, "made-1 enabledForReportingButNotEnforced": NO}
    await guarded.run(done)
    for act in (GuardAct.REMOVE, GuardAct.KEEP):
        assert isinstance(await guarded.acts.act(record.request.label, MEGAN, act), OwnRequest)


async def test_what_nobody_could_read_any_more_counts_as_enforced_in_part(guarded: Guarded) -> None:
    record = await guarded.watched(WHOLE)
    done = await ordered(guarded, record)
    guarded.writer.loses = [Unknown(Cause.UNAVAILABLE)]
    await guarded.house.run_due(JobKind.PROTECT)
    guarded.reader.refuses["protection"] = Refused(Cause.RIGHTS_MISSING)
    guard = guard_of(await guarded.run(done))
    assert (guard.state, guard.enforced) == (GuardState.PARTLY, ())
    guarded.reader.refuses.clear()
    assert (await acted(guarded, record, GuardAct.WATCH)).state is GuardState.WATCHING
    assert set(states(guarded).values()) == {REPORTS}


async def test_where_the_list_lags_behind_what_was_enforced_nobody_says_that_it_only_reports(
    guarded: Guarded,
) -> None:
    record = await guarded.watched()
    done = await ordered(guarded, record)
    guarded.reader.stale = guarded.reader.demanded
    guard = guard_of(await guarded.run(done))
    assert set(states(guarded).values()) == {ENABLED}
    assert (guard.state, guard.enforced) == (GuardState.PARTLY, ())
    assert isinstance(await guarded.acts.act(record.request.label, MEGAN, GuardAct.REMOVE), OwnRequest)
    guarded.reader.stale = None
    assert (await acted(guarded, record, GuardAct.WATCH)).state is GuardState.WATCHING


async def test_only_report_again_takes_back_what_is_as_drafted_and_names_the_rest(guarded: Guarded) -> None:
    record = await guarded.run(await ordered(guarded, await guarded.watched(WHOLE)))
    changed = edited(guarded, 0)
    guard = await acted(guarded, record, GuardAct.WATCH)
    other = next(one for one in states(guarded) if one != changed.policy_id)
    assert states(guarded) == {changed.policy_id: ENABLED, other: REPORTS}
    assert (guard.state, guard.left) == (GuardState.PARTLY, (changed.name,))
    entries = [one.fact for one in await guarded.house.audit()]
    assert [one.detail["left"] for one in entries if one.what == "guard.partly"] == [[changed.policy_id]]
    assert all(changed.name not in str(one.detail) for one in entries), "a policy's name may hold a guest's"
    assert len(guard.enforced) == 1


async def test_remove_deletes_what_is_as_drafted_and_names_the_rest(guarded: Guarded) -> None:
    record = await guarded.run(await ordered(guarded, await guarded.watched(WHOLE)))
    changed = edited(guarded, 0)
    guard = await acted(guarded, record, GuardAct.REMOVE)
    assert states(guarded) == {changed.policy_id: ENABLED}
    assert (guard.state, guard.left) == (GuardState.PARTLY, (changed.name,))
    entries = [one.fact for one in await guarded.house.audit()]
    assert [one.detail["left"] for one in entries if one.what == "guard.partly"] == [[changed.policy_id]]
    assert all(changed.name not in str(one.detail) for one in entries), "a policy's name may hold a guest's"
    guarded.reader.demanded = replace(guarded.reader.demanded, policies=())
    assert (await acted(guarded, record, GuardAct.REMOVE)).state is GuardState.REMOVED


async def test_what_somebody_has_enforced_by_hand_stays_and_the_card_says_so(guarded: Guarded) -> None:
    record = await guarded.watched(WHOLE)
    label = record.request.label
    enforced = in_state(guarded, 0, ENABLED)
    ordered = await guarded.acts.act(label, MEGAN, GuardAct.REMOVE)
    assert isinstance(ordered, Record)
    guard = guard_of(await guarded.run(ordered))
    assert states(guarded) == {enforced.policy_id: ENABLED}
    assert (guard.state, guard.left) == (GuardState.PARTLY, (enforced.name,))
    assert guard.failure is not None
    assert guard.failure.cause == Cause.POLICY_ENFORCED
    assert isinstance(await guarded.acts.act(label, MEGAN, GuardAct.REMOVE), OwnRequest)
    assert (await acted(guarded, record, GuardAct.REMOVE)).state is GuardState.REMOVED
    assert states(guarded) == {}


async def test_what_of_a_failed_making_was_enforced_by_hand_a_security_admin_alone_removes(
    guarded: Guarded,
) -> None:
    guarded.writer.refuses_for["platforms"] = NO
    record = await guarded.run(await guarded.approved(WHOLE))
    in_state(guarded, 0, ENABLED)
    ordered = await guarded.acts.act(record.request.label, MEGAN, GuardAct.REMOVE)
    assert isinstance(ordered, Record)
    assert guard_of(await guarded.run(ordered)).enforced == (Part.CONTROLS,)
    assert isinstance(await guarded.acts.act(record.request.label, MEGAN, GuardAct.REMOVE), OwnRequest)
    assert (await acted(guarded, record, GuardAct.REMOVE)).state is GuardState.REMOVED


async def test_a_second_policy_of_the_same_mark_is_removed_too(guarded: Guarded) -> None:
    record = await guarded.watched(WHOLE)
    first = guarded.reader.demanded.policies[0]
    guarded.reader.demanded = replace(
        guarded.reader.demanded,
        policies=(*guarded.reader.demanded.policies, replace(first, policy_id="twice")),
    )
    assert (await acted(guarded, record, GuardAct.REMOVE)).state is GuardState.REMOVED
    assert guarded.reader.demanded.policies == ()


async def test_one_that_graph_keeps_is_still_enforced_as_the_card_says(guarded: Guarded) -> None:
    record = await guarded.run(await ordered(guarded, await guarded.watched(WHOLE)))
    guarded.writer.refuses_for["made-1 deleted"] = NO
    guard = await acted(guarded, record, GuardAct.REMOVE)
    assert states(guarded) == {"made-1": ENABLED}
    assert (guard.state, guard.enforced) == (GuardState.PARTLY, (Part.CONTROLS,))


async def test_where_nothing_is_taken_back_it_stays_enforced(guarded: Guarded) -> None:
    record = await guarded.run(await ordered(guarded, await guarded.watched(WHOLE)))
    guarded.writer.refuses_for |= {
        f"made-{one} enabledForReportingButNotEnforced": Refused(Cause.RIGHTS_MISSING) for one in (1, 2)
    }
    guard = await acted(guarded, record, GuardAct.WATCH)
    assert guard.state is GuardState.ENFORCED
    assert set(states(guarded).values()) == {ENABLED}

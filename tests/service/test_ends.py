"""The end of an access over the real store: exactly what was given is taken away, once, and proved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules import ending, resting
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.model import (
    Assignment,
    AssignmentState,
    Change,
    Give,
    GiveKind,
    JobKind,
    Left,
    Named,
    ObjectId,
    Record,
    State,
)
from tests.service.house import ALEX, GUESTS, PORTAL, RECORDS, House, draft
from tests.store.making import told

GROUP = Give(GiveKind.GROUP, GUESTS, "Portal guests")


async def given(house: House, address: str = "ana@fabrikam.com") -> Record:
    return await house.delivered(await house.approved(draft(address=address)))


def assignment(record: Record) -> Assignment:
    assert record.request.assignment is not None
    return record.request.assignment


async def ended(house: House, record: Record) -> Record:
    """Let months go by, day by day, until its end and a week more."""
    for _ in range(97):
        house.clock.turn(days=1)
        await house.settle()
    return await house.now(record)


async def removed(house: House, record: Record) -> Record:
    who = record.request.requestor
    result = await house.store.change(record.request.request_id, ending.remove(who, ()))
    assert isinstance(result, Record)
    return result


async def facts(house: House, what: str) -> list[dict[str, object]]:
    return [dict(entry.fact.detail) for entry in await house.audit() if entry.fact.what == what]


def has(house: House, record: Record) -> bool:
    give, app = record.request.give, record.request.app.object_id
    target = give.object_id if give.kind is GiveKind.GROUP else app
    return (record.request.guest_id, target) in house.tenant.access


async def test_an_access_lasts_until_its_end_to_the_second_and_not_longer(house: House) -> None:
    record = await given(house)
    house.clock.time = (record.request.ends_at or house.clock.time) - timedelta(seconds=1)
    await house.run_due()
    assert has(house, record)
    house.clock.turn(seconds=1)
    await house.settle()
    assert not has(house, record)
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_over_months_an_access_ends_once_with_proof_and_its_cards_say_it(house: House) -> None:
    record = await ended(house, await given(house))
    assert (record.request.state, assignment(record).state) == (State.DELIVERED, AssignmentState.ENDED)
    assert house.faults.calls.count("take_away") == 1
    assert len(await facts(house, "assignment.ending")) == len(await facts(house, "assignment.ended")) == 1
    [proof] = [one for one in await facts(house, "step.done") if one["step"] == "prove-gone"]
    assert proof["request-id"] == "trace-access"
    shown = {audience: version for _, audience, version in (*house.chat.posts, *house.chat.updates)}
    assert shown["thread"] == shown["requestor"] == record.request.version


async def test_nothing_happens_twice_after_a_restart_or_a_jump_of_the_clock(house: House) -> None:
    record = await given(house)
    house.clock.turn(days=400)
    await house.settle()
    house.clock.turn(days=-399)
    await house.settle()
    house.clock.turn(days=500)
    await house.settle()
    assert house.faults.calls.count("take_away") == 1
    assert assignment(await house.now(record)).state is AssignmentState.ENDED


async def test_what_somebody_else_gave_before_is_not_taken_away(house: House) -> None:
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    house.tenant.access.add((ObjectId("guest-1"), RECORDS))
    record = await house.delivered(record)
    assert assignment(record).was_there
    record = await ended(house, record)
    assert assignment(record).left is Left.WAS_THERE
    assert has(house, record)
    assert "take_away" not in house.faults.calls


async def test_a_guest_who_was_deleted_has_nothing_left_to_take_away(house: House) -> None:
    record = await given(house)
    del house.tenant.guests[ObjectId("guest-1")]
    record = await ended(house, record)
    assert assignment(record).left is Left.GUEST_GONE


@pytest.mark.parametrize(
    ("fault", "when", "calls"),
    [
        (NotDone(Cause.THROTTLED, retry_after=3), "before", 2),
        (Unknown(Cause.UNAVAILABLE), "before", 2),
        (Unknown(Cause.UNAVAILABLE), "after", 1),
    ],
)
async def test_a_call_that_may_have_been_made_is_looked_up_before_it_is_repeated(
    house: House, fault: NotDone | Unknown, when: str, calls: int
) -> None:
    record = await given(house)
    getattr(house.faults, when)["take_away"] = [fault]
    record = await ended(house, record)
    assert assignment(record).left is Left.NOTHING
    assert house.faults.calls.count("take_away") == calls


async def test_where_the_end_is_refused_the_operator_hears_it_and_retry_goes_on(house: House) -> None:
    record = await given(house)
    house.faults.before["take_away"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await ended(house, record)
    failure = assignment(record).failure
    assert failure is not None
    assert failure.cause == Cause.RIGHTS_MISSING
    assert [alarm for alarm in house.alarms if "could not be taken away" in alarm]
    assert has(house, record)
    assert isinstance(await house.decisions.retry(record.request.label, ALEX), Record)
    await house.settle()
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_an_access_that_stays_in_the_directory_is_not_said_to_be_gone(house: House) -> None:
    record = await given(house)
    house.access.keeps_access = True
    failure = assignment(await ended(house, record)).failure
    assert failure is not None
    assert failure.cause == Cause.STILL_THERE


# --- two requests on one membership -------------------------------------------------------------------------


async def on_group(house: House, record: Record, app: ObjectId, *, was_there: bool) -> Record:
    """Let a delivered request be one for an app to which the group is assigned."""

    def carried(record: Record, now: object) -> Change:
        before = record.request
        request = newer(
            before,
            before.changed_at,
            app=Named(app, "An app"),
            give=GROUP,
            assignment=replace(assignment(record), was_there=was_there),
        )
        return told(request)

    changed = await house.store.change(record.request.request_id, carried)
    assert isinstance(changed, Record)
    return changed


async def two_on_one_group(house: House) -> tuple[Record, Record]:
    """Return a request that put the guest into a group, and one that found them there."""
    first = await on_group(house, await given(house), RECORDS, was_there=False)
    house.tenant.access.clear()
    second = await on_group(house, await given(house), PORTAL, was_there=True)
    house.tenant.access = {(ObjectId("guest-1"), GUESTS)}
    return first, second


async def test_whoever_still_rests_on_a_membership_takes_it_away_at_their_own_end(house: House) -> None:
    first, second = await two_on_one_group(house)
    await removed(house, first)
    await house.settle()
    assert assignment(await house.now(first)).left is Left.STILL_NEEDED
    assert has(house, second)
    await removed(house, await house.now(second))
    await house.settle()
    assert assignment(await house.now(second)).left is Left.NOTHING
    assert not has(house, second)


async def test_where_both_end_at_once_the_membership_is_gone(house: House) -> None:
    first, second = await two_on_one_group(house)
    taken = await house.store.change(second.request.request_id, resting.take_over(first.request.request_id))
    assert isinstance(taken, Record)
    await removed(house, first)
    await removed(house, await house.now(second))
    await house.settle()
    lefts = {assignment(await house.now(one)).left for one in (first, second)}
    assert lefts == {Left.NOTHING}
    assert not has(house, first)


async def test_a_process_that_dies_between_the_two_changes_of_a_hand_over_repeats_the_first(
    house: House,
) -> None:
    first, second = await two_on_one_group(house)
    await removed(house, first)
    await house.store.change(second.request.request_id, resting.take_over(first.request.request_id))
    await house.settle()
    assert len(await facts(house, "assignment.taken-over")) == 1
    assert assignment(await house.now(first)).left is Left.STILL_NEEDED


async def test_what_is_being_taken_away_is_given_anew_only_after_that(house: House) -> None:
    first = await removed(house, await given(house))
    house.tenant.access.clear()
    again = await house.approved()
    house.faults.before["take_away"] = [NotDone(Cause.THROTTLED, retry_after=600)]
    house.tenant.access.add((ObjectId("guest-1"), RECORDS))
    for _ in range(12):
        await house.run_due()
        house.clock.turn(seconds=1)
    assert (await house.now(again)).request.state is State.DELIVERING
    assert has(house, first)
    await house.delivered(again)
    assert assignment(await house.now(first)).state is AssignmentState.ENDED
    assert has(house, await house.now(again))


async def test_the_access_of_another_role_or_of_another_guest_is_none_of_it(house: House) -> None:
    mine = await given(house)
    house.tenant.access.add((ObjectId("other"), RECORDS))
    await given(house, "ben@fabrikam.com")
    await removed(house, mine)
    await house.settle()
    assert assignment(await house.now(mine)).left is Left.NOTHING
    assert (ObjectId("other"), RECORDS) in house.tenant.access
    assert len(house.tenant.access) == 2


# --- older versions ----------------------------------------------------------------------------------------


async def test_what_an_older_version_delivered_ends_too_and_what_was_there_then_stays(house: House) -> None:
    """Whether it was there stands in the audit alone."""

    def forgotten(record: Record, now: object) -> Change:
        return told(newer(record.request, record.request.changed_at, assignment=None))

    ours, theirs = await given(house), await house.approved(draft(address="ben@fabrikam.com"))
    await house.run_due(JobKind.STEP)
    house.tenant.access.add((ObjectId("guest-2"), RECORDS))
    theirs = await house.delivered(theirs)
    for record in (ours, theirs):
        await house.store.change(record.request.request_id, forgotten)
    await house.terms.note_older()
    assert await house.store.unassigned(10) == []
    assert assignment(await house.now(theirs)).was_there
    assert not assignment(await house.now(ours)).was_there
    assert assignment(await ended(house, ours)).left is Left.NOTHING
    assert assignment(await house.now(theirs)).left is Left.WAS_THERE

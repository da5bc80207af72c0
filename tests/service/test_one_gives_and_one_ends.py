"""One access under two requests: whether its end or what gives it comes first; neither waits for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules.causes import Cause
from access.rules.claims import ClaimOne
from access.rules.model import (
    Assignment,
    AssignmentState,
    Job,
    JobKind,
    JobStatus,
    Left,
    ObjectId,
    Record,
    Redemption,
    State,
    StepKind,
)
from access.service.holding import LEASE, claimed
from access.service.remove import Removals
from access.service.undo import Undoing
from cards.state import strip_of
from tests.cards.gallery import LOOK
from tests.service.house import ALEX, GUESTS, MEGAN, PORTAL, House, draft

SECOND = ObjectId("second")
MEMBER = (ObjectId("ana"), GUESTS)
R1, R2 = "R-1001", "R-1002"
LOST = Unknown(Cause.UNAVAILABLE)


async def two(house: House) -> tuple[Record, Record]:
    """Have Ana in a group of two apps by the first request, while the second waits for its approval."""
    house.tenant.apps[SECOND] = replace(house.tenant.apps[PORTAL], object_id=SECOND, name="Second Portal")
    house.tenant.of_app[SECOND] = [*house.tenant.of_app[PORTAL]]
    house.tenant.owners |= {PORTAL: [MEGAN, ALEX], SECOND: [MEGAN, ALEX]}
    house.knows(Redemption.ACCEPTED)
    first = await house.sent(draft(app="Patient Portal", access="Portal guests"))
    second = await house.sent(draft(app="Second Portal", access="Portal guests"))
    assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)
    return await house.delivered(first), second


async def approved(house: House, label: str = R2) -> None:
    assert isinstance(await house.decisions.approve(label, ALEX, None), Record)


async def removed(house: House, label: str = R1) -> None:
    assert isinstance(await Removals(house.decisions, house.policy).of_request(label, MEGAN), Record)


async def undone(house: House, label: str = R1) -> None:
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo(label, MEGAN, None), Record)


async def until_begun(house: House, record: Record, step: StepKind) -> None:
    """Let the steps run until this one has been tried once."""
    for _ in range(20):
        await house.run_due()
        if (await step_of(house, record, step)).started:
            return
        house.clock.turn(seconds=0.2)
    raise AssertionError("it never began")


async def step_of(house: House, record: Record, name: StepKind) -> Job:
    return next(job for job in (await house.now(record)).jobs.values() if job.name == name)


async def in_hand(house: House, record: Record, name: StepKind) -> None:
    """Have somebody claim a step, who dies or is still at it."""
    step = await step_of(house, record, name)
    assert await claimed(house.store, step.request_id, ClaimOne(step.key, LEASE), LEASE)


async def assignment(house: House, record: Record) -> Assignment:
    given = (await house.now(record)).request.assignment
    assert given is not None
    return given


async def said(house: House, record: Record) -> str:
    strip = strip_of(await house.now(record), LOOK)
    return " ".join((strip.state, *strip.sentences))


async def through(house: House, **time: float) -> None:
    """Let days or hours pass, with all that comes due in them."""
    until = house.clock.now() + timedelta(**time)
    while house.clock.now() < until:
        await house.run_due()
        at = await house.store.next_due_at()
        house.clock.time = min(until, max(at or until, house.clock.now() + timedelta(milliseconds=1)))


def loses(step: str, house: House, *, done: bool) -> None:
    """Lose the answer to one call, which has come through or not."""
    table = house.faults.after if done else house.faults.before
    table[step] = [LOST]


@pytest.mark.parametrize("done", [True, False])
async def test_an_end_comes_before_a_give_whose_answer_was_lost_and_that_gives_after_it(
    house: House, *, done: bool
) -> None:
    first, second = await two(house)
    await approved(house)
    loses("give", house, done=done)
    await until_begun(house, second, StepKind.GIVE)
    await removed(house)
    await through(house, minutes=10)
    assert (await assignment(house, first)).left is Left.NOTHING
    record = await house.now(second)
    assert record.request.state is State.DELIVERED
    assert MEMBER in house.tenant.access
    assert not (await assignment(house, second)).was_there
    await removed(house, R2)
    await through(house, minutes=10)
    assert MEMBER not in house.tenant.access
    assert house.alarms == []


@pytest.mark.parametrize("done", [True, False])
async def test_an_end_comes_before_an_undo_whose_answer_was_lost_and_that_gives_again_after_it(
    house: House, *, done: bool
) -> None:
    first, second = await two(house)
    await approved(house)
    second = await house.delivered(second)
    await removed(house)
    await house.settle()
    assert (await assignment(house, first)).left is Left.STILL_NEEDED
    loses("give", house, done=done)
    await undone(house)
    await until_begun(house, first, StepKind.GIVE_AGAIN)
    await removed(house, R2)
    await through(house, minutes=10)
    assert (await assignment(house, second)).state is AssignmentState.ENDED
    assert (await assignment(house, first)).state is AssignmentState.ACTIVE
    assert MEMBER in house.tenant.access
    await removed(house)
    await through(house, minutes=10)
    assert MEMBER not in house.tenant.access
    assert house.alarms == []


async def test_an_end_waits_for_whoever_is_giving_the_same_and_leaves_it_to_them(house: House) -> None:
    first, second = await two(house)
    await approved(house)
    while (await step_of(house, second, StepKind.GIVE)).status is not JobStatus.READY:
        await house.run_due()
    await in_hand(house, second, StepKind.GIVE)
    await removed(house)
    await house.run_due(JobKind.REMOVAL)
    house.clock.time += 2 * LEASE  # or so it seems: whoever is at it may be so still
    await house.run_due(JobKind.REMOVAL)
    assert house.faults.calls.count("take_away") == 0
    await through(house, minutes=10)
    assert (
        MEMBER not in house.tenant.access or (await assignment(house, second)).state is AssignmentState.ACTIVE
    )
    assert (await assignment(house, first)).state is AssignmentState.ENDED
    assert (await house.now(second)).request.state is State.DELIVERED
    assert MEMBER in house.tenant.access


async def test_an_end_waits_for_the_proof_of_what_was_given_and_is_taken_over(house: House) -> None:
    first, second = await two(house)
    await approved(house)
    house.faults.before["read_back"] = [NotDone(Cause.THROTTLED, retry_after=30)]
    while (await step_of(house, second, StepKind.GIVE)).status is not JobStatus.DONE:
        await house.run_due()
    await removed(house)
    await through(house, minutes=10)
    assert house.faults.calls.count("take_away") == 0
    assert (await assignment(house, first)).left is Left.STILL_NEEDED
    assert not (await assignment(house, second)).was_there
    await removed(house, R2)
    await through(house, minutes=10)
    assert MEMBER not in house.tenant.access


async def test_an_end_does_not_wait_for_an_undo_that_stands_still_and_is_taken_up_after_it(
    house: House,
) -> None:
    first, second = await two(house)
    await approved(house)
    second = await house.delivered(second)
    await removed(house)
    await house.settle()
    house.faults.before["read_back"] = [Refused(Cause.RIGHTS_MISSING)]
    await undone(house)
    await house.settle()
    assert (await assignment(house, first)).failure is not None
    await removed(house, R2)
    await through(house, minutes=10)
    assert (await assignment(house, second)).left is Left.NOTHING
    assert MEMBER not in house.tenant.access
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await through(house, minutes=10)
    assert (await assignment(house, first)).state is AssignmentState.ACTIVE
    assert MEMBER in house.tenant.access
    await removed(house)
    await through(house, minutes=10)
    assert MEMBER not in house.tenant.access


async def test_what_waits_for_an_end_that_stands_still_names_it_and_is_given_up_with_an_alarm(
    house: House,
) -> None:
    first, second = await two(house)
    house.faults.before["take_away"] = [Refused(Cause.RIGHTS_MISSING)]
    await removed(house)
    await house.settle()
    house.alarms.clear()
    await approved(house)
    await through(house, minutes=2)
    assert "R-1001" in await said(house, second)
    await through(house, hours=12)
    record = await house.now(second)
    assert record.request.state is State.DELIVERY_FAILED
    assert record.request.failure is not None
    assert record.request.failure.cause == Cause.STILL_ENDING
    assert [one for one in house.alarms if R1 in one and R2 in one]
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await through(house, minutes=10)
    assert (await assignment(house, first)).left is Left.NOTHING
    assert isinstance(await house.decisions.retry(R2, MEGAN), Record)
    await through(house, minutes=10)
    assert (await house.now(second)).request.state is State.DELIVERED
    assert MEMBER in house.tenant.access


async def test_an_undo_that_waits_for_an_end_that_stands_still_names_it_and_stands_still_with_an_alarm(
    house: House,
) -> None:
    first, second = await two(house)
    await approved(house)
    second = await house.delivered(second)
    await removed(house)
    await house.settle()
    house.faults.before["take_away"] = [Refused(Cause.RIGHTS_MISSING)]
    await removed(house, R2)
    await house.settle()
    house.alarms.clear()
    await undone(house)
    await through(house, minutes=2)
    assert "R-1002" in await said(house, first)
    await through(house, hours=12)
    failure = (await assignment(house, first)).failure
    assert failure is not None
    assert failure.cause == Cause.STILL_ENDING
    assert [one for one in house.alarms if R1 in one]


async def test_an_end_that_waits_long_for_a_delivery_names_it_and_stands_still_with_an_alarm(
    house: House,
) -> None:
    first, second = await two(house)
    await approved(house)
    while (await step_of(house, second, StepKind.GIVE)).status is not JobStatus.DONE:
        await house.run_due()
    house.faults.before["read_back"] = [LOST] * 10_000
    await removed(house)
    await through(house, minutes=2)
    assert "R-1002" in await said(house, first)
    await through(house, hours=12)
    failure = (await assignment(house, first)).failure
    assert failure is not None
    assert failure.cause == Cause.STILL_GIVEN
    assert [one for one in house.alarms if R1 in one]
    house.faults.before.clear()
    await through(house, minutes=10)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await through(house, minutes=10)
    assert (await assignment(house, first)).left is Left.STILL_NEEDED
    assert MEMBER in house.tenant.access


@pytest.mark.parametrize(
    ("when", "step"),
    [("before", "give"), ("after", "give"), ("after", "take_away"), ("before", "read_back")],
)
@pytest.mark.parametrize("rounds", range(6))
async def test_whenever_the_end_begins_it_ends_and_the_other_has_the_access_until_its_own(
    house: House, rounds: int, when: str, step: str
) -> None:
    first, second = await two(house)
    await approved(house)
    getattr(house.faults, when)[step] = [LOST]
    for _ in range(rounds):
        await house.run_due(JobKind.STEP)
        house.clock.turn(seconds=0.1)
    await removed(house)
    await through(house, minutes=15)
    assert (await assignment(house, first)).state is AssignmentState.ENDED
    assert (await house.now(second)).request.state is State.DELIVERED
    assert MEMBER in house.tenant.access
    await removed(house, R2)
    await through(house, minutes=15)
    assert (await assignment(house, second)).state is AssignmentState.ENDED
    assert MEMBER not in house.tenant.access
    assert house.alarms == []

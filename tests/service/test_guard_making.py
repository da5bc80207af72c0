"""The making of a protection that is cut short, or that somebody else has made: nothing is made twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules.causes import Cause
from access.rules.conditional_access import PolicyState
from access.rules.guard_plans import GuardShown, Unsent, Wanted
from access.rules.guards import GuardAct, GuardState
from access.rules.model import JobKind, ObjectId, Record, State
from access.rules.reconcile import GRACE, Deed
from access.rules.reconciled import Act
from access.service.comparing import Comparing
from tests.service.guarding_house import MFA, Guarded
from tests.service.house import LIDIA, MEGAN, THREAD, House
from tests.service.test_reconciliations import FakeLog

WHOLE = Wanted(app="Health Records", mfa=True, platforms=("windows",))


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


def guard_state(record: Record) -> GuardState | None:
    assert record.request.guard is not None
    return record.request.guard.state


def lags(guarded: Guarded) -> None:
    """Let the list show no policy for some minutes."""
    guarded.reader.shows_after, guarded.reader.clock = timedelta(minutes=10), guarded.house.clock


async def test_of_two_of_which_the_second_had_to_wait_the_first_is_not_made_again(guarded: Guarded) -> None:
    record = await guarded.approved(WHOLE)
    lags(guarded)
    guarded.writer.refuses_for["platforms"] = NotDone(Cause.THROTTLED)
    await guarded.house.run_due(JobKind.PROTECT)
    assert guarded.states() == [PolicyState.REPORT_ONLY]
    guarded.writer.refuses_for.clear()
    began = guarded.house.clock.now()
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    assert len(guarded.states()) == 2
    assert guarded.house.clock.now() - began < timedelta(minutes=15)  # the second was surely not made


async def test_of_two_of_which_the_second_was_refused_a_retry_does_not_make_the_first_again(
    guarded: Guarded,
) -> None:
    record = await guarded.approved(WHOLE)
    lags(guarded)
    guarded.writer.refuses_for["platforms"] = Refused(Cause.RIGHTS_MISSING)
    failed = (await guarded.run(record)).request
    assert failed.state is State.DELIVERY_FAILED
    assert failed.failure is not None
    assert failed.failure.detail["app"] == "Health Records"
    [told] = [one.fact.detail for one in await guarded.house.audit() if one.fact.what == "step.failed"]
    assert (told["policies"], told["fence"]) == (["made-1"], 1), "Entra's log is compared with it"
    guarded.writer.refuses_for.clear()
    assert isinstance(await guarded.house.decisions.retry(failed.label, MEGAN), Record)
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    assert len(guarded.states()) == 2


async def test_what_was_made_a_moment_ago_is_seen_before_the_same_is_sent(
    guarded: Guarded,
) -> None:
    assert isinstance(await guarded.guards.look(MFA, MEGAN), GuardShown)  # what was read is kept for minutes
    await guarded.watched()
    again = await guarded.guards.send(MFA, LIDIA, THREAD, personal=False)
    assert isinstance(again, GuardShown)
    assert again.unsent is Unsent.THERE


async def test_nobody_takes_or_removes_what_another_request_has_made(guarded: Guarded) -> None:
    first = await guarded.watched()
    there, guarded.reader.demanded = guarded.reader.demanded, replace(guarded.reader.demanded, policies=())
    guarded.house.clock.turn(minutes=5)
    second = await guarded.approved()  # which the list did not show
    guarded.reader.demanded = there
    failed = (await guarded.run(second)).request
    assert failed.state is State.DELIVERY_FAILED
    assert failed.failure is not None
    assert failed.failure.cause == Cause.POLICY_OWNED
    gone = await guarded.acts.act(failed.label, MEGAN, GuardAct.REMOVE)
    assert isinstance(gone, Record)
    assert guard_state(await guarded.run(gone)) is GuardState.REMOVED
    assert guarded.states() == [PolicyState.REPORT_ONLY]
    assert guard_state(await guarded.house.now(first)) is GuardState.WATCHING


async def test_each_step_says_which_policies_it_is_about_and_which_it_has_written(guarded: Guarded) -> None:
    record = await guarded.watched(WHOLE)
    acted = await guarded.acts.act(record.request.label, MEGAN, GuardAct.REMOVE)
    assert isinstance(acted, Record)
    await guarded.run(acted)
    told = [one.fact for one in await guarded.house.audit() if one.fact.what in {"step.begun", "step.done"}]
    both = ["made-1", "made-2"]
    of_steps = [(one.detail["step"], one.detail.get("policies"), one.detail.get("wrote")) for one in told]
    assert of_steps == [
        ("make-policies", [], None),
        ("make-policies", both, both),
        ("prove-policies", both, None),
        ("prove-policies", both, None),
        ("remove-policies", both, None),
        ("remove-policies", both, both),
        ("prove-policies", both, None),
        ("prove-policies", both, None),
    ]


async def test_what_the_list_shows_minutes_after_its_making_is_waited_for_and_no_failure(
    guarded: Guarded,
) -> None:
    record = await guarded.approved()
    lags(guarded)
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    assert "step.failed" not in [one.fact.what for one in await guarded.house.audit()]


async def test_what_the_list_never_shows_fails_in_half_an_hour_and_what_is_otherwise_in_a_minute(
    guarded: Guarded,
) -> None:
    began, record = guarded.house.clock.now(), await guarded.approved()
    lags(guarded)
    guarded.reader.shows_after = timedelta(days=1)
    failed = (await guarded.run(record)).request
    assert failed.failure is not None
    assert failed.failure.cause == Cause.NOT_PROVED
    assert timedelta(minutes=20) < guarded.house.clock.now() - began < timedelta(hours=1)
    guarded.reader.clock, made = None, guarded.reader.demanded
    began = guarded.house.clock.now()
    edited = tuple(replace(one, name="Mine") for one in made.policies)
    assert isinstance(await guarded.house.decisions.retry(failed.label, MEGAN), Record)
    await guarded.house.run_due(JobKind.PROTECT)
    guarded.reader.demanded = replace(
        made, policies=tuple(replace(one, state=PolicyState.ENABLED) for one in edited)
    )
    again = (await guarded.run(record)).request
    assert again.failure is not None
    assert again.failure.cause == Cause.NOT_PROVED
    assert guarded.house.clock.now() - began < timedelta(minutes=10)


async def test_a_reading_that_got_no_answer_has_made_nothing_and_is_not_waited_for(guarded: Guarded) -> None:
    began, record = guarded.house.clock.now(), await guarded.approved(WHOLE)
    guarded.reader.refuses["protection"] = Unknown(Cause.UNAVAILABLE)
    await guarded.house.run_due(JobKind.PROTECT)
    guarded.reader.refuses.clear()
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    assert guarded.house.clock.now() - began < timedelta(minutes=5)


async def test_a_reading_that_got_no_answer_begins_no_waiting_anew(guarded: Guarded) -> None:
    began, record = guarded.house.clock.now(), await guarded.approved(WHOLE)
    guarded.writer.refuses = [Unknown(Cause.UNAVAILABLE)]  # nobody knows whether the first was made
    for turn in range(60):
        await guarded.house.run_due(JobKind.PROTECT)
        guarded.house.clock.turn(seconds=60)
        guarded.reader.refuses = {"protection": Unknown(Cause.UNAVAILABLE)} if turn % 5 == 0 else {}
    guarded.reader.refuses.clear()
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    assert guarded.house.clock.now() - began < timedelta(minutes=65)


async def test_what_entra_logs_of_a_making_whose_answer_was_lost_is_explained_by_it(guarded: Guarded) -> None:
    house, begun_at = guarded.house, guarded.house.clock.now()
    record = await guarded.approved(WHOLE)
    guarded.writer.loses = [Unknown(Cause.UNAVAILABLE)]
    await house.run_due(JobKind.PROTECT)
    log = FakeLog(house)
    log.tell(Deed("e1", house.clock.now(), Act.POLICY_MADE, ObjectId("made-1")))
    house.clock.turn(minutes=15)
    assert guard_state(await guarded.run(record)) is GuardState.WATCHING
    log.tell(Deed("e2", house.clock.now(), Act.POLICY_MADE, ObjectId("made-2")))
    house.clock.turn(hours=2)
    report = await Comparing(house.store, log, house.clock).compare(
        begun_at - GRACE, house.clock.now() - GRACE
    )
    assert (report.deeds, report.findings) == (2, ())
    log.tell(Deed("e3", house.clock.now() - 2 * GRACE, Act.POLICY_MADE, ObjectId("planted")))
    report = await Comparing(house.store, log, house.clock).compare(
        begun_at - GRACE, house.clock.now() - GRACE
    )
    assert [one.key for one in report.findings] == ["e3"]

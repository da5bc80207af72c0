"""How an access that was taken away is given again: once, under its approval, or called off."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from access.rules import delivery, ending, jobs, lasting, returning
from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import (
    AssignmentState,
    Change,
    EndCause,
    JobKind,
    JobStatus,
    Left,
    Record,
    StepKind,
    Term,
)
from access.rules.refusals import NotPossible, NotYours, Stale
from tests.rules.making import (
    ALEX,
    LEASE,
    MEGAN,
    NOW,
    STRANGER,
    ZONE,
    change_of,
    claimed,
    delivered,
    done,
    job,
    written,
)
from tests.rules.test_ending import END, FACTS, GONE, ended, looked, removed, state

SECOND = timedelta(seconds=1)


def gone() -> Record:
    """Return an access that Megan removed."""
    return ended(removed())


def begun(record: Record | None = None) -> Record:
    record = record or gone()
    return done(record, returning.begin(ALEX, record.request.version), NOW)


def given(record: Record, result: StepDone | None = None, at: datetime = NOW) -> Record:
    """Do the next step."""
    step = next(one for one in returning.steps_of(record) if one.status is JobStatus.READY)
    record = claimed(record, step.name, at)
    return done(
        record, returning.succeed(step.key, job(record, step.name).fence, result or StepDone(), ZONE), at
    )


def failed(record: Record, cause: Cause = Cause.RIGHTS_MISSING, *, surely_not_done: bool = True) -> Record:
    step = next(one for one in returning.steps_of(record) if one.status is JobStatus.READY)
    record = claimed(record, step.name, NOW)
    fence = job(record, step.name).fence
    fails = returning.fail(step.key, fence, cause, {}, "trace", surely_not_done=surely_not_done)
    return done(record, fails, NOW)


def test_what_is_given_again_is_as_it_was_with_its_old_end() -> None:
    before = delivered().request
    record = given(given(begun()), StepDone(invited=True))
    assert state(record) is AssignmentState.ACTIVE
    assert record.request.ends_at == before.ends_at
    assert record.request.awaits_acceptance
    assert record.request.assignment is not None
    assert record.request.assignment.end is None
    assert record.request.assignment.returned is not None
    assert record.request.assignment.returned.by == ALEX
    assert job(record, lasting.NAME).status is JobStatus.READY


def test_each_step_has_its_entry_which_names_the_approval_and_who_wanted_it() -> None:
    record = begun()
    change = change_of(record, jobs.claim(job(record, StepKind.GIVE_AGAIN).key, LEASE), NOW)
    [fact] = change.audit
    assert (fact.what, fact.detail["step"]) == ("step.begun", "give-again")
    assert (fact.detail["approved_by"], fact.detail["returned_by"]) == (ALEX.object_id, ALEX.object_id)


def test_only_what_has_ended_and_is_as_it_was_seen_is_given_again() -> None:
    for record in (delivered(), removed(), begun()):
        assert isinstance(returning.begin(ALEX, record.request.version)(record, NOW), Stale)
    record = gone()
    assert isinstance(returning.begin(ALEX, record.request.version - 1)(record, NOW), Stale)
    assert isinstance(ending.undo(ALEX, record.request.version)(record, NOW), Stale)


def test_an_undo_is_an_end_with_a_cause_of_its_own() -> None:
    record = delivered()
    record = done(record, ending.undo(ALEX, record.request.version), NOW)
    assert record.request.assignment is not None
    end = record.request.assignment.end
    assert end is not None
    assert (end.why, end.by) == (EndCause.UNDONE, ALEX)
    assert state(ended(record)) is AssignmentState.ENDED


def test_a_second_end_has_fences_above_those_of_the_first() -> None:
    record = gone()
    fence = job(record, StepKind.TAKE_AWAY).fence
    again = removed(given(given(begun(record))))
    assert job(again, StepKind.TAKE_AWAY).fence == fence
    late = ending.succeed(job(record, StepKind.TAKE_AWAY).key, fence, StepDone(), ZONE)
    assert isinstance(late(again, NOW), Stale), "whoever held the first end finishes nothing of the second"
    assert job(claimed(again, StepKind.TAKE_AWAY, NOW), StepKind.TAKE_AWAY).fence == fence + 1


def test_what_stands_still_is_taken_up_by_looking_first_and_by_nobody_else() -> None:
    record = failed(begun(), surely_not_done=False)
    assert record.request.assignment is not None
    assert record.request.assignment.failure is not None
    assert isinstance(ending.retry(STRANGER, (ALEX,))(record, NOW), NotYours)
    again = done(record, ending.retry(ALEX, (ALEX,)), NOW)
    assert claimed(again, StepKind.GIVE_AGAIN, NOW).jobs[job(again, StepKind.GIVE_AGAIN).key].started > 1
    assert state(given(given(again))) is AssignmentState.ACTIVE
    assert isinstance(returning.retry(ALEX, (ALEX,))(begun(), NOW), NotPossible)


def test_what_was_refused_was_surely_not_done_and_is_called_as_at_first() -> None:
    again = done(failed(begun()), ending.retry(ALEX, (ALEX,)), NOW)
    assert claimed(again, StepKind.GIVE_AGAIN, NOW).jobs[job(again, StepKind.GIVE_AGAIN).key].started == 1


def test_what_stands_still_is_called_off_after_whoever_is_at_it() -> None:
    record = failed(given(begun()))
    record = removed(record)
    assert state(record) is AssignmentState.ENDING
    assert job(record, StepKind.TAKE_AWAY).status is JobStatus.READY
    busy = claimed(begun(), StepKind.GIVE_AGAIN, NOW)
    over = looked(busy, END)
    assert state(over) is AssignmentState.ENDING
    assert job(over, StepKind.TAKE_AWAY).due_at == END
    busy = claimed(begun(), StepKind.GIVE_AGAIN, END - SECOND)
    assert job(looked(busy, END), StepKind.TAKE_AWAY).due_at == END - SECOND + LEASE
    late = returning.succeed(job(busy, StepKind.GIVE_AGAIN).key, 1, StepDone(), ZONE)
    assert isinstance(late(looked(busy, END), END), Stale)


def test_what_somebody_else_has_given_is_not_taken_away_when_it_is_called_off() -> None:
    record = failed(given(begun(), StepDone(traces={"was_there": True})))
    assert record.request.assignment is not None
    record = removed(record)
    assert record.request.assignment is not None
    assert record.request.assignment.left is Left.WAS_THERE


class Returns(RuleBasedStateMachine):
    """One access over months that is removed, undone and given again, with steps that fail or die."""

    def __init__(self) -> None:
        super().__init__()
        self.record = delivered(term=Term(days=30))
        self.now = NOW
        self.ends_at = self.record.request.ends_at
        self.told: list[str] = []

    def _try(self, transition: Callable[[Record, datetime], object]) -> bool:
        result = transition(self.record, self.now)
        if not isinstance(result, Change):
            return False
        self.told += [fact.what for fact in result.audit]
        self.record = written(self.record, result)
        return True

    @rule(hours=st.sampled_from([-200, 1, 30, 24 * 10]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def look(self) -> None:
        row = job(self.record, lasting.NAME)
        if self._try(jobs.claim(row.key, LEASE)):
            self._try(ending.look(row.key, job(self.record, lasting.NAME).fence, FACTS))

    @rule()
    def remove(self) -> None:
        self._try(ending.remove(MEGAN, (ALEX,)))

    @rule()
    def undo(self) -> None:
        self._try(ending.undo(ALEX, self.record.request.version))

    @rule()
    def give_again(self) -> None:
        self._try(returning.begin(ALEX, self.record.request.version))

    @rule()
    def retry(self) -> None:
        self._try(ending.retry(MEGAN, (ALEX,)))

    @rule(outcome=st.sampled_from(["done", "done", "done", "unknown", "refused", "dies"]))
    def step(self, outcome: str) -> None:
        kinds = {JobKind.REMOVAL: ending, JobKind.RETURN: returning}
        ready = [
            one
            for one in self.record.jobs.values()
            if one.kind in kinds and one.status is JobStatus.READY and self._try(jobs.claim(one.key, LEASE))
        ]
        if not ready:
            return
        held, ours = job(self.record, ready[0].name), kinds[ready[0].kind]
        last = held.name == StepKind.PROVE_GONE
        moves = {
            "done": ours.succeed(held.key, held.fence, GONE if last else StepDone(), ZONE),
            "unknown": delivery.wait(held.key, held.fence, Cause.UNAVAILABLE, SECOND, surely_not_done=False),
            "refused": ours.fail(held.key, held.fence, Cause.REFUSED, {}, ""),
        }
        if outcome in moves:
            self._try(moves[outcome])

    @invariant()
    def its_end_never_moves(self) -> None:
        assert self.record.request.ends_at == self.ends_at

    @invariant()
    def nothing_is_told_twice_in_a_row(self) -> None:
        moves = [one for one in self.told if one in {"assignment.ended", "assignment.returned"}]
        assert all(one != other for one, other in pairwise(moves))

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for one in self.record.jobs.values():
            assert one.status is not JobStatus.READY or jobs.may_run(self.record, one), "it would spin"

    @invariant()
    def what_is_under_way_has_something_to_run_or_says_why_not(self) -> None:
        given = self.record.request.assignment
        assert given is not None
        steps = {
            AssignmentState.ENDING: ending.removals_of(self.record),
            AssignmentState.RETURNING: returning.steps_of(self.record),
        }
        for under_way, rows in steps.items():
            ready = any(one.status is JobStatus.READY for one in rows)
            assert ready == (given.state is under_way and given.failure is None)


Returns.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestWhateverHappens = Returns.TestCase

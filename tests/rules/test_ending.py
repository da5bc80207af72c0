"""How an access ends: when its term is over or somebody removes it, once, proved, and with its entries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from access.rules import delivery, ending, jobs, lasting, redemption, resting
from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import (
    AssignmentState,
    Change,
    EndCause,
    JobKind,
    JobStatus,
    Left,
    MailState,
    Record,
    Redemption,
    RequestId,
    StepKind,
    Term,
)
from access.rules.policy import Rules
from access.rules.policy_times import EARLIEST_WARNING
from access.rules.refusals import NotPossible, NotYours, Stale
from tests.rules.making import (
    ALEX,
    ANA,
    LEASE,
    MEGAN,
    NOW,
    STRANGER,
    ZONE,
    change_of,
    claimed,
    delivered,
    delivering,
    done,
    job,
    names,
    run,
    stepped,
    written,
)

TERM = timedelta(days=90)
END = NOW + TERM
SECOND = timedelta(seconds=1)
GONE = StepDone(left=Left.NOTHING, traces={"request-id": "r-9"})
OTHER = RequestId("1" * 32)
FACTS = lasting.Facts(Rules(name="defaults", warn_before=()), ZONE)
SOONEST = EARLIEST_WARNING + timedelta(days=3)


def looked(record: Record, at: datetime) -> Record:
    """Claim the row of an access at a time at which it is due, and look."""
    row = job(record, lasting.NAME)
    record = done(record, jobs.claim(row.key, LEASE), at)
    return done(record, ending.look(row.key, job(record, lasting.NAME).fence, FACTS), at)


def over(record: Record | None = None) -> Record:
    return looked(record or delivered(), END)


def removed(record: Record | None = None, at: datetime = NOW) -> Record:
    return done(record or delivered(), ending.remove(MEGAN, (ALEX,)), at)


def finished(record: Record, name: str, result: StepDone, at: datetime = END) -> Record:
    record = claimed(record, name, at)
    held = job(record, name)
    return done(record, ending.succeed(held.key, held.fence, result, ZONE), at)


def failed(record: Record, name: str, cause: Cause, at: datetime = END) -> Record:
    record = claimed(record, name, at)
    held = job(record, name)
    return done(record, ending.fail(held.key, held.fence, cause, {}, "trace"), at)


def ended(record: Record) -> Record:
    record = finished(record, StepKind.TAKE_AWAY, StepDone(traces={"request-id": "r-8"}))
    return finished(record, StepKind.PROVE_GONE, GONE)


def state(record: Record) -> AssignmentState:
    assert record.request.assignment is not None
    return record.request.assignment.state


def found_there(record: Record) -> Record:
    assert record.request.assignment is not None
    given = replace(record.request.assignment, was_there=True)
    return replace(record, request=replace(record.request, assignment=given))


# --- what a delivery leaves behind ----------------------------------------------------------------------


def test_a_delivery_leaves_an_active_access_behind_whose_row_sleeps_until_a_warning_may_be_due() -> None:
    record = delivered()
    assert state(record) is AssignmentState.ACTIVE
    row = job(record, lasting.NAME)
    assert (row.kind, row.status, row.due_at) == (JobKind.TERM, JobStatus.READY, END - SOONEST)


def test_what_our_step_found_there_is_known_as_such() -> None:
    record = run(delivering(), "invite", "know")
    record = stepped(record, "give", StepDone(traces={"request-id": "r", "was_there": True}))
    record = run(record, "mail", "prove")
    assert record.request.assignment is not None
    assert record.request.assignment.was_there


def test_nothing_of_an_access_is_due_before_its_end() -> None:
    record = delivered()
    while (at := job(record, lasting.NAME).due_at) < END:
        record = looked(record, at)
        assert state(record) is AssignmentState.ACTIVE
    assert job(record, lasting.NAME).due_at == END
    assert isinstance(jobs.claim(job(record, lasting.NAME).key, LEASE)(record, END - SECOND), Stale)


def test_what_an_older_version_delivered_is_noted_with_its_end_once_and_shows_nothing_new() -> None:
    record = delivered()
    rows = {key: one for key, one in record.jobs.items() if one.name != lasting.NAME}
    older = Record(request=replace(record.request, assignment=None), jobs=rows)
    change = change_of(older, resting.assign(was_there=True), NOW + timedelta(days=3))
    noted = written(older, change)
    assert change.request.changed_at == older.request.changed_at
    assert [one.kind for one in change.jobs] == [JobKind.TERM]
    assert state(over(noted)) is AssignmentState.ENDED
    assert isinstance(resting.assign(was_there=False)(noted, NOW), Stale)


# --- the end of the term ----------------------------------------------------------------------------------


def test_at_the_end_of_its_term_an_access_is_taken_away_and_read_back_under_entries() -> None:
    row = job(delivered(), lasting.NAME)
    held = done(delivered(), jobs.claim(row.key, LEASE), END)
    change = change_of(held, ending.look(row.key, 1, FACTS), END)
    assert [fact.what for fact in change.audit] == ["assignment.ending"]
    assert change.audit[0].detail["why"] == EndCause.TERM
    record = written(held, change)
    assert state(record) is AssignmentState.ENDING
    begun = change_of(record, jobs.claim(job(record, StepKind.TAKE_AWAY).key, LEASE), END)
    assert [(fact.what, fact.detail["step"]) for fact in begun.audit] == [("step.begun", "take-away")]
    record = ended(record)
    assert state(record) is AssignmentState.ENDED
    assert record.request.assignment is not None
    assert (record.request.assignment.left, record.request.assignment.ended_at) == (Left.NOTHING, END)


def test_an_end_is_not_over_before_the_directory_was_read_back() -> None:
    record = finished(over(), StepKind.TAKE_AWAY, StepDone())
    assert state(record) is AssignmentState.ENDING
    assert job(record, StepKind.PROVE_GONE).status is JobStatus.READY


def test_every_card_shows_an_end_and_whoever_asked_in_a_channel_gets_one_of_their_own() -> None:
    record = ended(over())
    for name in (jobs.THREAD, jobs.REQUESTOR):
        assert job(record, name).body[jobs.WANTED] == record.request.version


def test_what_was_there_before_the_request_is_left_there_and_said() -> None:
    record = over(found_there(delivered()))
    assert record.request.assignment is not None
    assert (state(record), record.request.assignment.left) == (AssignmentState.ENDED, Left.WAS_THERE)
    assert not ending.removals_of(record)


def test_after_an_end_nothing_is_due_any_more_whatever_the_clock_says() -> None:
    record = ended(over())
    row = job(record, lasting.NAME)
    for at in (NOW, END, END + TERM):
        assert lasting.calendar(record.request, FACTS.rules, ZONE) == ()
        assert isinstance(jobs.claim(row.key, LEASE)(record, at), Stale)


def test_a_mail_that_waits_is_not_sent_once_its_access_ends_and_its_link_is_gone() -> None:
    record = run(delivering(), "invite", "know", "give")
    record = claimed(record, "mail")
    held = job(record, "mail")
    soon = timedelta(seconds=1)
    record = done(record, delivery.wait(held.key, 1, Cause.THROTTLED, soon, surely_not_done=True))
    record = removed(stepped(record, "prove"))
    mail = job(record, "mail")
    assert (mail.status, mail.secret, record.request.mail) == (JobStatus.DROPPED, "", MailState.FAILED)
    assert not jobs.may_run(record, replace(mail, status=JobStatus.READY))


def test_an_acceptance_after_the_end_is_told_nobody() -> None:
    record = ended(over())
    assert isinstance(redemption.accept(ANA, Redemption.ACCEPTED, NOW)(record, NOW), Stale)


def test_a_step_of_an_end_runs_only_while_the_access_ends() -> None:
    record = over()
    step = job(record, StepKind.TAKE_AWAY)
    assert jobs.may_run(record, step)
    for other in (delivered(), ended(record)):
        assert not jobs.may_run(Record(request=other.request, jobs=record.jobs), step)


# --- an act ------------------------------------------------------------------------------------------------


def test_who_removes_an_access_is_named_in_the_entry_and_the_row_of_the_term_sleeps_for_good() -> None:
    change = change_of(delivered(), ending.remove(ALEX, (ALEX,)))
    assert (change.audit[0].actor, change.audit[0].detail["why"]) == (ALEX.object_id, EndCause.REMOVED)
    record = written(delivered(), change)
    assert job(record, lasting.NAME).status is JobStatus.DROPPED
    assert change.request.assignment is not None
    assert change.request.assignment.end is not None
    assert change.request.assignment.end.by == ALEX


def test_to_remove_twice_is_to_remove_once() -> None:
    record = removed()
    again = change_of(record, ending.remove(ALEX, (ALEX,)))
    assert (again.request, again.jobs, again.audit) == (record.request, (), ())
    record = ended(record)
    assert change_of(record, ending.remove(MEGAN, ())).request == record.request


def test_nobody_else_removes_an_access() -> None:
    refused = ending.remove(STRANGER, (ALEX,))(delivered(), NOW)
    assert isinstance(refused, NotYours)
    assert refused.may == (MEGAN, ALEX)


def test_what_is_not_delivered_has_no_access_to_remove() -> None:
    assert isinstance(ending.remove(MEGAN, ())(delivering(), NOW), NotPossible)


# --- what goes wrong ---------------------------------------------------------------------------------------


def test_an_end_that_fails_says_why_and_goes_on_when_somebody_takes_it_up() -> None:
    record = failed(over(), StepKind.TAKE_AWAY, Cause.RIGHTS_MISSING)
    assert record.request.assignment is not None
    assert record.request.assignment.failure is not None
    assert state(record) is AssignmentState.ENDING
    assert names(record, "ready") == []
    assert isinstance(ending.retry(STRANGER, (ALEX,))(record, END), NotYours)
    for again in (ending.retry(ALEX, (ALEX,)), ending.remove(MEGAN, ())):
        assert state(ended(done(record, again, END))) is AssignmentState.ENDED


def test_an_access_that_came_back_before_it_was_read_is_taken_away_anew() -> None:
    record = finished(over(), StepKind.TAKE_AWAY, StepDone())
    record = failed(record, StepKind.PROVE_GONE, Cause.STILL_THERE)
    record = done(record, ending.retry(MEGAN, ()), END)
    assert job(record, StepKind.TAKE_AWAY).status is JobStatus.READY
    assert job(record, StepKind.PROVE_GONE).status is JobStatus.WAITING


def test_an_end_that_does_not_stand_still_is_not_taken_up() -> None:
    for record in (delivered(), over(), ended(over())):
        assert isinstance(ending.retry(MEGAN, ())(record, END), NotPossible)


@pytest.mark.parametrize("left", [Left.STILL_NEEDED, Left.GUEST_GONE])
def test_where_nothing_is_to_be_taken_away_nothing_is_read_back(left: Left) -> None:
    record = finished(over(), StepKind.TAKE_AWAY, StepDone(left=left))
    assert state(record) is AssignmentState.ENDED
    assert job(record, StepKind.PROVE_GONE).status is JobStatus.DROPPED


# --- what two requests rest on ------------------------------------------------------------------------------


def test_who_goes_on_with_an_access_takes_it_away_at_their_own_end() -> None:
    record = found_there(delivered())
    change = change_of(record, resting.take_over(OTHER))
    assert [(fact.what, fact.detail["from"]) for fact in change.audit] == [("assignment.taken-over", OTHER)]
    record = written(record, change)
    assert record.request.assignment is not None
    assert not record.request.assignment.was_there
    again = change_of(record, resting.take_over(OTHER))
    assert (again.request, again.audit) == (record.request, ())


def test_whoever_ends_too_takes_nothing_over() -> None:
    for record in (delivering(), over(), ended(over())):
        assert isinstance(resting.take_over(OTHER)(record, END), Stale)


# --- whatever happens ---------------------------------------------------------------------------------------


class Lives(RuleBasedStateMachine):
    """One access over months, with acts, steps that fail, and a clock that jumps either way."""

    def __init__(self) -> None:
        super().__init__()
        self.record = delivered(term=Term(days=30))
        self.now = NOW
        self.wanted = False
        self.calls: list[str] = []
        self.told: list[str] = []

    def _try(self, transition: Callable[[Record, datetime], object]) -> bool:
        result = transition(self.record, self.now)
        if not isinstance(result, Change):
            return False
        self.told += [fact.what for fact in result.audit]
        self.record = written(self.record, result)
        return True

    @rule(hours=st.sampled_from([-2000, -30, 1, 30, 24 * 29, 24 * 31, 5000]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def look(self) -> None:
        row = job(self.record, lasting.NAME)
        if self._try(jobs.claim(row.key, LEASE)):
            self._try(ending.look(row.key, job(self.record, lasting.NAME).fence, FACTS))

    @rule(who=st.sampled_from([MEGAN, ALEX, STRANGER]))
    def remove(self, who: object) -> None:
        assert who in (MEGAN, ALEX, STRANGER)
        mine = MEGAN if who is MEGAN else ALEX if who is ALEX else STRANGER
        if self._try(ending.remove(mine, (ALEX,))):
            assert mine is not STRANGER
            self.wanted = True

    @rule(sponsor=st.booleans())
    def undo(self, *, sponsor: bool) -> None:
        if self._try(ending.undo(ALEX, self.record.request.version, sponsor=sponsor)):
            self.wanted = True

    @rule(outcome=st.sampled_from(["done", "done", "done", "unknown", "refused", "dies"]))
    def step(self, outcome: str) -> None:
        ready = [one for one in ending.removals_of(self.record) if one.status is JobStatus.READY]
        if not ready or not self._try(jobs.claim(ready[0].key, LEASE)):
            return
        held = job(self.record, ready[0].name)
        self.calls.append(held.name)
        assert self.wanted or self._began_in_time()
        last = held.name == StepKind.PROVE_GONE
        moves = {
            "done": ending.succeed(held.key, held.fence, GONE if last else StepDone(), ZONE),
            "unknown": delivery.wait(
                held.key, held.fence, Cause.UNAVAILABLE, timedelta(seconds=1), surely_not_done=False
            ),
            "refused": ending.fail(held.key, held.fence, Cause.REFUSED, {}, ""),
        }
        if outcome in moves:
            self._try(moves[outcome])

    def _began_in_time(self) -> bool:
        given = self.record.request.assignment
        assert given is not None
        assert given.end is not None
        assert self.record.request.ends_at is not None
        return given.end.at >= self.record.request.ends_at

    @invariant()
    def nothing_is_called_before_the_entry_of_its_end(self) -> None:
        assert not self.calls or self.told.index("assignment.ending") < self.told.index("step.begun")

    @invariant()
    def an_end_is_told_once(self) -> None:
        for what in ("assignment.ending", "assignment.ended"):
            assert self.told.count(what) <= 1

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for one in self.record.jobs.values():
            assert one.status is not JobStatus.READY or jobs.may_run(self.record, one), "it would spin"

    @invariant()
    def an_end_has_something_to_run_or_says_why_not(self) -> None:
        given = self.record.request.assignment
        assert given is not None
        ready = [one for one in ending.removals_of(self.record) if one.status is JobStatus.READY]
        last = [one for one in ready if one.name == StepKind.UNSPONSOR]
        assert (ready != last) == (given.state is AssignmentState.ENDING and given.failure is None)

    @invariant()
    def a_sponsor_goes_after_the_access_and_keeps_nothing(self) -> None:
        sponsor = [one for one in ending.removals_of(self.record) if one.name == StepKind.UNSPONSOR]
        given = self.record.request.assignment
        assert given is not None
        if StepKind.UNSPONSOR in self.calls:
            assert given.state is AssignmentState.ENDED
            assert self.calls.index(StepKind.PROVE_GONE) < self.calls.index(StepKind.UNSPONSOR)
        if given.failure is not None and given.failure.step == StepKind.UNSPONSOR:
            assert [one.status for one in sponsor] == [JobStatus.FAILED]


Lives.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestWhateverHappens = Lives.TestCase

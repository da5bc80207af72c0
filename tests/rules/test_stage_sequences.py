"""Any sequence of presses at any stages, invented by Hypothesis, beside a count that is kept by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from access.rules import deciding, delivery, jobs, replanning, sending
from access.rules.model import Change, JobKind, JobStatus, Named, ObjectId, Panel, Plan, Record, State
from tests.rules.making import ALEX, LEASE, MEGAN, NIA, NOW, STRANGER, guest, plan, request, written

JONI = Named(ObjectId("joni"), "Joni Sherman")
PEOPLE = (MEGAN, ALEX, NIA, JONI, STRANGER)
people = st.sampled_from(PEOPLE)
sets = st.lists(people, max_size=4, unique=True).map(tuple)
plans = st.sampled_from((plan(), plan(guest()), plan(landing="https://elsewhere.example")))
quorums = st.lists(st.integers(1, 3), min_size=1, max_size=3)
DECIDED = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})


class Stages(RuleBasedStateMachine):
    """One request and its stages; who may decide at each changes all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.quorums = [1]
        self.given: list[set[Named]] = [set()]
        self.now = NOW
        self.record = Record(request=request(), jobs={})

    @initialize(needed=quorums, first=sets.filter(bool), picks=st.lists(st.integers(0, 3), max_size=8))
    def send(self, needed: list[int], first: tuple[Named, ...], picks: list[int]) -> None:
        """Begin with some approvals, so that sequences come to the last stage."""
        self.quorums = needed
        self.given = [set() for _ in needed]
        panels = self._panels([first] * len(needed))
        asked = replace(request(), stages=panels, approvers=first)
        change = sending.send(asked, NOW, personal=False)
        self.record = written(self.record, change)
        for pick in picks:
            self.approve_as_shown(pick)

    def _panels(self, people_of: list[tuple[Named, ...]]) -> tuple[Panel, ...]:
        return tuple(Panel(may, quorum) for may, quorum in zip(people_of, self.quorums, strict=True))

    def _try(self, transition: Callable[[Record, datetime], object]) -> Change | None:
        result = transition(self.record, self.now)
        if not isinstance(result, Change):
            return None
        self.record = written(self.record, result)
        return result

    def _stage(self) -> int:
        """Return the place of the first stage that lacks somebody, counted by hand."""
        short = [place for place, quorum in enumerate(self.quorums) if len(self.given[place]) < quorum]
        return short[0] if short else len(self.quorums)

    @rule(who=people, may=st.lists(sets, min_size=3, max_size=3), now=plans, seen=st.none() | plans)
    def approve(self, who: Named, may: list[tuple[Named, ...]], now: Plan, seen: Plan | None) -> None:
        before, stage = self.record.request, self._stage()
        panels = self._panels(may[: len(self.quorums)])
        press = deciding.approve(who, deciding.Facts(panels, now, "defaults"), seen.hash if seen else None)
        if self._try(press):
            assert before.state is State.PENDING_APPROVAL
            assert before.plan is not None
            assert {now.hash, seen.hash if seen else now.hash} == {before.plan.hash}
            assert who in may[stage], "only who may decide at the present stage"
            assert who != MEGAN, "nobody for their own"
            assert who not in self.given[stage], "nobody twice at a stage"
            self.given[stage].add(who)

    @rule(pick=st.integers(0, 3))
    def approve_as_shown(self, pick: int) -> None:
        now = self.record.request.plan
        assert now is not None
        everybody = (ALEX, NIA, JONI, STRANGER)
        self.approve(everybody[pick], [everybody] * 3, now, None)

    @rule(pick=st.integers(0, 3))
    def another_approves_as_shown(self, pick: int) -> None:
        self.approve_as_shown(pick)

    @rule(who=people, may=st.lists(sets, min_size=3, max_size=3), rarely=st.integers(0, 4))
    def deny(self, who: Named, may: list[tuple[Named, ...]], rarely: int) -> None:
        if rarely:
            return
        stage = self._stage()
        if self._try(deciding.deny(who, self._panels(may[: len(self.quorums)]), "Not this quarter")):
            assert who in may[stage]
            assert who not in {MEGAN, *self.given[stage]}
            assert self.record.request.state is State.DENIED

    @rule(may=st.lists(sets.filter(bool), min_size=3, max_size=3), now=plans)
    def replan(self, may: list[tuple[Named, ...]], now: Plan) -> None:
        facts = deciding.Facts(self._panels(may[: len(self.quorums)]), now, "defaults")
        if self._try(replanning.replan(facts)):
            self.given = [set() for _ in self.quorums]

    @rule(rarely=st.integers(0, 9))
    def cancel(self, rarely: int) -> None:
        if not rarely:
            self._try(deciding.cancel(MEGAN.object_id))

    @rule(days=st.sampled_from([0, 0, 0, 0, 1, 1, 15]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        key = jobs.key_of(self.record.request.request_id, 1, jobs.CLOSES)
        if change := self._try(jobs.claim(key, LEASE)):
            self._try(deciding.time_out(key, change.jobs[0].fence))

    @rule()
    def claim(self) -> None:
        for step in delivery.steps_of(self.record):
            if self._try(jobs.claim(step.key, LEASE)):
                assert self._stage() == len(self.quorums), "no effect before the last approval"

    @invariant()
    def nothing_is_delivered_without_a_quorum_of_every_stage(self) -> None:
        whole = self._stage() == len(self.quorums)
        assert (self.record.request.state in DECIDED) == whole
        steps = [one for one in self.record.jobs.values() if one.kind is JobKind.STEP]
        assert bool(steps) == whole

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for job in self.record.jobs.values():
            assert job.status is not JobStatus.READY or jobs.may_run(self.record, job), "it would spin"


Stages.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestWhateverIsPressed = Stages.TestCase

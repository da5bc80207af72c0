"""Any sequence of events from the first on, with waivers, questions, amendments, stages and moved plans.

Nothing is delivered without a named waiver that had room, or valid approvals of the plan that was shown.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from access.rules import amending, asking, deciding, delivery, jobs, replanning, waiving
from access.rules.causes import Cause
from access.rules.lifecycle import TABLE, Event
from access.rules.model import Change, JobKind, Named, Panel, Plan, Record, Redemption, State, Term
from access.rules.policy import Waiver
from tests.rules.making import (
    ALEX,
    ANA,
    LEASE,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    ZONE,
    guest,
    plan,
    request,
    written,
)

HOUR = timedelta(hours=1)
WAIVERS = (
    Waiver(name="Short terms", most=1, per=timedelta(days=1)),
    Waiver(name="Known guests", most=3, per=timedelta(days=7)),
)
PLANS = (plan(), plan(guest(Redemption.ACCEPTED)), plan(landing="https://elsewhere.example"))
ITSELF = replace(plan(guest()), guest_id=MEGAN.object_id)
BEGUN = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})
people = st.sampled_from((MEGAN, ALEX, NIA, STRANGER, Named(ANA, "Ana Ruiz")))
sets = st.lists(people, max_size=4, unique=True).map(tuple)
plans = st.sampled_from(PLANS)
quorums = st.lists(st.integers(1, 2), min_size=1, max_size=2)
used = st.lists(st.integers(-2, 200).map(lambda hours: NOW - hours * HOUR), max_size=4)


class Events(RuleBasedStateMachine):
    """One request from before it is sent; approvals are counted by hand, of the plan that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.record = Record(request=request(), jobs={})
        self.now = NOW
        self.quorums = [1]
        self.given: dict[tuple[str, int], set[Named]] = {}
        self.waived = False
        self.denied = False

    @initialize(
        needed=quorums,
        may=st.lists(st.sampled_from(WAIVERS), max_size=2, unique=True),
        uses=st.tuples(used, used),
        first=st.sampled_from((*PLANS, ITSELF)),
    )
    def send(
        self, needed: list[int], may: list[Waiver], uses: tuple[list[datetime], ...], first: Plan
    ) -> None:
        self.quorums = needed
        panels = self._panels([(ALEX, NIA, STRANGER)] * len(needed))
        asked = replace(request(first), stages=panels, approvers=panels[0].approvers)
        known = {waiving.key_of(one.name): found for one, found in zip(WAIVERS, uses, strict=True)}
        change = waiving.send(asked, may, waiving.Uses(known), NOW, personal=False)
        self.record = written(self.record, change)
        room = [
            one.name
            for one in may
            if sum(NOW - at < one.per for at in known[waiving.key_of(one.name)]) < one.most
        ]
        self.waived = bool(room) and first is not ITSELF
        assert (change.request.waived is not None) == self.waived, (
            "whoever has room is waived, and nobody else"
        )
        if change.request.waived:
            assert change.request.waived.waiver == room[0]
            assert [one.what for one in change.audit] == ["request.submitted", "request.waived"]

    def _panels(self, people_of: list[tuple[Named, ...]]) -> tuple[Panel, ...]:
        return tuple(Panel(may, quorum) for may, quorum in zip(people_of, self.quorums, strict=True))

    def _try(self, transition: Callable[[Record, datetime], object]) -> Change | None:
        before = self.record.request
        result = transition(self.record, self.now)
        if not isinstance(result, Change):
            return None
        if before.state is not result.request.state:
            assert result.audit, "a change of state has its entry"
            ways = {target for (source, _), target in TABLE.items() if source is before.state}
            assert result.request.state in ways
        assert result.request.waived == before.waived, "a waiver is given once, and stands"
        self.record = written(self.record, result)
        return result

    def _shown(self) -> str:
        assert self.record.request.plan is not None
        return self.record.request.plan.hash

    def _missing(self) -> list[int]:
        """Return the places of the stages that lack approvals of the plan as it is shown."""
        given = [self.given.get((self._shown(), place), set()) for place in range(len(self.quorums))]
        return [place for place, quorum in enumerate(self.quorums) if len(given[place]) < quorum]

    def _now(self, of: Plan) -> Plan:
        """Return a plan as the directory makes it of the request's present term."""
        known = guest(Redemption.ACCEPTED) if of is PLANS[1] else None
        landing = "https://elsewhere.example" if of is PLANS[2] else "https://records.example"
        return plan(known, landing=landing, term=self.record.request.term)

    @rule(who=people, may=st.lists(sets, min_size=2, max_size=2), now=plans, current=st.booleans())
    def approve(self, who: Named, may: list[tuple[Named, ...]], now: Plan, *, current: bool) -> None:
        shown, missing = self._shown(), self._missing()
        made = self.record.request.plan if current else self._now(now)
        press = deciding.approve(who, deciding.Facts(self._panels(may[: len(self.quorums)]), made), shown)
        if self._try(press):
            assert made is not None
            assert made.hash == shown, "an approval is of the plan that was shown"
            assert missing
            assert who in may[missing[0]]
            assert who != MEGAN
            self.given.setdefault((shown, missing[0]), set()).add(who)

    @rule(pick=st.sampled_from((ALEX, NIA, STRANGER)))
    def approve_as_shown(self, pick: Named) -> None:
        self.approve(pick, [(ALEX, NIA, STRANGER)] * 2, PLANS[0], current=True)

    @rule(who=people, may=sets, rarely=st.integers(0, 5))
    def deny(self, who: Named, may: tuple[Named, ...], rarely: int) -> None:
        if not rarely and self._try(deciding.deny(who, self._panels([may] * len(self.quorums)), "Not now")):
            assert who in may
            self.denied = True

    @rule(now=plans)
    def replan(self, now: Plan) -> None:
        facts = deciding.Facts(self._panels([(ALEX, NIA, STRANGER)] * len(self.quorums)), self._now(now))
        if self._try(replanning.replan(facts)):
            self.given.clear()

    @rule(who=people, may=sets, days=st.integers(1, 120))
    def amend(self, who: Named, may: tuple[Named, ...], days: int) -> None:
        term = Term(days=days)
        facts = deciding.Facts(self._panels([may] * len(self.quorums)), plan(term=term))
        before = self.record.request
        if self._try(amending.amend(who, facts, term, ZONE)) and self.record.request != before:
            assert who in may
            self.given.clear()

    @rule(who=people, may=sets)
    def ask(self, who: Named, may: tuple[Named, ...]) -> None:
        before = self.record
        if self._try(asking.ask(who, self._panels([may] * len(self.quorums)), "Why?", None)):
            assert self.record == before or who in may

    @rule(who=people)
    def answer(self, who: Named) -> None:
        if self._try(asking.answer(who.object_id, "So", None)):
            assert who == MEGAN

    @rule(who=people, rarely=st.integers(0, 5))
    def cancel(self, who: Named, rarely: int) -> None:
        if not rarely and self._try(deciding.cancel(who.object_id)):
            assert who == MEGAN

    @rule(days=st.sampled_from([0, 0, 0, 1, 15]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        key = jobs.key_of(self.record.request.request_id, 1, jobs.CLOSES)
        if change := self._try(jobs.claim(key, LEASE)):
            self._try(deciding.time_out(key, change.jobs[0].fence))

    @precondition(lambda self: self.record.request.state in BEGUN)
    @rule(outcome=st.sampled_from(["done", "done", "done", "refused", "dies"]))
    def deliver(self, outcome: str) -> None:
        for step in delivery.steps_of(self.record):
            change = self._try(jobs.claim(step.key, LEASE))
            if change is None:
                continue
            (begun,) = change.audit
            by = (begun.detail["approved_by"], begun.detail.get("waiver"))
            assert (by[0] is None) == self.waived
            assert (by[1] is not None) == self.waived
            if outcome == "dies":
                return
            fence = change.jobs[0].fence
            found = delivery.StepDone(guest_id=ANA) if step.name == "invite" else delivery.StepDone()
            ends = {
                "done": delivery.succeed(step.key, fence, found, ZONE),
                "refused": delivery.fail(step.key, fence, Cause.REFUSED, {}, ""),
            }
            self._try(ends[outcome])

    @rule(who=people)
    def retry(self, who: Named) -> None:
        if self._try(delivery.retry(who, (ALEX, NIA))):
            assert who in {MEGAN, ALEX, NIA}

    @invariant()
    def nothing_is_delivered_without_valid_approvals_or_a_named_waiver(self) -> None:
        stands = self.waived or (not self._missing() and not self.denied)
        record = self.record
        assert (record.request.state in BEGUN) == stands or record.request.state is State.SUBMITTED
        steps = [one for one in record.jobs.values() if one.kind is JobKind.STEP]
        assert bool(steps) == stands or record.request.state is State.SUBMITTED
        if self.waived:
            assert record.request.waived is not None
            assert record.request.waived.waiver in {one.name for one in WAIVERS}
            assert record.request.waived.plan == self._shown()
            assert record.request.reviews == ()

    @invariant()
    def who_was_waived_is_asked_of_nobody(self) -> None:
        asked = [one for one in self.record.jobs.values() if jobs.APPROVER in one.name]
        assert not (self.waived and asked)

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for one in self.record.jobs.values():
            assert one.status != "ready" or jobs.may_run(self.record, one), "it would spin"


Events.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestWhateverHappensFromTheFirst = Events.TestCase


def test_a_request_that_was_not_sent_becomes_delivering_by_a_waiver_alone() -> None:
    ways = {
        event for (source, event), target in TABLE.items() if source is State.SUBMITTED and target in BEGUN
    }
    assert ways == {Event.WAIVED}

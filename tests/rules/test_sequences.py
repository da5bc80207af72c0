"""Any sequence of presses, timers, outcomes and crashes, invented by Hypothesis: what always holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from access.rules import amending, asking, deciding, delivery, jobs, redemption, replanning
from access.rules.causes import Cause
from access.rules.lifecycle import TABLE
from access.rules.model import (
    Change,
    JobKind,
    JobStatus,
    Named,
    ObjectId,
    Panel,
    Plan,
    Record,
    Redemption,
    State,
    Term,
)
from access.rules.standing import open_question
from tests.rules.making import (
    ALEX,
    ANA,
    LEASE,
    LINK,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    ZONE,
    guest,
    pending,
    plan,
    written,
)

PEOPLE = (MEGAN, ALEX, NIA, STRANGER, Named(ANA, "Ana Ruiz"))
PLANS = (plan(), plan(guest()), plan(guest(Redemption.ACCEPTED)), plan(landing="https://elsewhere.example"))
NEXT = {(source, target) for (source, _), target in TABLE.items()}

people = st.sampled_from(PEOPLE)
sets = st.lists(people, max_size=3, unique=True).map(tuple)
plans = st.sampled_from(PLANS)


@dataclass
class History:
    """What a reader of the outcome can know without looking into the record."""

    approved_by: Named | None = None
    allowed: tuple[Named, ...] = ()
    shown: Plan | None = None
    calls: list[tuple[str, ObjectId | None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


class Requests(RuleBasedStateMachine):
    """One request, with everybody and everything at it."""

    def __init__(self) -> None:
        super().__init__()
        self.record = pending()
        self.now = NOW
        self.history = History()

    def _try(self, transition: Callable[[Record, datetime], object]) -> Change | None:
        result = transition(self.record, self.now)
        if not isinstance(result, Change):
            return None
        before = self.record.request.state
        assert before is result.request.state or (before, result.request.state) in NEXT
        fresh = [
            one.key for one in result.jobs if one.kind is JobKind.NOTICE and one.key not in self.record.jobs
        ]
        self.history.told += [one for one in fresh if jobs.ACCEPTED in one]
        self.record = written(self.record, result)
        return result

    def _is_of_its_term(self, made: Plan) -> bool:
        return made.parts["term"] == f"{self.record.request.term.days}/None"

    @rule(who=people, approvers=sets, now=plans, seen=st.none() | plans)
    def approve(self, who: Named, approvers: tuple[Named, ...], now: Plan, seen: Plan | None) -> None:
        shown = self.record.request.plan
        facts = deciding.Facts((Panel(approvers),), now, "defaults")
        if self._try(deciding.approve(who, facts, seen.hash if seen else None)):
            assert self.history.approved_by is None, "one decision"
            assert who in approvers
            assert who not in {MEGAN, Named(self.record.request.guest_id or ObjectId(""), "Ana Ruiz")}
            assert shown is not None
            assert self._is_of_its_term(now), "what is approved is what it was shortened to"
            assert now.hash == shown.hash
            assert seen is None or seen.hash == shown.hash
            self.history.approved_by = who

    @rule(who=st.sampled_from([ALEX, NIA]))
    def approve_as_shown(self, who: Named) -> None:
        now = self.record.request.plan
        assert now is not None
        self.approve(who, (ALEX, NIA), now, None)

    @initialize(approved=st.booleans())
    def begin(self, *, approved: bool) -> None:
        """Begin every other time with an approval, so that deliveries are long enough to go wrong."""
        if approved:
            self.approve_as_shown(ALEX)

    @rule(who=people, approvers=sets)
    def deny(self, who: Named, approvers: tuple[Named, ...]) -> None:
        if self._try(deciding.deny(who, (Panel(approvers),), "Not this quarter")):
            assert who in approvers
            assert who != MEGAN

    @rule(approvers=sets, now=plans)
    def replan(self, approvers: tuple[Named, ...], now: Plan) -> None:
        if not self._is_of_its_term(now):
            return  # what is planned is what the request asks for
        self._try(replanning.replan(deciding.Facts((Panel(approvers),), now, "defaults")))

    @rule(who=people, approvers=sets, seen=st.none() | st.integers(0, 3))
    def ask(self, who: Named, approvers: tuple[Named, ...], seen: int | None) -> None:
        before = self.record
        if self._try(asking.ask(who, (Panel(approvers),), "Why?", seen)) and self.record != before:
            assert who in approvers
            assert who != MEGAN

    @rule(who=people, seen=st.none() | st.integers(0, 3))
    def answer(self, who: Named, seen: int | None) -> None:
        if self._try(asking.answer(who.object_id, "So", seen)):
            assert who == MEGAN

    @rule(who=people, approvers=sets, days=st.integers(1, 120))
    def amend(self, who: Named, approvers: tuple[Named, ...], days: int) -> None:
        before, term = self.record.request, Term(days=days)
        facts = deciding.Facts((Panel(approvers),), plan(term=term), "defaults")
        if self._try(amending.amend(who, facts, term, ZONE)) and self.record.request != before:
            assert who in approvers
            assert who != MEGAN
            assert days < (before.term.days or 0), "never more than was asked"

    @rule(who=people)
    def cancel(self, who: Named) -> None:
        if self._try(deciding.cancel(who.object_id)):
            assert who == MEGAN

    @rule(seconds=st.sampled_from([1, 31, 3600, 15 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def time_out(self) -> None:
        key = jobs.key_of(self.record.request.request_id, 1, jobs.CLOSES)
        if change := self._try(jobs.claim(key, LEASE)):
            assert self.now >= self.record.request.closes_at
            self._try(deciding.time_out(key, change.jobs[0].fence))

    @rule(pick=st.sampled_from([0, 0, 0, 1, 2, 3]))
    def claim(self, pick: int) -> None:
        """Claim any step; its call would leave now, or never, if the process dies here."""
        steps = sorted(delivery.steps_of(self.record), key=lambda one: one.status is not JobStatus.READY)
        if not steps:
            return
        step = steps[pick % len(steps)]
        if change := self._try(jobs.claim(step.key, LEASE)):
            assert [fact.what for fact in change.audit] == ["step.begun"]
            self.history.calls.append((step.name, self.record.request.guest_id))
            assert self.history.approved_by is not None, "no effect without an approval"

    @rule(
        pick=st.integers(0, 9),
        outcome=st.sampled_from(["done", "done", "done", "unknown", "throttled", "lag", "refused"]),
        cause=st.sampled_from([Cause.REFUSED, Cause.GUEST_GONE, Cause.NOT_PROVED, Cause.MAIL_REFUSED]),
    )
    def finish(self, pick: int, outcome: str, cause: Cause) -> None:
        held = [one for one in delivery.steps_of(self.record) if one.lease_until is not None]
        if not held:
            return
        job = held[pick % len(held)]
        key, fence, soon = job.key, job.fence, timedelta(seconds=1)
        link = LINK if job.name == "invite" else ""
        found = delivery.StepDone(guest_id=ANA if link else None, link=link)
        moves = {
            "done": delivery.succeed(key, fence, found, ZONE),
            "unknown": delivery.wait(key, fence, Cause.UNAVAILABLE, soon, surely_not_done=False),
            "throttled": delivery.wait(key, fence, Cause.THROTTLED, soon, surely_not_done=True),
            "lag": delivery.wait(key, fence, Cause.REPLICATING, soon, surely_not_done=True),
            "refused": delivery.fail(key, fence, cause, {}, ""),
        }
        self._try(moves[outcome])

    @rule()
    def carry_out_the_next_step(self) -> None:
        self.claim(0)
        self.finish(0, "done", Cause.REFUSED)

    @rule(who=people, approvers=sets)
    def retry(self, who: Named, approvers: tuple[Named, ...]) -> None:
        if self._try(delivery.retry(who, approvers)):
            assert who in {MEGAN, *approvers}

    @rule()
    def accept(self) -> None:
        self._try(redemption.accept(ANA, Redemption.ACCEPTED, self.now))

    @invariant()
    def nothing_is_delivered_without_an_approval(self) -> None:
        request = self.record.request
        if request.state in {State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED}:
            assert self.history.approved_by is not None
            assert request.review is not None
            assert request.review.result == "Approve"
            assert request.review.by == self.history.approved_by
        else:
            assert self.history.calls == []

    @invariant()
    def nothing_closes_while_a_question_waits(self) -> None:
        timer = self.record.jobs.get(jobs.key_of(self.record.request.request_id, 1, jobs.CLOSES))
        if timer is not None and open_question(self.record.request):
            assert timer.status is JobStatus.WAITING
        elif timer is not None and self.record.request.state is State.PENDING_APPROVAL:
            assert timer.status is JobStatus.READY
            assert timer.due_at == self.record.request.closes_at

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for job in self.record.jobs.values():
            assert job.status is not JobStatus.READY or jobs.may_run(self.record, job), "it would spin"

    @invariant()
    def a_delivery_has_something_to_run_until_it_ends(self) -> None:
        ready = [one for one in delivery.steps_of(self.record) if one.status is JobStatus.READY]
        if self.record.request.state is State.DELIVERING:
            assert ready
        if self.record.request.state is State.DELIVERED:
            steps = {one.name: one.status for one in delivery.steps_of(self.record)}
            assert steps["prove"] is JobStatus.DONE
            assert steps["give"] is JobStatus.DONE
            assert JobStatus.WAITING not in steps.values()

    @invariant()
    def the_link_is_with_the_mail_alone_and_gone_when_it_is_sent(self) -> None:
        for job in self.record.jobs.values():
            assert not job.secret or (job.name == "mail" and job.status is not JobStatus.DONE)
        assert LINK not in str(self.record.request)

    @invariant()
    def people_are_told_once_and_only_of_what_is_delivered(self) -> None:
        assert len(self.history.told) == len(set(self.history.told))
        if self.history.told:
            assert self.record.request.state is State.DELIVERED
            assert self.record.request.accepted_at is not None


Requests.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestWhateverHappens = Requests.TestCase

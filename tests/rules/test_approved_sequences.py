"""Whatever happens while a request waits: nothing is done at Graph but what each stage's quorum approved.

Stages, questions, amendments, plans that move, escalations, timers, failed steps and retries, in any order
that Hypothesis invents, beside a count that is kept by hand. `Life.sanctioned` is the one place that says by
what something may be delivered.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from access.rules import amending, asking, deciding, delivery, jobs, replanning, sending, watch
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
from access.rules.policy import Rules, Source, SourceKind, Stage
from access.rules.stages import panels_of
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
    plan,
    request,
    written,
)

JONI, LIDIA = Named(ObjectId("joni"), "Joni Sherman"), Named(ObjectId("lidia"), "Lidia Holloway")
GUEST = Named(ANA, "Ana Ruiz")
OWNERS = (Source(SourceKind.APP_OWNERS),)
DECIDED = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})
NEXT = {(source, target) for (source, _), target in TABLE.items()}
DAY = timedelta(days=1)

people = st.sampled_from((MEGAN, ALEX, NIA, JONI, LIDIA, STRANGER, GUEST))
sets = st.lists(people, max_size=5, unique=True).map(tuple)
boards = st.lists(sets, min_size=3, max_size=3)
worlds = st.sampled_from(("new", "new", "new", "pending", "accepted", "moved"))
ABLE = (ALEX, NIA, JONI, LIDIA, STRANGER)


class Life(RuleBasedStateMachine):
    """One request from the day it is sent; who may decide, and what would be done, changes all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.quorums = [1]
        self.given: list[dict[Named, str]] = [{}]
        """By stage, who has approved what stands, and the plan that each was shown."""
        self.now = NOW
        self.world = "new"
        self.policy = Rules(name="defaults", stages=(Stage(OWNERS),))
        self.calls: list[str] = []
        """The plan by which each effect was begun."""
        self.record = Record(request=request(), jobs={})

    # --- what is counted by hand ---

    def stage(self) -> int:
        """Return the place of the first stage that lacks somebody; there is none after the last."""
        short = [place for place, quorum in enumerate(self.quorums) if len(self.given[place]) < quorum]
        return short[0] if short else len(self.quorums)

    def sanctioned(self) -> bool:
        """Tell whether what stands may be delivered: each stage has its quorum, of this very plan."""
        shown = {seen for votes in self.given for seen in votes.values()}
        return self.stage() == len(self.quorums) and shown == {self.stored().hash}

    def stored(self) -> Plan:
        assert self.record.request.plan is not None
        return self.record.request.plan

    def would_be(self, term: Term | None = None) -> Plan:
        """Return the plan by the directory as it is now."""
        known = {"pending": guest(), "accepted": guest(Redemption.ACCEPTED)}
        landing = "https://elsewhere.example" if self.world == "moved" else "https://records.example"
        return plan(known.get(self.world), landing=landing, term=term or self.record.request.term)

    def facts(self, may: list[tuple[Named, ...]], term: Term | None = None) -> deciding.Facts:
        return deciding.Facts(self.panels(may), self.would_be(term), "defaults")

    def panels(self, may: list[tuple[Named, ...]]) -> tuple[Panel, ...]:
        return tuple(Panel(who, quorum) for who, quorum in zip(may, self.quorums, strict=False))

    def void(self) -> None:
        self.given = [{} for _ in self.quorums]

    def _try(self, transition: Callable[[Record, datetime], object]) -> Change | None:
        result = transition(self.record, self.now)
        if not isinstance(result, Change):
            return None
        before, after = self.record.request.state, result.request.state
        assert before is after or (before, after) in NEXT
        assert before is after or result.audit, "a change of state that the audit does not tell of"
        self.record = written(self.record, result)
        return result

    # --- what happens ---

    @initialize(
        needed=st.lists(st.integers(1, 3), min_size=1, max_size=3),
        picks=st.lists(st.integers(0, 4), max_size=2),
    )
    def send(self, needed: list[int], picks: list[int]) -> None:
        self.quorums = needed
        self.void()
        asked = replace(request(), stages=self.panels([ABLE] * 3), approvers=ABLE)
        stage = Stage(OWNERS, escalation=OWNERS, escalate_after=DAY)
        self.policy = Rules(name="defaults", stages=(stage,) * len(needed))
        self.record = written(self.record, watch.begun(sending.send(asked, NOW, personal=False), self.policy))
        for pick in picks:
            self.approve(ABLE[pick], [ABLE] * 3, seen=None)

    @rule(world=worlds)
    def the_directory_changes(self, world: str) -> None:
        self.world = world

    @rule(who=people, may=boards, seen=st.none() | st.sampled_from(("stored", "forged")))
    def approve(self, who: Named, may: list[tuple[Named, ...]], seen: str | None) -> None:
        before, place, shown = self.record.request, self.stage(), self.stored().hash
        pressed = {"stored": shown, "forged": "0" * 64}.get(seen or "")
        now = self.facts(may)
        if self._try(deciding.approve(who, now, pressed)):
            assert before.state is State.PENDING_APPROVAL
            assert seen != "forged"
            assert now.plan is not None
            assert now.plan.hash == shown, "only what was shown"
            assert who in may[place], "only who may decide at the present stage"
            assert who != MEGAN, "nobody for their own"
            assert who.object_id != now.plan.guest_id, "nobody for themselves"
            assert who not in self.given[place], "nobody twice at a stage"
            self.given[place][who] = shown

    @rule(pick=st.integers(0, 4))
    def approve_as_shown(self, pick: int) -> None:
        self.approve(ABLE[pick], [ABLE] * 3, seen="stored")

    @rule(rarely=st.integers(0, 3))
    def all_approve_as_shown(self, rarely: int) -> None:
        """Let it be approved to the end now and then, so that what came before it was not in vain."""
        if rarely:
            return
        self.show_what_has_moved([ABLE] * 3)
        for pick in range(len(ABLE) * 3):
            self.approve_as_shown(pick % len(ABLE))

    @rule(who=people, may=boards, rarely=st.integers(0, 5))
    def deny(self, who: Named, may: list[tuple[Named, ...]], rarely: int) -> None:
        place = self.stage()
        if not rarely and self._try(deciding.deny(who, self.panels(may), "Not this quarter")):
            assert who in may[place]
            assert who not in {MEGAN, *self.given[place]}
            assert self.record.request.state is State.DENIED

    @rule(may=boards)
    def show_what_has_moved(self, may: list[tuple[Named, ...]]) -> None:
        if self._try(replanning.replan(self.facts(may))):
            self.void()

    @rule(who=people, may=boards, days=st.integers(1, 120))
    def amend(self, who: Named, may: list[tuple[Named, ...]], days: int) -> None:
        before, place, term = self.record.request, self.stage(), Term(days=days)
        amended = self._try(amending.amend(who, self.facts(may, term), term, ZONE))
        if amended and self.record.request != before:
            assert who in may[place]
            assert who != MEGAN
            assert days < (before.term.days or 0), "never more than was asked"
            self.void()

    @rule(who=people, may=boards, seen=st.none() | st.integers(0, 2))
    def ask(self, who: Named, may: list[tuple[Named, ...]], seen: int | None) -> None:
        if self._try(asking.ask(who, self.panels(may), "Why?", seen)):
            assert who in may[self.stage()]

    @rule(who=st.sampled_from((MEGAN, MEGAN, ALEX)), seen=st.none() | st.integers(0, 2))
    def answer(self, who: Named, seen: int | None) -> None:
        if self._try(asking.answer(who.object_id, "So", seen)):
            assert who == MEGAN

    @rule(days=st.sampled_from((0, 0, 1, 2)), to=sets)
    def look_after_it(self, days: int, to: tuple[Named, ...]) -> None:
        """Let the watch come round, which may call somebody in: that is no approval of anything."""
        self.now += DAY * days
        before, place = self.record.request, self.stage()
        key = jobs.key_of(before.request_id, 0, watch.NAME)
        change = self._try(jobs.claim(key, LEASE)) if key in self.record.jobs else None
        if change is None or place == len(self.quorums):
            return
        may = {one.object_id: one for one in (*panels_of(before)[place].approvers, *to)}
        escalated = tuple(one.object_id for one in to)
        panel = Panel(tuple(may.values()), self.quorums[place], escalated=escalated)
        facts = watch.Facts(self.policy, place + 1, panel, {}, escalates=True)
        fence = next(job.fence for job in change.jobs if job.key == key)
        self._try(watch.look(key, fence, facts))
        assert self.record.request.state is before.state
        assert self.stage() == place

    @rule(rarely=st.integers(0, 9))
    def cancel(self, rarely: int) -> None:
        if not rarely:
            self._try(deciding.cancel(MEGAN.object_id))

    @rule(days=st.sampled_from((0, 0, 0, 15)))
    def time_out(self, days: int) -> None:
        self.now += DAY * days
        key = jobs.key_of(self.record.request.request_id, 1, jobs.CLOSES)
        if change := self._try(jobs.claim(key, LEASE)):
            assert self.now >= self.record.request.closes_at
            assert not open_question(self.record.request), "the time stands still"
            self._try(deciding.time_out(key, change.jobs[0].fence))

    @rule(outcome=st.sampled_from(("done", "done", "done", "died", "lost", "refused")))
    def carry_out_a_step(self, outcome: str) -> None:
        ready = [one for one in delivery.steps_of(self.record) if one.status is JobStatus.READY]
        change = self._try(jobs.claim(ready[0].key, LEASE)) if ready else None
        if change is None:
            return
        assert self.sanctioned(), "no effect that is not approved as it stands"
        job = self.record.jobs[ready[0].key]
        self.calls.append(self.stored().hash)
        invited = job.name == "invite"
        found = delivery.StepDone(guest_id=ANA if invited else None, link=LINK if invited else "")
        soon = timedelta(seconds=1)
        ends: dict[str, Callable[[Record, datetime], object]] = {
            "done": delivery.succeed(job.key, job.fence, found, ZONE),
            "lost": delivery.wait(job.key, job.fence, Cause.UNAVAILABLE, soon, surely_not_done=False),
            "refused": delivery.fail(job.key, job.fence, Cause.REFUSED, {}, ""),
        }
        if outcome in ends:
            self._try(ends[outcome])
        self.now += LEASE + soon

    @rule(rarely=st.integers(0, 2))
    def carry_out_all_of_it(self, rarely: int) -> None:
        for _ in range(0 if rarely else 9):
            self.carry_out_a_step("done")

    @rule(who=people, may=sets)
    def retry(self, who: Named, may: tuple[Named, ...]) -> None:
        if self._try(delivery.retry(who, may)):
            assert who in {MEGAN, *may}

    # --- what always holds ---

    @invariant()
    def nothing_is_delivered_without_each_stages_quorum_of_what_stands(self) -> None:
        assert (self.record.request.state in DECIDED) == self.sanctioned()
        steps = [one for one in self.record.jobs.values() if one.kind is JobKind.STEP]
        assert bool(steps) == self.sanctioned()
        assert set(self.calls) <= {self.stored().hash}, "what was done is what was approved"

    @invariant()
    def nobody_counts_who_gains_by_it(self) -> None:
        voters = {who for votes in self.given for who in votes}
        assert MEGAN not in voters
        assert self.stored().guest_id not in {who.object_id for who in voters}

    @precondition(lambda self: self.record.request.state is State.DELIVERED)
    @invariant()
    def what_is_delivered_was_carried_out_whole(self) -> None:
        done = {one.name for one in delivery.steps_of(self.record) if one.status is JobStatus.DONE}
        assert {"give", "prove"} <= done

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for job in self.record.jobs.values():
            assert job.status is not JobStatus.READY or jobs.may_run(self.record, job), "it would spin"


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestWhateverHappens = Life.TestCase

"""Any sequence of events at one request, invented by Hypothesis, beside a ledger that is kept by hand.

Whatever happens, in any order: nothing is delivered without valid approvals of the very plan that is
delivered, or a named waiver. `world` has the facts that are drawn, `life` what is pressed and who may, and
`ledger` judges what the rules made of it.
"""

from collections import Counter
from copy import deepcopy
from datetime import timedelta

from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from access.rules import deciding, delivery, jobs, redemption, restore, seats, waiving, watch
from access.rules.causes import Cause
from access.rules.lifecycle import TABLE, Event
from access.rules.model import Effect, Give, JobStatus, Named, Record, Redemption, Restore, State
from tests.rules.ledger import DECIDED, Ledger, Row
from tests.rules.life import Life
from tests.rules.making import ANA, GIVE, LINK, MEGAN
from tests.rules.world import ABLE, DAY, READER, Beginning, beginnings, guests, people, trusts

shown = st.sampled_from(("shown", "shown", "typed", "older", "forged"))
hows = st.sampled_from(("rightly", "for another", "for another", "beside", "again", "anybody"))
outcomes = st.sampled_from(("done", "refused", "handed on", "unknown", "throttled", "lag", "bug", "died"))
causes = st.sampled_from((Cause.REFUSED, Cause.GUEST_GONE, Cause.NOT_PROVED, Cause.MAIL_REFUSED))
questions = st.sampled_from((None, None, 0, 1, 2))
gives = st.sampled_from((GIVE, GIVE, READER))
MOVES = {
    "plan.moved voids approvals",
    "request.amended voids approvals",
    "request.amended on behalf",
    "request.approved on behalf",
    "request.denied on behalf",
    "question.asked on behalf",
    "approvers.delegated",
    "request.escalated",
    "question.ended",
    "restore.effect-found",
    "guest.accepted",
    "guest.gone",
}
"""What has to happen in them, too, as the audit tells it."""


def waits(events: "Events") -> bool:
    return events.record.request.state is State.PENDING_APPROVAL


def is_decided(events: "Events") -> bool:
    return events.record.request.state in DECIDED


class Events(Life, RuleBasedStateMachine):
    """One request from before it is sent, with everybody and everything at it."""

    backup: tuple[Record, Ledger]

    @initialize(drawn=beginnings)
    def begin(self, drawn: Beginning) -> None:
        self.begins(drawn)
        if drawn.canceled:
            self.approves(ABLE[0], None)
            assert self.tries(deciding.cancel(MEGAN.object_id))
        else:
            self.sends(drawn.waivers, waiving.Uses(drawn.uses, drawn.restored))
        self.back_up()
        for one in ABLE[: drawn.approve]:
            self.approve(one, "rightly", "shown")

    # --- people decide ---

    @rule(who=people, how=hows, seen=shown)
    def approve(self, who: Named, how: str, seen: str) -> None:
        older = self.ledger.older[-1:] or ["0" * 64]
        pressed = {"shown": self.ledger.shown, "older": older[0], "forged": "0" * 64}.get(seen)
        one = self.one_who(who, how, lambda one: self.may_approve(one, None))
        if self.is_there(one):
            self.approves(one, pressed)

    @precondition(waits)
    @rule(who=people, how=hows)
    def approve_as_shown(self, who: Named, how: str) -> None:
        self.approve(who, how, "shown")

    @precondition(waits)
    @rule(who=people, count=st.sampled_from((1, 1, 2, 3, 9)))
    def some_approve(self, who: Named, count: int) -> None:
        """Have it approved, to the end now and then, so that what came before was not in vain."""
        self.replans()
        for _ in range(count):
            self.approve(who, "rightly", "shown")

    @rule(who=people, how=hows, rarely=st.integers(0, 3))
    def deny(self, who: Named, how: str, rarely: int) -> None:
        one = self.one_who(who, how, self.may_act)
        if self.is_there(one) and not rarely:
            self.denies(one)

    @precondition(waits)
    @rule(who=people, how=hows, seen=questions)
    def ask(self, who: Named, how: str, seen: int | None) -> None:
        one = self.one_who(who, how, self.may_act)
        if self.is_there(one):
            self.asks(one, seen)

    @rule(who=st.sampled_from((MEGAN, MEGAN, *ABLE[:2])), seen=questions)
    def answer(self, who: Named, seen: int | None) -> None:
        self.answers(who, seen)

    @precondition(waits)
    @rule(who=people, days=st.sampled_from((90, 90, 80, 60, 30, 7)), how=hows, give=gives)
    def amend(self, who: Named, days: int, how: str, give: Give) -> None:
        one = self.one_who(who, how, lambda one: self.may_act(one, twice=True))
        if self.is_there(one):
            self.amends(one, days, give)

    @rule(who=st.just(MEGAN) | people, rarely=st.integers(0, 5))
    def cancel(self, who: Named, rarely: int) -> None:
        waited = waits(self)
        if not rarely:
            assert bool(self.tries(deciding.cancel(who.object_id))) == (who == MEGAN and waited)

    # --- the world goes on ---

    @rule(guest=guests, elsewhere=st.booleans(), is_shown=st.booleans())
    def the_directory_changes(self, guest: Redemption | None, *, elsewhere: bool, is_shown: bool) -> None:
        self.world.guest, self.world.elsewhere = guest, elsewhere
        if is_shown:
            self.replans()

    @precondition(waits)
    @rule(is_shown=st.booleans())
    def the_policy_changes(self, *, is_shown: bool) -> None:
        self.world.law = 1 - self.world.law
        if is_shown:
            self.replans()

    @precondition(waits)
    @rule(who=st.sampled_from(ABLE))
    def somebody_leaves_or_returns(self, who: Named) -> None:
        self.world.gone ^= {who.object_id}

    @precondition(waits)
    @rule(trust=trusts, days=st.integers(0, 5), ahead=st.sampled_from((0, 0, 0, 1, 3)))
    def delegate(self, trust: tuple[Named, Named], days: int, ahead: int) -> None:
        if days:
            self.world.entrust(*trust, days, ahead)
        else:
            self.world.end(trust[0])

    @rule()
    def cards_follow_delegations(self) -> None:
        facts = watch.Facts(self.world.rules(self.ledger.give), self.ledger.stage())
        self.tries(seats.follow(self.world.standing(), facts))

    @rule(hours=st.sampled_from((0, 1, 1, 20)))
    def time_passes(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)

    @precondition(waits)
    @rule(days=st.sampled_from((0, 1, 2, 2, 3, 3, 3, 15)))
    def it_goes_on_waiting(self, days: int) -> None:
        self.world.now += days * DAY
        self.looks_after()
        self.looks_after_the_question()
        self.times_out()

    # --- it is carried out ---

    @precondition(is_decided)
    @rule(pick=st.sampled_from((0, 0, 0, 1, 2, 3)))
    def claim(self, pick: int) -> None:
        self.claims(pick)

    @precondition(is_decided)
    @rule(pick=st.integers(0, 3), outcome=outcomes, cause=causes)
    def finish(self, pick: int, outcome: str, cause: Cause) -> None:
        self.finishes(pick, outcome, cause)

    @precondition(is_decided)
    @rule(steps=st.sampled_from((0, 1, 2, 6)), outcome=outcomes, cause=causes)
    def carry_out(self, steps: int, outcome: str, cause: Cause) -> None:
        """Have some steps done and the next end somehow, so that deliveries come to their end."""
        for end in (*["done"] * steps, outcome):
            self.claims(0)
            self.finishes(0, end, cause)

    @precondition(is_decided)
    @rule(who=st.just(MEGAN) | people)
    def retry(self, who: Named) -> None:
        self.retries(who)

    @precondition(is_decided)
    @rule(there=st.booleans())
    def the_guest_accepts_or_is_deleted(self, *, there: bool) -> None:
        accepts = redemption.accept(ANA, Redemption.ACCEPTED, self.world.now)
        self.tries(accepts if there else redemption.lose(ANA, deleted=True))

    # --- it is lost, and put back ---

    @rule()
    def back_up(self) -> None:
        self.backup = (self.record, deepcopy(self.ledger))

    @rule(effects=st.lists(st.sampled_from(Effect), max_size=2), rarely=st.integers(0, 2))
    def restore_the_backup(self, effects: list[Effect], rarely: int) -> None:
        """Forget what was decided since: what it did in the world is reported, and approves nothing."""
        if rarely and (waits(self) or is_decided(self)):
            return
        self.record, self.ledger = self.backup[0], deepcopy(self.backup[1])
        before, now = self.record.request.effects, self.world.now
        assert self.tries(restore.doubt(Restore(7, now, now, 1042, 11101)))
        found = self.tries(restore.found(effects, ANA))
        assert bool(found) == (bool(effects) and not self.ledger.sanctioned()), before

    # --- what always holds ---

    @invariant()
    def nothing_is_delivered_without_valid_approvals_or_a_named_waiver(self) -> None:
        if self.record.request.state is not State.SUBMITTED:
            self.ledger.judge(self.record)

    @invariant()
    def whatever_is_ready_may_run(self) -> None:
        for job in self.record.jobs.values():
            assert job.status is not JobStatus.READY or jobs.may_run(self.record, job), "it would spin"

    @precondition(is_decided)
    @invariant()
    def a_delivery_has_something_to_run_until_it_ends(self) -> None:
        steps = {one.name: one.status for one in delivery.steps_of(self.record)}
        if self.record.request.state is State.DELIVERING:
            assert JobStatus.READY in steps.values()
        if self.record.request.state is State.DELIVERED:
            assert (steps["prove"], steps["give"]) == (JobStatus.DONE, JobStatus.DONE)
            assert JobStatus.WAITING not in steps.values()

    @precondition(is_decided)
    @invariant()
    def the_link_is_with_the_mail_alone_and_gone_when_it_is_sent(self) -> None:
        for job in self.record.jobs.values():
            assert not job.secret or (job.name == "mail" and job.status is not JobStatus.DONE)
        assert LINK not in str(self.record.request)

    @invariant()
    def people_are_told_once_and_only_of_what_is_delivered(self) -> None:
        assert len(self.ledger.told) == len(set(self.ledger.told))
        if self.ledger.told:
            assert self.record.request.state is State.DELIVERED
            assert self.record.request.accepted_at is not None


Events.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestWhateverHappens = Events.TestCase


MET = TABLE.keys() - {
    (State.SUBMITTED, Event.ADOPTED),
    (State.SUBMITTED, Event.ORDERED),
    (State.SUBMITTED, Event.LISTED),
    (State.DELIVERY_FAILED, Event.CANCELED),
}
"""What can happen to a request that is sent; an adopted one is delivered from its first moment.

The removal of an account is ordered: tests/service/test_account_removals.py has that. The row of a list is
listed: tests/service/test_list_runs.py has that. And only a renewal that
failed can be canceled: tests/rules/test_renewing.py has that.
"""


def test_every_row_of_the_table_is_taken_and_so_is_all_else_that_moves_an_approval() -> None:
    """Draw as many examples as that takes, for each must be able to happen.

    They differ with what else the process has imported, whose constants Hypothesis draws, too: what comes
    in every tenth round was not met in thirty of them now and then.
    """
    taken, heard = Counter[Row](), Counter[str]()

    class Counted(Events):
        def __init__(self) -> None:
            super().__init__()
            self.taken, self.heard = taken, heard

    few = settings(max_examples=50, stateful_step_count=50, deadline=None, database=None)
    for number in range(150):
        run_state_machine_as_test(seed(number)(Counted), settings=few)
        if taken.keys() == MET and heard.keys() >= MOVES:
            return
    assert taken.keys() == MET, "an event that never happens"
    assert heard.keys() >= MOVES, "nothing moves an approval"

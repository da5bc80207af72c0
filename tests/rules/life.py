"""One request with everybody at it: what is pressed is told the rules, and held against a ledger by hand."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import event

from access.rules import (
    amending,
    asking,
    awaited,
    deciding,
    delivery,
    jobs,
    replanning,
    retrying,
    stumbling,
    waiting,
    waiving,
    watch,
)
from access.rules.causes import Cause
from access.rules.claims import HandOn
from access.rules.model import (
    Change,
    Give,
    Job,
    JobKind,
    JobStatus,
    Named,
    ObjectId,
    Panel,
    Plan,
    Record,
    State,
    Term,
)
from access.rules.policy import Waiver
from tests.rules.ledger import Ledger, Row, Vote, most, says
from tests.rules.making import ANA, GIVE, LEASE, LINK, MEGAN, NOW, ZONE, request, written
from tests.rules.world import ESCALATE_AFTER, GUEST, ORDER, PEOPLE, Beginning, World, has_room

NINETY = Term(days=90)
SOON = timedelta(seconds=1)


class Life:
    """A request as it stands, the facts of this moment, and what was done so far."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.record = Record(request=request(), jobs={})
        self.ledger = Ledger("", NINETY, GIVE, (1,), NOW, NOW)
        self.taken, self.heard = Counter[Row](), Counter[str]()

    def tries(self, transition: Callable[[Record, datetime], object]) -> Change | None:
        before, result = self.record, transition(self.record, self.world.now)
        if not isinstance(result, Change):
            return None
        if row := self.ledger.takes(before.request, result, self.world.now):
            self.taken[row] += 1
            event(" ".join(row))
        self.heard.update(said for fact in result.audit for said in says(fact))
        notices = (
            one.key for one in result.jobs if one.kind is JobKind.NOTICE and one.key not in before.jobs
        )
        self.ledger.told += [one for one in notices if jobs.ACCEPTED in one]
        self.record = written(before, result)
        return result

    @property
    def plan(self) -> Plan:
        assert self.record.request.plan is not None
        return self.record.request.plan

    # --- what the rules are told ---

    def called(self) -> frozenset[int]:
        """Return the stages at which the escalation approvers decide; each had waited for long enough."""
        found = waiting.escalated(self.record.request, self.world.rules(self.ledger.give))
        assert all(self.ledger.was_called(one, ESCALATE_AFTER) for one in found)
        return found

    def panels(self) -> tuple[Panel, ...]:
        return self.world.panels(self.ledger.give, self.called())

    def anew(self, give: Give) -> tuple[Panel, ...]:
        begun = replace(replanning.begun_anew(self.record.request, self.world.now), give=give)
        return self.world.panels(give, waiting.escalated(begun, self.world.rules(give)))

    def facts(self, term: Term, give: Give) -> deciding.Facts:
        plan = self.world.plan(term, give)
        return deciding.Facts(self.panels(), plan, self.world.text(give), self.anew(self.ledger.give))

    # --- who may do what, by hand ---

    def sits(self, stage: int) -> frozenset[ObjectId]:
        return self.world.sits(self.ledger.give, stage, self.called())

    def chairs(self, who: Named, stage: int) -> frozenset[ObjectId]:
        return self.world.chairs(who.object_id, self.sits(stage))

    def stage(self) -> int:
        return self.ledger.stage(self.world.quorums(self.ledger.give))

    def is_awaited(self) -> bool:
        """Tell whether whoever asked, or for whom they did, is to decide with the answer at any stage."""
        if self.ledger.asked is None:
            return False
        text, stages = self.world.text(self.ledger.give), len(self.world.quorums(self.ledger.give))
        first = self.stage() if self.plan.parts["rule"] == text else 1
        may = frozenset[ObjectId]().union(*map(self.sits, range(first, stages + 1)))
        last = self.record.request.questions[-1]
        theirs = {last.for_whom.object_id} if last.for_whom else set()
        return bool(self.world.chairs(self.ledger.asked[0], may) or may & theirs)

    def waits_for(self, who: Named) -> bool:
        """Tell whether it waits for somebody who neither asks for it nor gets it."""
        theirs = who.object_id in {MEGAN.object_id, self.plan.guest_id}
        return self.record.request.state is State.PENDING_APPROVAL and not theirs

    def is_there(self, who: Named) -> bool:
        """Tell whether somebody can press at all: a guest who is new has no account."""
        return who != GUEST or self.plan.guest_id == ANA

    def may_act(self, who: Named, *, twice: bool = False) -> bool:
        """Tell whether somebody may deny or ask, or where it is allowed `twice` amend."""
        chairs = self.chairs(who, stage := self.stage())
        free = twice or self.ledger.fits(who.object_id, stage, chairs, self.sits(stage))
        other = self.plan.parts["rule"] != self.world.text(self.ledger.give)
        return self.waits_for(who) and bool((chairs and free) or (other and self.chairs(who, 1)))

    def may_approve(self, who: Named, seen: str | None) -> bool:
        now = self.world.plan(self.ledger.term, self.ledger.give).hash
        if not self.waits_for(who) or now != self.ledger.shown or seen not in {None, now}:
            return False
        chairs = self.chairs(who, stage := self.stage())
        if not chairs or not self.ledger.fits(who.object_id, stage, chairs, self.sits(stage)):
            return False
        return all(self._can_be_passed(one) for one in range(stage, len(self.ledger.quorums) + 1))

    def _can_be_passed(self, stage: int) -> bool:
        sits, voted = self.sits(stage), {one.by for one in self.ledger.given(stage)}
        others = [self.world.chairs(one.object_id, sits) for one in PEOPLE if one.object_id not in voted]
        choices = (*self.ledger.choices(stage, sits), *filter(None, others))
        return most(choices) >= self.ledger.quorums[stage - 1]

    def one_who(self, who: Named, how: str, may: Callable[[Named], bool]) -> Named:
        """Return somebody who may, for another or beside one who did for them, or not again; or anybody."""
        sits, fits = self.sits(stage := self.stage()), self.ledger.fits
        chairs = {one: self.world.chairs(one.object_id, sits) for one in PEOPLE}
        ways: dict[str, Callable[[Named], bool]] = {
            "rightly": may,
            "for another": lambda one: one.object_id not in chairs[one] and may(one),
            "beside": lambda one: may(one) and any(one.object_id in vote.seats for vote in self.ledger.votes),
            "again": lambda one: bool(chairs[one]) and not fits(one.object_id, stage, chairs[one], sits),
        }
        found = [one for one in PEOPLE if how in ways and ways[how](one)]
        return found[PEOPLE.index(who) % len(found)] if found else who

    # --- what is pressed, and what it may do ---

    def begins(self, drawn: Beginning) -> None:
        """Have the requestor fill it in, by the facts as they are."""
        self.world.laws, self.world.guest = drawn.laws, drawn.guest
        self.world.guest_id = MEGAN.object_id if drawn.itself else ANA
        for by, to in drawn.entrusted:
            self.world.entrust(by, to, 9, 0)
        plan, panels = self.world.plan(NINETY, GIVE), self.world.panels(GIVE)
        asked = replace(
            request(plan), stages=panels, approvers=panels[0].approvers, rule=self.world.text(GIVE)
        )
        self.ledger = Ledger(plan.hash, NINETY, GIVE, self.world.quorums(GIVE), asked.closes_at, NOW)
        self.record = Record(request=asked, jobs={})

    def sends(self, may: Sequence[Waiver], uses: waiving.Uses) -> None:
        room = [one.name for one in may if has_room(one, uses)]
        rules = self.world.rules(GIVE)
        self.ledger.waived = room[0] if room and self.plan.guest_id != MEGAN.object_id else ""
        change = self.tries(
            lambda record, now: watch.begun(
                waiving.send(record.request, may, uses, now, personal=False), rules
            )
        )
        assert change is not None
        if self.ledger.waived:
            [_, fact] = change.audit
            assert (fact.what, fact.detail["waiver"]) == ("request.waived", self.ledger.waived)
            assert (fact.detail["rule"], fact.detail["plan"]) == (rules.name, self.plan.hash)

    def approves(self, who: Named, seen: str | None) -> None:
        allowed, stage = self.may_approve(who, seen), self.stage()
        sits, facts = self.sits(stage), self.facts(self.ledger.term, self.ledger.give)
        chairs, turned = self.chairs(who, stage), self.ledger.has_turned(stage, sits)
        change = self.tries(deciding.approve(who, facts, seen))
        assert allowed or change is None, "nobody approves who may not"
        assert change or turned or not allowed, "whoever may approves"
        if change:
            self.ledger.approved(Vote(who.object_id, stage, self.ledger.shown, chairs, self.world.now), sits)
            fact = next(one for one in change.audit if one.what.endswith(".approved"))
            assert (fact.actor, fact.detail["plan"]) == (who.object_id, self.ledger.shown)
            assert fact.detail.get("on_behalf_of", who.object_id) in chairs
            if self.ledger.asked and self.record.request.state is State.PENDING_APPROVAL:
                assert self.ledger.stage() == stage, "who asked decides no more"
                assert self.ledger.asked[0] != who.object_id, "who has approved needs no answer"
            self.ledger.judge(self.record)

    def denies(self, who: Named) -> None:
        allowed, text = self.may_act(who), self.world.text(self.ledger.give)
        if self.tries(deciding.deny(who, self.panels(), "Not this quarter", text)):
            assert allowed
            assert self.record.request.state is State.DENIED

    def asks(self, who: Named, seen: int | None) -> None:
        allowed, before = self.may_act(who) and not self.is_awaited(), self.record
        ask = asking.ask(who, self.panels(), "Why?", seen, self.world.text(self.ledger.give))
        if self.tries(ask) and self.record != before:
            assert allowed
            self.ledger.question_ends(self.world.now)
            self.ledger.asked = (who.object_id, self.world.now)

    def answers(self, who: Named, seen: int | None) -> None:
        asked, before = self.ledger.asked, self.record
        waits = self.record.request.state is State.PENDING_APPROVAL and asked is not None
        newest = seen in {None, len(before.request.questions)}
        self.tries(asking.answer(who.object_id, "So", seen))
        assert (self.record != before) == (who == MEGAN and waits and newest)

    def amends(self, who: Named, days: int, give: Give) -> None:
        allowed, before, ledger = self.may_act(who, twice=True), self.record, self.ledger
        term, lower = Term(days=days), give != ledger.give
        lesser = amending.Lower(give, ORDER, self.anew(give)) if lower else None
        facts, text = self.facts(term, give), self.world.text(ledger.give)
        change = self.tries(amending.amend(who, facts, term, ZONE, lesser, text))
        if change is None or self.record == before:
            return
        assert allowed
        assert facts.plan
        assert days < (ledger.term.days or 0) or (lower and days == ledger.term.days)
        assert ORDER.index(give) <= ORDER.index(ledger.give), "never more than was asked"
        ledger.term, ledger.give = term, give
        ledger.begins_anew(facts.plan.hash, self.world.quorums(give), self.world.now)
        assert not [one for one in self.record.request.reviews if one.plan], "what was approved is void"

    def replans(self) -> None:
        facts, state = self.facts(self.ledger.term, self.ledger.give), self.record.request.state
        assert facts.plan is not None
        moved = state is State.PENDING_APPROVAL and facts.plan.hash != self.ledger.shown
        assert bool(self.tries(replanning.replan(facts))) == moved
        if moved:
            self.ledger.begins_anew(facts.plan.hash, self.world.quorums(self.ledger.give), self.world.now)
            assert not [one for one in self.record.request.reviews if one.plan], "what was approved is void"

    def times_out(self) -> None:
        key = jobs.key_of(self.record.request.request_id, 1, jobs.CLOSES)
        if change := self.tries(jobs.claim(key, LEASE)):
            assert self.world.now >= self.ledger.closes
            assert not self.ledger.asked, "the time stands still"
            assert self.tries(deciding.time_out(key, change.jobs[0].fence))

    def looks_after(self) -> None:
        """Let the watch come round, which may call somebody in: that is no approval of anything."""
        key = jobs.key_of(self.record.request.request_id, 0, watch.NAME)
        change = self.tries(jobs.claim(key, LEASE)) if key in self.record.jobs else None
        if change is None:
            return
        before, stage, rules = self.record.request, self.ledger.stage(), self.world.rules(self.ledger.give)
        due = watch.passed(before, rules, self.world.now)
        escalates = any(not one.number for one in due)
        panels = self.world.panels(self.ledger.give, self.called() | ({stage} if escalates else set()))
        panel = panels[min(stage, len(panels)) - 1]
        facts = watch.Facts(rules, stage, panel if due else None, {}, escalates=escalates)
        [job] = [one for one in change.jobs if one.key == key]
        looked = self.tries(watch.look(key, job.fence, facts))
        assert looked is not None
        assert looked.request.state is before.state
        if any(one.what == "request.escalated" for one in looked.audit):
            self.ledger.escalated.append((stage, self.world.now))
            assert self.ledger.was_called(stage, ESCALATE_AFTER), "not before it has waited"

    def looks_after_the_question(self) -> None:
        """Let it be looked whether anybody waits for the answer: the asker, who has not approved since."""
        key = jobs.key_of(self.record.request.request_id, 0, awaited.NAME)
        change = self.tries(jobs.claim(key, LEASE)) if key in self.record.jobs else None
        if change is None:
            return
        asked, before, awaited_now = self.ledger.asked, self.record.request, self.is_awaited()
        text = self.world.text(self.ledger.give)
        [job] = [one for one in change.jobs if one.key == key]
        looked = self.tries(awaited.look(key, job.fence, self.panels(), text))
        assert looked is not None
        assert (looked.request.state, looked.request.reviews) == (before.state, before.reviews)
        if any(one.what == "question.ended" for one in looked.audit):
            assert asked, "a question that nobody has asked"
            assert not awaited_now, "whoever asked is to decide"
        elif asked and before.state is State.PENDING_APPROVAL:
            assert awaited_now, "whoever asked decides no more"

    # --- what is done at Graph, or not ---

    def steps(self, *, held: bool) -> list[Job]:
        ready = (one for one in delivery.steps_of(self.record) if one.status is JobStatus.READY)
        return [one for one in ready if (one.lease_until is not None) == held]

    def claims(self, pick: int) -> None:
        """Claim any step; its call would leave now, or never, if the process dies here."""
        steps = self.steps(held=False) + self.steps(held=True) + delivery.steps_of(self.record)
        change = self.tries(jobs.claim(steps[pick % len(steps)].key, LEASE)) if steps else None
        if change:
            assert self.ledger.sanctioned(), "no effect that is not approved as it stands"
            [fact] = change.audit
            assert (fact.what, fact.detail.get("waiver", "")) == ("step.begun", self.ledger.waived)
            last = None if self.ledger.waived else self.ledger.votes[-1].by
            assert fact.detail["approved_by"] == last

    def finishes(self, pick: int, outcome: str, cause: Cause) -> None:
        held = self.steps(held=True)
        if not held:
            return
        job = held[pick % len(held)]
        key, fence, link = job.key, job.fence, LINK if job.name == "invite" else ""
        done = delivery.succeed(
            key, fence, delivery.StepDone(guest_id=ANA if link else None, link=link), ZONE
        )
        moves: dict[str, jobs.Claim] = {
            "done": done,
            "handed on": HandOn(done, LEASE),
            "unknown": delivery.wait(key, fence, Cause.UNAVAILABLE, SOON, surely_not_done=False),
            "throttled": delivery.wait(key, fence, Cause.THROTTLED, SOON, surely_not_done=True),
            "lag": delivery.wait(key, fence, Cause.REPLICATING, SOON, surely_not_done=True),
            "refused": delivery.fail(key, fence, cause, {}, ""),
            "bug": stumbling.give_up(key, fence, delivery.fail),
        }
        if outcome in moves:
            self.tries(moves[outcome])
        self.world.now += SOON if outcome in moves else LEASE + SOON

    def retries(self, who: Named) -> None:
        may = {one.object_id: one for panel in self.panels() for one in panel.approvers}
        if self.tries(retrying.retry(who, tuple(may.values()))):
            assert who == MEGAN or any(self.chairs(who, one) for one in (1, 2, 3))

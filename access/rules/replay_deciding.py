"""How a past request would have been decided: who would have been asked, and what came of each press."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from access.rules.facts import Facts, Laid, Meant
from access.rules.model import ObjectId, Request, ReviewResult
from access.rules.policy import SourceKind
from access.rules.replay_people import Crowd, Meanings, deciders, same_words
from access.rules.replay_timing import Timing, ripe
from access.rules.replayed import Findings, What
from access.rules.reviews import APPROVE, DENY
from access.rules.stages import approvals
from access.rules.waiting import escalation_of, waits_since


@dataclass(frozen=True, slots=True)
class Course:
    """A request's course through its stages as it was, to be compared with that through `stages`.

    `decided` are those of what it was made less to, where somebody amended what is given.
    """

    request: Request
    facts: Facts
    stages: Sequence[Laid]
    decided: Sequence[Laid]
    timing: Timing
    findings: Findings

    def compare(self) -> None:
        """Find what would be otherwise once the request is sent."""
        if len(self.stages) != len(self.facts.stages):
            self.findings.differs(
                What.STAGES,
                f"{_count(len(self.stages), 'stage')} would decide, not {len(self.facts.stages)}.",
            )
        for number, (was, now) in enumerate(zip(self.facts.stages, self.stages, strict=False), start=1):
            self._stage(number, was, now)
        self._presses()

    def too_few(self) -> None:
        """Find the stages at which nobody, or too few, could decide, so that nothing would be sent."""
        sent = self.meanings(0)
        for number, stage in enumerate(self.stages, start=1):
            found = deciders(stage, sent)
            if found.asked.most == 0:
                self.findings.differs(What.APPROVERS, f"It would not be sent: stage {number} asks nobody.")
            elif found.everybody.most is not None and found.everybody.most < stage.quorum:
                lacks = stage.quorum - found.everybody.most
                self.findings.differs(
                    What.APPROVERS,
                    f"It would not be sent: stage {number} needs {stage.quorum} people and lacks {lacks}.",
                )
            elif not found.asked.least:
                self.findings.lacks(*found.asked.untold)
            elif found.everybody.least < stage.quorum:
                self.findings.lacks(*found.everybody.untold)

    def meanings(self, reviews: int) -> Meanings:
        """Return whom words meant at the last of so many presses; of none, when the request was sent."""
        request = self.request
        looks = [self.facts.meant, *(one.meant for one in request.reviews[:reviews])]
        known: dict[str, Meant] = {}
        for one in (meant for look in looks for meant in look):
            before = known.get(one.word)
            both = {*one.people, *before.people} if one.others and before and before.others else one.people
            known[one.word] = replace(one, people=tuple(both))
        nobody = {str(SourceKind.GROUP_OWNERS)}  # of no group, where a role is given
        if not self.facts.guest_known and not (request.plan and request.plan.guest_id):
            nobody.add(str(SourceKind.GUEST_SPONSORS))
        return Meanings(known, request.requestor.object_id, frozenset(nobody))

    def _stage(self, number: int, was: Laid, now: Laid) -> None:
        """Compare whom a stage asked when the request was sent, and how long it waited for them."""
        if was.quorum != now.quorum:
            words = f"Stage {number} would need {_count(now.quorum, 'approval')}, not {was.quorum}."
            self.findings.differs(What.QUORUM, words)
        if not same_words(was, now):
            sent = self.meanings(0)
            before, after = deciders(was, sent), deciders(now, sent)
            if self._people(f"Stage {number}", "asked", before.asked, after.asked):
                self._people(f"Stage {number}", "able to decide", before.everybody, after.everybody)
        self._escalation(number, was, now)

    def _people(self, where: str, how: str, was: Crowd, now: Crowd) -> bool:
        """Compare two lists of people; tell whether no difference was found."""
        same = was.is_as(now)
        if same is None:
            self.findings.lacks(*was.untold, *now.untold)
        if same is not False:
            return True
        come = [one for one in now.surely if was.holds(one) is False]
        gone = [one for one in was.surely if now.holds(one) is False]
        told = [f"{self._names(come)} would be {how}, too"] if come else []
        told += [f"{self._names(gone)} would not be {how}"] if gone else []
        words = "; ".join(told) or f"other people would be {how}"
        self.findings.differs(What.PEOPLE, f"{where}: {words}.")
        return False

    def _escalation(self, number: int, was: Laid, now: Laid) -> None:
        done = escalation_of(self.request, number)
        if (frozenset(was.escalation), was.escalate_after) == (frozenset(now.escalation), now.escalate_after):
            if done and self.timing.closes_at <= done.at:
                self._calls_nobody(number)
            return
        due = bool(now.escalation) and self._is_due(number, now)
        if due and not done:
            words = f"Stage {number} would have called {', '.join(now.escalation)} in after {_long(now)}."
            self.findings.differs(What.ESCALATION, words)
        elif done and not due:
            self._calls_nobody(number)
        elif done:
            latest = self.meanings(len(self.request.reviews))
            before, after = latest.crowd(was.escalation), latest.crowd(now.escalation)
            self._people(f"Escalation of stage {number}", "called in", before, after)

    def _calls_nobody(self, number: int) -> None:
        self.findings.differs(What.ESCALATION, f"Stage {number} would have called nobody in.")

    def _is_due(self, number: int, stage: Laid) -> bool:
        """Tell whether a stage waited for so long that it would have called somebody in before all closed."""
        ended, due = self._ended(number), self._due(number, stage)
        return ended is not None and due <= ended and due < self.timing.closes_at

    def _due(self, number: int, stage: Laid) -> datetime:
        after = timedelta(seconds=stage.escalate_after)
        return ripe(self.request, waits_since(self.request, number), after)

    def _ended(self, number: int) -> datetime | None:
        """Return when a stage was decided, or until when it is known to have waited; None if it never did."""
        if number > 1 and not self._is_passed(number - 1):
            return None
        if self._is_passed(number):
            return self.timing.standing(max(one.at for one in approvals(self.request, number)))
        return self.timing.until

    def _is_passed(self, number: int) -> bool:
        return len(approvals(self.request, number)) >= self.facts.stages[number - 1].quorum

    def _presses(self) -> None:
        """Try the presses that counted, one after the other, on the stages as they would be."""
        counted, stage, votes = approvals(self.request), 1, set[ObjectId]()
        for place, review in enumerate(self.request.reviews, start=1):
            if review not in counted and review != self.request.review:
                continue
            if stage > len(self.decided):
                self._too_late(review)
                return
            if review.result == APPROVE and review.stage < stage:
                continue  # the stage would need no more by then
            may = self._may(stage, place, review)
            if may is None:
                return
            if not may:
                self._counts_not(stage, review)
            elif review.result == DENY:
                return
            else:
                votes.add(review.seat)
                if len(votes) >= self.decided[stage - 1].quorum:
                    stage, votes = stage + 1, set()
        self._left(stage, len(votes))

    def _may(self, stage: int, place: int, review: ReviewResult) -> bool | None:
        """Tell whether a press would count, in one's own right or for whom a delegate decided."""
        now = self.decided[stage - 1]
        escalation = escalation_of(self.request, stage)
        was_called = escalation is not None and escalation.at <= review.at
        called = bool(now.escalation) and (was_called or self._due(stage, now) <= review.at)
        found = deciders(now, self.meanings(place), called=called).everybody
        may = {found.holds(one) for one in (review.seat, review.by.object_id)}
        if None in may and True not in may:
            self.findings.lacks(*found.untold)
            return None
        return True in may

    def _too_late(self, review: ReviewResult) -> None:
        if review.result == DENY:
            words = f"The approvals before the denial of {_who(review)} would be enough."
            self.findings.differs(What.DECISION, words)

    def _counts_not(self, stage: int, review: ReviewResult) -> None:
        act = "approval" if review.result == APPROVE else "denial"
        self.findings.differs(
            What.DECISION,
            f"The {act} of {_who(review)} would not count at stage {stage}.",
        )

    def _left(self, stage: int, given: int) -> None:
        """Find what a request that was approved would lack: a press that was refused then is not kept."""
        review = self.request.review
        if review is None or review.result != APPROVE or stage > len(self.decided):
            return
        lacks = self.decided[stage - 1].quorum - given
        words = (
            f"The approvals would not be enough: stage {stage} would still need {_count(lacks, 'approval')}."
        )
        self.findings.differs(What.DECISION, words)

    def _names(self, people: Sequence[ObjectId]) -> str:
        request = self.request
        named = [request.requestor, *request.approvers, *(one.by for one in request.reviews)]
        named += [one for panel in request.stages for one in panel.approvers]
        names = {one.object_id: one.name for one in named}
        return ", ".join(sorted(names.get(one) or one for one in people))


def _who(review: ReviewResult) -> str:
    """Return who decided, and for whom."""
    name = review.by.name or review.by.object_id
    return f"{name} for {review.for_whom.name or review.for_whom.object_id}" if review.for_whom else name


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _long(stage: Laid) -> str:
    return _count(timedelta(seconds=stage.escalate_after).days, "day")
